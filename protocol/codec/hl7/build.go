package hl7

import "time"

// Party is an application and the place where it runs: MSH-3 and MSH-4, or MSH-5 and MSH-6.
type Party struct{ Application, Facility string }

// Header is what a new message says of itself.
type Header struct {
	Sender, Receiver Party
	Time             time.Time // MSH-7
	Message, Event   string    // MSH-9: "ADT", "A04"
	Structure        string    // MSH-9.3: "ADT_A01"; left out when empty
	ControlID        string    // MSH-10: unique with the sender, at most 20 characters in older versions
	Processing       string    // MSH-11: P production (when empty), T training, D debugging
	Version          string    // MSH-12: "2.5.1" when empty
	AcceptAck        Wish      // MSH-15
	ApplicationAck   Wish      // MSH-16
}

// New returns a message with its MSH, to be written in c. Add the other segments.
func New(h Header, c Charset) *Message {
	if h.Processing == "" {
		h.Processing = "P"
	}
	if h.Version == "" {
		h.Version = "2.5.1"
	}
	kind := Text(h.Message)
	switch {
	case h.Structure != "":
		kind = Parts(h.Message, h.Event, h.Structure)
	case h.Event != "":
		kind = Parts(h.Message, h.Event)
	}
	m := &Message{Delimiters: Standard, Segments: []Segment{NewSegment("MSH",
		Text(string(rune(Standard.Field))), Field{{{Standard.encoding()}}},
		Text(h.Sender.Application), Text(h.Sender.Facility), Text(h.Receiver.Application), Text(h.Receiver.Facility),
		Text(FormatTime(h.Time)), nil, kind, Text(h.ControlID), Text(h.Processing), Text(h.Version), nil, nil,
		Text(string(h.AcceptAck)), Text(string(h.ApplicationAck)),
	)}}
	m.SetCharset(c)
	return m
}

// Add appends segments.
func (m *Message) Add(segments ...Segment) { m.Segments = append(m.Segments, segments...) }

// NewSegment returns a segment of these fields, the first being field 1; nil is an empty field.
func NewSegment(name string, fields ...Field) Segment { return Segment{Name: name, Fields: fields} }

// Text is a field of one value. Delimiters in it are escaped when the message is written.
func Text(s string) Field {
	if s == "" {
		return nil
	}
	return Field{{{s}}}
}

// Parts is a field of one value with components: Parts("150301", "systolic", "MDC").
func Parts(components ...string) Field {
	r := make(Repeat, len(components))
	for i, s := range components {
		if s != "" {
			r[i] = Component{s}
		}
	}
	return Field{r}
}

// Repeats joins the values of several fields into one that repeats.
func Repeats(fields ...Field) Field {
	var out Field
	for _, f := range fields {
		if f == nil {
			f = Field{nil}
		}
		out = append(out, f...)
	}
	return out
}
