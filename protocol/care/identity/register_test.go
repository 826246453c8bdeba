package identity

import (
	"slices"
	"strings"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
)

func TestADoctorRegistersSomebodyWithoutACard(t *testing.T) {
	_, v01, _ := countyWith(t)
	in := Registration{Name: " 韦  阿婆 ", Sex: "2", Birth: "1940-01-02", Phone: "13800138000", Household: "A-017", Group: "三组"}
	id := v01.Do(doctor, "identity.register", in).About.ID
	p := personAt(t, v01, id)
	if p.Name != "韦 阿婆" || p.Vouched != "vd01" || p.Home != "v01" || p.Household != "A-017" || p.Document.Number != "" {
		t.Errorf("%+v", p)
	}
	if followOf(t, v01, id).Scope != protocol.PersonScope(id) {
		t.Error("the station does not follow her")
	}
	for want, change := range map[protocol.Code]func(*Registration){
		"sex-missing":   func(r *Registration) { r.Sex = "x" },
		"birth-form":    func(r *Registration) { r.Birth = "1940/1/2" },
		"phone-form":    func(r *Registration) { r.Phone = "12345" },
		"name-missing":  func(r *Registration) { r.Name = "" },
		"id-checksum":   func(r *Registration) { r.Number = "990101195203091225" },
		"document-type": func(r *Registration) { r.Type, r.Number = "77", "X1" },
		"document-form": func(r *Registration) { r.Type, r.Number = "02", "户口簿第三页" },
	} {
		bad := in
		change(&bad)
		if r := v01.Refused(want, doctor, "identity.register", bad); r.Field == "" {
			t.Errorf("%s names no field", want)
		}
	}
}

func TestTheSameNameAndDayAsksBeforeASecondRecordIsMade(t *testing.T) {
	_, v01, _ := countyWith(t)
	in := Registration{Name: "张伟", Sex: "1", Birth: "1980-05-06", Household: "1"}
	first := v01.Do(doctor, "identity.register", in).About.ID
	in.Household = "2"
	if r := v01.Refused("same-person", doctor, "identity.register", in); r.Field != "another" {
		t.Errorf("field %q", r.Field)
	}
	page := caretest.Show[RegisterPage](v01, doctor, "identity.register-form", in)
	if page.Ask == nil || len(page.Alike.Rows) != 1 || !strings.HasSuffix(page.Alike.Rows[0].Cells[0].Href, string(first)) {
		t.Errorf("the form shows %+v", page.Alike.Rows)
	}
	in.Another = true
	if second := v01.Do(doctor, "identity.register", in).About.ID; second == first {
		t.Error("it is the same record")
	}
	in.Another, in.Birth = false, "1980-05-07"
	v01.Do(doctor, "identity.register", in)
}

func TestADocumentLeadsToWhoHasItAndACardReplacesTheWord(t *testing.T) {
	_, v01, _ := countyWith(t)
	card := SampleCards()[4]
	in := Registration{Name: "冼志强", Number: strings.ToLower(card.Number), Phone: "13800138000"}
	id := v01.Do(doctor, "identity.register", in).About.ID
	if p := personAt(t, v01, id); p.Sex != "1" || p.Birth != "1971-12-05" || p.Vouched == "" {
		t.Errorf("%+v", p)
	}
	r := v01.Refused("already-registered", doctor, "identity.register", in)
	if r.Next != "/identity/person/"+string(id) {
		t.Errorf("it leads to %q", r.Next)
	}
	s := byCard(t, v01, card)
	p := personAt(t, v01, id)
	if s.Actor.ID != id || p.Vouched != "" || p.Phone != "13800138000" || p.Address != card.Address {
		t.Errorf("%+v", p)
	}
	edit := Correction{Person: id, Name: "冼志刚", Sex: "1", Birth: p.Birth}
	v01.Refused("from-card", doctor, "identity.edit", edit)
	edit.Name, edit.Household = p.Name, "B-2"
	v01.Do(doctor, "identity.edit", edit)
	if p := personAt(t, v01, id); p.Household != "B-2" || p.Phone != "" {
		t.Errorf("%+v", p)
	}
}

func TestADoctorFindsPeopleByWhateverTheyCanSay(t *testing.T) {
	w, v01, _ := countyWith(t)
	people := map[string]care.ID{}
	for _, c := range SampleCards() {
		people[c.Name] = byCard(t, v01, c).Actor.ID
	}
	old := Registration{Name: "张伟", Sex: "1", Birth: "1950-05-06", Household: "A-017", Group: "三组", Phone: "13800135678"}
	people["老张伟"] = v01.Do(doctor, "identity.register", old).About.ID
	young := Registration{Name: "张伟", Sex: "1", Birth: "1999-05-06", Household: "A-018", Group: "四组"}
	people["小张伟"] = v01.Do(doctor, "identity.register", young).About.ID
	for _, c := range []struct {
		search Search
		want   []string
	}{
		{Search{Q: "张伟"}, []string{"老张伟", "小张伟"}},
		{Search{Q: "zhangwei"}, []string{"老张伟", "小张伟"}},
		{Search{Q: "zangwei"}, []string{"老张伟", "小张伟"}}, // zh and z
		{Search{Q: "zw"}, []string{"老张伟", "小张伟"}},
		{Search{Q: "shan"}, []string{"单小燕"}}, // as a family name, not dan
		{Search{Q: "ouyang"}, []string{"欧阳明"}},
		{Search{Q: "oym"}, []string{"欧阳明"}},
		{Search{Q: "zenglihua"}, []string{"曾丽华"}},
		{Search{Q: "zengnihua"}, []string{"曾丽华"}}, // n and l
		{Search{Q: "A-017"}, []string{"老张伟"}},
		{Search{Q: "5678"}, []string{"老张伟"}},
		{Search{Q: "1226"}, []string{"张桂兰"}},
		{Search{Q: "990101195203091226"}, []string{"张桂兰"}},
		{Search{Q: "13800135678"}, []string{"老张伟"}},
		{Search{Q: "zw", Group: "四组"}, []string{"小张伟"}},
		{Search{Group: "三组"}, []string{"老张伟"}},
		{Search{Q: "z"}, nil},
		{Search{Q: "赵"}, nil},
	} {
		page := caretest.Show[Found](v01, doctor, "identity.find", c.search)
		var got []string
		for _, r := range page.Table.Rows {
			id := care.ID(strings.TrimPrefix(r.Cells[0].Href, "/identity/person/"))
			for name, p := range people {
				if p == id {
					got = append(got, name)
				}
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v finds %v, want %v", c.search, got, c.want)
		}
	}
	rows := caretest.Show[Found](v01, doctor, "identity.find", Search{Q: "zhangwei"}).Table.Rows
	if rows[0].Cells[2].Text != "79" || rows[1].Cells[2].Text != "30" || rows[0].Cells[3].Text != "A-017" || rows[0].Cells[6].Text != "138****5678" {
		t.Errorf("two of one name look alike: %+v", rows)
	}
	v01.ShowRefused("role", chief, "identity.find", Search{Q: "zw"})
	v01.ShowRefused("role", visitor, "identity.find", Search{Q: "zw"})
	w.Settle()
}

func TestEverySearchIsOnRecordWithHowManyItShowed(t *testing.T) {
	_, v01, _ := countyWith(t)
	for _, c := range SampleCards() {
		byCard(t, v01, c)
	}
	before := v01.Last()
	caretest.Show[Found](v01, doctor, "identity.find", Search{Q: "张"})
	caretest.Show[Found](v01, doctor, "identity.find", Search{Home: "v01"})
	items, err := v01.Next(t.Context(), before, 10, protocol.AllValues)
	if err != nil || len(items) != 2 {
		t.Fatalf("%d entries, %v", len(items), err)
	}
	one, all := items[0].Change, items[1].Change
	if one.Outcome != protocol.Seen || one.Count != 1 || one.Subject == "" || all.Count != 6 || all.Subject != "" {
		t.Errorf("%+v and %+v", one, all)
	}
}

func TestResidentsChangeTheirOwnNumberAndWishesOnly(t *testing.T) {
	_, v01, _ := countyWith(t)
	a, b := byCard(t, v01, SampleCards()[0]), byCard(t, v01, SampleCards()[1])
	v01.Refused("not-yours", a.Actor, "identity.contact", Contact{Person: b.Actor.ID, Phone: "13800138000"})
	v01.Refused("not-yours", a.Actor, "identity.wishes", Wishes{Person: b.Actor.ID})
	if r := v01.Refused("phone-missing", a.Actor, "identity.wishes", Wishes{Person: a.Actor.ID, SMS: true}); r.Next == "" {
		t.Error("a dead end")
	}
	v01.Do(a.Actor, "identity.contact", Contact{Person: a.Actor.ID, Phone: "13800138000", Keep: true})
	v01.Refused("no-consent", a.Actor, "identity.wishes", Wishes{Person: a.Actor.ID, SMS: true})
	v01.Do(a.Actor, "identity.consent", Agreement{a.Actor.ID, care.ConsentNotice, shipped[care.ConsentNotice].Version})
	v01.Do(a.Actor, "identity.wishes", Wishes{Person: a.Actor.ID, SMS: true, Lectures: true})
	if p := personAt(t, v01, a.Actor.ID); !p.Notices.SMS || !p.Notices.Lectures || p.Address == "" {
		t.Errorf("%+v", p)
	}
	v01.Do(a.Actor, "identity.contact", Contact{Person: a.Actor.ID, Keep: true})
	if p := personAt(t, v01, a.Actor.ID); p.Notices.SMS || p.Phone != "" {
		t.Errorf("messages to nowhere: %+v", p)
	}
}

func TestAgeIsCountedInChinaAndStartsTheSimpleMode(t *testing.T) {
	p := care.Person{Birth: "1970-01-08"}
	eve := time.Date(2030, 1, 7, 15, 59, 0, 0, time.UTC) // 23:59 in China
	if StartsElder(&p, eve) || !StartsElder(&p, eve.Add(time.Minute)) {
		t.Error("sixty begins with the birthday in China")
	}
	if PolicyFor(care.Resident, true).Idle() != 150*time.Second || PolicyFor(care.Resident, false).Idle() != 80*time.Second || PolicyFor(care.Doctor, false).Idle() != 15*time.Minute {
		t.Error("idle times are not those that were promised")
	}
}
