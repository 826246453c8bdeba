package appointment

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
)

// TestNoSlotIsSoldTwiceWhateverHappens plays random days: lines go down and
// come back, people book, move and cancel at three places, schedulers grant and
// stop, supervisors take slots by force, the hospital sells behind our back,
// chores run or do not. When all lines are back, every slot belongs to at most
// one visit, every visit that counts has its slot, and nobody was displaced in
// silence.
func TestNoSlotIsSoldTwiceWhateverHappens(t *testing.T) {
	rounds := 20
	if testing.Short() {
		rounds = 8
	}
	sold, displaced := 0, 0
	for seed := range uint64(rounds) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			s, d := playDay(t, rand.New(rand.NewPCG(seed, 7)))
			sold, displaced = sold+s, displaced+d
		})
	}
	if sold == 0 || displaced == 0 {
		t.Errorf("%d sold, %d displaced: the days were too quiet to prove anything", sold, displaced)
	}
}

func playDay(t *testing.T, dice *rand.Rand) (sold, displaced int) {
	c := newCounty(t)
	var sessions []care.ID
	for _, date := range []string{"2030-01-08", "2030-01-09"} {
		sessions = append(sessions, c.office.Do(planner, "appointment.open", OpenInput{"d05", medicine, date, "08:30", "09:30", 10, 1, "5"}).About.ID)
	}
	c.Settle()
	sites := []*caretest.Site{c.office, c.v01, c.v02}
	for range 120 {
		chance(c, dice, sites[dice.IntN(3)], sessions[dice.IntN(2)])
		c.Advance(time.Duration(dice.IntN(25)) * time.Minute)
	}
	c.v01.Restore()
	c.v02.Restore()
	c.Settle()
	return reckon(t, c)
}

// chance does one thing that may happen; being refused is part of life.
func chance(c *county, dice *rand.Rand, s *caretest.Site, session care.ID) {
	try := func(s *caretest.Site, who protocol.Actor, name protocol.ActionName, in any) {
		_, _ = s.Try(who, name, in)
	}
	slot := slotAt(session, []string{"0830", "0840", "0850", "0900", "0910", "0920"}[dice.IntN(6)])
	visit := anyVisit(s, dice)
	station := []*caretest.Site{c.v01, c.v02}[dice.IntN(2)]
	switch n := dice.IntN(20); {
	case n < 6:
		try(s, resident(dice.IntN(4)), "appointment.book", Booking{Slot: slot})
	case n < 8:
		try(s, resident(dice.IntN(4)), "appointment.request", RequestInput{Slot: slot})
	case n < 10:
		try(s, planner, "appointment.cancel", CancelInput{Appointment: visit})
	case n < 12:
		try(s, planner, "appointment.reschedule", RescheduleInput{visit, slot})
	case n < 14:
		try(c.office, planner, "appointment.grant", GrantInput{Session: session, Site: []protocol.Site{"v01", "v02"}[dice.IntN(2)], Count: 2, Before: 10})
	case n == 14:
		try(c.office, supervisor, "appointment.repossess", RepossessInput{slot, "村站长时间断网"})
	case n == 15:
		try(c.office, planner, "appointment.reclaim", BySlot{slot})
	case n == 16 && dice.IntN(4) == 0:
		try(c.office, care.Machine("hospital"), "appointment.hospital-sold", BySlot{slot})
	case n == 16:
		try(station, machine, "appointment.settle", nobody{})
	case n == 17:
		station.Cut()
	case n == 18:
		station.Restore()
	case dice.IntN(12) == 0:
		try(c.office, planner, "appointment.stop", StopInput{session, "测试停诊"})
	default:
		c.Settle()
	}
}

func anyVisit(s *caretest.Site, dice *rand.Rand) (id care.ID) {
	s.Look(func(r protocol.Reader) error {
		all, err := everyVisit(r)
		if len(all) > 0 {
			id = all[dice.IntN(len(all))].Ref.ID
		}
		return err
	})
	return id
}

func everyVisit(r protocol.Reader) (out []care.Found[Appointment], err error) {
	for i := range 4 {
		all, err := care.Collect[Appointment](r, protocol.Query{Kind: KindAppointment, Index: "person", Match: []string{string(resident(i).ID)}})
		if err != nil {
			return nil, err
		}
		out = append(out, all...)
	}
	return out, nil
}

// reckon checks what must be true when everything has arrived everywhere.
func reckon(t *testing.T, c *county) (sold, displaced int) {
	c.office.Look(func(r protocol.Reader) error {
		all, err := everyVisit(r)
		owner, numbers := map[care.ID]care.ID{}, map[string]bool{}
		for _, f := range all {
			a, ok, err := settled(r, f.Ref.ID)
			if err != nil {
				return err
			}
			if numbers[a.Number] {
				t.Errorf("number %s was given twice", a.Number)
			}
			numbers[a.Number] = true
			if !ok {
				continue // waits for a person, with a task
			}
			switch {
			case a.State == Booked:
				sold++
				if other := owner[a.Slot]; other != "" {
					t.Errorf("slot %s is sold twice: %s and %s", a.Slot, other, f.Ref.ID)
				}
				owner[a.Slot] = f.Ref.ID
			case a.State == Displaced:
				displaced++
				if there, err := care.Exists(r, protocol.Ref{Kind: care.KindTask, ID: rebookTask(f.Ref.ID)}); err != nil || !there {
					t.Errorf("%s was displaced without a task (%v)", f.Ref.ID, err)
				}
				if there, err := care.Exists(r, care.NoticeRef(f.Ref, "displaced")); err != nil || !there {
					t.Errorf("%s was displaced without a notice (%v)", f.Ref.ID, err)
				}
			case a.State == Cancelled && a.Next != "":
				if next, ok, _ := settled(r, a.Next); ok && next.State == Booked && r.Now().Before(next.Start) {
					t.Errorf("%s was called off and its successor %s was not", f.Ref.ID, a.Next)
				}
			}
		}
		checkSlots(t, r, owner)
		return err
	})
	return sold, displaced
}

// checkSlots compares the slots with the visits that count.
func checkSlots(t *testing.T, r protocol.Reader, owner map[care.ID]care.ID) {
	sessions, err := sessionsBy(r, "all", "", time.Time{}, time.Time{})
	if err != nil {
		t.Error(err)
	}
	for _, s := range sessions {
		slots, err := slotsOf(r, s.Ref.ID)
		if err != nil {
			t.Error(err)
		}
		for _, f := range slots {
			if f.Value.State == SlotBooked && owner[f.Ref.ID] != f.Value.Appointment && s.Value.State == SessionOpen {
				t.Errorf("slot %s is kept for %s, which does not need it", f.Ref.ID, f.Value.Appointment)
			}
			if id := owner[f.Ref.ID]; id != "" && f.Value.Appointment != id {
				t.Errorf("visit %s counts, but its slot %s is %s", id, f.Ref.ID, f.Value.State)
			}
		}
	}
}
