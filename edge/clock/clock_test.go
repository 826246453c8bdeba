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
