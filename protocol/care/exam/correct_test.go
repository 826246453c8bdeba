package exam

import (
	"bytes"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
)

func TestTheDoctorSaysWhoseAHeldReadingIs(t *testing.T) {
	s := newScene(t)
	held := s.measure(pressure("185", "100", "90")...).ID
	if got := task(s.station, assignTask(held)); got.State != "open" || got.Person != "" {
		t.Errorf("task %+v", got)
	}
	list := caretest.Show[HeldList](s.station, doctor, "exam.unassigned", nil)
	if len(list.Rows) != 1 || list.Rows[0].Why != heldWhy[heldNobody] {
		t.Fatalf("the desk shows %+v", list)
	}
	page := caretest.Show[AssignPage](s.station, doctor, "exam.assigning", assignInput{held, "1231"})
	if len(page.People.Options) != 1 || page.People.Options[0].Value != string(grandma) {
		t.Fatalf("found %+v", page.People.Options)
	}
	got := s.station.Do(doctor, "exam.assign", Assign{held, grandma}).About
	if got != Ref(held) {
		t.Errorf("became %v", got)
	}
	o := observation(s.station, held)
	if o.Person != grandma || o.FirstFor != grandma || o.By != doctor.ID || !o.Flag.Alarming() {
		t.Errorf("%+v", o)
	}
	if task(s.station, assignTask(held)).State != "done" || task(s.station, alarmTask(held)).State != "open" {
		t.Error("the tasks are not as they should be")
	}
	s.station.Refused("already-assigned", doctor, "exam.assign", Assign{held, uncle})
	s.station.Refused("already-assigned", doctor, "exam.discard", Discard{held, "试机"})
	s.station.Refused("role", resident(grandma), "exam.assign", Assign{held, grandma})
	s.Settle()
	if rows := caretest.Show[PersonPage](s.County(), countyDoctor, "exam.person", personInput{Person: grandma}).Rows; len(rows) != 1 {
		t.Errorf("the county has %d", len(rows))
	}
}

func TestAHeldReadingMayBeNobodys(t *testing.T) {
	s := newScene(t)
	held := s.measure(pressure("120", "80", "70")...).ID
	s.station.Refused("no-reason", doctor, "exam.discard", Discard{Reading: held})
	s.station.Do(doctor, "exam.discard", Discard{held, "维修人员试机"})
	if n := len(caretest.Show[HeldList](s.station, doctor, "exam.unassigned", nil).Rows); n != 0 || task(s.station, assignTask(held)).State != "done" {
		t.Errorf("%d still wait", n)
	}
	if there(s.station, Ref(held)) {
		t.Error("it became somebody's")
	}
}

func TestAssigningNeedsAPersonWhoAgreed(t *testing.T) {
	s := newScene(t)
	held := s.measure(pressure("120", "80", "70")...).ID
	s.station.Refused("no-person", doctor, "exam.assign", Assign{Reading: held})
	s.station.Do(care.Machine("clerk"), "village.agree", wish{grandma, false})
	s.station.Refused("no-consent", doctor, "exam.assign", Assign{held, grandma})
	s.station.Do(care.Machine("clerk"), "village.agree", wish{"p-nobody", true})
	s.station.Refused("no-such-person", doctor, "exam.assign", Assign{held, "p-nobody"})
}

func TestAWithdrawnReadingNoLongerCountsButStays(t *testing.T) {
	s := newScene(t)
	s.took(grandma, pressure("130", "80", "70")...)
	wrong := s.took(grandma, pressure("190", "120", "70")...)
	s.station.Refused("no-reason", doctor, "exam.entered-in-error", Withdraw{Observation: wrong})
	s.station.Refused("role", resident(grandma), "exam.entered-in-error", Withdraw{wrong, "不是我"})
	s.station.Do(doctor, "exam.entered-in-error", Withdraw{wrong, "袖带没有绑好"})
	page := caretest.Show[History](s.station, resident(grandma), "exam.history", whatInput{What: Pressure})
	if page.Average != "130/80" || page.Over != 1 {
		t.Errorf("average %s over %d", page.Average, page.Over)
	}
	r := caretest.Show[ReadingPage](s.station, doctor, "exam.reading", readingInput{Observation: wrong})
	if len(r.Trace) != 2 || r.Fault == nil || r.Fault.By != doctor.ID || r.Alarmed {
		t.Errorf("the trace is %+v", r)
	}
	if res := caretest.Show[Result](s.station, resident(grandma), "exam.result", observationInput{wrong}); !res.Withdrawn || res.Alarm != nil {
		t.Errorf("the person sees %+v", res)
	}
	if task(s.station, alarmTask(wrong)).State != "done" {
		t.Error("the alarm still rings")
	}
	if !there(s.station, care.NoticeRef(Ref(wrong), "withdrawn")) {
		t.Error("nobody told the person")
	}
	s.station.Refused("already-error", doctor, "exam.entered-in-error", Withdraw{wrong, "再来一次"})
	s.station.Refused("already-error", doctor, "exam.move", Move{wrong, uncle, "再来一次"})
}

func TestAMistakeCanBeWithdrawnWithoutConsent(t *testing.T) {
	s := newScene(t)
	id := s.took(grandma, pressure("130", "80", "70")...)
	s.station.Do(care.Machine("clerk"), "village.agree", wish{grandma, false})
	s.station.Do(doctor, "exam.entered-in-error", Withdraw{id, "量错了"})
}

func TestAReadingMovesToTheRightPersonAndBothTracesStay(t *testing.T) {
	s := newScene(t)
	wrong := s.took(grandma, pressure("188", "112", "90")...)
	s.Settle()
	s.station.Refused("same-person", doctor, "exam.move", Move{wrong, grandma, "看错"})
	right := s.station.Do(doctor, "exam.move", Move{wrong, uncle, "借用了别人的登录"}).About.ID
	s.Settle()
	for _, site := range []*caretest.Site{s.station, s.other, s.County()} {
		was, now := observation(site, wrong), observation(site, right)
		if was.Status != EnteredInError || was.MovedTo != right || was.Person != grandma {
			t.Errorf("the old one: %+v", was)
		}
		if now.Status != Final || now.MovedFrom != wrong || now.Person != uncle || now.FirstFor != grandma || now.By != doctor.ID {
			t.Errorf("the new one: %+v", now)
		}
		if !now.ObservedAt.Equal(was.ObservedAt) || now.Values[0].Value != "188" {
			t.Errorf("it is another reading: %+v", now)
		}
	}
	if task(s.station, alarmTask(wrong)).State != "done" || task(s.station, alarmTask(right)).Person != uncle {
		t.Error("the alarm did not move")
	}
	if !there(s.County(), care.NoticeRef(Ref(wrong), "withdrawn")) || !there(s.County(), care.NoticeRef(Ref(right), "moved")) {
		t.Error("somebody was not told")
	}
	s.station.ShowRefused("not-yours", resident(grandma), "exam.result", observationInput{right})
	if m := caretest.Show[Mine](s.station, resident(grandma), "exam.mine", nil); len(m.Latest) != 0 {
		t.Errorf("the wrong person still has %+v", m.Latest)
	}
}

func TestTwoPlacesWithdrawTheSameReading(t *testing.T) {
	s := newScene(t)
	id := s.took(grandma, pressure("150", "90", "70")...)
	s.Settle()
	s.station.Cut()
	s.station.Do(doctor, "exam.entered-in-error", Withdraw{id, "袖带松"})
	s.Advance(time.Minute)
	s.County().Do(countyDoctor, "exam.move", Move{id, uncle, "不是她的"})
	s.station.Restore()
	s.Settle()
	var heads []protocol.Head
	s.County().Look(func(r protocol.Reader) error {
		rec, err := r.Get(Ref(id))
		heads = rec.Heads
		return err
	})
	if len(heads) != 2 {
		t.Fatalf("%d heads", len(heads))
	}
	ab, ok1 := mergeObservations(heads[0].Value, heads[1].Value)
	ba, ok2 := mergeObservations(heads[1].Value, heads[0].Value)
	var merged Observation
	if !ok1 || !ok2 || !bytes.Equal(ab, ba) || protocol.Decode(ab, &merged) != nil || merged.MovedTo == "" {
		t.Errorf("merged %s %v, %s %v", ab, ok1, ba, ok2)
	}
}

func TestTheMergeRuleLetsWithdrawalWin(t *testing.T) {
	at := time.Date(2030, 1, 7, 9, 0, 0, 0, time.UTC)
	plain := Observation{Person: grandma, Status: Final}
	odd := Observation{Person: uncle, Status: Final}
	early := Observation{Person: grandma, Status: EnteredInError, Fault: &Fault{"a", "d1", at}}
	late := Observation{Person: grandma, Status: EnteredInError, Fault: &Fault{"b", "d2", at.Add(time.Second)}}
	moved, elsewhere := late, late
	moved.MovedTo, elsewhere.MovedTo = "x", "y"
	for name, c := range map[string]struct {
		a, b Observation
		want *Observation
	}{
		"withdrawn here": {plain, late, &late}, "the earlier reason": {early, late, &early}, "a move": {early, moved, &moved},
		"two moves": {moved, elsewhere, nil}, "two readings": {plain, odd, nil}, "the same": {plain, plain, &plain},
	} {
		a, b := encoded(t, c.a), encoded(t, c.b)
		ab, ok1 := mergeObservations(a, b)
		ba, ok2 := mergeObservations(b, a)
		if ok1 != ok2 || ok1 != (c.want != nil) || !bytes.Equal(ab, ba) {
			t.Errorf("%s: %s %v, %s %v", name, ab, ok1, ba, ok2)
		} else if c.want != nil && !bytes.Equal(ab, encoded(t, *c.want)) {
			t.Errorf("%s: %s", name, ab)
		}
	}
}

func encoded(t *testing.T, o Observation) protocol.Value {
	t.Helper()
	v, err := protocol.Encode(&o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestADoctorTypesAReadingIn(t *testing.T) {
	s := newScene(t)
	good := Entry{Person: uncle, Systolic: "150", Diastolic: "95", Temperature: "36.60", Technique: "auscultation", At: s.Now().Add(-time.Hour)}
	id := s.station.Do(doctor, "exam.enter", good).About.ID
	o := observation(s.station, id)
	if o.Method != ByHand || o.By != doctor.ID || o.Technique != "auscultation" || o.TimeRule != TimeStated || o.Values[2].Value != "36.60" || o.Flag != High {
		t.Errorf("%+v", o)
	}
	for code, wrong := range map[protocol.Code]func(*Entry){
		"no-person":                func(e *Entry) { e.Person = "" },
		"no-technique":             func(e *Entry) { e.Technique = "guess" },
		"no-value":                 func(e *Entry) { *e = Entry{Person: uncle, Technique: "counted"} },
		"half-pressure":            func(e *Entry) { e.Diastolic = "" },
		"implausible":              func(e *Entry) { e.Systolic = "1500" },
		"diastolic-above-systolic": func(e *Entry) { e.Systolic, e.Diastolic = "95", "150" },
		"bad-time":                 func(e *Entry) { e.At = s.Now().Add(time.Minute) },
		"no-consent":               func(e *Entry) { e.Person = "p-stranger" },
	} {
		e := good
		wrong(&e)
		if r := s.station.Refused(code, doctor, "exam.enter", e); r.Words == "" {
			t.Errorf("%s says nothing", code)
		}
	}
	s.station.Refused("role", resident(uncle), "exam.enter", good)
}

func TestAnAlarmIsAttendedToOnce(t *testing.T) {
	s := newScene(t)
	id := s.took(grandma, pressure("190", "112", "90")...)
	page := caretest.Show[Readings](s.station, doctor, "exam.readings", readingsInput{})
	if len(page.Alarms) != 1 || page.Alarms[0].ID != id {
		t.Fatalf("the desk shows %+v", page.Alarms)
	}
	s.station.Refused("no-alarm", doctor, "exam.attend", Attend{"nothing", "看过"})
	s.station.Refused("no-reason", doctor, "exam.attend", Attend{Observation: id})
	s.station.Do(doctor, "exam.attend", Attend{id, "复测 176/100，已转诊"})
	s.station.Refused("already-attended", doctor, "exam.attend", Attend{id, "再看"})
	if n := len(caretest.Show[Readings](s.station, doctor, "exam.readings", readingsInput{}).Alarms); n != 0 {
		t.Errorf("%d still ring", n)
	}
	if got := task(s.station, alarmTask(id)); got.Result != "复测 176/100，已转诊" || got.By != doctor.ID {
		t.Errorf("%+v", got)
	}
}

func TestStaffNeedConsentToOpenAPersonsReadings(t *testing.T) {
	s := newScene(t)
	quiet := s.took(grandma, pressure("130", "80", "70")...)
	loud := s.took(grandma, pressure("190", "112", "70")...)
	s.station.Do(care.Machine("clerk"), "village.agree", wish{grandma, false})
	s.station.ShowRefused("no-consent", doctor, "exam.person", personInput{Person: grandma})
	s.station.ShowRefused("no-consent", doctor, "exam.reading", readingInput{Observation: quiet})
	caretest.Show[ReadingPage](s.station, doctor, "exam.reading", readingInput{Observation: loud}) // a life in danger
	for _, row := range caretest.Show[Readings](s.station, doctor, "exam.readings", readingsInput{}).Rows {
		if hidden := len(row.Figures) == 0; hidden != (row.ID == quiet) {
			t.Errorf("the list shows %+v", row)
		}
	}
	if m := caretest.Show[Mine](s.station, resident(grandma), "exam.mine", nil); len(m.Latest) == 0 {
		t.Error("the person may not see their own")
	}
	operator := protocol.Actor{ID: "op", Role: care.Operator}
	s.station.ShowRefused("role", operator, "exam.readings", readingsInput{})
}
