package appointment

import (
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/custody"
)

// lentOut is a county whose slot at 08:40 is with v01, until 07:40.
func lentOut(t *testing.T) (*county, care.ID, care.ID) {
	c, session := opened(t, clinic())
	c.office.Do(planner, "appointment.grant", GrantInput{Session: session, Site: "v01", Count: 2})
	c.Settle()
	return c, session, slotAt(session, "0840")
}

func TestAStationSellsUntilTheCutoffLessWhatItsClockMayBeOff(t *testing.T) {
	cases := []struct {
		now   time.Time
		clock protocol.ClockState
		code  protocol.Code
	}{
		{hours(7, 39), protocol.ClockState{}, ""},
		{hours(7, 40), protocol.ClockState{}, "past-cutoff"},
		{hours(7, 38), protocol.ClockState{Error: time.Minute}, ""},
		{hours(7, 39), protocol.ClockState{Error: time.Minute}, "past-cutoff"},
		{hours(6, 0), protocol.ClockState{Error: custody.Guard}, ""},
		{hours(6, 0), protocol.ClockState{Error: custody.Guard + 1}, "clock-suspect"},
		{hours(6, 0), protocol.ClockState{Suspect: true}, "clock-suspect"},
	}
	for _, k := range cases {
		c, _, mine := lentOut(t)
		c.At(k.now)
		c.v01.SetClock(k.clock)
		_, err := c.v01.Try(resident(1), "appointment.book", Booking{Slot: mine})
		r, _ := protocol.AsRefusal(err)
		switch {
		case k.code == "" && err != nil:
			t.Errorf("at %s with %+v: %v", k.now, k.clock, err)
		case k.code != "" && (r == nil || r.Code != k.code):
			t.Errorf("at %s with %+v: want %s, got %v", k.now, k.clock, k.code, err)
		case r != nil && r.Next != "/appointment/request/"+string(mine):
			t.Errorf("refusal %s leads to %q, want the request page", r.Code, r.Next)
		}
	}
}

func TestASlotOutsideCustodyIsRefusedWithAnOfferToAsk(t *testing.T) {
	c, session, _ := lentOut(t)
	other := slotAt(session, "0830")
	r := c.v01.Refused("slot-elsewhere", resident(1), "appointment.book", Booking{Slot: other})
	if r.Next != "/appointment/request/"+string(other) {
		t.Errorf("leads to %q", r.Next)
	}
	c.v02.Refused("slot-elsewhere", resident(1), "appointment.book", Booking{Slot: slotAt(session, "0840")})
}

func TestAGrantLeavesAReserveAndTakesOnlyWhatIsFree(t *testing.T) {
	c, session := opened(t, clinic())
	c.office.Do(planner, "appointment.book", Booking{Person: "p01", Slot: slotAt(session, "0830")})
	c.office.Do(planner, "appointment.grant", GrantInput{Session: session, Site: "v01", Count: 4, Reserve: 1})
	held := map[protocol.Site]int{}
	for _, clock := range []string{"0830", "0840", "0850", "0900"} {
		held[slot(c.office, slotAt(session, clock)).Holder]++
	}
	if held["v01"] != 2 || held[County] != 2 {
		t.Errorf("holders %v, want two with the station: one is sold and one kept", held)
	}
	c.office.Refused("nothing-to-grant", planner, "appointment.grant", GrantInput{Session: session, Site: "v02", Count: 1, Reserve: 1})
}

func TestUnsoldSlotsComeBackByThemselvesBehindTheLastSale(t *testing.T) {
	c, session, mine := lentOut(t)
	c.v01.Cut()
	sold := c.v01.Do(resident(1), "appointment.book", Booking{Slot: mine}).About.ID
	c.At(hours(8, 1)) // both cut-offs have passed
	var due []care.Request
	c.v01.Look(func(r protocol.Reader) (err error) { due, err = Chores(r); return err })
	c.v01.Run(due...)
	c.v01.Look(func(r protocol.Reader) (err error) { due, err = Chores(r); return err })
	if len(due) != 0 {
		t.Error("the station has nothing left to give back, and goes on")
	}
	c.v01.Refused("slot-elsewhere", resident(2), "appointment.book", Booking{Slot: slotAt(session, "0900")})
	c.v01.Restore()
	c.Settle()
	if s := slot(c.office, slotAt(session, "0900")); s.Holder != County || s.State != SlotFree {
		t.Errorf("09:00 came back as %+v", s)
	}
	if s := slot(c.office, mine); s.Appointment != sold {
		t.Error("the sale did not come with it")
	}
	c.office.Do(planner, "appointment.book", Booking{Person: "p02", Slot: slotAt(session, "0900")})
}

func TestTheCountyNeverReclaimsFromAStationThatDidNotReport(t *testing.T) {
	c, session, mine := lentOut(t)
	c.v01.Cut()
	c.v01.Do(resident(1), "appointment.book", Booking{Slot: mine}) // the county cannot know
	c.At(hours(7, 44))
	c.office.Refused("before-cutoff", planner, "appointment.reclaim", BySlot{mine})
	c.At(hours(7, 45))
	c.office.Refused("holder-silent", planner, "appointment.reclaim", BySlot{mine})
	c.office.SetClock(protocol.ClockState{Error: time.Minute})
	c.office.Refused("before-cutoff", planner, "appointment.reclaim", BySlot{mine})
	c.office.SetClock(protocol.ClockState{})

	// The station reports, by any statement after the cut-off.
	c.v01.Do(machine, "appointment.settle", nobody{})
	c.v01.Restore()
	c.Settle()
	c.office.Refused("slot-sold", planner, "appointment.reclaim", BySlot{mine})
	if s := slot(c.office, slotAt(session, "0900")); s.Holder != "v01" {
		t.Fatal("09:00 went back before its cut-off")
	}
	c.At(hours(8, 5))
	c.office.Refused("holder-silent", planner, "appointment.reclaim", BySlot{slotAt(session, "0900")})
}

func TestAStatementAfterTheCutoffLetsTheCountyReclaim(t *testing.T) {
	c, session, _ := lentOut(t)
	late := slotAt(session, "0900")
	c.At(hours(8, 6))
	// A station of older software that only states and gives nothing back.
	c.office.Do(machine, "setup.statement", custody.Statement{Site: "v01", At: hours(8, 1)})
	c.office.Do(planner, "appointment.reclaim", BySlot{late})
	if s := slot(c.office, late); s.Holder != County || s.State != SlotFree {
		t.Errorf("taken back: %+v", s)
	}
	c.office.Do(planner, "appointment.book", Booking{Person: "p02", Slot: late})
	c.office.Refused("not-lent", planner, "appointment.reclaim", BySlot{late})
	c.Settle()
	c.v01.Refused("slot-gone", resident(1), "appointment.book", Booking{Slot: late})
}

func TestASaleBehindAFenceIsRebookedWithAnApologyNeverLost(t *testing.T) {
	c, session, mine := lentOut(t)
	c.v01.Cut()
	c.office.Refused("role", planner, "appointment.repossess", RepossessInput{mine, "村站失联三天"})
	c.office.Refused("reason-missing", supervisor, "appointment.repossess", RepossessInput{mine, "急"})
	c.office.Do(supervisor, "appointment.repossess", RepossessInput{mine, "村站失联三天"})
	other := c.office.Do(planner, "appointment.book", Booking{Person: "p02", Slot: mine}).About.ID

	sold := c.v01.Do(resident(1), "appointment.book", Booking{Slot: mine}).About.ID
	c.v01.Restore()
	c.Settle()
	a := visit(c.office, sold)
	if a.State != Displaced || a.Cause != CauseFenced {
		t.Fatalf("the sale behind the fence is %s (%s)", a.State, a.Cause)
	}
	if got := notices(c.v01, "p01"); got["displaced"] != 1 {
		t.Errorf("the person at the station sees %v, want one apology", got)
	}
	if got := tasks(c.office, "open"); got["rebook"] != 1 {
		t.Errorf("tasks %v, want one to rebook", got)
	}
	if visit(c.office, other).State != Booked {
		t.Error("the county's own sale was touched")
	}
	c.v01.Refused("slot-gone", resident(3), "appointment.book", Booking{Slot: mine})

	// The person takes another slot: the task closes.
	c.v01.Do(resident(1), "appointment.reschedule", RescheduleInput{sold, slotAt(session, "0900")})
	c.Settle()
	if got := tasks(c.office, "done"); got["rebook"] != 1 {
		t.Errorf("tasks done: %v", got)
	}
}

func TestASlotOfTheHospitalIsForRequestOnlyUntilItIsConfirmed(t *testing.T) {
	c, session := opened(t, OpenInput{"d02", cardio, monday, "08:30", "09:10", 10, 1, "20"})
	first := slotAt(session, "0830")
	r := c.office.Refused("slot-blocking", planner, "appointment.book", Booking{Person: "p01", Slot: first})
	if r.Next != "/appointment/request/"+string(first)+"?person=p01" {
		t.Errorf("leads to %q", r.Next)
	}
	c.office.Refused("nothing-to-grant", planner, "appointment.grant", GrantInput{Session: session, Site: "v01", Count: 1})
	hospital := care.Machine("hospital")
	c.office.Do(hospital, "appointment.confirm-block", BlockInput{Session: session, Slots: []care.ID{first}})
	c.office.Do(planner, "appointment.book", Booking{Person: "p01", Slot: first})
	c.office.Refused("slot-blocking", planner, "appointment.book", Booking{Person: "p02", Slot: slotAt(session, "0840")})
	c.office.Do(hospital, "appointment.confirm-block", BlockInput{Session: session})
	c.office.Do(hospital, "appointment.confirm-block", BlockInput{Session: session})
	if s := slot(c.office, first); s.State != SlotBooked {
		t.Error("confirming twice touched a sold slot")
	}
	if n := freeSlots(c.office, session); n != 3 {
		t.Errorf("%d free", n)
	}
}

func TestWhatTheHospitalSoldItselfLeavesThePoolAndIsTold(t *testing.T) {
	c, session, mine := lentOut(t)
	c.v01.Cut()
	sold := c.v01.Do(resident(1), "appointment.book", Booking{Slot: mine}).About.ID
	kept := c.office.Do(planner, "appointment.book", Booking{Person: "p02", Slot: slotAt(session, "0830")}).About.ID
	hospital := care.Machine("hospital")
	for range 2 {
		c.office.Do(hospital, "appointment.hospital-sold", BySlot{mine})                    // a station's
		c.office.Do(hospital, "appointment.hospital-sold", BySlot{slotAt(session, "0830")}) // sold by the county
		c.office.Do(hospital, "appointment.hospital-sold", BySlot{slotAt(session, "0850")}) // free
	}
	c.Settle()
	if a := visit(c.office, kept); a.State != Displaced || a.Cause != CauseHospital {
		t.Errorf("the county's sale: %s (%s)", a.State, a.Cause)
	}
	c.office.Refused("slot-gone", planner, "appointment.book", Booking{Person: "p03", Slot: slotAt(session, "0850")})
	c.v01.Restore()
	c.Settle()
	if a := visit(c.office, sold); a.State != Displaced || a.Cause != CauseHospital {
		t.Errorf("the station's sale: %s (%s)", a.State, a.Cause)
	}
	if got := tasks(c.office, "open"); got["rebook"] != 2 {
		t.Errorf("tasks %v", got)
	}
}

func TestTwoClonesOfAStationThatSellOneSlotEndInARebooking(t *testing.T) {
	c, _, mine := lentOut(t)
	twin := c.Station("v01") // a copied disk: another incarnation of the same site
	c.Settle()
	c.v01.Cut()
	twin.Cut()
	a := c.v01.Do(resident(1), "appointment.book", Booking{Slot: mine}).About.ID
	b := twin.Do(resident(2), "appointment.book", Booking{Slot: mine}).About.ID
	c.v01.Restore()
	twin.Restore()
	c.Settle()
	states := map[State]int{visit(c.office, a).State: 1}
	states[visit(c.office, b).State]++
	if states[Booked] != 1 || states[Displaced] != 1 {
		t.Errorf("states %v, want one kept and one rebooked", states)
	}
	if got := tasks(c.office, "open"); got["rebook"] != 1 {
		t.Errorf("tasks %v", got)
	}
}

func TestOfTwoClonesOneSellsASlotAndTheOtherGivesItBack(t *testing.T) {
	c, _, mine := lentOut(t)
	twin := c.Station("v01")
	c.Settle()
	c.v01.Cut()
	twin.Cut()
	sold := c.v01.Do(resident(1), "appointment.book", Booking{Slot: mine}).About.ID
	twin.Do(village, "appointment.return", BySession{slot(c.office, mine).Session})
	twin.Restore()
	c.Settle()
	other := c.office.Do(planner, "appointment.book", Booking{Person: "p02", Slot: mine}).About.ID
	c.v01.Restore()
	c.Settle()
	states := map[State]int{visit(c.office, sold).State: 1}
	states[visit(c.office, other).State]++
	if states[Booked] != 1 || states[Displaced] != 1 {
		t.Errorf("states %v, want one kept and one rebooked", states)
	}
	if got := tasks(c.office, "open"); got["rebook"] != 1 {
		t.Errorf("tasks %v", got)
	}
	// What only the county saw given back is sold by nobody a third time.
	c.office.Refused("slot-gone", planner, "appointment.book", Booking{Person: "p03", Slot: mine})
}

func TestStandingSharesAreHandedOutWhenASessionOpens(t *testing.T) {
	c := newCounty(t)
	for _, site := range []protocol.Site{"v01", "v02"} {
		c.office.Do(planner, "appointment.allot", AllotInput{Department: medicine, Site: site, Share: 25, Reserve: 1})
	}
	c.office.Refused("over-allotted", planner, "appointment.allot", AllotInput{Department: medicine, Site: "v03", Share: 40})
	session := c.office.Do(planner, "appointment.open", clinic()).About.ID
	c.Settle()
	held := map[protocol.Site]int{}
	for _, clock := range []string{"0830", "0840", "0850", "0900"} {
		held[slot(c.v01, slotAt(session, clock)).Holder]++
	}
	if held["v01"] != 1 || held["v02"] != 1 || held[County] != 2 {
		t.Errorf("holders %v", held)
	}
	c.office.Do(planner, "appointment.extra", ExtraInput{session, "09:00", 4})
	c.Settle()
	n := 0
	c.office.Look(func(r protocol.Reader) error {
		all, err := slotsOf(r, session)
		for _, s := range all {
			if s.Value.Holder == "v01" {
				n++
			}
		}
		return err
	})
	if n != 2 {
		t.Errorf("v01 holds %d of eight slots, want a quarter", n)
	}
	c.v01.Do(village, "appointment.return", BySession{session})
	c.v01.Refused("nothing-to-return", village, "appointment.return", BySession{session})
	c.Settle()
	if n := freeSlots(c.office, session); n != 8 {
		t.Errorf("%d free after the return", n)
	}
}

func TestAVisitIsCalledOffThoughTheStationDoubtsWhatItHolds(t *testing.T) {
	c, _, mine := lentOut(t)
	sold := c.v01.Do(resident(1), "appointment.book", Booking{Slot: mine}).About.ID
	c.v01.SetClock(protocol.ClockState{Suspect: true})
	c.v01.Do(resident(1), "appointment.cancel", CancelInput{Appointment: sold})
	c.Settle()
	if s := slot(c.v01, mine); s.State != SlotBooked {
		t.Errorf("the slot is %s while the station may write nothing of it", s.State)
	}
	c.v01.SetClock(protocol.ClockState{})
	var due []care.Request
	c.v01.Look(func(r protocol.Reader) (err error) { due, err = Chores(r); return err })
	c.v01.Run(due...)
	if s := slot(c.v01, mine); s.State != SlotFree || s.Appointment != "" {
		t.Errorf("the slot that was given up stays %s", s.State)
	}
	c.v01.Do(resident(2), "appointment.book", Booking{Slot: mine})
}
