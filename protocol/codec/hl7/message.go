package hl7

// A Message is its segments in order. The first is MSH. Texts within are Unicode and without escapes.
type Message struct {
	Delimiters Delimiters
	Segments   []Segment

	// Charset is the set in which the bytes were, or will be if an answer is to be in the sender's. Declared is MSH-18 as it
	// was sent; empty means that the set was guessed.
	Charset  Charset
	Declared string
}

// Segment is a line of a message. Fields count from 1, as in the standard; in MSH, field 1 is the field delimiter itself and
// field 2 the other delimiters.
type Segment struct {
	Name   string // three characters: PID, OBX, ZXX
	Fields []Field
}

// Field is the repeats of one field. An empty field has none.
type Field []Repeat

// Repeat is one value of a field: its components, which count from 1.
type Repeat []Component

// Component is the subcomponents of a component, which count from 1. Mostly there is one.
type Component []string

// Null is the value that deletes what the receiver has; an empty value leaves it alone.
const Null = `""`

// First returns the first segment called name, or nil.
func (m *Message) First(name string) *Segment {
	for i := range m.Segments {
		if m.Segments[i].Name == name {
			return &m.Segments[i]
		}
	}
	return nil
}

// All returns the segments called name in order.
func (m *Message) All(name string) []*Segment {
	var out []*Segment
	for i := range m.Segments {
		if m.Segments[i].Name == name {
			out = append(out, &m.Segments[i])
		}
	}
	return out
}

// Type returns MSH-9 as message and event, "ORU" and "R01".
func (m *Message) Type() (message, event string) {
	msh := m.First("MSH")
	return msh.At(9, 1, 1, 1), msh.At(9, 1, 2, 1)
}

// ControlID returns MSH-10, by which the sender knows its message again.
func (m *Message) ControlID() string { return m.First("MSH").Text(10) }

// Version returns MSH-12, "2.5.1".
func (m *Message) Version() string { return m.First("MSH").Text(12) }

// Field returns field n, or nil when the segment does not go that far. It may be called on a nil segment, so that reading
// from a message without PID gives empty texts.
func (s *Segment) Field(n int) Field {
	if s == nil || n < 1 || n > len(s.Fields) {
		return nil
	}
	return s.Fields[n-1]
}

// Text returns the first subcomponent of the first component of the first repeat of field n: the value of a simple field.
func (s *Segment) Text(n int) string { return s.At(n, 1, 1, 1) }

// At returns one subcomponent; all four numbers count from 1. What is not there is empty.
func (s *Segment) At(field, repeat, component, sub int) string {
	return s.Field(field).Repeat(repeat).Component(component).Sub(sub)
}

// Set puts value into field n of s and fills the fields before it with empty ones.
func (s *Segment) Set(n int, value Field) {
	for len(s.Fields) < n {
		s.Fields = append(s.Fields, nil)
	}
	s.Fields[n-1] = value
}

// Repeat returns repeat n, or nil.
func (f Field) Repeat(n int) Repeat {
	if n < 1 || n > len(f) {
		return nil
	}
	return f[n-1]
}

// Component returns component n, or nil.
func (r Repeat) Component(n int) Component {
	if n < 1 || n > len(r) {
		return nil
	}
	return r[n-1]
}

// Text returns the first subcomponent of component n.
func (r Repeat) Text(n int) string { return r.Component(n).Sub(1) }

// Sub returns subcomponent n, or "".
func (c Component) Sub(n int) string {
	if n < 1 || n > len(c) {
		return ""
	}
	return c[n-1]
}

// Delimiters are the characters that MSH-1 and MSH-2 announce. Truncation is zero before version 2.7.
type Delimiters struct {
	Field, Component, Repeat, Escape, Sub, Truncation byte
}

// Standard holds the delimiters that everybody uses: |^~\&.
var Standard = Delimiters{Field: '|', Component: '^', Repeat: '~', Escape: '\\', Sub: '&'}

// encoding returns MSH-2.
func (d Delimiters) encoding() string {
	out := string([]byte{d.Component, d.Repeat, d.Escape, d.Sub})
	if d.Truncation != 0 {
		out += string(rune(d.Truncation))
	}
	return out
}

// valid reports whether the delimiters are different printable characters that no text or number begins with.
func (d Delimiters) valid() bool {
	seen := map[byte]bool{}
	for i, c := range []byte{d.Field, d.Component, d.Repeat, d.Escape, d.Sub, d.Truncation} {
		if i == 5 && c == 0 {
			break
		}
		letter := c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
		if c <= ' ' || c >= 0x7f || letter || seen[c] {
			return false
		}
		seen[c] = true
	}
	return true
}
