package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
)

// Change gives one Change with its values. Writes that are not here, because
// they are out of scope, stay empty (Ref zero), so that Rev(n) is always true.
func (s *Snapshot) Change(p protocol.Position) (protocol.Change, error) {
	row, err := s.change(p)
	if err != nil {
		return protocol.Change{}, err
	}
	return s.assemble(&row, protocol.AllValues)
}

// assemble puts the writes to a Change, with their values when open says so.
func (s *Snapshot) assemble(row *changeRow, open func(*protocol.Change) bool) (protocol.Change, error) {
	c := row.change
	if row.writes > 0 {
		c.Writes = make([]protocol.Write, row.writes)
	}
	sealed := make([][]byte, row.writes)
	for n := range c.Writes {
		r, err := s.revision(c.Rev(n))
		if errors.Is(err, protocol.ErrNotFound) {
			continue
		}
		if err != nil {
			return protocol.Change{}, fmt.Errorf("change %s: %w", c.Position, err)
		}
		c.Writes[n], sealed[n] = r.write, r.sealed
	}
	if open == nil || !open(&c) {
		return c, nil
	}
	for n := range c.Writes {
		if sealed[n] == nil {
			continue
		}
		var err error
		if c.Writes[n].Value, err = s.open(c.Rev(n), &c.Writes[n], sealed[n]); err != nil {
			return protocol.Change{}, fmt.Errorf("change %s: %w", c.Position, err)
		}
	}
	return c, nil
}

// KeyUsed finds the Change of this site that used an idempotency key first.
func (s *Snapshot) KeyUsed(key string) (protocol.Position, bool, error) {
	if key == "" {
		return protocol.Position{}, false, nil
	}
	b, err := s.get(idempotencyKey(s.core.index, key))
	if b == nil || err != nil {
		return protocol.Position{}, false, err
	}
	p, _, err := parsePosition(b)
	return p, err == nil, err
}

// CursorOf is the place of a Change in the feed. ErrNotFound: it has none, or came by
// a walk.
func (s *Snapshot) CursorOf(p protocol.Position) (protocol.Cursor, error) {
	row, err := s.change(p)
	if err == nil && row.cursor == 0 {
		err = fmt.Errorf("change %s has no place in the feed: %w", p, protocol.ErrNotFound)
	}
	return row.cursor, err
}

// Committed reports whether a write's value is the one that its commitment is of.
func (s *Snapshot) Committed(rev protocol.Rev, w *protocol.Write) bool {
	return seal.Equal(protocol.Commitment(s.core.opts.Keys, w.Subject, rev, w.Value), w.Commit)
}

// Successor finds the Change under which another one was journaled again after
// a fork. Printed codes and other systems' keys resolve through it.
func (s *Snapshot) Successor(p protocol.Position) (protocol.Position, bool, error) {
	b, err := s.get(wasKey(p))
	if b == nil || err != nil {
		return protocol.Position{}, false, err
	}
	next, _, err := parsePosition(b)
	return next, err == nil, err
}

// FeedAfter gives up to most items after a cursor, with the values of those of
// which open says so.
func (s *Snapshot) FeedAfter(after protocol.Cursor, most int, open func(*protocol.Change) bool) ([]protocol.Item, error) {
	var out []protocol.Item
	err := s.eachFeed(after, open, func(at protocol.Cursor, c protocol.Change) (bool, error) {
		out = append(out, protocol.Item{Cursor: at, Change: c})
		return len(out) < most, nil
	})
	return out, err
}

// EachFeed walks the feed after a cursor, with all values, until visit says that
// it has enough.
func (s *Snapshot) EachFeed(after protocol.Cursor, visit func(protocol.Cursor, protocol.Change) (more bool, err error)) error {
	return s.eachFeed(after, protocol.AllValues, visit)
}

func (s *Snapshot) eachFeed(after protocol.Cursor, open func(*protocol.Change) bool, visit func(protocol.Cursor, protocol.Change) (more bool, err error)) error {
	it := s.txn.walk(walk{prefix: []byte{rowFeed}, values: true})
	defer it.close()
	for it.seek(feedKey(after + 1)); it.valid(); it.next() {
		at := protocol.Cursor(binary.BigEndian.Uint64(it.key()[1:]))
		b, err := it.value()
		if err != nil {
			return fmt.Errorf("read feed: %w: %w", ErrDisk, err)
		}
		p, _, err := parsePosition(b)
		if err != nil {
			return err
		}
		row, err := s.change(p)
		if err != nil {
			return err
		}
		c, err := s.assemble(&row, open)
		if err != nil {
			return err
		}
		if more, err := visit(at, c); err != nil || !more {
			return err
		}
	}
	return nil
}

// Last is the cursor of the newest item of the feed.
func (s *Snapshot) Last() protocol.Cursor {
	it := s.txn.walk(walk{prefix: []byte{rowFeed}, reverse: true})
	defer it.close()
	it.seek(append([]byte{rowFeed}, bytes.Repeat([]byte{0xff}, 9)...))
	if !it.valid() {
		return 0
	}
	return protocol.Cursor(binary.BigEndian.Uint64(it.key()[1:]))
}
