// Package clock tells how far a station's own clock may be trusted. A clock that
// was set since the process began, or that is behind what the station did already,
// is in doubt until it is right again. The county's time, when it comes live, is
// believed before what the clock showed at the beginning.
package clock

import (
	"sync"
	"time"

	"xiangyi/protocol"
)

// Most is how far a clock may be off before it is in doubt. Time services move a
// clock that they keep by less than this, and by little at a time.
const Most = time.Minute

// Watch compares a wall clock, which people and time services set, with time that
// nobody sets. It is safe for concurrent use.
type Watch struct {
	wall   func() time.Time
	steady func() time.Duration

	mu    sync.Mutex
	zero  time.Time // when steady stood at zero, as far as is known
	floor time.Time // it was this late already
	told  telling
}

// telling is what the county's clock showed, and when that was heard.
type telling struct {
	at    time.Time
	heard time.Duration
}

// New begins to watch. steady counts from any moment on and is never set.
func New(wall func() time.Time, steady func() time.Duration) *Watch {
	return &Watch{wall: wall, steady: steady, zero: wall().Round(0).Add(-steady())}
}

// Was says that it was this late before: by the station's own journal.
func (w *Watch) Was(at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if at.After(w.floor) {
		w.floor = at
	}
}

// apart is how far two tellings must be from each other to say anything: closer ones
// may both have waited for the line, or be one that is heard again.
const apart = 10 * Most

// Told is the county's time in something that it sends about regularly. One alone
// may have waited for the line; of two that are heard as far apart as they were
// sent, the second came live, and gives the time.
func (w *Watch) Told(at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	last, now := w.told, w.steady()
	if !last.at.IsZero() && at.Sub(last.at) < apart {
		return
	}
	w.told = telling{at, now}
	live := !last.at.IsZero() && (at.Sub(last.at)-(now-last.heard)).Abs() <= Most
	switch {
	case live:
		w.zero, w.floor = at.Add(-now), at
	case at.After(w.floor):
		w.floor = at
	}
}

// State is what the store asks before each deed.
func (w *Watch) State() protocol.ClockState {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.wall().Round(0)
	off := max(now.Sub(w.zero.Add(w.steady())).Abs(), w.floor.Sub(now))
	return protocol.ClockState{Error: off, Suspect: off > Most}
}
