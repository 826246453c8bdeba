package appointment

import (
	"strings"
	"sync"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
)

func TestAVillagerBooksASlotInTheStationsCustodyWithTheLineDown(t *testing.T) {
	c, session := opened(t, clinic())
	c.office.Do(planner, "appointment.grant", GrantInput{Session: session, Site: "v01", Count: 2})
	c.Settle()
	c.v01.Cut()
	mine := slotAt(session, "0840")
	if got := slot(c.v01, mine); got.Holder != "v01" {
		t.Fatalf("the grant spreads over the session: want 08:40 with v01, holder is %s", got.Holder)
	}

	at := c.v01.Do(resident(1), "appointment.book", Booking{Slot: mine}).About.ID
	a := visit(c.v01, at)
	if a.State != Booked || a.Number != "V01-300107-001" || a.Turn != 2 || a.Person != "p01" {
		t.Errorf("booked %+v", a)
	}
	if s := slot(c.v01, mine); s.State != SlotBooked || s.Appointment != at {
		t.Errorf("slot after booking: %+v", s)
	}
	if n := freeSlots(c.v01, session); n != 3 {
		t.Errorf("%d slots free at the station, want one fewer", n)
	}

	// Meanwhile the portal sells the others.
	c.office.Do(planner, "appointment.book", Booking{Person: "p02", Slot: slotAt(session, "0830")})
	c.office.Refused("slot-elsewhere", planner, "appointment.book", Booking{Person: "p03", Slot: mine})

	c.v01.Restore()
	c.Settle()
	if s := slot(c.office, mine); s.Appointment != at {
		t.Error("the county does not know of the sale")
	}
	if got := notices(c.office, "p01"); got["booked"] != 1 || len(got) != 1 {
		t.Errorf("notices %v, want one of the booking", got)
	}
	if len(tasks(c.office, "open")) != 0 {
		t.Error("an ordinary sale opened a task")
	}
}

func TestARefusedTryUsesNoNumber(t *testing.T) {
	c, session := opened(t, clinic())
	c.office.Do(planner, "appointment.book", Booking{Person: "p01", Slot: slotAt(session, "0830")})
	c.office.Refused("slot-gone", planner, "appointment.book", Booking{Person: "p02", Slot: slotAt(session, "0830")})
	id := c.office.Do(planner, "appointment.book", Booking{Person: "p02", Slot: slotAt(session, "0840")}).About.ID
	if n := visit(c.office, id).Number; n != "COUNTY-300107-002" {
		t.Errorf("number %s: the counter is not dense", n)
	}
}

func TestFiftyTriesOnOneSlotGiveExactlyOneSuccess(t *testing.T) {
	c, session := opened(t, clinic())
	var wg sync.WaitGroup
	var mu sync.Mutex
	codes := map[protocol.Code]int{}
	for i := range 50 {
		who := resident(i % 12)
		wg.Go(func() {
			_, err := c.office.Engine.Do(t.Context(), care.Request{Actor: who, Name: "appointment.book",
				Input: ask("", Booking{Slot: slotAt(session, "0830")}).Input, Key: strings.Repeat("k", i+1)})
			mu.Lock()
			defer mu.Unlock()
			if r, refused := protocol.AsRefusal(err); refused {
				codes[r.Code]++
			} else if err == nil {
				codes["sold"]++
			}
		})
	}
	wg.Wait()
	if codes["sold"] != 1 || codes["slot-gone"] != 49 {
		t.Errorf("outcomes %v, want one sale and 49 plain refusals", codes)
	}
}

func TestPressingTwiceIsOneBooking(t *testing.T) {
	c, session := opened(t, clinic())
	in := Booking{Slot: slotAt(session, "0830")}
	first := must(c.office.TryKey(resident(1), "appointment.book", in, "one-form"))
	again := must(c.office.TryKey(resident(1), "appointment.book", in, "one-form"))
	if again.About != first.About || !again.Repeat {
		t.Errorf("second press gave %+v, want the first booking %+v", again, first)
	}
	if got := notices(c.office, "p01"); got["booked"] != 1 {
		t.Errorf("notices %v", got)
	}
	r := c.office.Refused("already-booked", resident(1), "appointment.book", Booking{Slot: slotAt(session, "0840")})
	if r.Next != "/appointment/mine/"+string(first.About.ID) {
		t.Errorf("a second booking in one session leads to %q", r.Next)
	}
}

func TestAResidentBooksForNobodyElse(t *testing.T) {
	c, session := opened(t, clinic())
	c.office.Refused("not-yours", resident(1), "appointment.book", Booking{Person: "p02", Slot: slotAt(session, "0830")})
	c.office.Refused("role", supervisor, "appointment.book", Booking{Person: "p02", Slot: slotAt(session, "0830")})
	c.office.Refused("no-consent", village, "appointment.book", Booking{Person: "p77", Slot: slotAt(session, "0830")})
	c.office.Refused("no-consent", resident(77), "appointment.book", Booking{Slot: slotAt(session, "0830")})
	c.office.Refused("person-missing", village, "appointment.book", Booking{Slot: slotAt(session, "0830")})
	guardian := resident(1)
	guardian.For = "p02"
	id := c.office.Do(guardian, "appointment.book", Booking{Slot: slotAt(session, "0830")}).About.ID
	if a := visit(c.office, id); a.Person != "p02" || a.By != "p01" {
		t.Errorf("a guardian booked for %s by %s", a.Person, a.By)
	}
}

func TestAClosedItemTakesNoNewBookingsAndLetsOldOnesEnd(t *testing.T) {
	c, session := opened(t, clinic())
	id := c.office.Do(resident(1), "appointment.book", Booking{Slot: slotAt(session, "0830")}).About.ID
	c.office.Do(machine, "setup.offline", nobody{})
	c.office.Refused("item-offline", resident(2), "appointment.book", Booking{Slot: slotAt(session, "0840")})
	c.office.Refused("item-offline", resident(2), "appointment.request", RequestInput{Session: session})
	c.office.Do(resident(1), "appointment.reschedule", RescheduleInput{id, slotAt(session, "0850")})
}

func TestNumbersAreUniqueAcrossSitesAndDaysWithoutTheLine(t *testing.T) {
	c, session := opened(t, OpenInput{"d05", medicine, monday, "08:30", "11:30", 10, 1, "5"})
	for _, site := range []protocol.Site{"v01", "v02"} {
		c.office.Do(planner, "appointment.grant", GrantInput{Session: session, Site: site, Count: 5})
	}
	c.Settle()
	c.v01.Cut()
	c.v02.Cut()
	seen := map[string]bool{}
	person := 0
	for range 2 {
		for _, site := range []*caretest.Site{c.office, c.v01, c.v02} {
			for range 2 {
				id := site.Do(village, "appointment.book", Booking{Person: resident(person).ID, Slot: firstFree(site, session)}).About.ID
				person++
				seen[visit(site, id).Number] = true
			}
		}
		c.Advance(24 * time.Hour)
	}
	if len(seen) != 12 || !seen["V01-300107-001"] || !seen["V01-300107-002"] || !seen["COUNTY-300108-001"] {
		t.Errorf("numbers %v", seen)
	}
}

// firstFree is the first slot that a site may sell.
func firstFree(s *caretest.Site, session care.ID) (id care.ID) {
	s.Look(func(r protocol.Reader) error {
		all, err := slotsOf(r, session)
		for _, f := range all {
			if id == "" && f.Value.State == SlotFree && f.Value.Holder == r.Site() {
				id = f.Ref.ID
			}
		}
		return err
	})
	return id
}
