package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication/frame"
	"xiangyi/replication/store"
)

const (
	mostOrders = 256      // orders in one batch, and waiting
	mostBytes  = 96 << 10 // after which no further order joins a batch
	mostTries  = 100      // conflicts after which an order is given back
)

// order is an action that waits for its turn.
type order struct {
	protocol.Order
	ctx     context.Context
	act     func(protocol.Tx) error // nil: a note
	outcome protocol.Outcome
	code    protocol.Code
	tries   int
	done    chan answer
}

type answer struct {
	change protocol.Change
	err    error
}

// answer is heard once; a second one is too late.
func (o *order) answer(c protocol.Change, err error) {
	select {
	case o.done <- answer{c, err}:
	default:
	}
}

// propose is the one who proposes for the county: it takes what waits, runs it
// against the records and what came before it in the batch, and lets the group
// decide. One batch is under way at a time; the next gathers meanwhile.
func (l *Ledger) propose(ctx context.Context) {
	defer close(l.halted)
	var waiting []*order
	for {
		if len(waiting) == 0 {
			select {
			case <-ctx.Done():
				return
			case o := <-l.orders:
				waiting = append(waiting, o)
			}
		}
		for more := true; more && len(waiting) < mostOrders; {
			select {
			case o := <-l.orders:
				waiting = append(waiting, o)
			default:
				more = false
			}
		}
		slices.SortStableFunc(waiting, func(a, b *order) int { return cmp.Compare(a.Lane, b.Lane) })
		waiting = l.round(waiting)
	}
}

// round runs one batch, and gives back the orders that must run again.
func (l *Ledger) round(orders []*order) (again []*order) {
	if !l.leads(l.leading.Load()) {
		for _, o := range orders {
			o.answer(protocol.Change{}, protocol.ErrNotLeader)
		}
		return nil
	}
	r := &round{ledger: l}
	rest, err := r.run(orders)
	if err != nil {
		for _, o := range orders {
			o.answer(protocol.Change{}, err)
		}
		return nil
	}
	return append(r.settle(), rest...)
}

// round is one batch under way.
type round struct {
	ledger  *Ledger
	county  protocol.Incarnation
	tails   [protocol.Lanes]Lane
	seqs    [protocol.Lanes]protocol.Seq
	entries []entry
	proposal
}

// entry is the answer that an order will get if the batch holds up to it.
type entry struct {
	*order
	answer
	proposed bool // it is one of the proposal's Changes
}

// run runs the orders on one look. It gives back those that did not fit; an
// error means that none ran.
func (r *round) run(orders []*order) (rest []*order, err error) {
	l := r.ledger
	h, err := l.shelf.take()
	if err != nil {
		return nil, err
	}
	defer h.give()
	err = h.View(l.opts.Now(), l.opts.Clock(), func(s *store.Snapshot) error {
		if err := r.begin(s); err != nil {
			return err
		}
		overlay, bytes := &store.Overlay{}, 0
		for i, o := range orders {
			if bytes > mostBytes || len(r.changes) == protocol.MaxFrameCount {
				rest = orders[i:]
				break
			}
			bytes += r.order(s, overlay, o)
		}
		return nil
	})
	return rest, err
}

// begin reads where the county's own lanes stand.
func (r *round) begin(s *store.Snapshot) (err error) {
	if r.county, err = readCounty(s); err != nil {
		return err
	}
	for lane := range r.tails {
		if r.tails[lane], err = readLane(s, laneID{County, r.county, protocol.Lane(lane)}); err != nil {
			return err
		}
		r.seqs[lane] = r.tails[lane].Seq
	}
	return nil
}

// seat is the place of the next Change of a lane.
func (r *round) seat(lane protocol.Lane) protocol.Position {
	return laneID{County, r.county, lane}.at(r.seqs[lane] + 1)
}

// order runs one, and says about how many bytes it adds to the batch.
func (r *round) order(s *store.Snapshot, overlay *store.Overlay, o *order) int {
	if err := o.ctx.Err(); err != nil {
		o.answer(protocol.Change{}, err)
		return 0
	}
	if c, used, err := store.Repeat(s, overlay, o.Key); used || err != nil {
		r.entries = append(r.entries, entry{o, answer{c, err}, false})
		return 0
	}
	c, reads, err := r.act(s, overlay, o)
	if _, refused := protocol.AsRefusal(err); err != nil && !refused {
		r.entries = append(r.entries, entry{o, answer{protocol.Change{}, err}, false})
		return 0
	}
	r.seqs[c.Lane] = c.Seq
	r.changes, r.reads = append(r.changes, c), append(r.reads, reads)
	r.entries = append(r.entries, entry{o, answer{c, err}, true})
	return frame.Size(&c) + 100*len(reads)
}

// act runs the action itself. One that panics fails alone: on the next leader
// it would panic again.
func (r *round) act(s *store.Snapshot, overlay *store.Overlay, o *order) (c protocol.Change, reads store.Reads, err error) {
	hlc := r.ledger.clock.next(s.Now())
	if o.act == nil {
		c = store.Noted(r.seat(o.Lane), hlc, o.Order, o.outcome, o.code)
		overlay.Add(c)
		return c, nil, nil
	}
	defer func() {
		if p := recover(); p != nil {
			r.ledger.log.Error("an action panicked", "action", string(o.Action), "stack", string(debug.Stack()))
			err = fmt.Errorf("%s: the action failed", o.Action)
		}
	}()
	return store.Run(s, overlay, r.seat, hlc, o.Order, o.act)
}

// settle lets the group decide, and answers. Orders behind the first Change
// that did not hold run again: what they saw of it never was.
func (r *round) settle() (again []*order) {
	v, err := r.decide()
	n := 0
	for _, e := range r.entries {
		switch {
		case err != nil:
			e.order.answer(protocol.Change{}, err)
		case n < v.applied, n == v.applied && !e.proposed: // what it rests on holds
			e.order.answer(e.change, e.err)
		case n == v.applied && e.proposed && v.why == batchContent:
			e.order.answer(protocol.Change{}, fmt.Errorf("%s: %w", e.Action, store.ErrContent))
		case e.tries == mostTries:
			e.order.answer(protocol.Change{}, fmt.Errorf("%s: %w", e.Action, errContended))
		default:
			e.tries++
			again = append(again, e.order)
		}
		if e.proposed {
			n++
		}
	}
	return again
}

// errContended: the records that an action reads kept changing under it.
var errContended = errors.New("too many others write the same records; nothing was stored")

// decide proposes the batch. An error stands for all of its Changes.
func (r *round) decide() (batchVerdict, error) {
	l := r.ledger
	if len(r.changes) == 0 {
		return batchVerdict{}, nil
	}
	day := uint32(l.opts.Now().Unix() / 86400)
	prev := func(lane protocol.Lane) seal.Digest { return r.tails[lane].Hash }
	raw, err := r.encode(l.opts.Keys, l.opts.Rand, day, prev)
	if err != nil {
		return batchVerdict{}, err
	}
	v, err := l.enter(raw)
	switch v := v.(type) {
	case batchVerdict:
		if v.why == batchDamaged {
			return v, errors.New("ledger: the batch could not be read")
		}
		return v, nil
	default:
		if !errors.Is(err, protocol.ErrUnknown) {
			return batchVerdict{}, err
		}
		return r.lookBack(err)
	}
}

// lookBack finds out what became of a batch whose outcome is unknown. Behind a
// barrier nothing of it can happen any more; without one it stays unknown.
func (r *round) lookBack(unknown error) (v batchVerdict, err error) {
	l := r.ledger
	if l.group.Barrier(l.opts.Timeouts.Apply).Error() != nil {
		return v, unknown
	}
	err = l.shelf.view(func(s *store.Snapshot) error {
		for i := range r.changes {
			lane, err := readLane(s, laneOf(r.changes[i].Position))
			if err != nil {
				return err
			}
			if lane.Seq < r.changes[i].Seq {
				break
			}
			stored, err := s.Change(r.changes[i].Position)
			if err != nil {
				return err
			}
			if protocol.Leaf(&stored) != protocol.Leaf(&r.changes[i]) {
				break
			}
			v.applied++
		}
		return nil
	})
	if v.applied < len(r.changes) {
		v.why = batchConflict
	}
	return v, err
}
