package exam

import (
	"context"
	"strings"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
)

func TestAReadingBelongsToWhoPressedStart(t *testing.T) {
	s := newScene(t)
	id := s.start(grandma, Pressure)
	wait := caretest.Show[Wait](s.station, resident(grandma), Waits, sessionInput{id})
	if !wait.Open || wait.Result != nil {
		t.Fatalf("before the reading: %+v", wait)
	}
	s.Advance(50 * time.Second)
	if got := s.measure(pressure("128", "82", "74")...); got != Ref(id) {
		t.Fatalf("filed as %v", got)
	}
	wait = caretest.Show[Wait](s.station, resident(grandma), Waits, sessionInput{id})
	if wait.Result == nil || wait.Result.Figure != "128/82" || wait.Result.Verdict != "在正常范围" {
		t.Fatalf("the page says %+v", wait.Result)
	}
	o := observation(s.station, id)
	if o.Person != grandma || o.FirstFor != grandma || o.Code != codePressure || o.Flag != Normal || o.Quality != OK || o.Site != "v01" {
		t.Errorf("stored %+v", o)
	}
	s.Settle()
	page := caretest.Show[Readings](s.County(), countyDoctor, "exam.readings", readingsInput{})
	if len(page.Rows) != 1 || page.Rows[0].Name != "石大妹" || page.Rows[0].Site != "v01" {
		t.Errorf("the portal shows %+v", page.Rows)
	}
}

func TestAReadingLeavesFirstAndWaitsForNothing(t *testing.T) {
	s := newScene(t)
	s.station.Cut()
	id := s.start(grandma, Pressure) // its Change waits in a later lane
	s.measure(pressure("190", "112", "88")...)
	items, err := s.station.Next(context.Background(), s.station.Last()-1, 1, protocol.AllValues)
	if err != nil {
		t.Fatal(err)
	}
	c := items[0].Change
	if c.Lane != protocol.Urgent || len(c.Deps) != 0 || c.Subject != grandma {
		t.Errorf("lane %d, deps %v, subject %q", c.Lane, c.Deps, c.Subject)
	}
	if c.About() != Ref(id) {
		t.Errorf("the Change is about %v", c.About())
	}
	for _, w := range c.Writes {
		if len(w.Parents) != 0 {
			t.Errorf("%s builds on %v", w.Ref, w.Parents)
		}
	}
}

func TestTheTurnLastsThreeMinutes(t *testing.T) {
	for after, filed := range map[time.Duration]bool{SessionLasts: true, SessionLasts + time.Millisecond: false} {
		s := newScene(t)
		s.start(grandma, Pressure)
		s.Advance(after)
		if got := s.measure(pressure("128", "82", "74")...); (got.Kind == KindObservation) != filed {
			t.Errorf("%v after the start it became a %s", after, got.Kind)
		}
	}
}

func TestOneTurnHasOneReading(t *testing.T) {
	s := newScene(t)
	s.start(grandma, Pressure)
	s.measure(pressure("128", "82", "74")...)
	if got := s.measure(pressure("118", "72", "70")...); got.Kind != KindHeld {
		t.Errorf("the next person's reading became a %s", got.Kind)
	}
}

func TestTheNextPersonTakesTheTurn(t *testing.T) {
	s := newScene(t)
	first := s.start(grandma, Pressure)
	s.Advance(20 * time.Second)
	second := s.start(uncle, Pressure)
	if got := s.measure(pressure("128", "82", "74")...); got != Ref(second) {
		t.Errorf("filed as %v", got)
	}
	if there(s.station, Ref(first)) {
		t.Error("the first person got a reading too")
	}
}

func TestWhoLeavesGivesUpTheTurn(t *testing.T) {
	s := newScene(t)
	s.start(grandma, Pressure)
	s.Advance(time.Second)
	s.station.Do(care.Machine("kiosk"), "exam.stop", Stop{Terminal: "kiosk-1"})
	s.Advance(time.Second)
	if got := s.measure(pressure("128", "82", "74")...); got.Kind != KindHeld {
		t.Errorf("became a %s", got.Kind)
	}
	s.station.Do(care.Machine("kiosk"), "exam.stop", Stop{Terminal: "kiosk-9"}) // where nobody measured
}

func TestAReadingFromElsewhereOrBeforeIsNotTheirs(t *testing.T) {
	s := newScene(t)
	s.start(grandma, Pressure)
	elsewhere := s.message(pressure("128", "82", "74")...)
	elsewhere.Terminal = "kiosk-2"
	if got := s.send(elsewhere); got.Kind != KindHeld {
		t.Errorf("from another terminal: %s", got.Kind)
	}
	named := s.message(pressure("128", "82", "74")...)
	named.Session, named.Terminal = s.start(grandma, Pressure), "kiosk-2"
	if got := s.send(named); got.Kind != KindHeld {
		t.Errorf("from another terminal under her session: %s", got.Kind)
	}
	kept, offset := s.message(pressure("128", "82", "74")...), int64(0)
	kept.DeviceTime, kept.OffsetMS = s.Now().Add(-time.Hour), &offset
	if got := s.send(kept); got.Kind != KindHeld {
		t.Errorf("taken an hour before the start: %s", got.Kind)
	}
	if got := s.measure(pressure("128", "82", "74")...); got.Kind != KindObservation {
		t.Errorf("their own: %s", got.Kind)
	}
}

func TestARepeatedMessageIsOneReading(t *testing.T) {
	s := newScene(t)
	s.start(grandma, Pressure)
	m := s.message(pressure("128", "82", "74")...)
	first := s.send(m)
	if again := s.send(m); again != first {
		t.Errorf("first %v, again %v", first, again)
	}
	held := s.message(pressure("118", "72", "70")...)
	if a, b := s.send(held), s.send(held); a != b || a.Kind != KindHeld {
		t.Errorf("held %v and %v", a, b)
	}
}

func TestKeysOfMessagesAreShortAndDiffer(t *testing.T) {
	long := care.ID(strings.Repeat("x", 64))
	seen := map[string]bool{}
	for _, m := range []Message{
		{Device: "a", Boot: 1, Seq: 11}, {Device: "a", Boot: 11, Seq: 1}, {Device: "b", Boot: 1, Seq: 11},
		{Device: long, Boot: 1, Seq: 1}, {Device: long, Boot: 1, Seq: 2}, {Device: long, Boot: 1 << 63, Seq: 1 << 63},
	} {
		if k := m.Key(); len(k) > 64 || seen[k] {
			t.Errorf("key %q of %+v", k, m)
		} else {
			seen[k] = true
		}
	}
}

func TestWhatNoInstrumentSendsIsRefused(t *testing.T) {
	s := newScene(t)
	many := make([]Reading, maxReadings+1)
	for i := range many {
		many[i] = warmthOf("36.6")
	}
	for _, m := range []Message{
		{Readings: []Reading{warmthOf("36.6")}},
		{Device: "bp 01", Readings: []Reading{warmthOf("36.6")}},
		{Device: "bp-01"},
		{Device: "bp-01", Readings: many},
		{Device: "bp-01", Readings: []Reading{{Value: "1", Unit: "/min"}}},
		{Device: "bp-01", Readings: []Reading{{Code: codePulse, Value: "1", Unit: strings.Repeat("x", maxText+1)}}},
	} {
		s.station.Refused("bad-reading", intake, Record, m)
	}
	s.station.Refused("bad-input", intake, Record, []byte(`{"device":"bp-01","readings":[{"code":"8867-4","value":"fast"}]}`))
	s.station.Refused("role", resident(grandma), Record, s.message(warmthOf("36.6")))
}

func TestAReadingAfterConsentWasWithdrawnIsHeld(t *testing.T) {
	s := newScene(t)
	s.start(grandma, Pressure)
	s.station.Do(care.Machine("clerk"), "village.agree", wish{grandma, false})
	if got := s.measure(pressure("128", "82", "74")...); got.Kind != KindHeld {
		t.Errorf("became a %s", got.Kind)
	}
	s.station.Refused("no-consent", resident(grandma), "exam.start", Start{Person: grandma})
}

func TestNobodyMeasuresInAnothersName(t *testing.T) {
	s := newScene(t)
	s.station.Refused("not-yours", resident(uncle), "exam.start", Start{Person: grandma})
	s.station.Refused("role", protocol.Actor{Role: care.Visitor, Terminal: "kiosk-1"}, "exam.start", Start{Person: grandma})
	open := s.start(grandma, Pressure)
	s.station.ShowRefused("not-yours", resident(uncle), Waits, sessionInput{open})
	s.station.Refused("not-yours", resident(uncle), "exam.stop", Stop{Session: open})
	id := s.took(grandma, pressure("128", "82", "74")...)
	s.station.ShowRefused("not-yours", resident(uncle), "exam.result", observationInput{id})
	s.station.ShowRefused("not-yours", resident(uncle), Waits, sessionInput{id})
	guardian := resident(uncle)
	guardian.For = grandma
	caretest.Show[Result](s.station, guardian, "exam.result", observationInput{id})
}

func TestSevenDaysWithoutALine(t *testing.T) {
	s := newScene(t)
	s.station.Cut()
	var ids []care.ID
	for range 7 {
		ids = append(ids, s.took(grandma, pressure("150", "95", "80")...))
		s.Advance(23 * time.Hour)
	}
	page := caretest.Show[History](s.station, resident(grandma), "exam.history", whatInput{What: Pressure})
	if page.Over != 7 || page.Average != "150/95" {
		t.Errorf("at the station: %+v", page)
	}
	if r := caretest.Show[Result](s.station, resident(grandma), "exam.result", observationInput{ids[0]}); r.Receipt.AtLeast(2) {
		t.Error("the page says that the county has it")
	}
	s.station.Restore()
	s.Settle()
	if n := len(caretest.Show[PersonPage](s.County(), countyDoctor, "exam.person", personInput{Person: grandma}).Rows); n != 7 {
		t.Errorf("the county has %d", n)
	}
	if r := caretest.Show[Result](s.station, resident(grandma), "exam.result", observationInput{ids[0]}); !r.Receipt.AtLeast(2) {
		t.Error("the page does not say that the county has it")
	}
}
