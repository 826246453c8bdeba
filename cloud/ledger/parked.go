package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"xiangyi/protocol"
	"xiangyi/replication/frame"
	"xiangyi/replication/store"
)

// Reason is why a Change is parked.
type Reason uint8

// The reasons.
const (
	ReasonWaits   Reason = 1 // for Changes that it depends on; goes on by itself
	ReasonContent Reason = 2 // what it says cannot be stored
	ReasonFrame   Reason = 3 // the frame that it came in cannot be read
	ReasonAside   Reason = 4 // a person set it aside for good: kept, and nothing waits for it
)

func (r Reason) String() string {
	switch r {
	case ReasonWaits:
		return "waits"
	case ReasonContent:
		return "content"
	case ReasonFrame:
		return "frame"
	case ReasonAside:
		return "aside"
	}
	return fmt.Sprintf("reason %d", uint8(r))
}

// parked is the row of a Change that was received and not applied. Its bytes
// stay in the frame that it came in, sealed as they came.
type parked struct {
	reason Reason
	frame  uint64          // index of the entry that carried the frame
	n      uint16          // place in the frame
	since  protocol.Cursor // where the ledger stood
	words  string          // why, for staff; never content
	waits  []protocol.Position
}

// mostWords keeps a row small whatever an error says.
const mostWords = 300

func (p parked) encode() []byte {
	b := binary.BigEndian.AppendUint64([]byte{byte(p.reason)}, p.frame)
	b = binary.BigEndian.AppendUint16(b, p.n)
	b = binary.BigEndian.AppendUint64(b, uint64(p.since))
	return append(b, p.words...)
}

func decodeParked(b []byte) (parked, error) {
	c := &cutter{b: b}
	p := parked{reason: Reason(c.byte()), frame: c.u64(), n: c.u16(), since: protocol.Cursor(c.u64())}
	p.words = string(c.rest())
	if c.bad {
		return parked{}, errState
	}
	return p, nil
}

// readParked gives the row of a Change, nil when it is not parked.
func readParked(s *store.Snapshot, pos protocol.Position) (*parked, error) {
	b, err := s.Meta(rowParked + positionKey(pos))
	if b == nil || err != nil {
		return nil, err
	}
	p, err := decodeParked(b)
	return &p, err
}

// park stores a Change aside. raw is its frame, kept once for all of it.
func (t *turn) park(pos protocol.Position, row parked, raw []byte) error {
	row.words = strings.ToValidUTF8(row.words[:min(len(row.words), mostWords)], "")
	kept, err := t.kept(row.frame)
	if err != nil {
		return err
	}
	if kept == 0 {
		if err := t.b.SetMeta(rowFrame+entryKey(row.frame), raw); err != nil {
			return err
		}
	}
	if err := t.keep(row.frame, kept+1); err != nil {
		return err
	}
	if err := t.wait(pos, row.waits); err != nil {
		return err
	}
	if row.reason != ReasonWaits {
		t.log.Warn("a change is parked", "position", pos.String(), "reason", row.reason.String(), "why", row.words)
	}
	return t.b.SetMeta(rowParked+positionKey(pos), row.encode())
}

// unpark forgets the row, and the frame with its last one.
func (t *turn) unpark(pos protocol.Position, row *parked) error {
	if err := t.b.SetMeta(rowParked+positionKey(pos), nil); err != nil {
		return err
	}
	kept, err := t.kept(row.frame)
	if err != nil || kept == 0 {
		return errors.Join(err, errState)
	}
	if kept > 1 {
		return t.keep(row.frame, kept-1)
	}
	if err := t.b.SetMeta(rowFrame+entryKey(row.frame), nil); err != nil {
		return err
	}
	return t.b.SetMeta(rowKept+entryKey(row.frame), nil)
}

// kept is how many Changes of a frame are parked.
func (t *turn) kept(index uint64) (uint64, error) {
	b, err := t.b.Meta(rowKept + entryKey(index))
	if b == nil || err != nil {
		return 0, err
	}
	c := &cutter{b: b}
	n := c.u64()
	return n, c.done()
}

func (t *turn) keep(index, n uint64) error {
	return t.b.SetMeta(rowKept+entryKey(index), binary.BigEndian.AppendUint64(nil, n))
}

func entryKey(index uint64) string { return string(binary.BigEndian.AppendUint64(nil, index)) }

// missing lists what c depends on and the ledger has not applied.
func (t *turn) missing(c *protocol.Change) ([]protocol.Position, error) {
	var out []protocol.Position
	for _, d := range c.Deps {
		id := laneID{c.Site, c.Incarnation, d.Lane}
		lane, err := t.lane(id)
		if err != nil {
			return nil, err
		}
		row, err := readParked(t.b.Snapshot, id.at(d.Seq))
		if err != nil {
			return nil, err
		}
		if lane.Seq >= d.Seq && (row == nil || row.reason == ReasonAside) {
			continue
		}
		if never, err := t.never(id, d.Seq); err != nil {
			return nil, err
		} else if !never {
			out = append(out, id.at(d.Seq))
		}
	}
	return out, nil
}

// never reports whether a Change will not come under its own name: it stands here
// under another, or its site said that the lane ends before.
func (t *turn) never(id laneID, seq protocol.Seq) (bool, error) {
	if _, again, err := t.b.Successor(id.at(seq)); again || err != nil {
		return again, err
	}
	end, known, err := t.laneEnd(id)
	return known && seq > end, err
}

// wait notes for what pos waits.
func (t *turn) wait(pos protocol.Position, deps []protocol.Position) error {
	for _, dep := range deps {
		t.pending.wait(dep, pos)
		if err := t.b.SetMeta(rowWaits+positionKey(dep)+positionKey(pos), []byte{}); err != nil {
			return err
		}
	}
	return nil
}

// release makes ready what waited for a Change that was just applied.
func (t *turn) release(dep protocol.Position) error {
	for _, pos := range t.pending.release(dep) {
		if err := t.b.SetMeta(rowWaits+positionKey(dep)+positionKey(pos), nil); err != nil {
			return err
		}
		if err := t.makeReady(pos); err != nil {
			return err
		}
	}
	return nil
}

func (t *turn) makeReady(pos protocol.Position) error {
	t.pending.makeReady(pos)
	return t.b.SetMeta(rowReady+positionKey(pos), []byte{})
}

// again tries a parked Change.
func (t *turn) again(pos protocol.Position) error {
	t.pending.take(pos)
	if err := t.b.SetMeta(rowReady+positionKey(pos), nil); err != nil {
		return err
	}
	row, err := readParked(t.b.Snapshot, pos)
	if err != nil || row == nil {
		return err
	}
	c, words, err := t.reopen(row)
	if err != nil {
		return err
	}
	if c != nil {
		if over, err := t.superseded(c); err != nil || over {
			return errors.Join(err, t.unpark(pos, row))
		}
	}
	if words == "" {
		if row.waits, err = t.missing(c); err != nil {
			return err
		}
	}
	if words == "" && len(row.waits) == 0 {
		if words, err = t.apply(c); err != nil {
			return err
		}
		if words == "" {
			return t.unpark(pos, row)
		}
	}
	return t.stay(pos, row, words)
}

// superseded reports whether a Change stands here under the name under which its site
// journaled it again.
func (t *turn) superseded(c *protocol.Change) (bool, error) {
	p, again, err := t.b.Successor(c.Position)
	if !again || err != nil {
		return false, err
	}
	next, err := t.b.Change(p)
	return err == nil && next.HLC == c.HLC, err
}

// stay leaves a Change parked, for the reason of now.
func (t *turn) stay(pos protocol.Position, row *parked, words string) error {
	if len(row.waits) > 0 {
		row.reason = ReasonWaits
	} else if row.reason == ReasonWaits {
		row.reason = ReasonContent
	}
	row.words = strings.ToValidUTF8(words[:min(len(words), mostWords)], "")
	if err := t.wait(pos, row.waits); err != nil {
		return err
	}
	return t.b.SetMeta(rowParked+positionKey(pos), row.encode())
}

// reopen finds a parked Change in its frame; words say why that fails.
func (t *turn) reopen(row *parked) (c *protocol.Change, words string, err error) {
	changes, ok := t.frames[row.frame]
	if !ok {
		raw, err := t.b.Meta(rowFrame + entryKey(row.frame))
		if err != nil {
			return nil, "", err
		}
		f, err := protocol.DecodeFrame(raw)
		if err != nil {
			return nil, "", fmt.Errorf("%w: %w", errState, err)
		}
		if changes, err = frame.Unpack(t.keys, &f); err != nil {
			return nil, err.Error(), nil
		}
		t.frames = map[uint64][]protocol.Change{row.frame: changes} // the last one is enough: neighbours come together
	}
	if int(row.n) >= len(changes) {
		return nil, "", errState
	}
	c = &changes[row.n]
	return c, fault(c), nil
}
