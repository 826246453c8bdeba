package frame

import (
	"encoding/binary"

	"xiangyi/protocol"
)

// encodeBody writes Changes of one lane column by column, without what the head
// says and without commitments.
func encodeBody(changes []protocol.Change, common *lexicon) streams {
	var s streams
	newBodyWriter(&s, changes, common).write()
	return s
}

func newBodyWriter(s *streams, changes []protocol.Change, common *lexicon) *bodyWriter {
	e := &bodyWriter{wordWriter: newWordWriter(s, changes[0].Position, common), changes: changes}
	for i := range changes {
		e.at = append(e.at, contextOf(&changes[i], 0))
		for n := range changes[i].Writes {
			e.writes = append(e.writes, &changes[i].Writes[n])
			e.owner = append(e.owner, i)
			e.writeAt = append(e.writeAt, contextOf(&changes[i], n))
		}
	}
	return e
}

func (e *bodyWriter) write() {
	e.heads()
	e.bodies()
	e.values()
}

// bodyWriter writes the columns in their order, which is bodyReader's too.
type bodyWriter struct {
	*wordWriter
	changes []protocol.Change
	at      []context // by Change
	writes  []*protocol.Write
	owner   []int // the Change of each write
	writeAt []context
}

func (e *bodyWriter) refs(text func(*protocol.Change) string) {
	for i := range e.changes {
		e.columns = binary.AppendUvarint(e.columns, e.ref(text(&e.changes[i]), e.at[i]))
	}
}

func (e *bodyWriter) bytes(v func(*protocol.Change) byte) {
	for i := range e.changes {
		e.columns = append(e.columns, v(&e.changes[i]))
	}
}

func (e *bodyWriter) numbers(v func(*protocol.Change) uint64) {
	for i := range e.changes {
		e.columns = binary.AppendUvarint(e.columns, v(&e.changes[i]))
	}
}

// heads writes what is the Changes' own. The subject comes first: all that
// follows may refer to it.
func (e *bodyWriter) heads() {
	for i := range e.changes {
		unsaid := e.at[i]
		unsaid.subject = ""
		e.columns = binary.AppendUvarint(e.columns, e.ref(string(e.changes[i].Subject), unsaid))
	}
	ms := int64(0)
	for i := range e.changes {
		now := int64(e.changes[i].HLC >> 16)
		e.columns = binary.AppendVarint(e.columns, now-ms)
		ms = now
	}
	e.numbers(func(c *protocol.Change) uint64 { return uint64(c.HLC & 0xFFFF) })
	e.refs(func(c *protocol.Change) string { return string(c.Actor.ID) })
	e.refs(func(c *protocol.Change) string { return string(c.Actor.Role) })
	e.refs(func(c *protocol.Change) string { return string(c.Actor.Method) })
	e.bytes(func(c *protocol.Change) byte { return c.Actor.Assurance })
	e.refs(func(c *protocol.Change) string { return string(c.Actor.Terminal) })
	e.refs(func(c *protocol.Change) string { return string(c.Actor.For) })
	e.refs(func(c *protocol.Change) string { return string(c.Action) })
	e.bytes(func(c *protocol.Change) byte { return byte(c.Outcome) })
	e.refs(func(c *protocol.Change) string { return string(c.Code) })
	e.refs(func(c *protocol.Change) string { return string(c.Purpose) })
	e.refs(func(c *protocol.Change) string { return string(c.Consent) })
	e.refs(func(c *protocol.Change) string { return c.Key })
	e.numbers(func(c *protocol.Change) uint64 { return uint64(c.Count) })
	e.numbers(func(c *protocol.Change) uint64 { return uint64(len(c.Writes)) })
	e.bytes(func(c *protocol.Change) byte { return flag(isRare(c)) })
	for i := range e.changes {
		if c := &e.changes[i]; isRare(c) {
			e.columns = appendRare(e.columns, c)
		}
	}
}

func isRare(c *protocol.Change) bool { return len(c.Deps) > 0 || !c.Was.IsZero() || len(c.Extra) > 0 }

func flag(on bool) byte {
	if on {
		return 1
	}
	return 0
}

// bodies writes what is the writes' own but their values.
func (e *bodyWriter) bodies() {
	refs := func(text func(*protocol.Write) string) {
		for i, w := range e.writes {
			e.columns = binary.AppendUvarint(e.columns, e.ref(text(w), e.writeAt[i]))
		}
	}
	refs(func(w *protocol.Write) string { return string(w.Ref.Kind) })
	refs(func(w *protocol.Write) string { return string(w.Ref.ID) })
	refs(func(w *protocol.Write) string { return string(w.Subject) })
	refs(func(w *protocol.Write) string { return string(w.Custodian) })
	for _, w := range e.writes {
		e.columns = append(e.columns, byte(w.Class), byte(w.Retention))
	}
	for _, w := range e.writes {
		e.columns = binary.AppendUvarint(e.columns, w.Fence)
	}
	for _, w := range e.writes {
		e.columns = binary.AppendUvarint(e.columns, uint64(len(w.Scopes)))
	}
	for i, w := range e.writes {
		for _, s := range w.Scopes {
			e.columns = binary.AppendUvarint(e.columns, e.ref(string(s), e.writeAt[i]))
		}
	}
	for _, w := range e.writes {
		e.columns = binary.AppendUvarint(e.columns, uint64(len(w.Parents)))
	}
	for i, w := range e.writes {
		for _, p := range w.Parents {
			e.parent(p, &e.changes[e.owner[i]])
		}
	}
}

// parent of the same journal is a difference to the Change that builds on it.
func (e *bodyWriter) parent(p protocol.Rev, c *protocol.Change) {
	if p.Site == c.Site && p.Incarnation == c.Incarnation && p.Lane < protocol.Lanes {
		e.columns = binary.AppendVarint(append(e.columns, byte(p.Lane)), int64(c.Seq)-int64(p.Seq))
	} else {
		e.columns = appendPlace(text(append(e.columns, elsewhere), p.Site), p.Position)
	}
	e.columns = binary.AppendUvarint(e.columns, uint64(p.N))
}

// elsewhere stands for the lane of a parent that is not of this journal.
const elsewhere = 0xFF

// values writes the shape of each value, then, shape by shape, a column for each
// place in it.
func (e *bodyWriter) values() {
	var order []string
	groups := map[string][][]cell{} // by shape: the leaves of each value
	for i, w := range e.writes {
		shape, leaves := takeApart(w.Value)
		e.columns = binary.AppendUvarint(e.columns, e.ref(shape, e.writeAt[i]))
		if _, there := groups[shape]; !there {
			order = append(order, shape)
		}
		row := make([]cell, len(leaves))
		for n, l := range leaves {
			row[n] = cell{l, e.writeAt[i]}
		}
		groups[shape] = append(groups[shape], row)
	}
	for _, shape := range order {
		rows := groups[shape]
		for n := range rows[0] {
			cells := make([]cell, len(rows))
			for i, row := range rows {
				cells[i] = row[n]
			}
			e.column(cells)
		}
	}
}

func appendRare(b []byte, c *protocol.Change) []byte {
	b = binary.AppendUvarint(b, uint64(len(c.Deps)))
	for _, d := range c.Deps {
		b = append(b, byte(d.Lane))
		b = binary.AppendUvarint(b, uint64(d.Seq))
	}
	b = text(b, c.Was.Site)
	if c.Was.Site != "" {
		b = appendPlace(b, c.Was)
	}
	b = binary.AppendUvarint(b, uint64(len(c.Extra)))
	for _, e := range c.Extra {
		b = binary.AppendUvarint(b, uint64(e.Tag))
		b = text(b, string(e.Bytes))
	}
	return b
}

func appendPlace(b []byte, p protocol.Position) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(p.Incarnation))
	b = append(b, byte(p.Lane))
	return binary.AppendUvarint(b, uint64(p.Seq))
}

func text[S ~string](b []byte, s S) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// decodeBody reads the Changes of the place that head names. The error never
// tells more than where it stopped; nothing of a body panics.
func decodeBody(joined, raw []byte, head *protocol.Frame, common *lexicon) ([]protocol.Change, error) {
	r := newBodyReader(joined, raw, common)
	r.wordReader.place = protocol.Position{Site: head.Site, Incarnation: head.Incarnation, Lane: head.Lane}
	for i := range min(int(head.Count), protocol.MaxFrameCount) {
		r.begin(protocol.Position{Site: head.Site, Incarnation: head.Incarnation, Lane: head.Lane, Seq: head.First + protocol.Seq(i)})
	}
	return r.read()
}
