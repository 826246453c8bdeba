package ledger

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication/store"
)

// Fresh returns when this node's records hold all that was acknowledged before
// the call: what is read afterwards is linearizable. Only the leader can tell.
func (l *Ledger) Fresh(ctx context.Context) error {
	term := l.serving.Load()
	if !l.leads(term) {
		return protocol.ErrNotLeader
	}
	index := l.node.CommitIndex()
	if err := l.node.VerifyLeader().Error(); err != nil {
		return fmt.Errorf("%w: %w", protocol.ErrNotLeader, err)
	}
	if err := l.waitFor(ctx, index); err != nil {
		return err
	}
	if !l.leads(term) {
		return protocol.ErrNotLeader
	}
	return nil
}

// waitFor waits until an entry is applied. The newest may be no command, which
// the machine never sees: then a barrier tells.
func (l *Ledger) waitFor(ctx context.Context, index uint64) error {
	patience := time.NewTimer(2 * l.opts.Timeouts.Commit)
	defer patience.Stop()
	for {
		grown := l.grown.wait()
		if l.machine.now().Index >= index {
			return nil
		}
		select {
		case <-grown:
		case <-patience.C:
			if err := l.node.Barrier(l.opts.Timeouts.Apply).Error(); err != nil {
				return fmt.Errorf("%w: %w", protocol.ErrNotLeader, err)
			}
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Status is how this node stands, for operators and for comparing nodes.
type Status struct {
	Node    string
	Leader  string // as far as this node knows; empty: none
	Serving bool   // this node leads and answers
	Term    uint64
	Applied uint64 // newest entry in the records

	// Nodes of equal Command have equal Hash, or one of them is wrong.
	Command uint64
	Hash    seal.Digest

	Contact    time.Duration // since the leader was heard; 0 on the leader
	Quarantine int           // parked Changes
	Violations int           // writes against custody
}

// Status reads it from this node alone.
func (l *Ledger) Status() (Status, error) {
	leader, _ := l.Leader()
	s := Status{Node: l.opts.Node, Leader: leader, Serving: l.IsLeader(), Term: l.Term()}
	if at := l.node.LastContact(); !s.Serving && !at.IsZero() {
		s.Contact = time.Since(at)
	}
	err := l.shelf.view(func(look *store.Snapshot) error {
		a, err := readApplied(look)
		if err != nil {
			return err
		}
		s.Applied, s.Command, s.Hash = a.Index, a.Command, a.Hash
		err = look.EachMeta(rowParked, func(_ string, value []byte) error {
			row, err := decodeParked(value)
			if row.reason != ReasonAside {
				s.Quarantine++
			}
			return err
		})
		if err != nil {
			return err
		}
		return look.EachMeta(rowViolation, func(string, []byte) error { s.Violations++; return nil })
	})
	return s, err
}

// Parked is a Change that was received and could not be applied. The station
// has its receipt and is not held up; a person looks at it here.
type Parked struct {
	protocol.Position
	Reason Reason
	Words  string          // why, for staff; nothing of its content
	Since  protocol.Cursor // where the ledger stood when it came
	Behind int             // parked Changes that wait for this one
}

// Quarantine lists what is parked on this node, in order of position.
func (l *Ledger) Quarantine() ([]Parked, error) {
	var out []Parked
	err := l.shelf.view(func(s *store.Snapshot) error {
		return s.EachMeta(rowParked, func(rest string, value []byte) error {
			c := &cutter{b: []byte(rest)}
			pos := c.positionKey()
			row, err := decodeParked(value)
			if err = errors.Join(err, c.done()); err != nil {
				return err
			}
			p := Parked{Position: pos, Reason: row.reason, Words: row.words, Since: row.since}
			err = s.EachMeta(rowWaits+positionKey(pos), func(string, []byte) error { p.Behind++; return nil })
			out = append(out, p)
			return err
		})
	})
	return out, err
}

// Retry lets the group try a parked Change again, on the leader, after a mended
// program or kind can take it. It reports whether it was parked; Quarantine
// says what became of it.
func (l *Ledger) Retry(pos protocol.Position) (bool, error) {
	if !l.IsLeader() {
		return false, protocol.ErrNotLeader
	}
	v, err := l.enter(command(retryCommand, []byte(positionKey(pos))))
	p, _ := v.(plainVerdict)
	return p.did, err
}

// SetAside lets what waits for a parked Change go on without it, on the leader.
// The Change stays, under ReasonAside, and Retry still tries it. It reports
// whether it was parked.
func (l *Ledger) SetAside(pos protocol.Position) (bool, error) {
	if !l.IsLeader() {
		return false, protocol.ErrNotLeader
	}
	v, err := l.enter(command(asideCommand, []byte(positionKey(pos))))
	p, _ := v.(plainVerdict)
	return p.did, err
}

// Violations lists writes against custody behind a cursor, in the ledger's
// order.
func (l *Ledger) Violations(after protocol.Cursor) ([]Violation, error) {
	var out []Violation
	err := l.shelf.view(func(s *store.Snapshot) error {
		return s.EachMeta(rowViolation, func(rest string, value []byte) error {
			v, err := decodeViolation(rest, value)
			if err == nil && v.At > after {
				out = append(out, v)
			}
			return err
		})
	})
	return out, err
}

// ViolationsAt lists those of one Change, within a look that the caller has
// open: what a follower of the feed asks at each item.
func ViolationsAt(s *store.Snapshot, at protocol.Cursor) ([]Violation, error) {
	var out []Violation
	prefix := string(binary.BigEndian.AppendUint64(nil, uint64(at)))
	err := s.EachMeta(rowViolation+prefix, func(rest string, value []byte) error {
		v, err := decodeViolation(prefix+rest, value)
		out = append(out, v)
		return err
	})
	return out, err
}

// SiteLane is one lane of a site as the ledger holds it.
type SiteLane struct {
	Site        protocol.Site
	Incarnation protocol.Incarnation
	Lane        protocol.Lane
	Held        Lane
}

// Sites lists every lane of every site and incarnation that ever wrote, the
// county's own included: who is how far behind is read from it.
func (l *Ledger) Sites() ([]SiteLane, error) {
	var out []SiteLane
	err := l.shelf.view(func(s *store.Snapshot) error {
		return s.EachMeta(rowLane, func(rest string, value []byte) error {
			c := &cutter{b: []byte(rest)}
			id := c.laneKey()
			held, err := decodeLane(value)
			out = append(out, SiteLane{id.site, id.inc, id.lane, held})
			if err == nil {
				err = c.done()
			}
			return err
		})
	})
	return out, err
}
