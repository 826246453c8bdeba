package protocol

import "time"

// HLC is a hybrid logical clock reading: 48 bits of Unix milliseconds, 16 bits
// of counter. It orders what is shown; it never decides a conflict.
type HLC uint64

// MakeHLC packs a time and a counter.
func MakeHLC(t time.Time, counter uint16) HLC {
	ms := max(t.UnixMilli(), 0)
	return HLC(uint64(ms)<<16 | uint64(counter))
}

// Time is the wall-clock part, in UTC.
func (h HLC) Time() time.Time { return time.UnixMilli(int64(h >> 16)).UTC() }

// Counter tells apart what happened within one millisecond.
func (h HLC) Counter() uint16 { return uint16(h) }

// Next is the reading after last at wall time now: never smaller than last,
// never smaller than now.
func (last HLC) Next(now time.Time) HLC {
	if wall := MakeHLC(now, 0); wall > last {
		return wall
	}
	return last + 1
}

// Observe is Next for a reading that came from elsewhere: what this site does
// afterwards is ordered after it. A reading more than limit ahead of now is
// not followed, so that one wrong clock cannot drag the county's along.
func (last HLC) Observe(seen HLC, now time.Time, limit time.Duration) HLC {
	if seen > last && seen.Time().Sub(now) <= limit {
		return seen
	}
	return last
}
