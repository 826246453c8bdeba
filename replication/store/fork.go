package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"xiangyi/protocol"
)

// A fork: the county holds, under our incarnation, another Change where ours
// stands. The station opens a new incarnation and journals again, under new
// positions that carry Was, everything of the old one that no receipt covers.
// Each copy names the revision that it copies as a parent too: where the
// original is known the copy supersedes it, and nothing becomes a conflict.

const metaFork = "fork" // incarnation and next seq per lane: copying is under way

// forkedName marks an incarnation that no longer sends.
func forkedName(inc protocol.Incarnation) string { return fmt.Sprintf("forked/%016x", uint64(inc)) }

// Fork leaves the present incarnation for a new one and freezes custody. It may
// be called again after a crash or an error.
func (d *DB) Fork(ctx context.Context) error {
	_, err := d.submit(ctx, &job{alone: true, work: func(r *round) (protocol.Change, error) {
		return protocol.Change{}, d.fork()
	}})
	if err != nil {
		return fmt.Errorf("fork: %w", err)
	}
	return nil
}

func (d *DB) fork() error {
	old := d.end.inc
	err := d.core.Update(func(b *Batch) error {
		if _, err := b.mint(d.opts.Rand); err != nil {
			return err
		}
		from := number(uint64(old))
		for lane := range protocol.Lane(protocol.Lanes) {
			held, err := b.Received(old, lane)
			if err != nil {
				return err
			}
			from = append(from, number(uint64(held))...)
		}
		if err := b.SetMeta(forkedName(old), []byte{1}); err != nil {
			return err
		}
		if err := b.SetMeta(metaAlarm, []byte(alarmForked)); err != nil {
			return err
		}
		return b.SetMeta(metaFork, from)
	})
	if err != nil {
		return err
	}
	if err := d.findIncarnation(); err != nil {
		return err
	}
	if err := d.loadJournal(); err != nil {
		return err
	}
	if err := d.witness.write(d.end.testimony()); err != nil {
		return d.core.fail(err)
	}
	return d.finishFork()
}

// finishFork copies what is left to copy, a transaction at a time.
func (d *DB) finishFork() error {
	for {
		end, more := d.end, false
		err := d.core.Update(func(b *Batch) (err error) {
			more, err = copyForked(b, &end)
			return err
		})
		if err != nil {
			return err
		}
		if !more {
			return nil
		}
		if err := d.witness.write(end.testimony()); err != nil {
			return d.core.fail(err)
		}
		d.end = end
		d.last.Store(uint64(end.cursor))
		d.wake()
	}
}

// copyForked journals some Changes again, oldest first, and reports whether
// there was anything to do.
func copyForked(b *Batch, end *journal) (bool, error) {
	state, err := b.Meta(metaFork)
	if err != nil || len(state) != 8*(1+protocol.Lanes) {
		return false, err
	}
	old := protocol.Incarnation(binary.BigEndian.Uint64(state))
	for !b.Full() {
		c, err := b.oldestForked(old, state[8:])
		if err != nil {
			return false, err
		}
		if c == nil {
			return true, b.SetMeta(metaFork, nil)
		}
		if err := b.copyChange(c, end); err != nil {
			return false, err
		}
		binary.BigEndian.PutUint64(state[8+8*int(c.Lane):], uint64(c.Seq))
	}
	return true, b.SetMeta(metaFork, state)
}

// oldestForked is the oldest Change after what was copied of each lane.
func (b *Batch) oldestForked(inc protocol.Incarnation, done []byte) (*protocol.Change, error) {
	var oldest *protocol.Change
	for lane := range protocol.Lane(protocol.Lanes) {
		p := protocol.Position{Site: b.Site(), Incarnation: inc, Lane: lane,
			Seq: protocol.Seq(binary.BigEndian.Uint64(done[8*lane:])) + 1}
		row, known, err := b.lookUpChange(p)
		if err != nil {
			return nil, err
		}
		if !known || !row.chained || oldest != nil && oldest.HLC <= row.change.HLC {
			continue
		}
		c, err := b.assemble(&row, protocol.AllValues)
		if err != nil {
			return nil, err
		}
		oldest = &c
	}
	return oldest, nil
}

func (b *Batch) copyChange(old *protocol.Change, end *journal) error {
	c := *old
	c.Position, c.Was = end.seat(old.Lane), old.Position
	c.Deps = nil
	for _, d := range old.Deps {
		p, ok, err := b.Successor(protocol.Position{Site: old.Site, Incarnation: old.Incarnation, Lane: d.Lane, Seq: d.Seq})
		if err != nil {
			return err
		}
		if ok { // else the county holds it
			c.Deps = append(c.Deps, protocol.Dep{Lane: p.Lane, Seq: p.Seq})
		}
	}
	c.Writes = slices.Clone(old.Writes)
	for n := range c.Writes {
		parents := []protocol.Rev{old.Rev(n)}
		for _, p := range old.Writes[n].Parents {
			now, ok, err := b.Successor(p.Position)
			if err != nil {
				return err
			}
			if p.Position == old.Position {
				now, ok = c.Position, true
			}
			if ok {
				p.Position = now
			}
			parents = append(parents, p)
		}
		c.Writes[n].Parents = parents
	}
	protocol.CommitAll(b.core.opts.Keys, &c)
	end.next[c.Lane]++
	return end.append(b, &c)
}
