package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"iter"
	"slices"
	"strings"

	"xiangyi/protocol"
)

const (
	defaultLimit = 1000
	prefixRunes  = 12 // as KindSpec.Entries makes them
)

// plan is a query made ready.
type plan struct {
	kind     protocol.Kind
	index    *protocol.Index
	match    []string
	long     string // the last text, when it is longer than rows of prefixes reach
	prefix   []byte // of the rows: i token
	from, to uint64
	latest   bool
	limit    int
}

// candidate is one index row without its token.
type candidate struct {
	time uint64
	id   protocol.ID
}

// Scan walks an index in order of time, each record once with all its heads.
func (s *Snapshot) Scan(q protocol.Query) iter.Seq2[protocol.Record, error] {
	return s.scan(q, nil)
}

func (s *Snapshot) plan(q protocol.Query) (*plan, error) {
	state := s.specs.kinds[q.Kind]
	x, ok := state.ready(q.Index)
	if !ok {
		return nil, fmt.Errorf("scan %s by %q: %w", q.Kind, q.Index, protocol.ErrNoIndex)
	}
	if len(q.Match) != len(x.Fields) {
		return nil, fmt.Errorf("scan %s by %q: %d texts for %d fields: %w",
			q.Kind, q.Index, len(q.Match), len(x.Fields), protocol.ErrNoIndex)
	}
	p := &plan{kind: q.Kind, index: x, match: q.Match, to: ^uint64(0), latest: q.Latest, limit: q.Limit}
	if p.limit <= 0 {
		p.limit = defaultLimit
	}
	if !q.From.IsZero() {
		p.from = sortable(q.From)
	}
	if !q.To.IsZero() {
		p.to = sortable(q.To)
	}
	if last := len(q.Match) - 1; x.Prefix && last >= 0 {
		if runes := []rune(q.Match[last]); len(runes) > prefixRunes {
			p.match = slices.Clone(q.Match)
			p.match[last], p.long = string(runes[:prefixRunes]), q.Match[last]
		}
	}
	token := s.core.token(q.Kind, x, p.match)
	p.prefix = append([]byte{rowIndex}, token[:]...)
	return p, nil
}

// scan merges the stored rows with those of Changes that are not stored yet.
func (s *Snapshot) scan(q protocol.Query, over layers) iter.Seq2[protocol.Record, error] {
	return func(yield func(protocol.Record, error) bool) {
		p, err := s.plan(q)
		if err != nil {
			yield(protocol.Record{}, err)
			return
		}
		found := s.walkIndex(p)
		if len(over) > 0 {
			found = p.merge(found, over)
		}
		seen := map[protocol.ID]bool{}
		count := 0
		for c := range found {
			if seen[c.id] {
				continue
			}
			seen[c.id] = true
			record, err := over.get(s, protocol.Ref{Kind: p.kind, ID: c.id})
			if err == nil && !p.narrow(&record) {
				continue
			}
			if count++; !yield(record, err) || err != nil || count == p.limit {
				return
			}
		}
	}
}

// walkIndex gives the stored rows in the plan's order.
func (s *Snapshot) walkIndex(p *plan) iter.Seq[candidate] {
	return func(yield func(candidate) bool) {
		it := s.txn.walk(walk{prefix: p.prefix, reverse: p.latest})
		defer it.close()
		start := p.from
		if p.latest {
			start = p.to
		}
		seek := binary.BigEndian.AppendUint64(bytes.Clone(p.prefix), start)
		if p.latest && start == ^uint64(0) {
			seek = append(seek, 0xff)
		}
		for it.seek(seek); it.valid(); it.next() {
			key := it.key()[len(p.prefix):]
			if len(key) < 8 {
				continue
			}
			c := candidate{binary.BigEndian.Uint64(key), protocol.ID(key[8:])}
			if c.time < p.from || c.time >= p.to {
				return
			}
			if !yield(c) {
				return
			}
		}
	}
}

// merge walks stored and unstored rows as one list. Records that the overlay
// touched are taken from it alone.
func (p *plan) merge(stored iter.Seq[candidate], over layers) iter.Seq[candidate] {
	return func(yield func(candidate) bool) {
		extra := over.candidates(p)
		for c := range stored {
			for len(extra) > 0 && p.compare(extra[0], c) < 0 {
				if !yield(extra[0]) {
					return
				}
				extra = extra[1:]
			}
			if over.touched(protocol.Ref{Kind: p.kind, ID: c.id}) {
				continue
			}
			if !yield(c) {
				return
			}
		}
		for _, c := range extra {
			if !yield(c) {
				return
			}
		}
	}
}

func (p *plan) compare(a, b candidate) int {
	c := 0
	switch {
	case a.time < b.time || a.time == b.time && a.id < b.id:
		c = -1
	case a != b:
		c = 1
	}
	if p.latest {
		return -c
	}
	return c
}

// rows gives what one value has in the plan's index and range.
func (p *plan) rows(v protocol.Value) []protocol.Entry {
	one := protocol.KindSpec{Kind: p.kind, Indexes: []protocol.Index{*p.index}}
	if v == nil {
		return nil
	}
	entries, err := one.Entries(v)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(entries, func(e protocol.Entry) bool {
		at := sortable(e.Time)
		return !slices.Equal(e.Parts, p.match) || at < p.from || at >= p.to
	})
}

// narrow drops records that share only the first runes of a long prefix.
func (p *plan) narrow(r *protocol.Record) bool {
	if p.long == "" {
		return true
	}
	whole := *p.index
	whole.Prefix = false
	one := protocol.KindSpec{Kind: p.kind, Indexes: []protocol.Index{whole}}
	last := len(p.match) - 1
	for i := range r.Heads {
		entries, err := one.Entries(r.Heads[i].Value)
		if err != nil {
			continue
		}
		for _, e := range entries {
			if slices.Equal(e.Parts[:last], p.match[:last]) && strings.HasPrefix(e.Parts[last], p.long) {
				return true
			}
		}
	}
	return false
}
