package store

import (
	"slices"

	"xiangyi/protocol"
)

// Overlay is what earlier Changes of the same batch wrote and the store does
// not hold yet. The zero value is empty. It serves one goroutine.
type Overlay struct {
	records map[protocol.Ref]*overlaid
	changes map[protocol.Position]protocol.Change
	keys    map[string]protocol.Position
	bytes   int
}

// overlaid is a record after the overlay: its heads, and the revisions that the
// overlay added, oldest first.
type overlaid struct {
	heads []protocol.Head // newest first
	added []protocol.Head
}

// KeyUsed finds the Change of the overlay that used an idempotency key.
func (o *Overlay) KeyUsed(key string) (protocol.Change, bool) {
	if o == nil || key == "" {
		return protocol.Change{}, false
	}
	p, ok := o.keys[key]
	return o.changes[p], ok
}

// Bytes is about what the overlay's Changes will need in a transaction.
func (o *Overlay) Bytes() int { return o.bytes }

// Add takes a Change in that did not come from Run: a view, a refusal at the
// door.
func (o *Overlay) Add(c protocol.Change) {
	if o.changes == nil {
		o.changes = map[protocol.Position]protocol.Change{}
		o.keys = map[string]protocol.Position{}
	}
	o.changes[c.Position] = c
	if _, used := o.keys[c.Key]; c.Key != "" && !used {
		o.keys[c.Key] = c.Position
	}
	o.bytes += 400
	for i := range c.Writes {
		o.bytes += 600 + 2*len(c.Writes[i].Value)
	}
}

// take moves the records of a finished action in.
func (o *Overlay) take(own *Overlay) {
	if o.records == nil {
		o.records = map[protocol.Ref]*overlaid{}
	}
	for ref, r := range own.records {
		if before, ok := o.records[ref]; ok {
			r.added = append(slices.Clone(before.added), r.added...)
		}
		o.records[ref] = r
	}
}

// put adds a revision to a record whose heads were the given ones.
func (o *Overlay) put(heads []protocol.Head, head protocol.Head) {
	if o.records == nil {
		o.records = map[protocol.Ref]*overlaid{}
	}
	r := o.records[head.Ref]
	if r == nil {
		r = &overlaid{}
		o.records[head.Ref] = r
	}
	r.heads = slices.DeleteFunc(slices.Clone(heads), func(h protocol.Head) bool {
		return slices.Contains(head.Parents, h.Rev)
	})
	r.heads = append(r.heads, head)
	sortHeads(r.heads)
	r.added = append(r.added, head)
}

// layers are overlays, the topmost first.
type layers []*Overlay

func (l layers) find(ref protocol.Ref) (*overlaid, bool) {
	for _, o := range l {
		if o != nil {
			if r, ok := o.records[ref]; ok {
				return r, true
			}
		}
	}
	return nil, false
}

func (l layers) touched(ref protocol.Ref) bool {
	_, ok := l.find(ref)
	return ok
}

func (l layers) get(s *Snapshot, ref protocol.Ref) (protocol.Record, error) {
	if r, ok := l.find(ref); ok {
		return protocol.Record{Ref: ref, Heads: slices.Clone(r.heads)}, nil
	}
	return s.Get(ref)
}

// revision finds one that an overlay added.
func (l layers) revision(ref protocol.Ref, rev protocol.Rev) (protocol.Head, bool) {
	for _, o := range l {
		if o == nil || o.records[ref] == nil {
			continue
		}
		for _, h := range o.records[ref].added {
			if h.Rev == rev {
				return h, true
			}
		}
	}
	return protocol.Head{}, false
}

// added lists what the overlays add to a record's history.
func (l layers) added(ref protocol.Ref) []protocol.Head {
	var out []protocol.Head
	for _, o := range l {
		if o != nil && o.records[ref] != nil {
			out = append(out, o.records[ref].added...)
		}
	}
	return out
}

// candidates lists the overlays' rows of a plan, in its order.
func (l layers) candidates(p *plan) []candidate {
	var out []candidate
	done := map[protocol.Ref]bool{}
	for _, o := range l {
		if o == nil {
			continue
		}
		for ref, r := range o.records {
			if ref.Kind != p.kind || done[ref] {
				continue
			}
			done[ref] = true
			for i := range r.heads {
				for _, e := range p.rows(r.heads[i].Value) {
					out = append(out, candidate{sortable(e.Time), ref.ID})
				}
			}
		}
	}
	slices.SortFunc(out, p.compare)
	return slices.Compact(out)
}
