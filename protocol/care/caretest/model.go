package caretest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
)

// Model is a protocol.Store in memory. All fields behind mu.
type Model struct {
	mu    sync.Mutex
	grown *sync.Cond
	site  protocol.Site
	inc   protocol.Incarnation
	keys  seal.Keyring
	now   func() time.Time
	clock protocol.ClockState
	kinds map[protocol.Kind]protocol.KindSpec

	hlc     protocol.HLC
	seq     [protocol.Lanes]protocol.Seq
	revs    map[protocol.Rev]revision
	records map[protocol.Ref][]protocol.Rev // every revision, in order of arrival
	used    map[string]protocol.Position
	changes map[protocol.Position]protocol.Change
	feed    []protocol.Item
	held    map[protocol.Position]bool
}

type revision struct {
	protocol.Write
	hlc protocol.HLC
}

// NewModel makes an empty store of a site.
func NewModel(site protocol.Site, inc protocol.Incarnation, kinds []protocol.KindSpec, now func() time.Time) *Model {
	m := &Model{
		site: site, inc: inc, now: now,
		keys:    seal.Derived(seal.Secrets{County: [32]byte{1}, Site: [32]byte(seal.Sum([]byte(site)))}),
		kinds:   map[protocol.Kind]protocol.KindSpec{},
		revs:    map[protocol.Rev]revision{},
		records: map[protocol.Ref][]protocol.Rev{},
		used:    map[string]protocol.Position{},
		changes: map[protocol.Position]protocol.Change{},
		held:    map[protocol.Position]bool{},
	}
	m.grown = sync.NewCond(&m.mu)
	for _, k := range kinds {
		m.kinds[k.Kind] = k
	}
	return m
}

// SetClock says how far the site's clock may be trusted.
func (m *Model) SetClock(c protocol.ClockState) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clock = c
}

// View implements protocol.Store.
func (m *Model) View(_ context.Context, look func(protocol.Reader) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return look(&tx{m: m, now: m.now()})
}

// Do implements protocol.Store.
func (m *Model) Do(_ context.Context, o protocol.Order, act func(protocol.Tx) error) (protocol.Change, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if pos, ok := m.used[o.Key]; ok && o.Key != "" {
		return m.repeat(pos)
	}
	t := m.begin(o)
	err := act(t)
	for err == nil && t.lane > t.change.Lane {
		// Identifiers were minted for the lane that it began in: run it again.
		o.Lane = t.lane
		t = m.begin(o)
		err = act(t)
	}
	refusal, refused := protocol.AsRefusal(err)
	switch {
	case refused:
		t.change.Outcome, t.change.Code, t.change.Writes = protocol.Refused, refusal.Code, nil
	case err != nil:
		return protocol.Change{}, err
	}
	return m.commit(t.change), err
}

func (m *Model) repeat(pos protocol.Position) (protocol.Change, error) {
	c := m.changes[pos]
	if c.Outcome == protocol.Refused {
		return c, &protocol.Refusal{Code: c.Code}
	}
	return c, nil
}

// Note implements protocol.Store.
func (m *Model) Note(_ context.Context, o protocol.Order, out protocol.Outcome, code protocol.Code) (protocol.Change, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.begin(o)
	t.change.Outcome, t.change.Code = out, code
	return m.commit(t.change), nil
}

func (m *Model) begin(o protocol.Order) *tx {
	now := m.now()
	m.hlc = m.hlc.Next(now)
	return &tx{m: m, now: m.hlc.Time(), change: protocol.Change{
		Position: protocol.Position{Site: m.site, Incarnation: m.inc, Lane: o.Lane, Seq: m.seq[o.Lane] + 1},
		HLC:      m.hlc, Actor: o.Actor, Action: o.Action, Outcome: protocol.Done, Purpose: o.Purpose,
		Consent: o.Consent, Subject: o.Subject, Key: o.Key, Count: o.Count,
	}}
}

func (m *Model) commit(c protocol.Change) protocol.Change {
	if c.Subject == "" && len(c.Writes) > 0 {
		c.Subject = c.Writes[0].Subject
	}
	protocol.CommitAll(m.keys, &c)
	m.seq[c.Lane] = c.Seq
	m.apply(c)
	return c
}

// apply takes a Change, its own or another site's. Twice is once.
func (m *Model) apply(c protocol.Change) {
	if _, ok := m.changes[c.Position]; ok {
		return
	}
	m.changes[c.Position] = c
	if c.Key != "" {
		m.used[c.Key] = c.Position
	}
	for i, w := range c.Writes {
		rev := c.Rev(i)
		m.revs[rev] = revision{w, c.HLC}
		m.records[w.Ref] = append(m.records[w.Ref], rev)
	}
	m.feed = append(m.feed, protocol.Item{Cursor: protocol.Cursor(len(m.feed) + 1), Change: c})
	m.grown.Broadcast()
}

// Next implements protocol.Feed.
func (m *Model) Next(ctx context.Context, after protocol.Cursor, most int, open func(*protocol.Change) bool) ([]protocol.Item, error) {
	stop := context.AfterFunc(ctx, func() { m.mu.Lock(); defer m.mu.Unlock(); m.grown.Broadcast() })
	defer stop()
	m.mu.Lock()
	defer m.mu.Unlock()
	for int(after) >= len(m.feed) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		m.grown.Wait()
	}
	items := m.feed[after:]
	items = slices.Clone(items[:min(most, len(items))])
	for i := range items {
		if c := &items[i].Change; open == nil || !open(c) {
			c.Writes = slices.Clone(c.Writes)
			for n := range c.Writes {
				c.Writes[n].Value = nil
			}
		}
	}
	return items, nil
}

// Last implements protocol.Feed.
func (m *Model) Last() protocol.Cursor {
	m.mu.Lock()
	defer m.mu.Unlock()
	return protocol.Cursor(len(m.feed))
}

// tx is a look (change unused) or an action under way.
type tx struct {
	m      *Model
	now    time.Time
	change protocol.Change
	lane   protocol.Lane // the least urgent one that its parents wait in
}

func (t *tx) Now() time.Time             { return t.now }
func (t *tx) Site() protocol.Site        { return t.m.site }
func (t *tx) Clock() protocol.ClockState { return t.m.clock }

func (t *tx) PersonID(kind, number string) protocol.ID {
	return protocol.PersonID(t.m.keys.Identity(), kind, number)
}

func (t *tx) NewID() protocol.ID { return t.change.Rev(len(t.change.Writes)).ID() }

// all gives every revision of a record, those of this action last.
func (t *tx) all(ref protocol.Ref) []protocol.Head {
	var out []protocol.Head
	for _, rev := range t.m.records[ref] {
		r := t.m.revs[rev]
		level := protocol.SavedHere
		if t.m.held[rev.Position] || rev.Site != t.m.site || t.m.site == "county" {
			level = protocol.HeldBy
		}
		out = append(out, protocol.Head{Rev: rev, Write: r.Write, HLC: r.hlc, Level: level})
	}
	for i, w := range t.change.Writes {
		if w.Ref == ref {
			out = append(out, protocol.Head{Rev: t.change.Rev(i), Write: w, HLC: t.change.HLC})
		}
	}
	return out
}

func (t *tx) Get(ref protocol.Ref) (protocol.Record, error) {
	all := t.all(ref)
	parents := map[protocol.Rev]bool{}
	for _, h := range all {
		for _, p := range h.Parents {
			parents[p] = true
		}
	}
	heads := slices.DeleteFunc(all, func(h protocol.Head) bool { return parents[h.Rev] })
	if len(heads) == 0 {
		return protocol.Record{}, fmt.Errorf("%s: %w", ref, protocol.ErrNotFound)
	}
	slices.SortFunc(heads, func(a, b protocol.Head) int { return -byAge(a, b) })
	return protocol.Record{Ref: ref, Heads: heads}, nil
}

func byAge(a, b protocol.Head) int {
	if a.HLC != b.HLC {
		return cmp.Compare(a.HLC, b.HLC)
	}
	if a.Rev.Less(b.Rev) {
		return -1
	}
	return 1
}

func (t *tx) History(ref protocol.Ref) ([]protocol.Head, error) {
	all := t.all(ref)
	slices.SortFunc(all, byAge)
	return all, nil
}

func (t *tx) Scan(q protocol.Query) iter.Seq2[protocol.Record, error] {
	return func(yield func(protocol.Record, error) bool) {
		rows, err := t.rows(q)
		if err != nil {
			yield(protocol.Record{}, err)
			return
		}
		limit := cmp.Or(q.Limit, 1000)
		for _, ref := range rows[:min(limit, len(rows))] {
			if rec, err := t.Get(ref); !yield(rec, err) {
				return
			}
		}
	}
}

// rows looks at every record of the kind, as no real store would.
func (t *tx) rows(q protocol.Query) ([]protocol.Ref, error) {
	spec := t.m.kinds[q.Kind]
	known := slices.ContainsFunc(spec.Indexes, func(x protocol.Index) bool { return x.Name == q.Index })
	if !known {
		return nil, fmt.Errorf("%s by %s: %w", q.Kind, q.Index, protocol.ErrNoIndex)
	}
	found := map[protocol.Ref]time.Time{}
	refs := slices.Collect(maps.Keys(t.m.records))
	for _, w := range t.change.Writes {
		refs = append(refs, w.Ref)
	}
	for _, ref := range refs {
		rec, err := t.Get(ref)
		if ref.Kind != q.Kind || err != nil {
			continue
		}
		for _, h := range rec.Heads {
			entries, err := spec.Entries(h.Value)
			if err != nil {
				return nil, err
			}
			for _, e := range entries {
				if e.Index == q.Index && slices.Equal(e.Parts, q.Match) && within(e.Time, q) {
					found[ref] = e.Time
				}
			}
		}
	}
	out := slices.Collect(maps.Keys(found))
	slices.SortFunc(out, func(a, b protocol.Ref) int {
		by := cmp.Or(found[a].Compare(found[b]), strings.Compare(string(a.ID), string(b.ID)))
		if q.Latest {
			by = -by
		}
		return by
	})
	return out, nil
}

func within(at time.Time, q protocol.Query) bool {
	return !(at.Before(q.From) && !q.From.IsZero()) && (q.To.IsZero() || at.Before(q.To))
}

func (t *tx) Put(d protocol.Draft) (protocol.Rev, error) {
	spec, known := t.m.kinds[d.Ref.Kind]
	canonical, err := protocol.Canonical(d.Value)
	switch {
	case !known:
		return protocol.Rev{}, fmt.Errorf("put %s: kind unknown", d.Ref.Kind)
	case !d.Ref.ID.Valid():
		return protocol.Rev{}, fmt.Errorf("put %s: identifier malformed", d.Ref.Kind)
	case err != nil:
		return protocol.Rev{}, err
	case !bytes.Equal(canonical, d.Value):
		return protocol.Rev{}, fmt.Errorf("put %s: value not canonical", d.Ref.Kind)
	case len(t.change.Writes) == protocol.MaxWrites:
		return protocol.Rev{}, fmt.Errorf("put %s: %w", d.Ref.Kind, protocol.ErrTooLarge)
	}
	w := protocol.Write{Ref: d.Ref, Parents: d.Parents, Subject: d.Subject, Class: cmp.Or(d.Class, spec.Class),
		Retention: spec.Retention, Scopes: d.Scopes, Custodian: d.Custodian, Fence: d.Fence, Value: d.Value}
	rec, err := t.Get(d.Ref)
	if err == nil {
		if err := inherit(t.m, spec, &w, rec); err != nil {
			return protocol.Rev{}, err
		}
	}
	if spec.Custody && w.Custodian == "" {
		w.Custodian = t.m.site
	}
	t.change.Writes = append(t.change.Writes, w)
	t.promote(w.Parents)
	return t.change.Rev(len(t.change.Writes) - 1), nil
}

// inherit takes from the heads what the draft left open, and keeps custody:
// only the custodian writes, unless the draft raises the fence.
func inherit(m *Model, spec protocol.KindSpec, w *protocol.Write, rec protocol.Record) error {
	head := rec.Custodian()
	if spec.Custody && head.Custodian != m.site && w.Fence <= head.Fence {
		return fmt.Errorf("put %s: in custody of %s: %w", w.Ref.Kind, head.Custodian, protocol.ErrNotAllowed)
	}
	if w.Parents == nil {
		for _, h := range rec.Heads {
			w.Parents = append(w.Parents, h.Rev)
		}
	}
	if w.Scopes == nil {
		w.Scopes = head.Scopes
	}
	w.Subject = cmp.Or(w.Subject, head.Subject)
	w.Custodian = cmp.Or(w.Custodian, head.Custodian)
	w.Fence = cmp.Or(w.Fence, head.Fence)
	return nil
}

// promote keeps a Change from overtaking parents of this site that the county
// does not hold yet: its lane must be at least theirs.
func (t *tx) promote(parents []protocol.Rev) {
	for _, p := range parents {
		own := p.Site == t.m.site && p.Incarnation == t.m.inc && !t.m.held[p.Position]
		if own && p.Position != t.change.Position {
			t.lane = max(t.lane, p.Lane)
		}
	}
}
