package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"xiangyi/protocol"
)

// A fork: the county holds, under an incarnation of ours, another Change where
// ours stands, since two boxes wrote under it, or one whose disk was put back.
// The station opens a new incarnation, if that was the present one, and journals
// again, under new positions that carry Was, everything of the old one that the
// county does not hold. The original goes: its position is another Change's, which
// may come down the line like any other site's.

const metaFork = "fork/" // incarnation -> newest seq per lane that was copied: copying is under way

// forkedName marks an incarnation that no longer sends.
func forkedName(inc protocol.Incarnation) string { return fmt.Sprintf("forked/%016x", uint64(inc)) }

// Dispute notes that the county holds another journal under an incarnation of
// ours, which is to be disowned. It is forgotten with the process: whoever heard
// it hears it again.
func (d *DB) Dispute(inc protocol.Incarnation) {
	d.watch.Lock()
	defer d.watch.Unlock()
	if !slices.Contains(d.disputed, inc) {
		d.disputed = append(d.disputed, inc)
	}
}

// Disputed lists what Dispute noted and Disown did not end yet.
func (d *DB) Disputed() []protocol.Incarnation {
	d.watch.Lock()
	defer d.watch.Unlock()
	return slices.Clone(d.disputed)
}

func (d *DB) settled(inc protocol.Incarnation) {
	d.watch.Lock()
	defer d.watch.Unlock()
	d.disputed = slices.DeleteFunc(d.disputed, func(i protocol.Incarnation) bool { return i == inc })
}

// Common is, for each lane of an incarnation, up to where the county's journal
// is known to be ours.
type Common [protocol.Lanes]protocol.Seq

// Since lists an incarnation and those after it that still send: what was written
// under them may rest on it.
func (d *DB) Since(inc protocol.Incarnation) (incs []protocol.Incarnation, err error) {
	err = d.look(func(s *Snapshot) (err error) { incs, err = s.since(inc); return err })
	return incs, err
}

func (s *Snapshot) since(inc protocol.Incarnation) ([]protocol.Incarnation, error) {
	if done, err := s.Meta(forkedName(inc)); err != nil || done != nil {
		return nil, err
	}
	all, err := s.sending()
	at := slices.Index(all, inc)
	if err != nil || at < 0 {
		return nil, err
	}
	return all[at:], nil
}

// Disown ends an incarnation for which the county holds another journal, and all
// after it: nothing is sent under them any more, and what neither a receipt nor
// common covers leaves under a new one. Custody is frozen. It may be called again
// after a crash or an error; what was disowned already stays so.
func (d *DB) Disown(ctx context.Context, inc protocol.Incarnation, common map[protocol.Incarnation]Common) error {
	_, err := d.submit(ctx, &job{alone: true, work: func(r *round) (protocol.Change, error) {
		return protocol.Change{}, d.disown(r.s, inc, common)
	}})
	if err != nil {
		return fmt.Errorf("disown an incarnation: %w", err)
	}
	return nil
}

func (d *DB) disown(s *Snapshot, inc protocol.Incarnation, common map[protocol.Incarnation]Common) error {
	ended, err := s.since(inc)
	if err != nil || len(ended) == 0 {
		d.settled(inc)
		return err
	}
	err = d.core.Update(func(b *Batch) error {
		if _, err := b.mint(d.opts.Rand); err != nil {
			return err
		}
		for _, old := range ended {
			if err := b.end(old, common[old]); err != nil {
				return err
			}
		}
		return b.SetMeta(metaAlarm, []byte(alarmForked))
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
	for _, old := range ended {
		d.settled(old)
	}
	if err := d.finishFork(); err != nil {
		return err
	}
	return d.sayEnded()
}

// end marks an incarnation as ended, with the places from which on its Changes
// are journaled again.
func (b *Batch) end(old protocol.Incarnation, common Common) error {
	var from []byte
	for lane := range protocol.Lane(protocol.Lanes) {
		held, err := b.agreed(old, lane, common[lane])
		if err != nil {
			return err
		}
		from = append(from, number(uint64(held))...)
	}
	if err := b.SetMeta(forkedName(old), []byte{1}); err != nil {
		return err
	}
	return b.SetMeta(metaFork+string(number(uint64(old))), from)
}

// agreed is up to where the county holds our journal of a lane, which makes it
// a receipt. There the lane ends: what is behind moves elsewhere.
func (b *Batch) agreed(inc protocol.Incarnation, lane protocol.Lane, common protocol.Seq) (protocol.Seq, error) {
	tail, _, err := b.Tail(b.Site(), inc, lane)
	if err != nil {
		return 0, err
	}
	if err := b.Receive(inc, lane, min(common, tail)); err != nil {
		return 0, err
	}
	held, err := b.Received(inc, lane)
	if err != nil {
		return 0, err
	}
	held = min(held, tail) // of what this disk forgot nothing is left to send
	chain, err := b.chainAt(protocol.Position{Site: b.Site(), Incarnation: inc, Lane: lane, Seq: held})
	if err != nil {
		return 0, err
	}
	return held, b.SetTail(b.Site(), inc, lane, held, chain)
}

// finishFork copies what is left to copy, a transaction at a time.
func (d *DB) finishFork() error {
	for {
		end, more := d.end, false
		followed := func() {}
		err := d.core.Update(func(b *Batch) (err error) {
			b.now = d.now()
			if more, err = copyForked(b, &end); err != nil || d.follow.at == 0 { // at the start it is read later
				return err
			}
			followed, err = d.follow.update(b, &d.leaving)
			return err
		})
		if err != nil {
			return err
		}
		if !more {
			return nil
		}
		followed()
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
	states, err := b.forking()
	if err != nil || len(states) == 0 {
		return false, err
	}
	for !b.Full() {
		c, state, err := b.nextForked(states)
		if err != nil {
			return false, err
		}
		if c == nil {
			for inc := range states {
				if err := b.SetMeta(metaFork+string(number(uint64(inc))), nil); err != nil {
					return false, err
				}
			}
			return true, nil
		}
		if err := b.copyChange(c, end, states); err != nil {
			return false, err
		}
		binary.BigEndian.PutUint64(state[8*int(c.Lane):], uint64(c.Seq))
	}
	for inc, state := range states {
		if err := b.SetMeta(metaFork+string(number(uint64(inc))), state); err != nil {
			return false, err
		}
	}
	return true, nil
}

// forking gives the incarnations of which copying is under way, with how far each
// lane came.
func (s *Snapshot) forking() (map[protocol.Incarnation][]byte, error) {
	states := map[protocol.Incarnation][]byte{}
	err := s.EachMeta(metaFork, func(rest string, value []byte) error {
		if len(rest) != 8 || len(value) != 8*protocol.Lanes {
			return damaged(metaFork, errors.New("cut short"))
		}
		states[protocol.Incarnation(binary.BigEndian.Uint64([]byte(rest)))] = value
		return nil
	})
	return states, err
}

// nextForked is the oldest Change that is left to copy, earlier incarnations
// first.
func (b *Batch) nextForked(states map[protocol.Incarnation][]byte) (*protocol.Change, []byte, error) {
	incs, err := b.incarnations()
	if err != nil {
		return nil, nil, err
	}
	for _, inc := range incs {
		if state := states[inc]; state != nil {
			if c, err := b.oldestForked(inc, state); c != nil || err != nil {
				return c, state, err
			}
		}
	}
	return nil, nil, nil
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

// copyChange journals a Change of a disowned incarnation again, and takes the
// original away.
//
// What it rests on has its successor among what is copied with it, or stays: only
// there is a position known to mean what this disk had under it. A twin's copy of
// its own Change may be known under the same old name.
func (b *Batch) copyChange(old *protocol.Change, end *journal, copied map[protocol.Incarnation][]byte) error {
	c := *old
	c.Position, c.Was = end.seat(old.Lane), old.Position
	c.Deps = nil
	for _, d := range old.Deps {
		p, ok, err := b.Successor(protocol.Position{Site: old.Site, Incarnation: old.Incarnation, Lane: d.Lane, Seq: d.Seq})
		if err != nil {
			return err
		}
		if ok && p.Incarnation == c.Incarnation { // else the county holds it
			c.Deps = append(c.Deps, protocol.Dep{Lane: p.Lane, Seq: p.Seq})
		}
	}
	c.Writes = slices.Clone(old.Writes)
	for n := range c.Writes {
		var parents []protocol.Rev
		for _, p := range old.Writes[n].Parents {
			now, ok := protocol.Position{}, false
			if p.Site == old.Site && copied[p.Incarnation] != nil {
				var err error
				if now, ok, err = b.Successor(p.Position); err != nil {
					return err
				}
				ok = ok && now.Incarnation == c.Incarnation
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
	if err := b.withdraw(old); err != nil {
		return err
	}
	end.next[c.Lane]++
	if err := end.append(b, &c); err != nil {
		return err
	}
	if c.Key == "" {
		return nil
	}
	return b.set(idempotencyKey(b.core.index, c.Key), appendPosition(nil, c.Position))
}

// withdraw takes a Change out of the records, the feed and the journal.
func (b *Batch) withdraw(c *protocol.Change) error {
	e := &eviction{Batch: b, last: ^protocol.Cursor(0), forgets: true}
	for n := len(c.Writes) - 1; n >= 0; n-- {
		w, rev := &c.Writes[n], c.Rev(n)
		row, err := b.revision(rev)
		if errors.Is(err, protocol.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		here := map[protocol.Rev]*revisionRow{rev: &row}
		if !row.aside {
			if here, err = e.here(w.Ref, scopesOf(w)...); err != nil {
				return err
			}
			here[rev] = &row
			stay := sortedRevs(slices.DeleteFunc(slices.Collect(maps.Keys(here)), func(r protocol.Rev) bool { return r == rev }))
			if err := e.rehead(w.Ref, stay, here); err != nil {
				return err
			}
			b.followed = b.followed || w.Ref.Kind == protocol.KindFollow
		}
		if err := e.remove([]protocol.Rev{rev}, here); err != nil {
			return err
		}
	}
	return e.forget(c.Position)
}
