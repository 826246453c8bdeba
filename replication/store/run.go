package store

import (
	"errors"
	"fmt"
	"slices"

	"xiangyi/protocol"
)

// Seat gives the position that the next Change of a lane takes. It must answer
// the same until that Change is stored or added to the overlay.
type Seat func(protocol.Lane) protocol.Position

// Run runs an action against a snapshot and what the overlay holds, and gives
// the Change that it makes, commitments filled in, and what it read by name. The
// Change is added to the overlay; overlay may be nil when nothing follows.
//
// The lane is the order's, or that of the least urgent parent which the county
// does not hold yet: a Change never overtakes what it builds on. act may
// therefore run more than once.
//
// When act refuses, the Change says so, writes nothing, and the error is the
// Refusal. Any other error leaves no Change.
func Run(s *Snapshot, overlay *Overlay, seat Seat, hlc protocol.HLC, o protocol.Order, act func(protocol.Tx) error) (protocol.Change, Reads, error) {
	if err := admitOrder(&o); err != nil {
		return protocol.Change{}, nil, err
	}
	lane := o.Lane
	for {
		t := newTx(s, overlay, seat(lane), hlc, o)
		err := act(t)
		if refusal, ok := protocol.AsRefusal(err); ok && t.fault == nil {
			c := Noted(seat(o.Lane), hlc, o, protocol.Refused, refusal.Code)
			overlay.keep(c, nil)
			return c, t.reads, err
		}
		if err = errors.Join(err, t.fault); err != nil {
			return protocol.Change{}, nil, err
		}
		if t.lane > lane {
			lane = t.lane
			continue
		}
		if err := t.finish(); err != nil {
			return protocol.Change{}, nil, err
		}
		overlay.keep(t.change, t.own)
		return t.change, t.reads, nil
	}
}

// Repeat finds the first Change that used an order's idempotency key, and the
// refusal if it was one.
func Repeat(s *Snapshot, overlay *Overlay, key string) (c protocol.Change, used bool, err error) {
	c, used = overlay.KeyUsed(key)
	if !used {
		var p protocol.Position
		if p, used, err = s.KeyUsed(key); err != nil || !used {
			return protocol.Change{}, false, err
		}
		if c, err = s.Change(p); err != nil {
			return protocol.Change{}, false, err
		}
	}
	if c.Outcome == protocol.Refused {
		err = &protocol.Refusal{Code: c.Code}
	}
	return c, true, err
}

// Noted makes a Change without writes: a view, a refusal.
func Noted(at protocol.Position, hlc protocol.HLC, o protocol.Order, outcome protocol.Outcome, code protocol.Code) protocol.Change {
	return protocol.Change{
		Position: at, HLC: hlc, Actor: o.Actor, Action: o.Action, Outcome: outcome, Code: code,
		Purpose: o.Purpose, Consent: o.Consent, Subject: o.Subject, Key: o.Key, Count: o.Count,
	}
}

func admitOrder(o *protocol.Order) error {
	if o.Lane >= protocol.Lanes {
		return fmt.Errorf("%s: lane %d does not exist", o.Action, o.Lane)
	}
	empty := Noted(protocol.Position{}, 0, *o, protocol.Done, "")
	if err := withinLimits(&empty); err != nil {
		return fmt.Errorf("%s: %w", o.Action, err)
	}
	return nil
}

// keep adds a finished Change.
func (o *Overlay) keep(c protocol.Change, own *Overlay) {
	if o == nil {
		return
	}
	o.Add(c)
	if own != nil {
		o.take(own)
	}
}

// finish fills in what is known only now, and checks the limits.
func (t *tx) finish() error {
	c := &t.change
	if c.Subject == "" && len(c.Writes) > 0 {
		c.Subject = c.Writes[0].Subject
	}
	slices.SortFunc(c.Deps, func(a, b protocol.Dep) int { return int(a.Lane) - int(b.Lane) })
	protocol.CommitAll(t.core.opts.Keys, c)
	for ref := range t.own.records { // the heads carry the commitments too
		t.own.commit(ref, c)
	}
	if err := withinLimits(c); err != nil {
		return fmt.Errorf("%s: %w", c.Action, err)
	}
	if t.rows > maxChangeRows {
		return fmt.Errorf("%s: %w: %d index rows", c.Action, protocol.ErrTooLarge, t.rows)
	}
	return nil
}

func (o *Overlay) commit(ref protocol.Ref, c *protocol.Change) {
	fill := func(heads []protocol.Head) {
		for i := range heads {
			if h := &heads[i]; h.Position == c.Position && int(h.N) < len(c.Writes) {
				h.Commit = c.Writes[h.N].Commit
			}
		}
	}
	fill(o.records[ref].heads)
	fill(o.records[ref].added)
}
