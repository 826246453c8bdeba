package appointment

import (
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

func TestACancelledSlotGoesBackToWhoeverHoldsIt(t *testing.T) {
	c, session, mine := lentOut(t)
	a := c.v01.Do(resident(1), "appointment.book", Booking{Slot: mine}).About.ID
	c.v01.Refused("not-yours", resident(2), "appointment.cancel", CancelInput{Appointment: a})
	c.v01.Do(resident(1), "appointment.cancel", CancelInput{Appointment: a, Reason: "农忙"})
	if s := slot(c.v01, mine); s.State != SlotFree || s.Holder != "v01" {
		t.Errorf("slot %+v", s)
	}
	c.v01.Refused("already-cancelled", resident(1), "appointment.cancel", CancelInput{Appointment: a})

	// Booked at the station, called off by telephone in the county: the station
	// frees the slot when it hears.
	b := c.v01.Do(resident(1), "appointment.book", Booking{Slot: mine}).About.ID
	c.Settle()
	c.v01.Cut()
	c.office.Do(planner, "appointment.cancel", CancelInput{Appointment: b})
	c.Settle()
	if s := slot(c.office, mine); s.State != SlotBooked {
		t.Error("the county wrote a slot in the station's custody")
	}
	c.v01.Restore()
	c.Settle()
	if s := slot(c.office, mine); s.State != SlotFree || s.Holder != "v01" {
		t.Errorf("slot %+v after the station heard", s)
	}
	// And the other way round.
	d := c.office.Do(planner, "appointment.book", Booking{Person: "p01", Slot: slotAt(session, "0830")}).About.ID
	c.Settle()
	c.v01.Do(resident(1), "appointment.cancel", CancelInput{Appointment: d})
	c.Settle()
	if s := slot(c.office, slotAt(session, "0830")); s.State != SlotFree {
		t.Errorf("slot %+v after the county heard", s)
	}
}

func TestAVisitIsCalledOffUntilItStarts(t *testing.T) {
	c, session := opened(t, clinic())
	a := c.office.Do(planner, "appointment.book", Booking{Person: "p01", Slot: slotAt(session, "0840")}).About.ID
	b := c.office.Do(planner, "appointment.book", Booking{Person: "p02", Slot: slotAt(session, "0830")}).About.ID
	c.At(hours(8, 29))
	c.office.Do(resident(2), "appointment.cancel", CancelInput{Appointment: b})
	c.At(hours(8, 40))
	c.office.Refused("too-late", resident(1), "appointment.cancel", CancelInput{Appointment: a})
	c.office.Refused("too-late", resident(1), "appointment.reschedule", RescheduleInput{a, slotAt(session, "0900")})
	c.office.Refused("slot-past", planner, "appointment.book", Booking{Person: "p03", Slot: slotAt(session, "0830")})
}

func TestARescheduleLeavesNobodyWithNeitherSlot(t *testing.T) {
	c, session := opened(t, clinic())
	old := c.office.Do(resident(1), "appointment.book", Booking{Slot: slotAt(session, "0830")}).About.ID
	c.office.Do(planner, "appointment.book", Booking{Person: "p02", Slot: slotAt(session, "0840")})
	c.office.Refused("slot-gone", resident(1), "appointment.reschedule", RescheduleInput{old, slotAt(session, "0840")})
	if visit(c.office, old).State != Booked {
		t.Fatal("a refused move cost the old slot")
	}
	fresh := c.office.Do(resident(1), "appointment.reschedule", RescheduleInput{old, slotAt(session, "0850")}).About.ID
	a, b := visit(c.office, old), visit(c.office, fresh)
	if a.State != Rescheduled || a.Next != fresh || b.State != Booked || b.Previous != old || a.Number == b.Number {
		t.Errorf("old %+v, new %+v", a, b)
	}
	if slot(c.office, slotAt(session, "0830")).State != SlotFree {
		t.Error("the old slot is still taken")
	}
	r := c.office.Refused("already-moved", resident(1), "appointment.cancel", CancelInput{Appointment: old})
	if r.Next != "/appointment/mine/"+string(fresh) {
		t.Errorf("leads to %q", r.Next)
	}
	// The claim passed on: a second booking in the session is still refused.
	c.office.Refused("already-booked", resident(1), "appointment.book", Booking{Slot: slotAt(session, "0900")})
	if got := notices(c.office, "p01"); got["booked"] != 1 || got["rescheduled"] != 1 {
		t.Errorf("notices %v", got)
	}
}

func TestACancellationWinsOverAMoveThatHappenedElsewhere(t *testing.T) {
	c, session, mine := lentOut(t)
	old := c.v01.Do(resident(1), "appointment.book", Booking{Slot: mine}).About.ID
	c.Settle()
	c.v01.Cut()
	fresh := c.office.Do(planner, "appointment.reschedule", RescheduleInput{old, slotAt(session, "0830")}).About.ID
	c.v01.Do(resident(1), "appointment.cancel", CancelInput{Appointment: old})
	c.v01.Restore()
	c.Settle()
	if a := visit(c.office, old); a.State != Cancelled {
		t.Errorf("the old visit is %s", a.State)
	}
	if a := visit(c.office, fresh); a.State != Cancelled {
		t.Errorf("the new visit is %s: the patient called the visit off", a.State)
	}
	for _, clock := range []string{"0830", "0840"} {
		if s := slot(c.office, slotAt(session, clock)); s.State != SlotFree {
			t.Errorf("slot %s is %s", clock, s.State)
		}
	}
	c.v01.Do(resident(1), "appointment.book", Booking{Slot: mine})
}

func TestMergeOfAppointmentsIsTheSameFromBothSides(t *testing.T) {
	base := Appointment{Person: "p01", Number: "V01-300107-001", Slot: "s", Session: "x", Changed: hours(8, 0)}
	with := func(s State, f func(*Appointment)) protocol.Value {
		a := base
		a.State = s
		if f != nil {
			f(&a)
		}
		return must(protocol.Encode(&a))
	}
	moved := func(to care.ID) func(*Appointment) { return func(a *Appointment) { a.Next = to } }
	cases := []struct {
		name string
		a, b protocol.Value
		want State // empty: a person decides
		next care.ID
	}{
		{"cancelled and moved", with(Cancelled, nil), with(Rescheduled, moved("n")), Cancelled, "n"},
		{"cancelled and displaced", with(Cancelled, nil), with(Displaced, nil), Cancelled, ""},
		{"cancelled and not come", with(NoShow, nil), with(Cancelled, nil), Cancelled, ""},
		{"cancelled request and accepted", with(Cancelled, nil), with(Booked, nil), Cancelled, ""},
		{"moved and displaced", with(Displaced, nil), with(Rescheduled, moved("n")), Rescheduled, "n"},
		{"checked in and not come", with(CheckedIn, nil), with(NoShow, nil), CheckedIn, ""},
		{"seen and displaced", with(Seen, nil), with(Displaced, nil), Seen, ""},
		{"cancelled and checked in", with(Cancelled, nil), with(CheckedIn, nil), "", ""},
		{"moved and seen", with(Rescheduled, moved("n")), with(Seen, nil), "", ""},
		{"moved to two places", with(Rescheduled, moved("n")), with(Rescheduled, moved("m")), "", ""},
		{"two doctors told", with(Booked, func(a *Appointment) { a.Doctor, a.Changed = "d09", hours(8, 1) }), with(Booked, nil), Booked, ""},
	}
	for _, k := range cases {
		ab, ok1 := mergeAppointment(k.a, k.b)
		ba, ok2 := mergeAppointment(k.b, k.a)
		if ok1 != ok2 || string(ab) != string(ba) {
			t.Errorf("%s: not the same from both sides", k.name)
		}
		if ok1 != (k.want != "") {
			t.Errorf("%s: decided %v", k.name, ok1)
			continue
		}
		var got Appointment
		if ok1 && (protocol.Decode(ab, &got) != nil || got.State != k.want || got.Next != k.next) {
			t.Errorf("%s: %s, next %q", k.name, got.State, got.Next)
		}
	}
}

func TestStoppingASessionTellsEveryoneAlsoThoseWhoseStationWasOffline(t *testing.T) {
	c, session, mine := lentOut(t)
	known := c.office.Do(planner, "appointment.book", Booking{Person: "p02", Slot: slotAt(session, "0830")}).About.ID
	c.v01.Cut()
	c.office.Do(planner, "appointment.stop", StopInput{session, "医生外出培训"})
	offline := c.v01.Do(resident(1), "appointment.book", Booking{Slot: mine}).About.ID // nobody could know
	c.Settle()
	if a := visit(c.office, known); a.State != Displaced || a.Cause != CauseStopped {
		t.Errorf("the known booking is %s (%s)", a.State, a.Cause)
	}
	c.v01.Restore()
	c.Settle()
	if a := visit(c.v01, offline); a.State != Displaced {
		t.Errorf("at the station the booking is %s", a.State)
	}
	for _, p := range []care.ID{"p01", "p02"} {
		if got := notices(c.office, p); got["displaced"] != 1 {
			t.Errorf("%s was told %v", p, got)
		}
	}
	if got := tasks(c.office, "open"); got["rebook"] != 2 {
		t.Errorf("tasks %v", got)
	}
	r := c.v01.Refused("session-stopped", resident(3), "appointment.book", Booking{Slot: slotAt(session, "0900")})
	if r.Next != "/appointment/session/"+string(session) {
		t.Errorf("leads to %q, want the page with other slots", r.Next)
	}
	c.v01.Do(resident(1), "appointment.cancel", CancelInput{Appointment: offline})
	c.Settle()
	if got := tasks(c.office, "done"); got["rebook"] != 1 {
		t.Errorf("a cancelled visit still waits to be rebooked: %v", got)
	}
	c.office.Do(planner, "appointment.reopen", BySession{session})
	c.office.Do(planner, "appointment.book", Booking{Person: "p03", Slot: slotAt(session, "0850")})
}

func TestASubstituteIsToldToEveryoneBooked(t *testing.T) {
	c, session, mine := lentOut(t)
	known := c.office.Do(planner, "appointment.book", Booking{Person: "p02", Slot: slotAt(session, "0830")}).About.ID
	c.v01.Cut()
	c.office.Refused("no-doctor", planner, "appointment.substitute", SubstituteInput{session, "d99"})
	c.office.Do(planner, "appointment.open", OpenInput{"d02", cardio, monday, "08:00", "09:00", 10, 1, "20"})
	c.office.Refused("doctor-busy", planner, "appointment.substitute", SubstituteInput{session, "d02"})
	c.office.Refused("same-doctor", planner, "appointment.substitute", SubstituteInput{session, "d05"})
	c.office.Do(planner, "appointment.substitute", SubstituteInput{session, "d06"})
	offline := c.v01.Do(resident(1), "appointment.book", Booking{Slot: mine}).About.ID
	c.v01.Restore()
	c.Settle()
	for _, id := range []care.ID{known, offline} {
		if a := visit(c.office, id); a.Doctor != "d06" || a.State != Booked {
			t.Errorf("%s sees %s, %s", id, a.Doctor, a.State)
		}
	}
	if got := notices(c.office, "p01"); got["new-doctor.d06"] != 1 {
		t.Errorf("notices %v", got)
	}
}

func TestARequestIsAnsweredWithABookingOrARefusal(t *testing.T) {
	c, session := opened(t, OpenInput{"d02", cardio, monday, "08:30", "09:10", 10, 1, "20"})
	c.v01.SetClock(protocol.ClockState{Suspect: true}) // asking needs no clock
	c.v01.Cut()
	wished := slotAt(session, "0830")
	id := c.v01.Do(resident(1), "appointment.request", RequestInput{Slot: wished}).About.ID
	c.v01.Refused("already-booked", resident(1), "appointment.request", RequestInput{Session: session})
	any := c.v01.Do(resident(2), "appointment.request", RequestInput{Session: session}).About.ID
	if a := visit(c.v01, id); a.State != Requested || a.Turn != 0 || a.Number != "V01-300107-001" {
		t.Errorf("request %+v", a)
	}
	c.v01.Restore()
	c.Settle()
	if visit(c.office, id).State != Requested {
		t.Fatal("a department that wants to look at requests did not get to")
	}
	c.office.Do(care.Machine("hospital"), "appointment.confirm-block", BlockInput{Session: session})
	c.office.Do(planner, "appointment.accept", AcceptInput{id, slotAt(session, "0850")}) // another time than wished
	c.office.Refused("not-requested", planner, "appointment.decline", DeclineInput{id, "已满"})
	c.office.Do(planner, "appointment.decline", DeclineInput{any, "本周已满"})
	c.Settle()
	if a := visit(c.v01, id); a.State != Booked || a.Slot != slotAt(session, "0850") || a.Turn != 3 || a.Number != "V01-300107-001" {
		t.Errorf("accepted %+v", a)
	}
	if a := visit(c.v01, any); a.State != Declined || a.Reason != "本周已满" {
		t.Errorf("declined %+v", a)
	}
	if got := notices(c.v01, "p01"); got["requested"] != 1 || got["accepted"] != 1 {
		t.Errorf("notices %v", got)
	}
	c.v01.Do(resident(2), "appointment.request", RequestInput{Session: session}) // may ask again
}

func TestARequestThatWasCalledOffMeanwhileDoesNotKeepTheSlot(t *testing.T) {
	c, session := opened(t, clinic())
	c.office.Do(planner, "appointment.set-department", DepartmentInput{Org: "c2", Code: "02", Name: "全科医疗科"}) // no prompt answers
	c.Settle()
	id := c.v01.Do(resident(1), "appointment.request", RequestInput{Slot: slotAt(session, "0830")}).About.ID
	c.Settle()
	c.v01.Cut()
	c.v01.Do(resident(1), "appointment.cancel", CancelInput{Appointment: id})
	c.office.Do(planner, "appointment.accept", AcceptInput{id, slotAt(session, "0830")})
	c.v01.Restore()
	c.Settle()
	if a := visit(c.office, id); a.State != Cancelled {
		t.Errorf("the request is %s", a.State)
	}
	if s := slot(c.office, slotAt(session, "0830")); s.State != SlotFree {
		t.Errorf("its slot is %s", s.State)
	}
}

func TestAPromptDepartmentAnswersAFreeSlotAtOnce(t *testing.T) {
	c, session := opened(t, clinic())
	id := c.v01.Do(resident(1), "appointment.request", RequestInput{Slot: slotAt(session, "0830")}).About.ID
	c.Settle()
	if a := visit(c.v01, id); a.State != Booked || a.Turn != 1 {
		t.Errorf("%+v", a)
	}
	late := c.v02.Do(resident(2), "appointment.request", RequestInput{Session: session}).About.ID
	c.Settle()
	if a := visit(c.office, late); a.State != Requested {
		t.Errorf("a request for any time was answered without a person: %s", a.State)
	}
	c.office.Refused("book-instead", planner, "appointment.request", RequestInput{Person: "p03", Slot: slotAt(session, "0840")})
}

func TestOnePersonBookedTwiceInASessionAtTwoPlacesBecomesATask(t *testing.T) {
	c, session, mine := lentOut(t)
	c.v01.Cut()
	c.v01.Do(resident(1), "appointment.book", Booking{Slot: mine})
	c.office.Do(planner, "appointment.book", Booking{Person: "p01", Slot: slotAt(session, "0830")})
	c.v01.Restore()
	c.Settle()
	if got := tasks(c.office, "open"); got["doubled"] != 1 || len(got) != 1 {
		t.Errorf("tasks %v", got)
	}
}

func TestTwoWeeksArePlannedWithoutHolidays(t *testing.T) {
	c := newCounty(t)
	c.office.Do(planner, "appointment.holiday", HolidayInput{From: "2030-01-14", To: "2030-01-14", Name: "测试假日"})
	for _, q := range Initial() {
		c.office.Run(q)
	}
	c.Settle()
	var mondays, all int
	c.office.Look(func(r protocol.Reader) error {
		found, err := sessionsBy(r, "all", "", time.Time{}, time.Time{})
		for _, s := range found {
			all++
			if weekday(s.Value.From) == 1 {
				mondays++
			}
			if s.Value.Date == "2030-01-14" {
				t.Errorf("session %s on a holiday", s.Ref.ID)
			}
		}
		return err
	})
	// Today's morning session that began is not opened; one Monday is closed.
	if mondays != 5 || all < 28 {
		t.Errorf("%d sessions, %d on Mondays", all, mondays)
	}
	// A holiday that comes later stops what is open, and tells who is booked.
	session := SessionID("d05", must(onDay("2030-01-08", "08:30")), "c2")
	a := c.office.Do(planner, "appointment.book", Booking{Person: "p01", Slot: firstFree(c.office, session)}).About.ID
	c.office.Do(planner, "appointment.holiday", HolidayInput{Org: "c2", From: "2030-01-08", To: "2030-01-09", Name: "设备检修"})
	c.Settle()
	if v := visit(c.office, a); v.State != Displaced {
		t.Errorf("booked on a new holiday: %s", v.State)
	}
	// The next day the plan moves on by itself, once.
	c.At(time.Date(2030, 1, 8, 6, 0, 0, 0, care.Zone))
	var due []care.Request
	c.office.Look(func(r protocol.Reader) (err error) { due, err = Chores(r); return err })
	c.office.Run(due...)
	c.office.Look(func(r protocol.Reader) (err error) { due, err = Chores(r); return err })
	if len(due) != 0 {
		t.Errorf("still due: %v", due)
	}
	c.Settle()
	c.office.Look(func(r protocol.Reader) error {
		_, err := readSession(r, SessionID("d05", must(onDay("2030-01-22", "08:30")), "c2"))
		return err
	})
}

func TestExtraSlotsAndMovedSlotsShowInOneListForTheVillager(t *testing.T) {
	c, session := opened(t, clinic())
	c.office.Do(planner, "appointment.extra", ExtraInput{session, "09:00", 2})
	if s := slot(c.office, session+".0900.2"); s.Turn != 5 || s.State != SlotFree {
		t.Errorf("extra slot %+v", s)
	}
	c.office.Refused("not-your-session", care.Actor{ID: "d06", Role: care.CountyDoctor}, "appointment.extra", ExtraInput{session, "09:00", 1})
	c.office.Refused("at-outside", planner, "appointment.extra", ExtraInput{session, "10:00", 1})

	c.office.Do(planner, "appointment.grant", GrantInput{Session: session, Site: "v01", Count: 3})
	c.office.Refused("too-few-free", planner, "appointment.move", MoveInput{session, "c1-03", 4})
	c.office.Refused("same-campus", planner, "appointment.move", MoveInput{session, "c2-50", 2})
	moved := c.office.Do(planner, "appointment.move", MoveInput{session, "c1-03", 2}).About.ID
	c.Settle()
	if moved != SessionID("d05", hours(8, 30), "c1") {
		t.Errorf("moved to %s", moved)
	}
	c.v01.Look(func(r protocol.Reader) error {
		all, err := slotsOf(r, moved)
		if len(all) != 2 || all[0].Value.State != SlotBlocking {
			t.Errorf("at the other campus: %+v", all)
		}
		return err
	})
	if n := freeSlots(c.office, session); n != 4 {
		t.Errorf("%d free left, want 6 less 2", n)
	}
}

func TestNoticesAreWrittenOnceHoweverOftenTheSenderStartsAgain(t *testing.T) {
	c, session := opened(t, clinic())
	id := c.office.Do(planner, "appointment.book", Booking{Person: "p01", Slot: slotAt(session, "0830")}).About.ID
	c.office.Do(planner, "appointment.stop", StopInput{session, "停电检修"})
	for range 3 {
		c.Settle()
		_, _ = c.office.Try(machine, "appointment.displace", DisplaceInput{id, CauseStopped})
	}
	if got := notices(c.office, "p01"); got["booked"] != 1 || got["displaced"] != 1 {
		t.Errorf("notices %v", got)
	}
}
