package frame

import (
	"encoding/binary"
	"errors"
	"fmt"

	"xiangyi/protocol"
)

// flags of one Change: what is written because it differs from the Change
// before it in the frame.
const (
	hasActor = 1 << iota
	hasAction
	hasWhy // outcome, code, purpose
	hasConsent
	hasSubject
	hasKey
	hasCount
	hasRare // deps, was, extra
)

// appendBody appends the Changes' canonical content without what the head says.
func appendBody(b []byte, changes []protocol.Change) []byte {
	var last protocol.Change
	for i := range changes {
		c := &changes[i]
		b = binary.AppendVarint(b, int64(c.HLC-last.HLC))
		f := differences(c, &last)
		b = append(b, f)
		if f&hasActor != 0 {
			b = appendActor(b, c.Actor)
		}
		if f&hasAction != 0 {
			b = text(b, c.Action)
		}
		if f&hasWhy != 0 {
			b = append(b, byte(c.Outcome))
			b = text(text(b, c.Code), c.Purpose)
		}
		if f&hasConsent != 0 {
			b = text(b, c.Consent)
		}
		if f&hasSubject != 0 {
			b = text(b, c.Subject)
		}
		if f&hasKey != 0 {
			b = text(b, c.Key)
		}
		if f&hasCount != 0 {
			b = binary.AppendUvarint(b, uint64(c.Count))
		}
		if f&hasRare != 0 {
			b = appendRare(b, c)
		}
		b = appendWrites(b, c)
		last = *c
	}
	return b
}

func differences(c, last *protocol.Change) byte {
	var f byte
	set := func(bit byte, on bool) {
		if on {
			f |= bit
		}
	}
	set(hasActor, c.Actor != last.Actor)
	set(hasAction, c.Action != last.Action)
	set(hasWhy, c.Outcome != last.Outcome || c.Code != last.Code || c.Purpose != last.Purpose)
	set(hasConsent, c.Consent != last.Consent)
	set(hasSubject, c.Subject != last.Subject)
	set(hasKey, c.Key != "")
	set(hasCount, c.Count != last.Count)
	set(hasRare, len(c.Deps) > 0 || !c.Was.IsZero() || len(c.Extra) > 0)
	return f
}

func appendActor(b []byte, a protocol.Actor) []byte {
	b = text(text(text(b, a.ID), a.Role), a.Method)
	b = append(b, a.Assurance)
	return text(text(b, a.Terminal), a.For)
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

// A write's identifier is often the one minted for it: then only a zero goes.
func appendWrites(b []byte, c *protocol.Change) []byte {
	b = binary.AppendUvarint(b, uint64(len(c.Writes)))
	for i := range c.Writes {
		w := &c.Writes[i]
		b = text(b, w.Ref.Kind)
		if w.Ref.ID == c.Rev(i).ID() {
			b = append(b, 0)
		} else {
			b = text(b, w.Ref.ID)
		}
		b = binary.AppendUvarint(b, uint64(len(w.Parents)))
		for _, p := range w.Parents {
			b = appendParent(b, p, c)
		}
		if w.Subject == c.Subject {
			b = append(b, 1)
		} else {
			b = text(append(b, 0), w.Subject)
		}
		b = append(b, byte(w.Class), byte(w.Retention))
		b = binary.AppendUvarint(b, uint64(len(w.Scopes)))
		for _, s := range w.Scopes {
			b = text(b, s)
		}
		b = text(b, w.Custodian)
		b = binary.AppendUvarint(b, w.Fence)
		b = text(b, string(w.Value))
	}
	return b
}

// appendParent writes a parent of the same incarnation as a difference.
func appendParent(b []byte, p protocol.Rev, c *protocol.Change) []byte {
	if p.Site == c.Site && p.Incarnation == c.Incarnation {
		b = append(b, 0, byte(p.Lane))
		b = binary.AppendUvarint(b, uint64(p.Seq))
	} else {
		b = appendPlace(text(b, p.Site), p.Position)
	}
	return binary.AppendUvarint(b, uint64(p.N))
}

func text[S ~string](b []byte, s S) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

var errBody = errors.New("body ends early or names no possible content")

// parser takes a body apart. After the first fault it gives zeros.
type parser struct {
	b   []byte
	bad bool
}

// parseBody reads count Changes of the place that head names.
func parseBody(b []byte, head *protocol.Frame) ([]protocol.Change, error) {
	p := &parser{b: b}
	out := make([]protocol.Change, 0, min(int(head.Count), protocol.MaxFrameCount))
	var last protocol.Change
	for i := range int(head.Count) {
		c := p.change(&last)
		c.Position = protocol.Position{Site: head.Site, Incarnation: head.Incarnation, Lane: head.Lane, Seq: head.First + protocol.Seq(i)}
		c.Writes = p.writes(&c)
		if p.bad {
			return nil, fmt.Errorf("change %d of %d: %w", i+1, head.Count, errBody)
		}
		out = append(out, c)
		last = c
	}
	if len(p.b) != 0 {
		return nil, fmt.Errorf("%d bytes after the last change: %w", len(p.b), errBody)
	}
	return out, nil
}

func (p *parser) change(last *protocol.Change) protocol.Change {
	c := *last
	c.Key, c.Deps, c.Was, c.Extra = "", nil, protocol.Position{}, nil
	c.HLC = last.HLC + protocol.HLC(p.varint())
	f := p.byte()
	if f&hasActor != 0 {
		c.Actor = p.actor()
	}
	if f&hasAction != 0 {
		c.Action = protocol.ActionName(p.text())
	}
	if f&hasWhy != 0 {
		c.Outcome = protocol.Outcome(p.byte())
		c.Code, c.Purpose = protocol.Code(p.text()), protocol.Purpose(p.text())
	}
	if f&hasConsent != 0 {
		c.Consent = protocol.ID(p.text())
	}
	if f&hasSubject != 0 {
		c.Subject = protocol.ID(p.text())
	}
	if f&hasKey != 0 {
		c.Key = p.text()
	}
	if f&hasCount != 0 {
		c.Count = uint32(p.uvarint())
	}
	if f&hasRare != 0 {
		p.rare(&c)
	}
	return c
}

func (p *parser) rare(c *protocol.Change) {
	for range p.count(2) {
		c.Deps = append(c.Deps, protocol.Dep{Lane: protocol.Lane(p.byte()), Seq: protocol.Seq(p.uvarint())})
	}
	if site := p.text(); site != "" {
		c.Was = p.place(protocol.Site(site))
	}
	for range p.count(2) {
		c.Extra = append(c.Extra, protocol.Extra{Tag: uint16(p.uvarint()), Bytes: []byte(p.text())})
	}
}

func (p *parser) writes(c *protocol.Change) []protocol.Write {
	var out []protocol.Write
	for i := range p.count(8) {
		w := protocol.Write{Ref: protocol.Ref{Kind: protocol.Kind(p.text()), ID: protocol.ID(p.text())}}
		if w.Ref.ID == "" {
			w.Ref.ID = c.Rev(i).ID()
		}
		for range p.count(4) {
			w.Parents = append(w.Parents, p.parent(c))
		}
		w.Subject = c.Subject
		if p.byte() == 0 {
			w.Subject = protocol.ID(p.text())
		}
		w.Class, w.Retention = protocol.Class(p.byte()), protocol.Retention(p.byte())
		for range p.count(1) {
			w.Scopes = append(w.Scopes, protocol.Scope(p.text()))
		}
		w.Custodian = protocol.Site(p.text())
		w.Fence = p.uvarint()
		w.Value = protocol.Value(p.text())
		out = append(out, w)
	}
	return out
}

func (p *parser) parent(c *protocol.Change) protocol.Rev {
	r := protocol.Rev{Position: protocol.Position{Site: c.Site, Incarnation: c.Incarnation}}
	if site := p.text(); site != "" {
		r.Position = p.place(protocol.Site(site))
	} else {
		r.Lane, r.Seq = protocol.Lane(p.byte()), protocol.Seq(p.uvarint())
	}
	r.N = uint16(p.uvarint())
	return r
}

func (p *parser) place(site protocol.Site) protocol.Position {
	out := protocol.Position{Site: site}
	if raw := p.take(8); raw != nil {
		out.Incarnation = protocol.Incarnation(binary.BigEndian.Uint64(raw))
	}
	out.Lane, out.Seq = protocol.Lane(p.byte()), protocol.Seq(p.uvarint())
	return out
}

func (p *parser) actor() protocol.Actor {
	return protocol.Actor{
		ID: protocol.ID(p.text()), Role: protocol.Role(p.text()), Method: protocol.Method(p.text()),
		Assurance: p.byte(), Terminal: protocol.ID(p.text()), For: protocol.ID(p.text()),
	}
}

func (p *parser) take(n int) []byte {
	if n < 0 || n > len(p.b) {
		p.b, p.bad = nil, true
		return nil
	}
	v := p.b[:n]
	p.b = p.b[n:]
	return v
}

func (p *parser) byte() byte {
	if v := p.take(1); v != nil {
		return v[0]
	}
	return 0
}

func (p *parser) uvarint() uint64 {
	v, n := binary.Uvarint(p.b)
	if n <= 0 {
		p.take(-1)
		return 0
	}
	p.b = p.b[n:]
	return v
}

func (p *parser) varint() int64 {
	v, n := binary.Varint(p.b)
	if n <= 0 {
		p.take(-1)
		return 0
	}
	p.b = p.b[n:]
	return v
}

// count reads a number of elements of at least size bytes each.
func (p *parser) count(size int) int {
	n := p.uvarint()
	if n > uint64(len(p.b)/size) {
		p.take(-1)
		return 0
	}
	return int(n)
}

func (p *parser) text() string { return string(p.take(p.count(1))) }
