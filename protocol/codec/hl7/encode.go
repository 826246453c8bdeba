package hl7

import "strings"

// Encode writes m in its Charset, every segment ended by CR, without an MLLP frame. Fields 1 and 2 of MSH come from Delimiters.
// The error is an *Error: Unencodable where the set does not hold a character, BadSegment or NoHeader where m was put together
// wrongly.
func (m *Message) Encode() ([]byte, error) {
	if len(m.Segments) == 0 || m.Segments[0].Name != "MSH" {
		return nil, &Error{Kind: NoHeader, Segment: 1}
	}
	if !m.Delimiters.valid() {
		return nil, &Error{Kind: BadDelimiters, Segment: 1}
	}
	var out []byte
	for i := range m.Segments {
		s := &m.Segments[i]
		if !segmentName(s.Name) || (s.Name == "MSH") != (i == 0) {
			return nil, &Error{Kind: BadSegment, Segment: i + 1}
		}
		b, bad := m.Charset.encode(m.Delimiters.segment(s))
		if bad >= 0 {
			return nil, &Error{Kind: Unencodable, Segment: i + 1, Offset: bad}
		}
		out = append(append(out, b...), '\r')
	}
	return out, nil
}

// SetCharset makes m be written in c, and says so in MSH-18.
func (m *Message) SetCharset(c Charset) {
	m.Charset, m.Declared = c, c.String()
	if msh := m.First("MSH"); msh != nil {
		msh.Set(18, Text(m.Declared))
	}
}

func (d Delimiters) segment(s *Segment) string {
	fields := s.Fields
	var out strings.Builder
	out.WriteString(s.Name)
	if s.Name == "MSH" {
		out.WriteByte(d.Field)
		out.WriteString(d.encoding())
		fields = fields[min(2, len(fields)):]
	}
	for _, f := range fields {
		out.WriteByte(d.Field)
		d.field(&out, f)
	}
	return out.String()
}

func (d Delimiters) field(out *strings.Builder, f Field) {
	for i, repeat := range f {
		if i > 0 {
			out.WriteByte(d.Repeat)
		}
		for j, component := range repeat {
			if j > 0 {
				out.WriteByte(d.Component)
			}
			for k, sub := range component {
				if k > 0 {
					out.WriteByte(d.Sub)
				}
				out.WriteString(escape(sub, d))
			}
		}
	}
}
