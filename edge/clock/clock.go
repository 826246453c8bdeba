// Package clock tells how far a station's own clock may be trusted while nobody
// else can be asked: a clock that was set since the process began is in doubt until
// it is set right again. It does not know the time: what a clock showed when the
// process began is believed.
package clock

import (
	"time"

	"xiangyi/protocol"
)

// Most is how far a clock may be moved before it is in doubt. Time services move
// a clock that they keep by less than this, and by little at a time.
const Most = time.Minute

// Watch compares a wall clock, which people and time services set, with time that
// nobody sets. It is safe for concurrent use.
type Watch struct {
	wall   func() time.Time
	steady func() time.Duration
	began  time.Time // what the wall clock showed when the other stood at zero
}

// New begins to watch. steady counts from any moment on and is never set.
func New(wall func() time.Time, steady func() time.Duration) *Watch {
	return &Watch{wall: wall, steady: steady, began: wall().Round(0).Add(-steady())}
}

// State is what the store asks before each deed.
func (w *Watch) State() protocol.ClockState {
	off := w.wall().Round(0).Sub(w.began.Add(w.steady())).Abs()
	return protocol.ClockState{Error: off, Suspect: off > Most}
}
