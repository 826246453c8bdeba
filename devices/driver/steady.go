package driver

import (
	"math/big"
	"time"

	"xiangyi/devices"
)

// Steady makes one measurement of a stream: of a finger in an oximeter, of
// somebody on a scale. It is made when the values have stood for a while, and
// there is none more until the finger was taken out or the scale was empty, so
// that a monitor left running tells nothing about the next person.
type Steady struct {
	first Measurement // of the values that stand
	told  bool        // of this finger
	heard time.Time
}

const (
	steadyFor = 5 * time.Second
	gapEnds   = 10 * time.Second // without a frame: somebody else may have come
)

// swing is how far values that stand may be from the first of them.
var swing = map[devices.Code]*big.Rat{
	devices.SpO2: big.NewRat(2, 1), devices.PulseRateOxi: big.NewRat(8, 1), devices.Weight: big.NewRat(1, 10),
	devices.PulseRateCuff: big.NewRat(8, 1), devices.Systolic: big.NewRat(5, 1), devices.Diastolic: big.NewRat(5, 1), devices.MeanPressure: big.NewRat(5, 1),
}

// leastWeight is on a scale that somebody stands on, in kg.
var leastWeight = big.NewRat(1, 1)

// Take hears the next frame. ok tells that m is the measurement of this person.
func (s *Steady) Take(m Measurement) (ok bool) {
	if gap := m.Received.Sub(s.heard); gap > gapEnds {
		*s = Steady{}
	}
	s.heard = m.Received
	switch {
	case empty(m.Readings):
		*s = Steady{heard: s.heard}
		return false
	case s.told:
		return false
	case s.first.Readings == nil || !near(s.first.Readings, m.Readings):
		s.first = m
		return false
	}
	s.told = m.Received.Sub(s.first.Received) >= steadyFor
	return s.told
}

// empty reports that nobody is there.
func empty(all []devices.Reading) bool {
	for _, r := range all {
		v := r.Value.Rat()
		if v != nil && (r.Code != devices.Weight || v.Cmp(leastWeight) >= 0) {
			return false
		}
	}
	return true
}

// near compares what has a swing; what has none may change.
func near(a, b []devices.Reading) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, y, most := a[i].Value.Rat(), b[i].Value.Rat(), swing[a[i].Code]
		switch {
		case a[i].Code != b[i].Code:
			return false
		case most == nil:
		case x == nil || y == nil:
			if x != nil || y != nil {
				return false
			}
		case x.Sub(x, y).Abs(x).Cmp(most) > 0:
			return false
		}
	}
	return true
}
