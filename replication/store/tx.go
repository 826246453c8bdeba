package store

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"slices"

	"xiangyi/protocol"
)

// tx is an action under way.
type tx struct {
	*Snapshot
	over   layers // what this action wrote, then the overlay
	own    *Overlay
	change protocol.Change
	reads  Reads
	lane   protocol.Lane // at least this, by the parents
	rows   int           // index rows asked for
	fault  error         // the store's own: an action cannot swallow it
}

var _ protocol.Tx = (*tx)(nil)

func newTx(s *Snapshot, overlay *Overlay, at protocol.Position, hlc protocol.HLC, o protocol.Order) *tx {
	own := &Overlay{}
	return &tx{
		Snapshot: s, own: own, over: layers{own, overlay}, lane: at.Lane,
		change: Noted(at, hlc, o, protocol.Done, ""),
	}
}

func (t *tx) Get(ref protocol.Ref) (protocol.Record, error) {
	r, err := t.over.get(t.Snapshot, ref)
	if err == nil || errors.Is(err, protocol.ErrNotFound) {
		t.reads = t.reads.note(ref, r.Heads)
	} else {
		t.fault = errors.Join(t.fault, err)
	}
	return r, err
}

func (t *tx) Scan(q protocol.Query) iter.Seq2[protocol.Record, error] { return t.scan(q, t.over) }

func (t *tx) History(ref protocol.Ref) ([]protocol.Head, error) {
	added := t.over.added(ref)
	if _, err := t.Get(ref); err != nil {
		return nil, err
	}
	stored, err := t.Snapshot.History(ref)
	if err != nil && (!errors.Is(err, protocol.ErrNotFound) || len(added) == 0) {
		return nil, err
	}
	all := append(stored, added...)
	slices.SortFunc(all, older)
	return slices.CompactFunc(all, func(a, b protocol.Head) bool { return a.Rev == b.Rev }), nil
}

func (t *tx) NewID() protocol.ID { return t.change.Rev(len(t.change.Writes)).ID() }

func (t *tx) Put(d protocol.Draft) (protocol.Rev, error) {
	rev, err := t.put(d)
	if err != nil {
		return protocol.Rev{}, fmt.Errorf("put %s: %w", d.Ref, err)
	}
	return rev, nil
}

func (t *tx) put(d protocol.Draft) (protocol.Rev, error) {
	rev := t.change.Rev(len(t.change.Writes))
	if len(t.change.Writes) == protocol.MaxWrites {
		return rev, fmt.Errorf("%w: over %d writes", protocol.ErrTooLarge, protocol.MaxWrites)
	}
	spec, ok := t.Kind(d.Ref.Kind)
	if !ok {
		return rev, fmt.Errorf("kind %q is not declared", d.Ref.Kind)
	}
	record, err := t.Get(d.Ref)
	if err != nil && !errors.Is(err, protocol.ErrNotFound) {
		return rev, err
	}
	parents, err := t.parents(d, record.Heads)
	if err != nil {
		return rev, err
	}
	w, err := t.write(&spec, d, record.Heads, parents)
	if err != nil {
		return rev, err
	}
	rows := rowSet{}
	if err := t.core.addRows(rows, &spec, d.Ref, d.Value); err != nil {
		return rev, errors.Join(protocol.ErrTooLarge, err)
	}
	t.rows += len(rows)
	t.change.Writes = append(t.change.Writes, w)
	t.own.put(record.Heads, protocol.Head{Rev: rev, Write: w, HLC: t.change.HLC})
	t.build(parents)
	return rev, nil
}

// parents gives the revisions that a draft builds on, as they are.
func (t *tx) parents(d protocol.Draft, heads []protocol.Head) ([]protocol.Head, error) {
	if d.Parents == nil {
		return heads, nil
	}
	out := make([]protocol.Head, 0, len(d.Parents))
	for _, rev := range d.Parents {
		head, ok := t.over.revision(d.Ref, rev)
		if !ok {
			var err error
			if head, err = t.Revision(rev); err != nil {
				return nil, err
			}
		}
		if head.Ref != d.Ref {
			return nil, fmt.Errorf("parent %s: %w in this record", rev, protocol.ErrNotFound)
		}
		out = append(out, head)
	}
	return out, nil
}

func (t *tx) write(spec *protocol.KindSpec, d protocol.Draft, heads, parents []protocol.Head) (protocol.Write, error) {
	w := protocol.Write{
		Ref: d.Ref, Subject: d.Subject, Class: d.Class, Retention: spec.Retention,
		Scopes: d.Scopes, Custodian: d.Custodian, Fence: d.Fence, Value: d.Value,
	}
	for i := range parents {
		w.Parents = append(w.Parents, parents[i].Rev)
	}
	if w.Class == 0 {
		w.Class = spec.Class
	}
	if w.Subject == "" && len(parents) > 0 { // a person's record never becomes nobody's by an omission
		w.Subject = parents[0].Subject
	}
	if d.Scopes == nil {
		w.Scopes = scopesOfHeads(parents)
	}
	if err := t.custody(spec, &w, heads); err != nil {
		return w, err
	}
	if len(d.Value) > protocol.MaxValueBytes {
		return w, fmt.Errorf("%w: a value of %d bytes", protocol.ErrTooLarge, len(d.Value))
	}
	canonical, err := protocol.Canonical(d.Value)
	if err != nil {
		return w, err
	}
	if !bytes.Equal(canonical, d.Value) {
		return w, errors.New("the value is not canonical: use protocol.Encode")
	}
	return w, admitWrite(&w)
}

// custody decides who may write, and fills in custodian and fence. With several
// heads the highest fence counts; where heads of that fence name different
// sites, nobody may write before the conflict is decided.
func (t *tx) custody(spec *protocol.KindSpec, w *protocol.Write, heads []protocol.Head) error {
	if !spec.Custody {
		if w.Custodian != "" || w.Fence != 0 {
			return fmt.Errorf("kind %q has no custody", spec.Kind)
		}
		return nil
	}
	if len(heads) == 0 {
		if w.Custodian == "" {
			w.Custodian = t.Site()
		}
		return nil
	}
	holder, fence, agreed := holderOf(heads)
	force := t.core.opts.Authority && w.Fence > fence
	switch {
	case force:
	case t.frozen:
		return fmt.Errorf("custody is frozen: %w", protocol.ErrNotAllowed)
	case !agreed || holder != t.Site():
		return fmt.Errorf("in the custody of %q: %w", holder, protocol.ErrNotAllowed)
	case w.Fence != 0 && w.Fence != fence:
		return fmt.Errorf("fence %d, stands at %d: %w", w.Fence, fence, protocol.ErrNotAllowed)
	}
	if w.Fence == 0 {
		w.Fence = fence
	}
	if w.Custodian == "" {
		w.Custodian = holder
	}
	return nil
}

func holderOf(heads []protocol.Head) (holder protocol.Site, fence uint64, agreed bool) {
	for i := range heads {
		switch h := &heads[i]; {
		case i == 0 || h.Fence > fence:
			holder, fence, agreed = h.Custodian, h.Fence, true
		case h.Fence == fence && h.Custodian != holder:
			agreed = false
		}
	}
	return holder, fence, agreed
}

func scopesOfHeads(heads []protocol.Head) []protocol.Scope {
	var out []protocol.Scope
	for i := range heads {
		for _, s := range heads[i].Scopes {
			if !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

// build notes what the Change rests on: it may not be more urgent than a parent
// of this site that the county does not hold, and waits for those of other
// lanes.
func (t *tx) build(parents []protocol.Head) {
	for i := range parents {
		p := &parents[i]
		if p.Site != t.Site() || p.Level != protocol.SavedHere || p.Position == t.change.Position {
			continue
		}
		t.lane = max(t.lane, p.Lane)
		if p.Incarnation == t.change.Incarnation && p.Lane != t.change.Lane {
			t.depend(protocol.Dep{Lane: p.Lane, Seq: p.Seq})
		}
	}
}

// depend keeps the newest of each lane: it stands for all before.
func (t *tx) depend(d protocol.Dep) {
	for i := range t.change.Deps {
		if have := &t.change.Deps[i]; have.Lane == d.Lane {
			have.Seq = max(have.Seq, d.Seq)
			return
		}
	}
	t.change.Deps = append(t.change.Deps, d)
}
