package clock_test

import (
	"testing"
	"time"

	"xiangyi/edge/clock"
)

func TestAClockThatWasSetIsInDoubtUntilItIsRightAgain(t *testing.T) {
	var passed, off time.Duration
	began := time.Date(2030, 1, 7, 8, 0, 0, 0, time.UTC)
	w := clock.New(func() time.Time { return began.Add(passed + off) }, func() time.Duration { return passed })
	for _, step := range []struct {
		off     time.Duration
		suspect bool
	}{
		{0, false}, {20 * time.Second, false}, {4 * time.Minute, true}, {-time.Hour, true}, {24 * time.Hour, true},
		{-time.Second, false},
	} {
		passed, off = passed+time.Hour, step.off
		if s := w.State(); s.Suspect != step.suspect || s.Error != off.Abs() {
			t.Errorf("a clock set by %v: %+v", off, s)
		}
	}
}

// desk is a clock that a test sets.
type desk struct{ passed, off time.Duration }

var began = time.Date(2030, 1, 7, 8, 0, 0, 0, time.UTC)

func (d *desk) truth() time.Time { return began.Add(d.passed) }

func (d *desk) watch() *clock.Watch {
	return clock.New(func() time.Time { return d.truth().Add(d.off) }, func() time.Duration { return d.passed })
}

func check(t *testing.T, w *clock.Watch, suspect bool, when string) {
	t.Helper()
	if s := w.State(); s.Suspect != suspect {
		t.Errorf("%s: %+v, want suspect %v", when, s, suspect)
	}
}

func TestAClockBehindItsOwnJournalIsInDoubt(t *testing.T) {
	d := desk{off: -30 * 24 * time.Hour} // the battery is dead
	w := d.watch()
	check(t, w, false, "nothing is known")
	w.Was(began.Add(-time.Hour))
	check(t, w, true, "the journal is younger")
	d.off = 0 // a time service sets it
	check(t, w, true, "set, and nobody says that it is right")
}

func TestTheCountysTimeCuresAndAccuses(t *testing.T) {
	d := desk{off: -24 * time.Hour}
	w := d.watch()
	d.off = 0
	check(t, w, true, "a time service set it")
	w.Told(d.truth().Add(-50 * time.Minute)) // it waited for the line
	w.Told(d.truth())                        // behind it, in the same answer
	check(t, w, true, "one live telling may have waited too")
	d.passed += time.Hour
	w.Told(d.truth().Add(-2 * time.Second))
	check(t, w, false, "two tellings an hour apart")

	d = desk{off: 24 * time.Hour} // wrong from the beginning, and no journal to tell
	w = d.watch()
	w.Told(d.truth())
	check(t, w, false, "nothing speaks against it yet")
	d.passed += time.Hour
	w.Told(d.truth())
	check(t, w, true, "the county says otherwise")
	d.off = 0
	check(t, w, false, "somebody set it right")

	d = desk{}
	w = d.watch()
	w.Was(began.Add(24 * time.Hour)) // it was a day ahead when it wrote last
	check(t, w, true, "its journal is ahead")
	w.Told(d.truth())
	d.passed += time.Hour
	w.Told(d.truth())
	check(t, w, false, "the county says that it is right now")
}

func TestWhatWaitedForTheLineAccusesNobody(t *testing.T) {
	d := desk{}
	w := d.watch()
	w.Told(began.Add(-3 * time.Hour)) // all of these come at once, after a morning without the line
	w.Told(began.Add(-3*time.Hour + 20*time.Second))
	w.Told(began.Add(-2 * time.Hour))
	w.Told(began.Add(-2 * time.Hour)) // the same, looked at again
	check(t, w, false, "old tellings, close to each other")
	d.passed += 10 * time.Second
	w.Told(began.Add(-2 * time.Hour))
	check(t, w, false, "the same once more")
	d.passed = time.Hour
	w.Told(d.truth())
	d.passed = 2 * time.Hour
	w.Told(d.truth())
	d.off = time.Hour
	check(t, w, true, "live ones are still heard")
}
