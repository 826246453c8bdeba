package simulate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"xiangyi/protocol"
	"xiangyi/replication"
)

// flight is a frame on its way to the county, or its receipt on the way back.
type flight struct {
	from      *station
	life      int // of the process that sent it
	sender    int
	departure replication.Departure
	until     time.Time // the sender's patience
	back      bool
	receipt   protocol.Receipt
	err       error
	stray     bool // a copy: whoever sent it waits for another
}

// errLost: a message got lost.
var errLost = errors.New("the line is cut")

// errWrong: an answer that no line can explain.
var errWrong = errors.New("wrong answer")

// deliver moves one message on, any of those under way: what left first need
// not come first, since connections break and others take over.
func (w *world) deliver() {
	if len(w.flights) == 0 {
		return
	}
	at := 0
	if !w.fair && w.IntN(3) == 0 {
		at = w.IntN(len(w.flights))
	}
	w.deliverAt(at)
}

func (w *world) deliverAt(at int) {
	f := w.flights[at]
	w.flights = append(w.flights[:at:at], w.flights[at+1:]...)
	s := f.from
	if w.chance(w.Profile.Cut) { // with all that is under way
		w.tell("the line of %s is cut", s)
		all := append([]*flight{f}, w.flights...)
		w.flights = without(w.flights, func(g *flight) bool { return g.from == s && !g.stray })
		for _, g := range all {
			if g.from != s || g.stray {
				continue
			}
			if !g.back && w.chance(500) { // it arrived, and the answer did not
				w.arrive(g)
			}
			g.err = errLost
			w.land(g)
		}
		return
	}
	switch {
	case w.chance(w.Profile.Drop):
		f.err = errLost
		w.land(f)
	case f.back:
		w.land(f)
	default:
		if w.chance(w.Profile.Repeat) {
			copied := *f
			copied.stray = true
			w.flights = append(w.flights, &copied)
		}
		w.arrive(f)
		if f.stray {
			return
		}
		if w.fair {
			w.land(f)
			return
		}
		f.back = true
		w.flights = append(w.flights, f)
	}
}

// arrive hands a frame to whoever leads.
func (w *world) arrive(f *flight) {
	f.err = errLost
	n := w.county.leader
	if n == nil || !n.up() {
		return
	}
	w.counts.Frames++
	r, err := n.replica.Submit(context.Background(), f.departure.Frame)
	if f.receipt, f.err = r, err; err != nil {
		w.tell("%s: a frame is not answered: %v", f.from, err)
		return
	}
	w.tell("%s: receipt %d of lane %d of %x at %d", f.from, r.Status, r.Lane, uint64(r.Incarnation)>>48, r.HighWater)
}

// land tells the sender what became of its frame.
func (w *world) land(f *flight) {
	s := f.from
	if f.stray || s.db == nil || s.life != f.life {
		return
	}
	if w.now.After(f.until) && f.err == nil && !w.fair {
		f.err = context.DeadlineExceeded
	}
	err := s.senders[f.sender].Land(f.departure, f.receipt, f.err)
	if err != nil && !s.failed(err) {
		w.breaks("%s: the sender ends: %v", s, err)
	}
	w.model.heard(s)
}

// puller is a station's line for pulls. While the county answers, others go on.
type puller struct {
	*station
	life int
}

// Pull implements replication.Puller.
func (p puller) Pull(ctx context.Context, request []byte) ([]byte, error) {
	w := p.world
	w.meanwhile()
	if w.chance(w.Profile.Drop) {
		return nil, errLost
	}
	answer, err := w.answer(ctx, p.name, request)
	if err != nil {
		return nil, err
	}
	w.meanwhile()
	if w.chance(w.Profile.Drop) || p.db == nil || p.station.life != p.life {
		return nil, errLost
	}
	return answer, nil
}

// meanwhile lets other things happen while somebody waits.
func (w *world) meanwhile() {
	if w.fair || w.depth > 1 {
		return
	}
	w.depth++
	for range w.IntN(3) {
		w.step()
	}
	w.depth--
}

// answer is a node's to a pull, as the county's host gives it.
func (w *world) answer(ctx context.Context, site protocol.Site, request []byte) ([]byte, error) {
	c := w.county
	n := pick(w, c.nodes)
	if w.fair {
		n = c.leader
	}
	if n == nil || !n.up() {
		return nil, errLost
	}
	w.counts.Pulls++
	node := replication.Answering{Look: n.replica.Snapshot, Mend: n.replica.Mend, Ledger: n.replica.Sites(), Keys: c.keys, Rand: w.random(), Now: n.clock}
	if replication.IsCompare(request) {
		return node.Compare(ctx, site, request)
	}
	p, err := replication.DecodePull(request)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errWrong, err)
	}
	p.Site = site
	a, err := node.Serve(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errWrong, err)
	}
	w.tell("%s: %s at %d walks %v: now %d, walked %v, %d changes, more %v, compared %v", n.name, site, p.Position, p.Walks,
		a.Position, a.Walks, len(a.Changes), a.More, a.Compared)
	if w.Spoil.Answer != nil {
		w.Spoil.Answer(&a)
	}
	return node.Pack(site, &a)
}
