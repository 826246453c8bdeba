package connect_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"xiangyi/cloud/connect"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/delivery"
)

func TestABookingReachesTheFarSideAndItsReceiptComesBack(t *testing.T) {
	story(t, func(c *county) {
		c.book("a")
		crash := c.lead()
		d := c.expect("a booked", care.DeliveryAcknowledged)
		if d.Foreign != "F-a" || d.Tries != 1 || d.Queried || d.About.ID != "a" {
			t.Errorf("the receipt says %+v", d)
		}
		c.book("b") // while it waits
		synctest.Wait()
		c.expect("b booked", care.DeliveryAcknowledged)
		c.holds("a", "booked")
		c.holds("b", "booked")
		if err := crash(); !errors.Is(err, context.Canceled) || c.far.closed != 1 {
			t.Errorf("the loop ended with %v, and hung up %d times", err, c.far.closed)
		}
	})
}

func TestALostAnswerIsAskedForBeforeAnythingIsRepeated(t *testing.T) {
	for name, tc := range map[string]struct {
		first step
		heard string
	}{
		"it had acted":      {loses, "[send a booked ask a booked]"},
		"it had heard none": {deaf, "[send a booked ask a booked send a booked]"},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(c *county) {
				c.far.on("a", tc.first)
				c.book("a")
				crash := c.lead()
				c.expect("a booked", care.DeliverySent)
				c.pass(time.Second)
				if d := c.expect("a booked", care.DeliveryAcknowledged); !d.Queried {
					t.Error("the receipt does not say that it was asked")
				}
				c.holds("a", "booked")
				if got := fmt.Sprint(c.far.heard); got != tc.heard {
					t.Errorf("the far side heard %s, want %s", got, tc.heard)
				}
				crash()
			})
		})
	}
}

func TestTheNextLeaderAsksWhereTheLastOneDied(t *testing.T) {
	for name, tc := range map[string]struct {
		dies  step
		heard string
	}{
		"between mark and send":    {dies, "[send a booked ask a booked send a booked]"},
		"between send and receipt": {diesNow, "[send a booked ask a booked]"},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(c *county) {
				c.far.on("a", tc.dies)
				c.book("a")
				crash := c.lead()
				c.book("b")
				crash()
				c.expect("a booked", care.DeliverySent)
				crash = c.lead()
				c.expect("a booked", care.DeliveryAcknowledged)
				c.expect("b booked", care.DeliveryAcknowledged)
				c.holds("a", "booked")
				c.holds("b", "booked")
				if got := fmt.Sprint(c.far.heard[:len(c.far.heard)-1]); got != tc.heard {
					t.Errorf("the far side heard %s, want %s", got, tc.heard)
				}
				crash()
			})
		})
	}
}

func TestAnAnswerThatCannotBeWrittenDownIsAskedForAgain(t *testing.T) {
	story(t, func(c *county) {
		marks := 0
		c.store.failing(func(o protocol.Order) error {
			if o.Action == delivery.Record {
				if marks++; marks == 2 {
					return protocol.ErrNotLeader
				}
			}
			return nil
		})
		c.book("a")
		ended := make(chan error, 1)
		go func() { ended <- c.loop().Run(c.t.Context()) }()
		if err := <-ended; !errors.Is(err, protocol.ErrNotLeader) {
			t.Fatalf("a loop that lost the lead ended with %v", err)
		}
		c.expect("a booked", care.DeliverySent)
		crash := c.lead()
		c.expect("a booked", care.DeliveryAcknowledged)
		c.holds("a", "booked")
		if got := fmt.Sprint(c.far.acted); got != "[a booked true a booked true]" {
			t.Errorf("acted upon as %s; a crash before the receipt repeats it", got)
		}
		crash()
	})
}

func TestAMarkOfUnknownOutcomeHoldsUpItsItemAlone(t *testing.T) {
	story(t, func(c *county) {
		once := true
		c.store.failing(func(o protocol.Order) error {
			if o.Action == delivery.Record && once {
				once = false
				return protocol.ErrUnknown
			}
			return nil
		})
		c.book("a")
		c.book("b")
		crash := c.lead()
		c.expect("a booked", "")
		c.expect("b booked", care.DeliveryAcknowledged)
		c.pass(time.Second)
		c.expect("a booked", care.DeliveryAcknowledged)
		c.holds("a", "booked")
		crash()
	})
}

func TestNothingIsWrittenWhileTheFarSideIsAway(t *testing.T) {
	story(t, func(c *county) {
		c.far.away = true
		for i := range 50 {
			c.book(care.ID(fmt.Sprintf("v%02d", i)))
		}
		crash := c.lead()
		c.pass(time.Hour)
		for i := range 50 {
			c.expect(fmt.Sprintf("v%02d booked", i), "")
		}
		if n := c.far.reach; n < 100 || n > 140 {
			t.Errorf("called %d times within an hour, want about every 30 s and not once for each item", n)
		}
		c.far.set(func() { c.far.away = false })
		c.pass(30 * time.Second)
		for i := range 50 {
			if d := c.expect(fmt.Sprintf("v%02d booked", i), care.DeliveryAcknowledged); d.Queried || d.Tries != 1 {
				t.Fatalf("after an absence: %+v; nothing had been sent that had to be asked about", d)
			}
		}
		crash()
	})
}

func TestWhoAsksForPatienceGetsItAndTheOthersGoOn(t *testing.T) {
	story(t, func(c *county) {
		c.far.on("a", putsOff, putsOff, putsOff)
		c.book("a")
		c.book("b")
		crash := c.lead()
		c.expect("b booked", care.DeliveryAcknowledged)
		c.expect("a booked", care.DeliverySent)
		c.pass(10 * time.Second)
		if d := c.expect("a booked", care.DeliveryAcknowledged); d.Queried {
			t.Error("asked about a letter that the far side said it had not acted on")
		}
		c.holds("a", "booked")
		crash()
	})
}

func TestACancellationWaitsForItsBooking(t *testing.T) {
	for _, first := range []step{putsOff, loses, deaf, dawdles} {
		t.Run(string(first), func(t *testing.T) {
			story(t, func(c *county) {
				c.far.on("a", first)
				c.book("a")
				c.cancel("a")
				c.book("b")
				crash := c.lead()
				c.pass(10 * time.Second)
				c.expect("a booked", care.DeliveryAcknowledged)
				c.expect("a cancelled", care.DeliveryAcknowledged)
				c.expect("b booked", care.DeliveryAcknowledged)
				c.holds("a", "booked", "cancelled")
				c.holds("b", "booked")
				crash()
			})
		})
	}
}

func TestARefusalParksAloneAndAPersonRevivesIt(t *testing.T) {
	story(t, func(c *county) {
		c.far.on("a", refuses)
		c.book("a")
		c.book("b")
		crash := c.lead()
		d := c.expect("a booked", care.DeliveryParked)
		if d.Reason != "the slot is taken" {
			t.Errorf("staff read %q", d.Reason)
		}
		c.expect("b booked", care.DeliveryAcknowledged)
		c.pass(time.Hour)
		crash()
		crash = c.lead() // a new leader leaves it parked
		c.pass(time.Hour)
		c.holds("a")
		if !slices.Contains(c.far.acted, "a booked false") {
			t.Errorf("nothing followed from the refusal: %v", c.far.acted)
		}

		c.retry("a booked")
		synctest.Wait()
		c.expect("a booked", care.DeliveryAcknowledged)
		c.holds("a", "booked")
		crash()
	})
}

func TestARetryIsNotForgottenWhenTheLeaderDies(t *testing.T) {
	story(t, func(c *county) {
		c.every = 3
		c.far.on("a", refuses, dies)
		c.book("a")
		crash := c.lead()
		c.retry("a booked")
		synctest.Wait()
		crash()
		crash = c.lead()
		c.expect("a booked", care.DeliveryAcknowledged)
		c.holds("a", "booked")
		crash()
	})
}

func TestWhatMakesNoLetterParksAloneAfterAFewTries(t *testing.T) {
	story(t, func(c *county) {
		c.far.broken = map[care.ID]bool{"a": true}
		c.book("a")
		c.book("b")
		crash := c.lead()
		c.expect("b booked", care.DeliveryAcknowledged)
		c.expect("a booked", "")
		c.pass(time.Minute)
		if d := c.expect("a booked", care.DeliveryParked); d.Reason == "" {
			t.Error("parked without a word for staff")
		}
		c.far.set(func() { c.far.broken = nil })
		c.retry("a booked")
		synctest.Wait()
		c.expect("a booked", care.DeliveryAcknowledged)
		crash()
	})
}

func TestWhoCannotBeAskedLeavesTheDoubtToAPerson(t *testing.T) {
	story(t, func(c *county) {
		c.far.mute = true
		c.far.on("a", loses)
		c.book("a")
		crash := c.lead()
		c.pass(time.Hour)
		c.expect("a booked", care.DeliveryInDoubt)
		c.holds("a", "booked")
		c.retry("a booked") // a person looked, and wants it sent again
		synctest.Wait()
		c.expect("a booked", care.DeliveryAcknowledged)
		c.holds("a", "booked", "booked")
		crash()
	})
}

func TestWhatIsNotNeededAnyMoreLeavesTheList(t *testing.T) {
	story(t, func(c *county) {
		c.far.on("a", refuses)
		c.book("a")
		crash := c.lead()
		c.far.set(func() { c.far.gone = map[care.ID]bool{"a": true, "b": true} })
		c.retry("a booked")
		c.book("b")
		synctest.Wait()
		c.expect("a booked", delivery.Overtaken)
		c.expect("b booked", "") // never was on it
		c.holds("a")
		crash()
	})
}

func TestWhatMayBeRepeatedLeavesNoTraceButARefusal(t *testing.T) {
	story(t, func(c *county) {
		c.far.twice = true
		c.far.on("b", loses, refuses)
		c.book("a")
		c.book("b")
		crash := c.lead()
		c.pass(time.Second)
		c.expect("a booked", "")
		c.expect("b booked", care.DeliveryParked)
		c.retry("b booked")
		synctest.Wait()
		c.expect("b booked", care.DeliveryAcknowledged) // so that it leaves the list
		if slices.ContainsFunc(c.far.heard, func(s string) bool { return s[:3] == "ask" }) {
			t.Errorf("asked about what may be repeated: %v", c.far.heard)
		}
		crash()
	})
}

func TestARestartReadsFromTheCursorAndSendsNothingTwice(t *testing.T) {
	story(t, func(c *county) {
		c.every = 5
		c.far.on("v03", refuses)
		c.far.on("v19", dies)
		for i := range 20 {
			c.book(care.ID(fmt.Sprintf("v%02d", i)))
		}
		crash := c.lead()
		c.book("w")
		synctest.Wait()
		crash()
		before := c.far.seen
		crash = c.lead()
		if again := c.far.seen - before; again == 0 || again > 75 {
			t.Errorf("a restart read %d Changes again", again)
		}
		for i := range 20 {
			if i != 3 {
				c.expect(fmt.Sprintf("v%02d booked", i), care.DeliveryAcknowledged)
				c.holds(care.ID(fmt.Sprintf("v%02d", i)), "booked")
			}
		}
		c.expect("w booked", care.DeliveryAcknowledged)
		c.holds("v03")
		crash()
		if first := c.store.Last(); first == 0 {
			t.Fatal("nothing was written")
		}
	})
}

func TestTheCursorStaysBehindWhatWaits(t *testing.T) {
	story(t, func(c *county) {
		c.every = 5
		c.far.on("a", putsOff, putsOff, putsOff, putsOff)
		c.book("a")
		crash := c.lead()
		for i := range 20 {
			c.book(care.ID(fmt.Sprintf("v%02d", i)))
			synctest.Wait()
		}
		c.expect("v19 booked", care.DeliveryAcknowledged)
		c.expect("a booked", care.DeliverySent)
		crash()
		crash = c.lead()
		c.pass(time.Minute)
		c.expect("a booked", care.DeliveryAcknowledged)
		c.holds("a", "booked")
		crash()
	})
}

func TestALoopThatFailsBeginsAgainAndRunWaitsForAll(t *testing.T) {
	story(t, func(c *county) {
		c.store.next = errors.New("disk went away")
		ctx, cancel := context.WithCancel(c.t.Context())
		ended := make(chan error, 1)
		go func() { ended <- connect.Run(ctx, slog.New(slog.DiscardHandler), c.loop()) }()
		synctest.Wait()
		c.book("a")
		c.expect("a booked", "")
		c.pass(time.Second)
		c.expect("a booked", care.DeliveryAcknowledged)
		c.far.on("b", dies)
		c.book("b")
		synctest.Wait()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Run ended with %v", err)
		}
		if c.far.closed != 2 {
			t.Errorf("hung up %d times, want once for each run", c.far.closed)
		}
	})
}
