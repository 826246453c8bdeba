package ledger

import (
	"testing"
	"time"

	"xiangyi/protocol"
)

func TestTheCountysClockFollowsStationsWithinReason(t *testing.T) {
	now := time.Date(2031, 5, 4, 8, 0, 0, 0, time.UTC)
	var h hlc
	h.wind(protocol.MakeHLC(now.Add(-time.Hour), 3))
	first := h.next(now)
	if first != protocol.MakeHLC(now, 0) {
		t.Errorf("%v, want now", first.Time())
	}
	h.observe(protocol.MakeHLC(now.Add(10*time.Second), 0))
	if got := h.next(now); got <= protocol.MakeHLC(now.Add(10*time.Second), 0) {
		t.Errorf("%v is not after what a station wrote", got.Time())
	}
	h.observe(protocol.MakeHLC(now.Add(24*time.Hour), 0)) // a dead battery
	if got := h.next(now); got.Time().Sub(now) > mostAhead {
		t.Errorf("%v: one wrong clock dragged the county's along", got.Time())
	}
	if a, b := h.next(now.Add(-time.Hour)), h.next(now.Add(-2*time.Hour)); b <= a {
		t.Error("it goes back with the wall clock")
	}
}
