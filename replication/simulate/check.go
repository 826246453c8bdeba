package simulate

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication/store"
)

// ledgerOf is one node's feed, read from its start to its end.
type ledgerOf struct {
	changes map[protocol.Position]protocol.Change
	byKey   map[string][]protocol.Position
	refs    map[protocol.Ref]map[protocol.Rev][]protocol.Rev // revision -> parents
	scopes  map[protocol.Ref]map[protocol.Rev][]protocol.Scope
	values  map[protocol.Rev]protocol.Value
}

// check compares the county at rest with what people were told.
func (w *world) check() {
	var first *ledgerOf
	for _, n := range w.county.nodes {
		l := w.read(n)
		if w.broken != "" {
			return
		}
		if first == nil {
			first = l
		} else if len(l.changes) != len(first.changes) {
			w.breaks("%s holds %d changes, another node %d", n.name, len(l.changes), len(first.changes))
		}
		w.checkLanes(n, l)
		w.checkSaid(n, l)
		w.checkRecords(n.name, l, n.look, nil)
	}
	if w.broken != "" {
		return
	}
	for _, s := range w.stations {
		if err := s.db.Verify(context.Background()); err != nil {
			w.breaks("%s: %v", s, err)
		}
		parked, err := s.db.Parked()
		if err != nil || len(parked) > 0 {
			w.breaks("%s: %d arrived changes are parked, %v", s, len(parked), err)
		}
		w.checkRecords(s.String(), first, s.look, s.db.Scopes())
	}
	w.checkSheets(first)
	w.checkSlots(first)
}

func (n *node) look(f func(*store.Snapshot) error) error {
	return n.replica.Snapshot(context.Background(), f)
}

func (s *station) look(f func(*store.Snapshot) error) error {
	return s.db.Snapshot(context.Background(), f)
}

// read takes a node's feed, which must have each Change once, in order.
func (w *world) read(n *node) *ledgerOf {
	l := &ledgerOf{changes: map[protocol.Position]protocol.Change{}, byKey: map[string][]protocol.Position{},
		refs: map[protocol.Ref]map[protocol.Rev][]protocol.Rev{}, scopes: map[protocol.Ref]map[protocol.Rev][]protocol.Scope{},
		values: map[protocol.Rev]protocol.Value{}}
	last := protocol.Cursor(0)
	err := n.look(func(s *store.Snapshot) error {
		return s.EachFeed(0, func(at protocol.Cursor, c protocol.Change) (bool, error) {
			if _, twice := l.changes[c.Position]; twice || at <= last {
				w.breaks("%s: %s stands twice in the feed, or out of order", n.name, c.Position)
			}
			last = at
			l.changes[c.Position] = c
			if c.Key != "" {
				l.byKey[c.Key] = append(l.byKey[c.Key], c.Position)
			}
			for i := range c.Writes {
				l.add(c.Rev(i), &c.Writes[i])
			}
			return true, nil
		})
	})
	if err != nil {
		w.breaks("%s: its feed cannot be read: %v", n.name, err)
	}
	return l
}

func (l *ledgerOf) add(rev protocol.Rev, w *protocol.Write) {
	if l.refs[w.Ref] == nil {
		l.refs[w.Ref], l.scopes[w.Ref] = map[protocol.Rev][]protocol.Rev{}, map[protocol.Rev][]protocol.Scope{}
	}
	l.refs[w.Ref][rev], l.scopes[w.Ref][rev], l.values[rev] = w.Parents, w.AllScopes(), w.Value
}

// checkLanes: each lane is dense from its first Change to its mark, and its
// chain is that of its journal (G3, G12).
func (w *world) checkLanes(n *node, l *ledgerOf) {
	type lane struct {
		site protocol.Site
		inc  protocol.Incarnation
		lane protocol.Lane
	}
	lanes, again := map[lane][]protocol.Seq{}, map[protocol.Position]bool{}
	for p, c := range l.changes {
		id := lane{p.Site, p.Incarnation, p.Lane}
		lanes[id] = append(lanes[id], p.Seq)
		again[c.Was] = true
	}
	for id, seqs := range lanes {
		slices.Sort(seqs)
		var marks [protocol.Lanes]protocol.Seq
		err := n.look(func(s *store.Snapshot) (err error) {
			marks, err = n.replica.Sites().Lanes(s, id.site, id.inc)
			return err
		})
		if end := seqs[len(seqs)-1]; err != nil || marks[id.lane] < end {
			w.breaks("%s: lane %d of %s ends at %d and its mark at %d, %v", n.name, id.lane, id.site, end, marks[id.lane], err)
		}
		hash, whole := protocol.Genesis(id.site, id.inc, id.lane), true
		for seq := protocol.Seq(1); seq <= marks[id.lane]; seq++ {
			p := protocol.Position{Site: id.site, Incarnation: id.inc, Lane: id.lane, Seq: seq}
			c, there := l.changes[p]
			if !there && !again[p] { // else it waited, and came under another name
				w.breaks("%s: lane %d of %s has a hole at %d, %v", n.name, id.lane, id.site, seq, w.parked(n))
				return
			}
			whole = whole && there
			hash = protocol.Chain(hash, &c)
		}
		if whole {
			w.checkHash(id.site, id.inc, id.lane, marks[id.lane], hash)
		}
	}
}

// parked lists what a node put aside, for the story.
func (w *world) parked(n *node) (out []protocol.Position) {
	for _, s := range w.stations {
		err := n.look(func(look *store.Snapshot) error {
			some, err := n.replica.Sites().Parked(look, s.name)
			out = append(out, some...)
			return err
		})
		if err != nil {
			w.breaks("%s: %v", n.name, err)
		}
	}
	return out
}

// checkHash compares a chain with that of the station which wrote it, if a box
// still has that journal.
func (w *world) checkHash(site protocol.Site, inc protocol.Incarnation, lane protocol.Lane, end protocol.Seq, hash seal.Digest) {
	for _, s := range w.stations {
		if s.name != site {
			continue
		}
		lines, err := s.db.Lines()
		if err != nil {
			w.breaks("%s: %v", s, err)
			return
		}
		for _, line := range lines {
			if line.Incarnation == inc && line.Lane == lane && line.Tail == end && line.Hash != hash {
				w.breaks("%s: the county's chain of lane %d differs at %d", s, lane, end)
			}
		}
	}
}

// checkSaid: what was told to be held is there as it was written; what was told
// to be saved is there too, unless its disk is gone; and each took effect once
// (G1, G2, G3).
func (w *world) checkSaid(n *node, l *ledgerOf) {
	for _, x := range w.model.said {
		c, there := l.changes[x.at]
		same := there && protocol.Leaf(&c) == x.leaf
		if x.held && !same {
			w.breaks("%s: %s (%s) was told to be held, and is not there", n.name, x.at, x.what)
			return
		}
		runs := map[protocol.HLC]bool{} // what is journaled again after a fork keeps its time
		for _, p := range l.byKey[x.key] {
			runs[l.changes[p].HLC] = true
		}
		switch {
		case len(runs) == 0 && !x.lost:
			w.breaks("%s: %s (%s by %s) was told to be saved, and is not there", n.name, x.at, x.what, x.box)
			return
		case len(runs) > 1:
			w.breaks("%s: %s (%s) took effect %d times", n.name, x.key, x.what, len(runs))
			return
		}
	}
}

// checkRecords: the heads of each record are the revisions that no other one
// names as its parent, every revision is found from them, and values are what
// was written (G4, G5). scopes nil: all of them are here.
func (w *world) checkRecords(who string, l *ledgerOf, look func(func(*store.Snapshot) error) error, scopes []protocol.Scope) {
	err := look(func(s *store.Snapshot) error {
		for _, ref := range slices.SortedFunc(maps.Keys(l.refs), func(a, b protocol.Ref) int { return strings.Compare(a.String(), b.String()) }) {
			revs := l.refs[ref]
			here := map[protocol.Rev]bool{}
			for rev := range revs {
				if scopes == nil || slices.ContainsFunc(l.scopes[ref][rev], func(sc protocol.Scope) bool { return slices.Contains(scopes, sc) }) {
					here[rev] = true
				}
			}
			if len(here) == 0 || len(here) < len(revs) { // not followed, or not all along: the digest speaks for it
				continue
			}
			if err := w.checkRecord(who, s, l, ref, here); err != nil || w.broken != "" {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.breaks("%s: records cannot be read: %v", who, err)
	}
}

func (w *world) checkRecord(who string, s *store.Snapshot, l *ledgerOf, ref protocol.Ref, here map[protocol.Rev]bool) error {
	parent := map[protocol.Rev]bool{}
	for rev := range here {
		for _, p := range l.refs[ref][rev] {
			parent[p] = true
		}
	}
	var want []protocol.Rev
	for rev := range here {
		if !parent[rev] {
			want = append(want, rev)
		}
	}
	record, err := s.Get(ref)
	if errors.Is(err, protocol.ErrNotFound) {
		w.breaks("%s: %s in %v is not there", who, ref, l.scopes[ref])
		return nil
	}
	if err != nil {
		return err
	}
	if len(record.Heads) != len(want) {
		w.breaks("%s: %s has %d heads, want %d", who, ref, len(record.Heads), len(want))
		return nil
	}
	for _, h := range record.Heads {
		if !slices.Contains(want, h.Rev) {
			w.breaks("%s: %s: %s is not a head", who, ref, h.Rev)
		}
	}
	all, err := s.History(ref)
	if err != nil {
		return err
	}
	found := 0
	for _, h := range all {
		if here[h.Rev] {
			found++
		}
	}
	if found != len(here) {
		w.breaks("%s: %s: %d of %d revisions can be reached", who, ref, found, len(here))
	}
	return nil
}

// checkSheets: an item that was put on a sheet is on what is read of it now
// (nothing is merged away).
func (w *world) checkSheets(l *ledgerOf) {
	items := map[string]bool{}
	n := w.county.leader
	err := n.look(func(s *store.Snapshot) error {
		for ref := range l.refs {
			if ref.Kind != kindSheet {
				continue
			}
			record, err := s.Get(ref)
			if err != nil {
				return err
			}
			if record.Conflicted() {
				w.breaks("%s is still in conflict", ref)
			}
			for _, item := range union(record.Heads).Items {
				items[item] = true
			}
		}
		return nil
	})
	if err != nil {
		w.breaks("sheets cannot be read: %v", err)
	}
	for _, x := range w.model.said {
		if x.item != "" && !x.refused && !x.lost && !items[x.item] {
			w.breaks("%s was put on a sheet (%s), and is on none", x.item, x.at)
			return
		}
	}
}

// checkSlots: nobody else has a slot that somebody bought (G6). Where a slot was
// taken by force, or a disk was copied or forgot, two may have bought it; then
// the record shows both.
func (w *world) checkSlots(l *ledgerOf) {
	buyers := map[protocol.ID]map[string]bool{}
	for ref, revs := range l.refs {
		if ref.Kind != kindSlot {
			continue
		}
		for rev := range revs {
			if b := w.buyer(rev); b != "" {
				if buyers[ref.ID] == nil {
					buyers[ref.ID] = map[string]bool{}
				}
				buyers[ref.ID][b] = true
			}
		}
	}
	for _, x := range w.model.said {
		if x.what == "sell" && !x.refused && !x.lost {
			w.counts.Sold++
			if !buyers[x.slot][x.key] {
				w.breaks("%s was sold to %s, and no revision says so", x.slot, x.key)
			}
		}
	}
	for _, slot := range slices.Sorted(maps.Keys(buyers)) {
		all := buyers[slot]
		if len(all) < 2 {
			continue
		}
		if !w.model.forced[slot] && !w.model.clones {
			w.breaks("%s was sold %d times", slot, len(all))
			continue
		}
		w.checkClash(slot, len(all))
	}
}

// checkClash: a slot that was sold twice is in conflict, so that somebody must
// look at it.
func (w *world) checkClash(slot protocol.ID, sold int) {
	err := w.county.leader.look(func(s *store.Snapshot) error {
		record, err := s.Get(protocol.Ref{Kind: kindSlot, ID: slot})
		if err == nil && !record.Conflicted() {
			w.breaks("%s was sold %d times, and nobody hears of it", slot, sold)
		}
		return err
	})
	if err != nil {
		w.breaks("%s cannot be read: %v", slot, err)
	}
}

// buyer is who a revision of a slot says bought it.
func (w *world) buyer(rev protocol.Rev) (buyer string) {
	err := w.county.leader.look(func(s *store.Snapshot) error {
		h, err := s.Revision(rev)
		if err != nil {
			return err
		}
		var v slotValue
		err = json.Unmarshal(h.Value, &v)
		buyer = v.Buyer
		return err
	})
	if err != nil {
		w.breaks("%s cannot be read: %v", rev, err)
	}
	return buyer
}

// conflicted reports whether a person's sheet has several heads.
func (c *county) conflicted(person protocol.ID) (yes bool) {
	err := c.leader.look(func(s *store.Snapshot) error {
		record, err := s.Get(protocol.Ref{Kind: kindSheet, ID: "sheet." + person})
		if errors.Is(err, protocol.ErrNotFound) {
			return nil
		}
		yes = record.Conflicted()
		return err
	})
	if err != nil {
		c.breaks("sheet of %s cannot be read: %v", person, err)
	}
	return yes
}
