package appointment

import (
	"slices"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
)

// today is a county whose four slots are sold to p00 to p03, on the morning of
// the day.
func today(t *testing.T) (*county, care.ID, []care.ID) {
	c, session := opened(t, clinic())
	var visits []care.ID
	for i, clock := range []string{"0830", "0840", "0850", "0900"} {
		visits = append(visits, c.office.Do(planner, "appointment.book", Booking{Person: resident(i).ID, Slot: slotAt(session, clock)}).About.ID)
	}
	c.At(hours(8, 20))
	c.Settle()
	return c, session, visits
}

func order(s *caretest.Site, session care.ID) (turns []int) {
	s.Look(func(r protocol.Reader) error {
		q, err := readQueue(r, session)
		for _, p := range q.Waiting() {
			turns = append(turns, p.Turn)
		}
		return err
	})
	return turns
}

func TestPeopleAreCalledByTheirTurnNotByWhoCameFirst(t *testing.T) {
	c, session, v := today(t)
	c.v01.Do(resident(2), "appointment.checkin", ByAppointment{v[2]})
	c.v01.Do(resident(0), "appointment.checkin", ByAppointment{v[0]})
	c.v01.Refused("already-in", resident(0), "appointment.checkin", ByAppointment{v[0]})
	if got := order(c.v01, session); !slices.Equal(got, []int{1, 3}) {
		t.Errorf("order %v", got)
	}
	c.At(hours(8, 51)) // the second is eleven minutes late
	c.v01.Do(resident(1), "appointment.checkin", ByAppointment{v[1]})
	if got := order(c.v01, session); !slices.Equal(got, []int{1, 3, 2}) {
		t.Errorf("order %v: who comes late goes behind", got)
	}
}

func TestTheQueueRunsWithTheLineDownAndUnitesAfterwards(t *testing.T) {
	c, session, v := today(t)
	c.v01.Cut()
	c.v01.Do(resident(0), "appointment.checkin", ByAppointment{v[0]})
	c.v01.Do(village, "appointment.call", CallInput{Session: session})
	c.v01.Refused("current-open", village, "appointment.call", CallInput{Session: session})
	c.v01.Do(village, "appointment.call", CallInput{session, "seen"})
	c.v01.Refused("nobody-waiting", village, "appointment.call", CallInput{Session: session})

	c.office.Do(planner, "appointment.checkin", ByAppointment{v[3]})
	c.v01.Restore()
	c.Settle()
	if a := visit(c.office, v[0]); a.State != Seen {
		t.Errorf("seen at the station, in the county %s", a.State)
	}
	if got := order(c.office, session); !slices.Equal(got, []int{4}) {
		t.Errorf("order %v", got)
	}
}

func TestAPassedNumberKeepsItsPlaceForThreeCallsThenGoesToTheEnd(t *testing.T) {
	c, session := opened(t, OpenInput{"d05", medicine, monday, "08:30", "09:50", 10, 1, "5"})
	var v []care.ID
	for i, clock := range []string{"0830", "0840", "0850", "0900", "0910", "0920", "0930", "0940"} {
		v = append(v, c.office.Do(planner, "appointment.book", Booking{Person: resident(i).ID, Slot: slotAt(session, clock)}).About.ID)
	}
	c.At(hours(8, 20))
	for i := range v {
		c.office.Do(resident(i), "appointment.checkin", ByAppointment{v[i]})
	}
	next := func(previous string) { c.office.Do(doctor, "appointment.call", CallInput{session, previous}) }
	next("")       // 1
	next("missed") // 2; 1 is passed over
	next("missed") // 3; 2 is passed over
	next("seen")   // 4
	c.At(hours(9, 5))
	c.office.Do(resident(0), "appointment.checkin", ByAppointment{v[0]}) // back within three calls
	if got := order(c.office, session); got[0] != 1 {
		t.Fatalf("order %v: 1 came back in time and is next", got)
	}
	next("seen")                                                         // 1
	next("seen")                                                         // 5
	c.office.Do(resident(1), "appointment.checkin", ByAppointment{v[1]}) // after four calls
	if got := order(c.office, session); !slices.Equal(got, []int{6, 7, 8, 2}) {
		t.Errorf("order %v: 2 came back too late and goes to the end", got)
	}
	if a := visit(c.office, v[4]); a.State != Called {
		t.Errorf("5 is %s", a.State)
	}
	c.office.Do(doctor, "appointment.recall", BySession{session})
	c.office.Do(doctor, "appointment.recall", BySession{session})
	c.office.Refused("called-enough", doctor, "appointment.recall", BySession{session})
}

func TestWhoNeverCameIsANoShowWhenTheSessionEnds(t *testing.T) {
	c, session, v := today(t)
	c.office.Do(resident(0), "appointment.checkin", ByAppointment{v[0]})
	c.office.Do(resident(1), "appointment.checkin", ByAppointment{v[1]})
	c.office.Do(doctor, "appointment.call", CallInput{Session: session})
	c.office.Refused("not-over", doctor, "appointment.end", BySession{session})
	c.At(hours(9, 15))
	r := c.office.Refused("still-waiting", doctor, "appointment.end", BySession{session})
	if r.Args[0] != 1 {
		t.Errorf("%v wait", r.Args)
	}
	c.office.Do(doctor, "appointment.call", CallInput{session, "missed"})
	c.office.Do(doctor, "appointment.end", BySession{session})
	for i, want := range []State{NoShow, Seen, NoShow, NoShow} {
		if a := visit(c.office, v[i]); a.State != want {
			t.Errorf("turn %d is %s, want %s", i+1, a.State, want)
		}
	}
	c.office.Refused("not-booked", planner, "appointment.checkin", ByAppointment{v[0]})
}

func TestAQueueClosesByItselfWhenNobodyDid(t *testing.T) {
	c, session, _ := today(t)
	c.At(hours(9, 10).Add(endAfter + time.Minute))
	var due []care.Request
	c.office.Look(func(r protocol.Reader) (err error) { due, err = Chores(r); return err })
	c.office.Run(due...)
	c.office.Look(func(r protocol.Reader) error {
		s, err := readSession(r, session)
		if s.State != SessionEnded {
			t.Errorf("session is %s", s.State)
		}
		return err
	})
}

func TestCheckingInIsForTheDayAndForWhoIsBooked(t *testing.T) {
	c, session := opened(t, clinic())
	id := c.office.Do(planner, "appointment.book", Booking{Person: "p01", Slot: slotAt(session, "0830")}).About.ID
	c.office.Refused("not-today", resident(1), "appointment.checkin", ByAppointment{id})
	c.office.Do(resident(1), "appointment.cancel", CancelInput{Appointment: id})
	c.office.Refused("not-booked", resident(1), "appointment.checkin", ByAppointment{id})
}

func TestMergeOfQueuesIsAUnionFromBothSides(t *testing.T) {
	x := Queue{Calls: 2, Places: []Place{{Appointment: "a", Turn: 1, State: InRoom, Step: 2}, {Appointment: "b", Turn: 2, State: Waiting, Step: 1}}}
	y := Queue{Calls: 1, Places: []Place{{Appointment: "c", Turn: 3, State: Waiting, Step: 1}, {Appointment: "a", Turn: 1, State: Waiting, Step: 1}}}
	vx, vy := must(protocol.Encode(&x)), must(protocol.Encode(&y))
	ab, _ := mergeQueue(vx, vy)
	ba, _ := mergeQueue(vy, vx)
	if string(ab) != string(ba) {
		t.Fatal("not the same from both sides")
	}
	var got Queue
	if err := protocol.Decode(ab, &got); err != nil || got.Calls != 2 || len(got.Places) != 3 || got.Places[0].State != InRoom {
		t.Errorf("united %+v, %v", got, err)
	}
}
