package frame

import (
	"encoding/binary"
	"fmt"

	"xiangyi/protocol"
)

// leastWrite is how many bytes of the columns a write takes at least.
const leastWrite = 10

// bodyReader reads the columns that bodyWriter wrote.
type bodyReader struct {
	columnReader
	all     *source
	changes []protocol.Change
	at      []context
	writes  []*protocol.Write
	owner   []int
	writeAt []context
}

func newBodyReader(joined, raw []byte, common *lexicon) *bodyReader {
	all := &source{b: joined}
	columns := &source{b: all.take(int(min(all.uvarint(), mostBytes)))}
	words := &wordReader{words: all, raw: &source{b: raw}, common: common, room: mostBytes}
	return &bodyReader{columnReader: columnReader{columns, words}, all: all}
}

// begin adds a Change of which only the position is known.
func (r *bodyReader) begin(p protocol.Position) {
	r.changes = append(r.changes, protocol.Change{Position: p})
}

// read fills in the Changes that were begun.
func (r *bodyReader) read() ([]protocol.Change, error) {
	r.heads()
	r.bodies()
	r.values()
	switch {
	case r.broken():
		return nil, errBody
	case len(r.source.b)+len(r.all.b)+len(r.raw.b) != 0:
		return nil, fmt.Errorf("bytes are left over: %w", errBody)
	}
	return r.changes, nil
}

func (r *bodyReader) broken() bool { return r.source.bad || r.words.bad || r.raw.bad }

func (r *bodyReader) refs(set func(*protocol.Change, string)) {
	for i := range r.changes {
		set(&r.changes[i], r.text(r.source.uvarint(), r.at[i]))
	}
}

func (r *bodyReader) bytes(set func(*protocol.Change, byte)) {
	for i := range r.changes {
		set(&r.changes[i], r.source.byte())
	}
}

func (r *bodyReader) numbers(set func(*protocol.Change, uint64)) {
	for i := range r.changes {
		set(&r.changes[i], r.source.uvarint())
	}
}

func (r *bodyReader) heads() {
	r.at = make([]context, len(r.changes))
	for i := range r.changes {
		c := &r.changes[i]
		r.at[i] = context{rev: c.Rev(0)}
		c.Subject = protocol.ID(r.text(r.source.uvarint(), r.at[i]))
		r.at[i].subject = string(c.Subject)
	}
	ms := int64(0)
	for i := range r.changes {
		ms += r.source.varint()
		r.changes[i].HLC = protocol.HLC(ms) << 16
	}
	r.numbers(func(c *protocol.Change, n uint64) { c.HLC |= protocol.HLC(n & 0xFFFF) })
	for i := range r.changes {
		r.at[i].ms = r.changes[i].HLC.Time().UnixMilli()
	}
	r.refs(func(c *protocol.Change, s string) { c.Actor.ID = protocol.ID(s) })
	r.refs(func(c *protocol.Change, s string) { c.Actor.Role = protocol.Role(s) })
	r.refs(func(c *protocol.Change, s string) { c.Actor.Method = protocol.Method(s) })
	r.bytes(func(c *protocol.Change, b byte) { c.Actor.Assurance = b })
	r.refs(func(c *protocol.Change, s string) { c.Actor.Terminal = protocol.ID(s) })
	r.refs(func(c *protocol.Change, s string) { c.Actor.For = protocol.ID(s) })
	r.refs(func(c *protocol.Change, s string) { c.Action = protocol.ActionName(s) })
	r.bytes(func(c *protocol.Change, b byte) { c.Outcome = protocol.Outcome(b) })
	r.refs(func(c *protocol.Change, s string) { c.Code = protocol.Code(s) })
	r.refs(func(c *protocol.Change, s string) { c.Purpose = protocol.Purpose(s) })
	r.refs(func(c *protocol.Change, s string) { c.Consent = protocol.ID(s) })
	r.refs(func(c *protocol.Change, s string) { c.Key = s })
	r.numbers(func(c *protocol.Change, n uint64) { c.Count = uint32(n) })
	total := 0 // one Change may have more writes than it should: it parks, those beside it do not
	r.numbers(func(c *protocol.Change, n uint64) {
		if total += int(min(n, protocol.MaxFrameBytes)); total > len(r.source.b)/leastWrite {
			r.source.fail()
			return
		}
		c.Writes = make([]protocol.Write, n)
	})
	var rare []*protocol.Change
	r.bytes(func(c *protocol.Change, b byte) {
		if b != 0 {
			rare = append(rare, c)
		}
	})
	for _, c := range rare {
		r.rare(c)
	}
}

func (r *bodyReader) rare(c *protocol.Change) {
	for range r.source.count(2) {
		c.Deps = append(c.Deps, protocol.Dep{Lane: protocol.Lane(r.source.byte()), Seq: protocol.Seq(r.source.uvarint())})
	}
	if site := r.source.str(); site != "" {
		c.Was = r.place(protocol.Site(site))
	}
	for range r.source.count(2) {
		c.Extra = append(c.Extra, protocol.Extra{Tag: uint16(r.source.uvarint()), Bytes: []byte(r.source.str())})
	}
}

func (r *bodyReader) place(site protocol.Site) protocol.Position {
	out := protocol.Position{Site: site}
	if raw := r.source.take(8); raw != nil {
		out.Incarnation = protocol.Incarnation(binary.BigEndian.Uint64(raw))
	}
	out.Lane, out.Seq = protocol.Lane(r.source.byte()), protocol.Seq(r.source.uvarint())
	return out
}

func (r *bodyReader) bodies() {
	for i := range r.changes {
		for n := range r.changes[i].Writes {
			r.writes = append(r.writes, &r.changes[i].Writes[n])
			r.owner = append(r.owner, i)
			r.writeAt = append(r.writeAt, contextOf(&r.changes[i], n))
		}
	}
	refs := func(set func(*protocol.Write, string)) {
		for i, w := range r.writes {
			set(w, r.text(r.source.uvarint(), r.writeAt[i]))
		}
	}
	refs(func(w *protocol.Write, s string) { w.Ref.Kind = protocol.Kind(s) })
	refs(func(w *protocol.Write, s string) { w.Ref.ID = protocol.ID(s) })
	refs(func(w *protocol.Write, s string) { w.Subject = protocol.ID(s) })
	refs(func(w *protocol.Write, s string) { w.Custodian = protocol.Site(s) })
	for _, w := range r.writes {
		w.Class, w.Retention = protocol.Class(r.source.byte()), protocol.Retention(r.source.byte())
	}
	for _, w := range r.writes {
		w.Fence = r.source.uvarint()
	}
	r.lists(func(w *protocol.Write, n int) { w.Scopes = make([]protocol.Scope, n) }, func(i int, w *protocol.Write) {
		for n := range w.Scopes {
			w.Scopes[n] = protocol.Scope(r.text(r.source.uvarint(), r.writeAt[i]))
		}
	})
	r.lists(func(w *protocol.Write, n int) { w.Parents = make([]protocol.Rev, n) }, func(i int, w *protocol.Write) {
		for n := range w.Parents {
			w.Parents[n] = r.parent(&r.changes[r.owner[i]])
		}
	})
}

// lists reads the lengths of all writes' lists, then what is in them.
func (r *bodyReader) lists(room func(*protocol.Write, int), fill func(int, *protocol.Write)) {
	total := 0
	for _, w := range r.writes {
		n := r.source.uvarint()
		if total += int(min(n, protocol.MaxFrameBytes)); total > len(r.source.b) {
			r.source.fail()
		}
		if n > 0 && !r.source.bad {
			room(w, int(n))
		}
	}
	if r.broken() {
		return
	}
	for i, w := range r.writes {
		fill(i, w)
	}
}

func (r *bodyReader) parent(c *protocol.Change) protocol.Rev {
	p := protocol.Rev{Position: protocol.Position{Site: c.Site, Incarnation: c.Incarnation}}
	if lane := r.source.byte(); lane == elsewhere {
		p.Position = r.place(protocol.Site(r.source.str()))
	} else {
		p.Lane, p.Seq = protocol.Lane(lane), protocol.Seq(int64(c.Seq)-r.source.varint())
	}
	p.N = uint16(r.source.uvarint())
	return p
}

func (r *bodyReader) values() {
	var order []string
	groups := map[string][]int{} // by shape: which writes
	for i := range r.writes {
		shape := r.text(r.source.uvarint(), r.writeAt[i])
		if r.broken() {
			return
		}
		if _, there := groups[shape]; !there {
			order = append(order, shape)
		}
		groups[shape] = append(groups[shape], i)
	}
	for _, shape := range order {
		if r.group(shape, groups[shape]); r.broken() {
			return
		}
	}
}

// group reads the columns of one shape, and puts its values together.
func (r *bodyReader) group(shape string, writes []int) {
	at := make([]context, len(writes))
	for i, n := range writes {
		at[i] = r.writeAt[n]
	}
	columns := make([][]string, min(marks(shape), len(r.source.b)))
	for i := range columns {
		columns[i] = r.column(at)
	}
	if r.room -= len(shape) * len(writes); len(columns) != marks(shape) || r.room < 0 {
		r.source.fail()
		return
	}
	leaves := make([]string, len(columns))
	for i, n := range writes {
		for k := range columns {
			leaves[k] = columns[k][i]
		}
		r.writes[n].Value = putTogether(shape, leaves)
	}
}
