package replication

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/replication/frame"
)

// flow decides how much of a connection is under way: which frames, how large
// the next may be, and whether there is room for it. It does no input or output
// and reads no clock.
//
// The line's rate is what was delivered while a frame was under way, the largest
// of the last ten seconds; its round trip the shortest of them. Under way is what
// a round trip holds and two frames more, so that a long line never runs dry and
// something urgent waits behind little.
type flow struct {
	flights   []*flight
	bytes     int // under way
	delivered int // ever
	rates     []sample
	trips     []sample
	credit    int       // granted by the county; 0: nothing said
	until     time.Time // nothing is sent before
	fails     int       // in a row
	sent      map[line]mark
	squeeze   float64   // how much smaller Changes became in the newest frame
	broke     time.Time // when a frame was last not answered
	drained   time.Time // when little was under way
}

// flight is a frame under way.
type flight struct {
	line        line
	first, last protocol.Seq
	bytes       int
	at          time.Time
	delivered   int // when it left
	round       int // of its line: an answer to an older one says nothing new
}

// mark is how far a line was sent, in which round.
type mark struct {
	seq   protocol.Seq
	round int
}

type sample struct {
	at time.Time
	v  float64
}

const (
	minFrame   = 2 << 10
	maxFrame   = 64 << 10
	firstFrame = 4 << 10
	share      = 300 * time.Millisecond // of the line, in one frame
	memory     = 10 * time.Second       // of rates; of round trips twice as long
)

// begin forgets what was under way, not what was learnt of the line.
func (f *flow) begin() { f.flights, f.bytes, f.sent = nil, 0, nil }

// rate in bytes a second, 0 while unknown.
func (f *flow) rate() float64 {
	most := 0.0
	for _, s := range f.rates {
		most = max(most, s.v)
	}
	return most
}

const (
	leastPatience   = time.Second
	unknownPatience = 10 * time.Second
)

// slowest is the longest that an answer of late took; 0: there was none.
func (f *flow) slowest() time.Duration {
	most := 0.0
	for _, s := range f.trips {
		most = max(most, s.v)
	}
	return time.Duration(most * float64(time.Second))
}

func (f *flow) trip() time.Duration {
	least := 0.0
	for i, s := range f.trips {
		if i == 0 || s.v < least {
			least = s.v
		}
	}
	return time.Duration(least * float64(time.Second))
}

// frame is how many bytes the next one should have.
func (f *flow) frame() int {
	if f.rate() == 0 {
		return firstFrame
	}
	return min(max(int(f.rate()*share.Seconds()), minFrame), maxFrame)
}

// budget is how many bytes of Changes make the next frame, before they are packed.
func (f *flow) budget() int {
	const mostBytes = protocol.MaxFrameBytes / 2
	return min(int(float64(f.frame())*min(max(f.squeeze, 4), 24)), mostBytes)
}

// thin reports whether bytes are worth more than the time to save them.
func (f *flow) thin() bool { return f.rate() < 1<<20 }

// packed learns how much smaller Changes became.
func (f *flow) packed(changes []protocol.Change, bytes int) {
	size := 0
	for i := range changes {
		size += frame.Size(&changes[i])
	}
	f.squeeze = float64(size) / float64(bytes)
}

// room reports whether another frame may leave. An urgent one may when the
// window is full of others, once.
func (f *flow) room(now time.Time, urgent bool) bool {
	if now.Before(f.until) {
		return false
	}
	if !urgent && now.Sub(f.drained) > memory {
		// A queue on the line lengthens every round trip, and would make room for
		// itself: let it run out now and then, and see the way alone.
		if f.bytes > f.frame() {
			return false
		}
		f.drained = now
	}
	window := 2*f.frame() + int(f.rate()*f.trip().Seconds())
	if now.Sub(f.broke) < memory { // on a line that breaks often, what is under way is lost often
		window -= f.frame()
	}
	if f.credit > 0 {
		window = min(window, f.credit)
	}
	if urgent {
		window += f.frame()
	}
	return len(f.flights) == 0 || f.bytes < window
}

// left notes that a frame leaves.
func (f *flow) left(l line, first, last protocol.Seq, bytes int, now time.Time) *flight {
	if f.sent == nil {
		f.sent = map[line]mark{}
	}
	m := f.sent[l]
	f.sent[l] = mark{last, m.round}
	x := &flight{line: l, first: first, last: last, bytes: bytes, at: now, delivered: f.delivered, round: m.round}
	f.flights = append(f.flights, x)
	f.bytes += bytes
	return x
}

// after is behind which Change of a line the next frame begins.
func (f *flow) after(l line, held protocol.Seq) protocol.Seq { return max(held, f.sent[l].seq) }

// again has a line go on behind what the county holds.
func (f *flow) again(l line) {
	m := f.sent[l]
	f.sent[l] = mark{0, m.round + 1}
}

// landed takes a frame out that was answered, and learns from it.
func (f *flow) landed(x *flight, now time.Time) {
	f.out(x)
	f.fails = 0
	f.delivered += x.bytes
	took := max(now.Sub(x.at).Seconds(), 0.001)
	rate := sample{now, float64(f.delivered-x.delivered) / took}
	if quiet := len(f.rates) > 0 && now.Sub(f.rates[len(f.rates)-1].at) > memory; quiet {
		rate.v = max(rate.v, f.rates[len(f.rates)-1].v/2) // a quiet line is not a slow one
	}
	f.rates = remember(f.rates, rate, now, memory)
	f.trips = remember(f.trips, sample{now, took}, now, 2*memory)
}

// failed takes a frame out that was not answered. What of its line left behind
// it will be answered with a gap; all of it goes again.
func (f *flow) failed(x *flight, now time.Time, pause time.Duration) {
	f.out(x)
	if x.round == f.sent[x.line].round {
		f.again(x.line)
	}
	f.fails++
	f.until, f.broke = now.Add(pause), now
}

func (f *flow) out(x *flight) {
	for i, y := range f.flights {
		if y == x {
			f.flights = append(f.flights[:i], f.flights[i+1:]...)
			f.bytes -= x.bytes
			return
		}
	}
}

func remember(all []sample, s sample, now time.Time, span time.Duration) []sample {
	kept := all[:0]
	for _, x := range all {
		if now.Sub(x.at) < span {
			kept = append(kept, x)
		}
	}
	return append(kept, s)
}

// patience is how long an answer to a frame that leaves now may take before it
// is asked for again: some times what the slowest of late took, since a repeat costs
// the same bytes again, but no longer, since a county's leader may have died with it.
func (f *flow) patience() time.Duration {
	t := unknownPatience
	if slowest := f.slowest(); slowest > 0 {
		t = min(max(6*slowest, leastPatience), unknownPatience)
	}
	if r := f.rate(); r > 0 {
		t += time.Duration(4 * float64(f.bytes) / r * float64(time.Second))
	}
	return min(t, time.Minute)
}
