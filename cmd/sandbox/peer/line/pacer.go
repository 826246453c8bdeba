package line

import "time"

// pacer is one direction of the line: bytes leave it one after another at a rate, whoever they belong to. The line's
// mutex guards it, so that a place is always one at the rate that holds.
type pacer struct {
	free time.Time // when the line has sent all that it was given
}

// reserve gives n bytes their place on the line and returns when the last of them has left.
func (p *pacer) reserve(now time.Time, n int, rate int64) time.Time {
	if rate <= 0 {
		return now
	}
	if p.free.Before(now) {
		p.free = now
	}
	p.free = p.free.Add(time.Duration(int64(n) * 8 * int64(time.Second) / rate))
	return p.free
}

// forget gives up all places: the rate changed, and who waits asks again.
func (p *pacer) forget() { p.free = time.Time{} }

// piece is how many bytes take a place at a time: about 20 ms of the line, so that connections share it evenly.
func piece(rate int64) int {
	const largest = 16 << 10
	if rate <= 0 {
		return largest
	}
	return int(min(max(rate/8/50, 64), largest))
}
