package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
)

// Arrival is one answer of the county's downlink.
//
// A write that is out of this station's scopes is left empty (Ref zero) in its
// Change, so that every other write keeps its place and its Rev.
type Arrival struct {
	From     protocol.Cursor     // the position that this answer continues; another than ours is ErrGap
	Position protocol.Cursor     // where the station stands afterwards
	AsOf     protocol.Cursor     // the ledger's end when Walked and Held were read: digests mean nothing before Position is there
	Changes  []protocol.Change   // after From, in the ledger's order; own ones may be left out
	Walked   []protocol.Change   // from walks, as WalkScope gives them: history, it enters no feed
	Held     []Mark              // own lanes as the ledger holds them at Position
	Walks    []Walk              // how far walks came with this answer
	Waits    []protocol.Position // own Changes that the ledger has and did not apply; nil: nothing is said
}

// Mark is a place in a lane of this site.
type Mark struct {
	Incarnation protocol.Incarnation
	Lane        protocol.Lane
	Seq         protocol.Seq
}

// Position is the place in the county's ledger up to which this station heard.
func (d *DB) Position() (at protocol.Cursor, err error) {
	err = d.look(func(s *Snapshot) (err error) { at, err = s.position(); return err })
	return at, err
}

// AsOf is the place in the county's ledger, at or behind Position, as of which
// walks and marks came.
func (d *DB) AsOf() (at protocol.Cursor, err error) {
	err = d.look(func(s *Snapshot) (err error) { at, err = s.asOf(); return err })
	return at, err
}

func (s *Snapshot) asOf() (protocol.Cursor, error) {
	at, err := s.position()
	if err != nil {
		return 0, err
	}
	n, err := s.number(MetaKey(metaAsOf))
	return max(at, protocol.Cursor(n)), err
}

func (s *Snapshot) position() (protocol.Cursor, error) {
	n, err := s.number(MetaKey(metaPosition))
	return protocol.Cursor(n), err
}

// Absorb stores an answer with its new position. A large one takes several
// transactions, the position moving in the last; a repeat after a crash between
// them changes nothing. A Change that cannot be applied parks, see Parked, and
// what follows goes on.
//
// Errors: ErrGap for an answer that continues another position; ErrFork when the
// county holds Changes under our present incarnation that we never wrote;
// ErrSpace.
func (d *DB) Absorb(a Arrival) error {
	_, err := d.submit(context.Background(), &job{alone: true, work: func(r *round) (protocol.Change, error) {
		return protocol.Change{}, r.absorb(&a)
	}})
	if err != nil {
		return fmt.Errorf("absorb: %w", err)
	}
	return nil
}

// absorb stores by itself; the round that it stands in stays empty.
func (r *round) absorb(a *Arrival) error {
	d := r.db
	at, err := r.s.position()
	if err != nil {
		return err
	}
	if a.From != at {
		return fmt.Errorf("%w: from %d, we stand at %d", ErrGap, a.From, at)
	}
	for _, m := range a.Held {
		if m.Incarnation == d.end.inc && m.Lane < protocol.Lanes && m.Seq > d.end.lanes[m.Lane].seq {
			return forked(m.Incarnation, "the county holds lane %d up to %d, which we never wrote", m.Lane, m.Seq)
		}
	}
	if len(a.Changes)+len(a.Walked) > 0 {
		if err := d.space.admit(protocol.Clinical); err != nil {
			return err
		}
	}
	in := &intake{db: d, arrival: a, now: r.s.now}
	for !in.finished {
		in.end = d.end
		in.stored = nil
		if err := d.core.Update(in.part); err != nil {
			return err
		}
		d.end = in.end
		d.last.Store(uint64(d.end.cursor))
		in.stored()
		d.wake()
	}
	return nil
}

// checkCommitments refuses values that are not what the county's envelope
// commits to.
func checkCommitments(keys seal.Keyring, c *protocol.Change) error {
	for n := range c.Writes {
		w := &c.Writes[n]
		if w.Value == nil {
			continue
		}
		if !seal.Equal(protocol.Commitment(keys, w.Subject, c.Rev(n), w.Value), w.Commit) {
			return content("%s: value and commitment differ", c.Rev(n))
		}
	}
	return nil
}

// Parked is a Change that came down the line and could not be applied.
type Parked struct {
	Change protocol.Position
	Reason string
}

// Parked lists them, for a person to look at.
func (d *DB) Parked() (out []Parked, err error) {
	err = d.look(func(s *Snapshot) error {
		return s.EachMeta(metaParked, func(rest string, value []byte) error {
			p, _, err := parsePosition([]byte(rest))
			if err != nil {
				return err
			}
			out = append(out, Parked{p, string(value)})
			return nil
		})
	})
	return out, err
}

func (b *Batch) park(p protocol.Position, why error) error {
	b.core.opts.Log.Error("an arrived change parks", "change", p.String(), "error", why)
	return b.SetMeta(metaParked+string(appendPosition(nil, p)), []byte(why.Error()))
}

// Receipt remembers what the county says it holds of one lane (A1). ErrFork:
// its hash is not ours there, or it holds more than we ever wrote.
func (d *DB) Receipt(rc protocol.Receipt) error {
	if rc.Site != d.opts.Site || rc.Lane >= protocol.Lanes {
		return fmt.Errorf("receipt: for lane %d of %q, not ours", rc.Lane, rc.Site)
	}
	_, err := d.submit(context.Background(), &job{work: func(r *round) (protocol.Change, error) {
		return protocol.Change{}, r.receive(&rc)
	}})
	if err != nil {
		return fmt.Errorf("receipt: %w", err)
	}
	return nil
}

func (r *round) receive(rc *protocol.Receipt) error {
	p := protocol.Position{Site: rc.Site, Incarnation: rc.Incarnation, Lane: rc.Lane, Seq: rc.HighWater}
	hash, err := r.s.chainAt(p)
	switch {
	case errors.Is(err, protocol.ErrNotFound), errors.Is(err, errUnchained):
		return forked(p.Incarnation, "the county holds %s, our journal ends before", p)
	case err != nil:
		return err
	case !seal.Equal(hash, rc.Hash):
		return forked(p.Incarnation, "at %s", p)
	}
	r.more = append(r.more, func(b *Batch) error { return b.Receive(rc.Incarnation, rc.Lane, rc.HighWater) })
	return nil
}

// Held is the Seq up to which the county holds a lane of this incarnation (A1).
func (d *DB) Held(lane protocol.Lane) (seq protocol.Seq, err error) {
	err = d.look(func(s *Snapshot) (err error) { seq, err = s.Received(d.Incarnation(), lane); return err })
	return seq, err
}

// Waiting is what the county does not hold yet.
type Waiting struct {
	Count  [protocol.Lanes]uint64
	Oldest [protocol.Lanes]protocol.HLC // zero: nothing waits
}

// Waiting counts over all incarnations that still send.
func (d *DB) Waiting() (w Waiting, err error) {
	err = d.look(func(s *Snapshot) error {
		lines, err := s.lines()
		if err != nil {
			return err
		}
		for _, l := range lines {
			if l.Tail <= l.Held {
				continue
			}
			w.Count[l.Lane] += uint64(l.Tail - l.Held)
			row, err := s.change(protocol.Position{Site: s.Site(), Incarnation: l.Incarnation, Lane: l.Lane, Seq: l.Held + 1})
			if err != nil {
				return err
			}
			if old := &w.Oldest[l.Lane]; *old == 0 || row.change.HLC < *old {
				*old = row.change.HLC
			}
		}
		return nil
	})
	return w, err
}

// incarnations lists those under which this station wrote, oldest first.
func (s *Snapshot) incarnations() ([]protocol.Incarnation, error) {
	b, err := s.Meta(metaIncarnations)
	if err == nil && len(b)%8 != 0 {
		err = damaged(metaIncarnations, errors.New("cut short"))
	}
	if err != nil {
		return nil, err
	}
	var out []protocol.Incarnation
	for ; len(b) > 0; b = b[8:] {
		out = append(out, protocol.Incarnation(binary.BigEndian.Uint64(b)))
	}
	return out, nil
}
