package replication

import (
	"testing"
	"time"

	"xiangyi/protocol"
)

var (
	noon = time.Date(2030, 1, 7, 12, 0, 0, 0, time.UTC)
	lane = line{7, protocol.Clinical}
)

// carried plays a line of a rate and a round trip for a while: what leaves
// arrives one after the other, and its receipt comes a round trip after it left
// or later. It gives how much of the line was used.
func carried(f *flow, rate float64, trip, span time.Duration) float64 {
	type arrival struct {
		*flight
		at time.Time
	}
	var under []arrival
	free, seq, sum := noon, protocol.Seq(0), 0
	for now := noon; now.Before(noon.Add(span)); now = now.Add(time.Millisecond) {
		for len(under) > 0 && !under[0].at.After(now) {
			f.landed(under[0].flight, now)
			sum += under[0].bytes
			under = under[1:]
		}
		for f.room(now, false) {
			seq++
			n := f.frame()
			x := f.left(lane, seq, seq, n, now)
			if free.Before(now) {
				free = now
			}
			free = free.Add(time.Duration(float64(n) / rate * float64(time.Second)))
			under = append(under, arrival{x, free.Add(trip)})
		}
	}
	return float64(sum) / (rate * span.Seconds())
}

func TestALongLineDoesNotRunDry(t *testing.T) {
	for _, l := range []struct {
		rate, want float64
		trip       time.Duration
	}{{8_000, 0.95, 300 * time.Millisecond}, {32_000, 0.95, 300 * time.Millisecond}, {1_000_000, 0.85, 600 * time.Millisecond}, {8_000, 0.95, time.Millisecond}} {
		f := &flow{}
		if used := carried(f, l.rate, l.trip, time.Minute); used < l.want {
			t.Errorf("of %.0f B/s with %s of round trip it uses %.2f", l.rate, l.trip, used)
		}
		if wait := float64(f.bytes) / l.rate; wait > 2*share.Seconds()+l.trip.Seconds()+0.9 && l.rate < 100_000 {
			t.Errorf("of %.0f B/s with %s of round trip, %.1f s of line are under way: an urgent frame waits behind that", l.rate, l.trip, wait)
		}
	}
}

func TestAnUrgentFrameHasRoomInAFullWindow(t *testing.T) {
	f := &flow{}
	for f.room(noon, false) {
		f.left(lane, 1, 1, f.frame(), noon)
	}
	if !f.room(noon, true) {
		t.Error("an urgent frame waits for the others' receipts")
	}
	f.left(line{7, protocol.Urgent}, 1, 1, f.frame(), noon)
	if f.room(noon, true) {
		t.Error("urgent frames have no limit")
	}
}

func TestWhatWasNotAnsweredGoesAgainOnce(t *testing.T) {
	f := &flow{}
	one := f.left(lane, 1, 10, 2000, noon)
	two := f.left(lane, 11, 20, 2000, noon)
	if at := f.after(lane, 0); at != 20 {
		t.Fatalf("the next frame begins behind %d, want 20", at)
	}
	f.failed(one, noon.Add(time.Second), time.Second)
	if at := f.after(lane, 0); at != 0 || f.room(noon.Add(time.Second), true) {
		t.Fatalf("it goes on behind %d at once, want behind 0 after a second", at)
	}
	again := f.left(lane, 1, 20, 4000, noon.Add(2*time.Second))
	f.failed(two, noon.Add(3*time.Second), time.Second) // of the round before: it says nothing new
	if at := f.after(lane, 0); at != 20 {
		t.Errorf("an old frame's end sends all again, from %d", at)
	}
	f.landed(again, noon.Add(4*time.Second))
	if at := f.after(lane, 20); at != 20 || f.bytes != 0 || f.fails != 0 {
		t.Errorf("behind %d, %d bytes under way, %d failures", at, f.bytes, f.fails)
	}
}

func TestTheCountysCreditIsKept(t *testing.T) {
	f := &flow{credit: 3 * firstFrame / 2, rates: []sample{{noon, 1e6}}, trips: []sample{{noon, 1}}}
	for n := 0; f.room(noon, false); n++ {
		f.left(lane, 1, 1, firstFrame, noon)
		if n > 10 {
			t.Fatal("no end")
		}
	}
	if f.bytes > 2*firstFrame {
		t.Errorf("%d bytes under way with a credit of %d", f.bytes, f.credit)
	}
}

func TestAQuietHourIsNotASlowLine(t *testing.T) {
	f := &flow{}
	carried(f, 1_000_000, 10*time.Millisecond, 20*time.Second)
	before := f.frame()
	later := noon.Add(time.Hour)
	x := f.left(lane, 1, 1, 300, later)
	f.landed(x, later.Add(20*time.Millisecond))
	if f.frame() < before/4 {
		t.Errorf("after one small frame the next has %d bytes, before the pause %d", f.frame(), before)
	}
}

// A county's leader may die with a frame: on a good line it is asked for again soon,
// on a slow one a repeat would cost more than it saves.
func TestPatienceFollowsWhatAnswersTake(t *testing.T) {
	f := &flow{}
	if got := f.patience(); got != unknownPatience {
		t.Errorf("of a line of which nothing is known: %v", got)
	}
	answered := func(took time.Duration) {
		x := f.left(lane, 1, 1, 2048, noon)
		f.landed(x, noon.Add(took))
	}
	answered(5 * time.Millisecond)
	if got := f.patience(); got != leastPatience {
		t.Errorf("after an answer at once: %v, want %v", got, leastPatience)
	}
	answered(700 * time.Millisecond)
	if got := f.patience(); got < 4*time.Second || got > 5*time.Second {
		t.Errorf("after one that took 0.7 s: %v", got)
	}
	answered(20 * time.Second)
	if got := f.patience(); got < unknownPatience || got > 2*unknownPatience {
		t.Errorf("after one that took 20 s: %v", got)
	}
}
