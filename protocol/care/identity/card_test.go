package identity

import (
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
)

func TestACardRegistersAtFirstSightAndRefreshesLater(t *testing.T) {
	w, v01, _ := countyWith(t)
	card := SampleCards()[0]
	s := byCard(t, v01, card)
	p := personAt(t, v01, s.Actor.ID)
	if p.Name != "张桂兰" || p.Sex != "2" || p.Birth != "1952-03-09" || p.Home != "v01" || p.Last4 != "1226" {
		t.Errorf("registered as %+v", p)
	}
	if s.Who != "张*兰" || !s.Elder || s.Consent || s.Actor.Method != care.ByCard || s.Actor.Role != care.Resident || s.Policy != ElderPolicy {
		t.Errorf("session %+v", s)
	}
	v01.Do(s.Actor, "identity.contact", Contact{Person: s.Actor.ID, Phone: "138 0013 8000", Keep: true})
	w.Advance(time.Hour)
	card.Address = "示范省示范市示范县石坝镇三村8号"
	again := byCard(t, v01, card)
	p = personAt(t, v01, s.Actor.ID)
	if again.Actor.ID != s.Actor.ID || p.Address != card.Address || p.Phone != "13800138000" {
		t.Errorf("refreshed as %+v", p)
	}
	w.Settle()
	if at := personAt(t, w.County(), s.Actor.ID); at.Address != card.Address {
		t.Errorf("the county knows %+v", at)
	}
}

func TestACardThatIsMisreadOrImpossibleIsRefusedInPlainWords(t *testing.T) {
	_, v01, _ := countyWith(t)
	for want, c := range map[protocol.Code]Card{
		"id-checksum":  {Name: "张桂兰", Number: "990101195203091225"},
		"id-length":    {Name: "张桂兰", Number: "99010119520309122"},
		"id-character": {Name: "张桂兰", Number: "99010119520309A226"},
		"id-birth":     {Name: "张桂兰", Number: "990101195202301221"},
		"id-region":    {Name: "张桂兰", Number: "090101195203091226"},
		"card-unclear": {Name: "张桂兰", Number: "990101195203091226", Birth: "19520310"},
		"name-missing": {Name: "  ", Number: "990101195203091226"},
	} {
		r := v01.Refused(want, host("card-reader", kiosk), "identity.card", c)
		if r.Words == "" {
			t.Errorf("%s has no words", want)
		}
		for _, a := range r.Args {
			t.Errorf("%s carries %v", want, a)
		}
	}
	v01.Do(host("card-reader", kiosk), "identity.card", Card{Name: "张桂兰", Number: "990101195203091226", Birth: "19520309"})
}

func TestTomorrowsChildIsNotRegisteredToday(t *testing.T) {
	w, v01, _ := countyWith(t)
	number := withChecksum("99010120300201002") // 1 February 2030; the world starts on 7 January
	v01.Refused("id-future", host("card-reader", kiosk), "identity.card", Card{Name: "小明", Number: number})
	w.At(time.Date(2030, 2, 2, 8, 0, 0, 0, care.Zone))
	v01.Do(host("card-reader", kiosk), "identity.card", Card{Name: "小明", Number: number})
}

// withChecksum completes 17 digits (GB 11643).
func withChecksum(body string) string {
	weights, sum := []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}, 0
	for i := range body {
		sum += int(body[i]-'0') * weights[i]
	}
	return body + string("10X98765432"[sum%11])
}

func TestNobodySignsInByAForm(t *testing.T) {
	_, v01, _ := countyWith(t)
	s := byCard(t, v01, SampleCards()[0])
	for _, who := range []protocol.Actor{visitor, s.Actor, doctor, chief} {
		v01.Refused("role", who, "identity.card", SampleCards()[1])
		v01.Refused("role", who, "identity.signin", Entered{Holder: s.Actor.ID})
		v01.Refused("role", who, "identity.failed", Failed{Name: "13800138000"})
		v01.Refused("role", who, "identity.open-kiosk", AtTerminal{kiosk})
		v01.ShowRefused("role", who, "identity.check", Claim{Name: "13800138000", Text: "1"})
	}
}

func TestTwoStationsThatRegisterSomebodyApartMeetInOneRecord(t *testing.T) {
	w, v01, v02 := countyWith(t)
	v01.Cut()
	v02.Cut()
	a := byCard(t, v01, SampleCards()[1])
	w.Advance(3 * time.Minute)
	b, err := ByCard(t.Context(), v02.Engine, "v02-k1", SampleCards()[1])
	if err != nil || a.Actor.ID != b.Actor.ID {
		t.Fatalf("%v: %s and %s", err, a.Actor.ID, b.Actor.ID)
	}
	v02.Do(b.Actor, "identity.contact", Contact{Person: b.Actor.ID, Phone: "13900139000", Keep: true})
	v01.Restore()
	v02.Restore()
	w.Settle()
	m := personAt(t, w.County(), a.Actor.ID)
	if heads := headsOf(t, w.County(), care.ResidentRef(a.Actor.ID)); len(heads) != 1 {
		t.Errorf("%d heads", len(heads))
	}
	if m.Home != "v01" || m.Phone != "13900139000" || m.Name != "李建国" {
		t.Errorf("merged to %+v", m)
	}
	for _, s := range []*caretest.Site{v01, v02} {
		if p := personAt(t, s, a.Actor.ID); p.Phone != m.Phone || p.Home != m.Home {
			t.Errorf("a station knows %+v", p)
		}
	}
}

func TestAStationThatAVisitorCameToFollowsThemForAMonth(t *testing.T) {
	w, v01, v02 := countyWith(t)
	s := byCard(t, v01, SampleCards()[0])
	w.Settle()
	w.Advance(time.Hour)
	at := func() time.Time { return followOf(t, v02, s.Actor.ID).Until }

	v02.Do(host("card-reader", "v02-k1"), "identity.card", SampleCards()[0])
	if !at().IsZero() {
		t.Fatal("a station without a line cannot know that she lives elsewhere")
	}
	w.Settle() // the county merges the two records: her home is where she was first
	first := at()
	if p := personAt(t, v02, s.Actor.ID); p.Home != "v01" || first.Sub(w.Now()) < 28*24*time.Hour || first.Sub(w.Now()) > visitFor {
		t.Fatalf("home %q, followed until %v", p.Home, first)
	}
	w.Advance(24 * time.Hour)
	v02.Do(host("card-reader", "v02-k1"), "identity.card", SampleCards()[0])
	if at() != first {
		t.Error("a day later it was written again for nothing")
	}
	w.Advance(20 * 24 * time.Hour)
	v02.Do(host("card-reader", "v02-k1"), "identity.card", SampleCards()[0])
	if at().Sub(w.Now()) < 28*24*time.Hour {
		t.Error("a second visit did not renew it")
	}
	if !followOf(t, v01, s.Actor.ID).Until.IsZero() {
		t.Error("her home follows her for a while only")
	}
}

func followOf(t testing.TB, s *caretest.Site, person care.ID) (f protocol.Follow) {
	t.Helper()
	s.Look(func(r protocol.Reader) (err error) {
		f, _, err = care.Read[protocol.Follow](r, followRef(r.Site(), person))
		return err
	})
	return f
}

func headsOf(t testing.TB, s *caretest.Site, ref protocol.Ref) (out []protocol.Head) {
	t.Helper()
	s.Look(func(r protocol.Reader) error {
		rec, err := r.Get(ref)
		out = rec.Heads
		return err
	})
	return out
}

func mergedPerson(t testing.TB, a, b protocol.Value) (m care.Person) {
	t.Helper()
	ab, ok1 := mergePerson(a, b)
	ba, ok2 := mergePerson(b, a)
	if !ok1 || !ok2 || string(ab) != string(ba) {
		t.Fatalf("merge: %v %v\n%s\n%s", ok1, ok2, ab, ba)
	}
	if err := protocol.Decode(ab, &m); err != nil {
		t.Fatal(err)
	}
	return m
}
