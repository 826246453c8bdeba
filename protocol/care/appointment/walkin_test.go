package appointment

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
)

// morning is a county on the day of a session, with ten walk-in numbers of which
// v01 holds the last four, until 08:40.
func morning(t testing.TB) (c *county, session, county, lent care.ID) {
	c = newCounty(t)
	session = c.office.Do(planner, "appointment.open", clinic()).About.ID
	c.office.Do(planner, "appointment.open-numbers", NumbersInput{session, 10})
	c.office.Do(planner, "appointment.grant-numbers", GrantInput{Session: session, Site: "v01", Count: 4})
	c.Settle()
	c.At(hours(8, 0))
	return c, session, session + ".n5", session + ".n11"
}

func numbers(s *caretest.Site, id care.ID) (out Numbers) {
	s.Look(func(r protocol.Reader) (err error) { out, _, err = readNumbers(r, id); return err })
	return out
}

func TestWalkInNumbersAreGivenOutAtSeveralPlacesAndNoneTwice(t *testing.T) {
	c, session, _, _ := morning(t)
	c.v01.Cut()
	a := c.v01.Do(resident(1), "appointment.walk-in", WalkIn{Session: session}).About.ID
	b := c.v01.Do(village, "appointment.walk-in", WalkIn{Person: "p02", Session: session}).About.ID
	d := c.office.Do(planner, "appointment.walk-in", WalkIn{Person: "p03", Session: session}).About.ID
	c.v01.Refused("already-booked", resident(1), "appointment.walk-in", WalkIn{Session: session})
	c.v02.Refused("walkin-none", resident(4), "appointment.walk-in", WalkIn{Session: session})
	c.v01.Restore()
	c.Settle()
	for id, turn := range map[care.ID]int{a: 11, b: 12, d: 5} {
		if v := visit(c.office, id); v.Turn != turn || v.State != Booked {
			t.Errorf("%s has number %d (%s), want %d", v.Person, v.Turn, v.State, turn)
		}
	}
	// Somebody with a booking is called first, whenever they come.
	booked := c.office.Do(planner, "appointment.book", Booking{Person: "p05", Slot: slotAt(session, "0840")}).About.ID
	c.Settle()
	for _, id := range []care.ID{b, d, booked} {
		c.office.Do(planner, "appointment.checkin", ByAppointment{id})
	}
	var order []care.ID
	c.office.Look(func(r protocol.Reader) error {
		q, err := readQueue(r, session)
		for _, p := range q.Waiting() {
			order = append(order, p.Appointment)
		}
		return err
	})
	if fmt.Sprint(order) != fmt.Sprint([]care.ID{booked, d, b}) {
		t.Errorf("called in the order %v, want %v", order, []care.ID{booked, d, b})
	}
}

func TestWalkInNumbersEndWithTheirCutoffAndComeBack(t *testing.T) {
	c, session, _, lent := morning(t)
	given := c.v01.Do(resident(1), "appointment.walk-in", WalkIn{Session: session}).About.ID
	c.v01.SetClock(protocol.ClockState{Suspect: true})
	c.v01.Refused("clock-suspect", resident(2), "appointment.walk-in", WalkIn{Session: session})
	c.v01.Refused("clock-suspect", village, "appointment.return", BySession{session})
	c.v01.SetClock(protocol.ClockState{})
	c.At(hours(8, 40))
	r := c.v01.Refused("past-cutoff", resident(2), "appointment.walk-in", WalkIn{Session: session})
	if r.Next != "/appointment/ask/"+string(session) {
		t.Errorf("leads to %q", r.Next)
	}
	c.office.Refused("before-cutoff", planner, "appointment.reclaim-numbers", ByNumbers{lent})
	c.At(hours(8, 46))
	c.office.Refused("holder-silent", planner, "appointment.reclaim-numbers", ByNumbers{lent})
	var due []care.Request
	c.v01.Look(func(r protocol.Reader) (err error) { due, err = Chores(r); return err })
	c.v01.Run(due...)
	c.Settle()
	if n := numbers(c.office, lent); n.Holder != County || len(n.Given) != 1 || n.Given[0] != given || n.Left() != 3 {
		t.Errorf("came back as %+v", n)
	}
	c.office.Refused("not-lent", planner, "appointment.reclaim-numbers", ByNumbers{lent})
}

func TestAWalkInBehindAFenceIsRebookedWithAnApology(t *testing.T) {
	c, session, _, lent := morning(t)
	c.v01.Cut()
	c.office.Refused("role", planner, "appointment.repossess-numbers", RepossessNumbers{lent, "村站失联三天"})
	c.office.Do(supervisor, "appointment.repossess-numbers", RepossessNumbers{lent, "村站失联三天"})
	gone := c.v01.Do(resident(1), "appointment.walk-in", WalkIn{Session: session}).About.ID
	for p := 2; p < 11; p++ { // all of the county's, and the first of those that it took
		c.office.Do(planner, "appointment.walk-in", WalkIn{Person: resident(p).ID, Session: session})
	}
	c.v01.Restore()
	c.Settle()
	if a := visit(c.office, gone); a.State != Displaced || a.Cause != CauseFenced {
		t.Errorf("the number behind the fence is %s (%s)", a.State, a.Cause)
	}
	if got := tasks(c.office, "open"); got["rebook"] != 1 {
		t.Errorf("tasks %v, want one to rebook", got)
	}
	if got := notices(c.v01, "p01"); got["displaced"] != 1 {
		t.Errorf("the person sees %v, want one apology", got)
	}
}

func TestOneOfTwoClonesGaveOutANumberThatCounts(t *testing.T) {
	c, session, _, _ := morning(t)
	twin := c.Station("v01")
	c.Settle()
	c.v01.Cut()
	twin.Cut()
	a := c.v01.Do(resident(1), "appointment.walk-in", WalkIn{Session: session}).About.ID
	b := twin.Do(resident(2), "appointment.walk-in", WalkIn{Session: session}).About.ID
	c.v01.Restore()
	twin.Restore()
	c.Settle()
	states := map[State]int{visit(c.office, a).State: 1}
	states[visit(c.office, b).State]++
	if states[Booked] != 1 || states[Displaced] != 1 {
		t.Errorf("states %v, want one kept and one rebooked", states)
	}
}

func TestWhatIsRefusedOfWalkInNumbers(t *testing.T) {
	c, session, _, _ := morning(t)
	c.office.Refused("nothing-to-grant", planner, "appointment.grant-numbers", GrantInput{Session: session, Site: "v02", Count: 5, Reserve: 6})
	c.office.Refused("count-wrong", planner, "appointment.open-numbers", NumbersInput{session, 0})
	c.office.Refused("count-wrong", planner, "appointment.open-numbers", NumbersInput{session, maxNumbers + 1})
	other := c.office.Do(planner, "appointment.open", OpenInput{"d02", cardio, "2030-01-15", "08:30", "09:10", 10, 1, "20"}).About.ID
	c.office.Refused("hospital-numbers", planner, "appointment.open-numbers", NumbersInput{other, 5})
	later := c.office.Do(planner, "appointment.open", OpenInput{"d05", medicine, "2030-01-15", "08:30", "09:10", 10, 1, "5"}).About.ID
	c.office.Do(planner, "appointment.open-numbers", NumbersInput{later, 5})
	c.office.Refused("walkin-not-today", planner, "appointment.walk-in", WalkIn{Person: "p01", Session: later})
	gone := c.office.Do(planner, "appointment.walk-in", WalkIn{Person: "p01", Session: session}).About.ID
	c.At(hours(8, 50)) // the session is on, and they can still call it off
	c.office.Do(planner, "appointment.cancel", CancelInput{Appointment: gone})
	again := c.office.Do(planner, "appointment.walk-in", WalkIn{Person: "p01", Session: session}).About.ID
	if n := visit(c.office, again).Turn; n != 6 {
		t.Errorf("number %d, want the next: one that was given out is nobody else's", n)
	}
	c.At(hours(9, 10))
	c.office.Refused("session-past", planner, "appointment.walk-in", WalkIn{Person: "p02", Session: session})
	c.office.Refused("session-past", planner, "appointment.open-numbers", NumbersInput{session, 5})
}

// TestNoNumberIsGivenTwiceWhateverHappens plays mornings by dice, as the days of
// slots are played: lines, grants, returns, reclaims, force.
func TestNoNumberIsGivenTwiceWhateverHappens(t *testing.T) {
	given, displaced := 0, 0
	for seed := range uint64(30) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			dice := rand.New(rand.NewPCG(seed, 11))
			c := newCounty(t)
			session := c.office.Do(planner, "appointment.open", OpenInput{"d05", medicine, monday, "08:30", "11:30", 30, 1, "5"}).About.ID
			c.office.Do(planner, "appointment.open-numbers", NumbersInput{session, 30})
			c.Settle()
			c.At(hours(8, 0))
			sites := []*caretest.Site{c.office, c.v01, c.v02}
			for range 90 {
				wander(c, dice, sites, session)
				c.Advance(time.Duration(dice.IntN(4)) * time.Minute)
			}
			c.v01.Restore()
			c.v02.Restore()
			c.Settle()
			g, d := countNumbers(t, c, session)
			given, displaced = given+g, displaced+d
		})
	}
	if given == 0 || displaced == 0 {
		t.Errorf("%d given, %d displaced: the mornings were too quiet to prove anything", given, displaced)
	}
}

func wander(c *county, dice *rand.Rand, sites []*caretest.Site, session care.ID) {
	try := func(s *caretest.Site, who protocol.Actor, name protocol.ActionName, in any) {
		_, _ = s.Try(who, name, in)
	}
	station := sites[1+dice.IntN(2)]
	var all []care.Found[Numbers]
	c.office.Look(func(r protocol.Reader) (err error) { all, err = numbersOf(r, session); return err })
	one := all[dice.IntN(len(all))].Ref.ID
	switch n := dice.IntN(20); {
	case n < 8:
		try(sites[dice.IntN(3)], resident(dice.IntN(12)), "appointment.walk-in", WalkIn{Session: session})
	case n < 11:
		try(c.office, planner, "appointment.grant-numbers", GrantInput{Session: session, Site: []protocol.Site{"v01", "v02"}[dice.IntN(2)], Count: 3, Before: 60})
	case n == 11:
		try(c.office, supervisor, "appointment.repossess-numbers", RepossessNumbers{one, "村站长时间断网"})
	case n == 12:
		try(c.office, planner, "appointment.reclaim-numbers", ByNumbers{one})
	case n == 13:
		try(station, village, "appointment.return", BySession{session})
	case n == 14:
		try(station, machine, "appointment.settle", nobody{})
	case n < 17:
		station.Cut()
	case n == 17:
		station.Restore()
	case n == 18:
		try(sites[dice.IntN(3)], planner, "appointment.cancel", CancelInput{Appointment: anyVisit(sites[dice.IntN(3)], dice)})
	default:
		c.Settle()
	}
}

// countNumbers checks that everybody who counts on a number has it alone.
func countNumbers(t *testing.T, c *county, session care.ID) (given, displaced int) {
	c.office.Look(func(r protocol.Reader) error {
		owner := map[int]care.ID{}
		for i := range 12 {
			visits, err := care.Collect[Appointment](r, protocol.Query{Kind: KindAppointment, Index: "person", Match: []string{string(resident(i).ID)}})
			for _, f := range visits {
				a, ok, broken := settled(r, f.Ref.ID)
				switch {
				case broken != nil || !ok:
					return errors.Join(broken, errors.New("in conflict"))
				case a.State == Displaced:
					displaced++
				case a.State == Booked:
					given++
					if owner[a.Turn] != "" {
						t.Errorf("%s and %s are both called by %d", owner[a.Turn], f.Ref.ID, a.Turn)
					}
					owner[a.Turn] = f.Ref.ID
					if why, err := unkept(r, f.Ref.ID, &a); why != "" || err != nil {
						t.Errorf("%s counts on number %d, and does not have it: %s, %v", f.Ref.ID, a.Turn, why, err)
					}
				}
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return given, displaced
}

func TestThePagesOfWalkInNumbers(t *testing.T) {
	c, session, _, lent := morning(t)
	b := newBrowser(t)
	says := func(html string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(html, w) {
				t.Errorf("the page does not say %q:\n%s", w, html)
			}
		}
	}
	says(b.open(c.v01, "kiosk", resident(1), "/appointment/session/{session}", ChooseInput{Session: session}), "取现场号", "还剩 4 个号", "/appointment/walk-in/"+string(session))
	says(b.open(c.v01, "kiosk", resident(1), "/appointment/walk-in/{session}", ChooseInput{Session: session}), "11 号", `action="/do/appointment.walk-in"`, "按号候诊")
	says(b.open(c.v01, "desk", village, "/appointment/walk-in/{session}", ChooseInput{Session: session, Person: "p02"}), "11 号", `value="p02"`)
	says(b.open(c.office, "portal", planner, "/appointment/sessions/{session}", SessionInput{session, "open-numbers"}), "放现场号", "05–10", "11–14", "08:40")
	says(b.open(c.office, "portal", planner, "/appointment/sessions/{session}", SessionInput{session, "grant-numbers"}), "把现场号分给村站", "出诊结束前几分钟截止")
	says(b.open(c.office, "portal", supervisor, "/appointment/repossess-numbers/{numbers}", ByNumbers{lent}), "强制收回", "11–14")
	if html := b.open(c.v02, "kiosk", resident(1), "/appointment/session/{session}", ChooseInput{Session: session}); strings.Contains(html, "取现场号") {
		t.Error("a station that holds no numbers offers some")
	}
}
