package report

import (
	"bytes"
	"testing"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
)

func potassium(value string, flag Flag) Item {
	return Item{Code: "2823-3", Name: "钾", Value: value, Unit: "mmol/L", Range: "3.5-5.3", Flag: flag}
}

func TestACriticalValueGoesToADoctorFirst(t *testing.T) {
	s := newScene(t)
	id := s.receive(s.blood("K1", 1, Final, "d77", potassium("6.8", VeryHigh)))
	if n := len(s.list(grandma)); n != 0 || there(s.station, care.NoticeRef(Ref(id), "ready-1")) {
		t.Fatalf("the person sees %d before a doctor does", n)
	}
	s.station.ShowRefused("not-ready", resident(grandma), "report.read", reportInput{id})
	desk := caretest.Show[Desk](s.station, doctor, "report.desk", nil)
	if len(desk.Critical) != 1 || desk.Critical[0].ID != id {
		t.Fatalf("the desk shows %+v", desk.Critical)
	}
	open := task(s.station, criticalTask(id, 1))
	if open.State != "open" || open.For != care.Doctor || open.Site != "v01" || open.Person != grandma {
		t.Errorf("task %+v", open)
	}
	s.station.Refused("no-reason", doctor, "report.handle", Handle{Report: id, Version: 1})
	s.station.Refused("role", resident(grandma), "report.handle", Handle{id, 1, "我自己看"})
	s.station.Do(doctor, "report.handle", Handle{id, 1, "已打电话，马上来抽血复查"})
	s.station.Refused("already-handled", doctor, "report.handle", Handle{id, 1, "再处理"})
	if len(s.list(grandma)) != 1 || !there(s.station, care.NoticeRef(Ref(id), "ready-1")) || task(s.station, criticalTask(id, 1)).State != "done" {
		t.Error("the person does not see it after the doctor dealt with it")
	}
	s.Settle()
	staff := caretest.Show[StaffSheet](s.County(), countyDoctor, "report.staff", reportInput{id})
	if staff.Critical || staff.Handled == nil || staff.Handled.By != doctor.ID {
		t.Errorf("the county sees %+v", staff.Handled)
	}
}

func TestWhatIsCritical(t *testing.T) {
	for name, c := range map[string]struct {
		item Item
		all  bool
		want int
	}{
		"flag HH":                    {Item{Code: "x", Name: "x", Value: "1", Flag: VeryHigh}, false, 1},
		"flag LL":                    {Item{Code: "x", Name: "x", Value: "1", Flag: VeryLow}, false, 1},
		"flag AA":                    {Item{Code: "x", Name: "x", Value: "阳性", Flag: VeryUnlike}, false, 1},
		"flag H":                     {Item{Code: "x", Name: "x", Value: "1", Flag: High}, false, 0},
		"the hospital says so":       {Item{Code: "x", Name: "x", Value: "1"}, true, 1},
		"potassium beyond":           {potassium("6.3", High), false, 1},
		"potassium at the limit":     {potassium("6.2", High), false, 0},
		"potassium far below":        {potassium("2.7", Low), false, 1},
		"potassium in another unit":  {Item{Code: "2823-3", Name: "钾", Value: "26", Unit: "mg/dL"}, false, 0},
		"platelets as labs write it": {Item{Code: "777-3", Name: "血小板", Value: "29", Unit: "10^9/L"}, false, 1},
		"no number":                  {potassium("溶血", ""), false, 0},
		"not out yet":                {Item{Code: "x", Name: "x", Value: "1", Flag: VeryHigh, Status: Preliminary}, false, 0},
	} {
		in := Incoming{Content: Content{Status: Final, Items: []Item{c.item}}, Critical: c.all}
		if got := criticals(&in); len(got) != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := criticals(&Incoming{Content: Content{Status: Preliminary, Items: []Item{potassium("9", VeryHigh)}}}); got != nil {
		t.Errorf("preliminary: %v", got)
	}
}

func TestANewVersionAsksForItself(t *testing.T) {
	s := newScene(t)
	id := s.receive(s.blood("K1", 1, Final, "d77", potassium("6.8", VeryHigh)))
	s.receive(s.blood("K1", 2, Corrected, "d77", potassium("4.1", Normal)))
	if got := task(s.County(), criticalTask(id, 1)); got.State != "done" || got.Result != "superseded" {
		t.Errorf("the first task is %+v", got)
	}
	if len(s.list(grandma)) != 1 {
		t.Error("the corrected report is not shown")
	}
	s.station.Refused("not-critical", doctor, "report.handle", Handle{id, 2, "看过"})
}

func TestALifeInDangerWaitsForNoForm(t *testing.T) {
	s := newScene(t)
	id := s.receive(s.blood("K1", 1, Final, "d77", potassium("6.8", VeryHigh)))
	s.station.Do(care.Machine("clerk"), "village.agree", wish{grandma, false})
	caretest.Show[StaffSheet](s.station, doctor, "report.staff", reportInput{id})
	s.station.Do(doctor, "report.handle", Handle{id, 1, "已联系家属"})
	s.station.ShowRefused("no-consent", doctor, "report.staff", reportInput{id})
	s.station.ShowRefused("no-consent", doctor, "report.person", personInput{grandma})
	if len(s.list(grandma)) != 1 {
		t.Error("she may not see her own")
	}
}

func TestAReportWaitsForItsPersonToBeRegistered(t *testing.T) {
	s := newScene(t)
	var stranger care.ID
	s.County().Look(func(r protocol.Reader) error { stranger = r.PersonID("01", strangerNumber); return nil })
	in := s.blood("L1", 1, Final, "d77")
	in.Person, in.Document, in.Name = "", care.Document{Type: "01", Number: strangerNumber}, "舒 生"
	s.receive(in)
	later := in
	later.Version, later.Status = 2, Corrected
	s.receive(later)
	list := caretest.Show[HeldList](s.County(), countyDoctor, "report.held", nil).Rows
	if len(list) != 2 || list[0].Why != heldWhy[heldUnknown] || list[0].Number == strangerNumber {
		t.Fatalf("the portal shows %+v", list)
	}
	if got := task(s.County(), matchTask(list[0].ID)); got.State != "open" || got.For != care.CountyDoctor {
		t.Errorf("task %+v", got)
	}
	s.station.Do(care.Machine("clerk"), "village.settle", villager{stranger, care.Person{Name: "舒生", Birth: "1960-01-01"}, true})
	s.station.Do(care.Machine("clerk"), "village.agree", wish{stranger, true})
	s.Settle()
	rows := s.list(stranger)
	if len(rows) != 1 || rows[0].Marks[0].Text != "已更正" {
		t.Errorf("the person sees %+v", rows)
	}
	if n := len(caretest.Show[HeldList](s.County(), countyDoctor, "report.held", nil).Rows); n != 0 {
		t.Errorf("%d are still held", n)
	}
	staff := caretest.Show[StaffSheet](s.County(), countyDoctor, "report.staff", reportInput{ReportID("c1", "L1")})
	if len(staff.Versions) != 2 {
		t.Errorf("versions %+v", staff.Versions)
	}
}

func TestAnotherNameIsHeldForAPersonToDecide(t *testing.T) {
	s := newScene(t)
	in := s.blood("L1", 1, Final, "d77")
	in.Name = "石大梅"
	in.Station = "v01"
	s.receive(in)
	list := caretest.Show[HeldList](s.station, doctor, "report.held", nil).Rows
	if len(list) != 1 || list[0].Why != heldWhy[heldName] || len(s.list(grandma)) != 0 {
		t.Fatalf("the desk shows %+v", list)
	}
	s.County().Refused("not-sure", care.Machine("reports"), "report.attach", Attach{list[0].ID, grandma})
	page := caretest.Show[MatchPage](s.station, doctor, "report.matching", matchInput{list[0].ID, "sdm"})
	if len(page.People.Options) != 1 || page.People.Options[0].Value != string(grandma) {
		t.Errorf("found %+v", page.People.Options)
	}
	s.station.Refused("no-person", doctor, "report.attach", Attach{Held: list[0].ID})
	s.station.Do(doctor, "report.attach", Attach{list[0].ID, grandma})
	s.station.Refused("already-matched", doctor, "report.attach", Attach{list[0].ID, uncle})
	if len(s.list(grandma)) != 1 || task(s.station, matchTask(list[0].ID)).State != "done" {
		t.Error("it did not become hers")
	}
	s.Settle()
	next := s.blood("L1", 2, Final, "d77")
	next.Person, next.Name = uncle, "田老根"
	s.receive(next)
	other := caretest.Show[HeldList](s.County(), countyDoctor, "report.held", nil).Rows
	if len(other) != 1 || other[0].Why != heldWhy[heldOther] {
		t.Fatalf("the next version of another person: %+v", other)
	}
	s.County().Refused("other-person", countyDoctor, "report.attach", Attach{other[0].ID, uncle})
	s.County().Refused("no-reason", countyDoctor, "report.return", Return{Held: other[0].ID})
	s.County().Do(countyDoctor, "report.return", Return{other[0].ID, "医院发错人"})
	s.County().Refused("already-matched", countyDoctor, "report.return", Return{other[0].ID, "再退"})
}

func TestNamesThatTwoSystemsWrite(t *testing.T) {
	for _, same := range [][2]string{{"石大妹", " 石 大妹"}, {"阿依·古丽", "阿依•古丽"}, {"阿依·古丽", "阿依古丽"}, {"Ａnna", "ANNA"}} {
		if !sameName(same[0], same[1]) {
			t.Errorf("%q and %q are one name", same[0], same[1])
		}
	}
	if sameName("石大妹", "石大梅") {
		t.Error("two names are one")
	}
}

func TestTheMergeRuleOfReports(t *testing.T) {
	make := func(person care.ID, version int64, digest string) protocol.Value {
		v, err := protocol.Encode(&Report{Person: person, Content: Content{Version: version}, Digest: digest})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	one, two := make(grandma, 1, "a"), make(grandma, 2, "b")
	for name, c := range map[string]struct{ a, b, want protocol.Value }{
		"the higher version": {one, two, two}, "another person": {one, make(uncle, 2, "b"), nil},
		"the same version with other content": {one, make(grandma, 1, "x"), nil}, "the same": {one, one, one},
	} {
		ab, ok1 := mergeReports(c.a, c.b)
		ba, ok2 := mergeReports(c.b, c.a)
		if ok1 != ok2 || ok1 != (c.want != nil) || !bytes.Equal(ab, ba) || ok1 && !bytes.Equal(ab, c.want) {
			t.Errorf("%s: %s %v, %s %v", name, ab, ok1, ba, ok2)
		}
	}
}

func TestAUnitIsWrittenForPeople(t *testing.T) {
	for u, want := range map[string]string{"10*9/L": "×10⁹/L", "x10^12/L": "×10¹²/L", "10⁹/L": "×10⁹/L", "mmol/L": "mmol/L", "%": "%", "": "", "10*": "×10"} {
		if got := unitWords(u); got != want {
			t.Errorf("%q is written %q, want %q", u, got, want)
		}
	}
	if got := paperUnit("10*9/L"); got != "×10^9/L" {
		t.Errorf("on paper: %q", got)
	}
}
