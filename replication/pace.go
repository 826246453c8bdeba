package replication

import (
	"sync"
	"time"
)

// pace measures what the line carried lately and sizes frames by it: about a
// third of a second of line each, so that something urgent never waits longer
// behind a frame that is under way.
type pace struct {
	mu   sync.Mutex
	rate float64 // bytes a second, 0 unknown
}

const (
	minFrame   = 2 << 10
	maxFrame   = 64 << 10
	firstFrame = 8 << 10
	share      = 300 * time.Millisecond
)

// frame is how many bytes the next one should have on the line.
func (p *pace) frame() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.rate == 0 {
		return firstFrame
	}
	return min(max(int(p.rate*share.Seconds()), minFrame), maxFrame)
}

// patience is how long an answer to n bytes may take before it is asked for
// again: generous on a thin line, since a repeat costs the same bytes again.
func (p *pace) patience(n int) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := 10 * time.Second
	if p.rate > 0 {
		t += time.Duration(4 * float64(n) / p.rate * float64(time.Second))
	}
	return min(t, time.Minute)
}

// took records an answered frame. The round trip is in it, which makes small
// frames look slow; the largest of a recent few comes near the truth.
func (p *pace) took(n int, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := float64(n) / max(d.Seconds(), 0.001)
	if now > p.rate {
		p.rate = now
		return
	}
	p.rate = p.rate*0.8 + now*0.2
}

// failed makes the next frame small: after a cut the line is probably worse.
func (p *pace) failed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rate /= 2
}
