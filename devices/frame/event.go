// Package frame finds the frames of an instrument in a stream of bytes that may
// begin anywhere, hold garbage and stop in the middle, and says what each one
// says. It does no input or output and knows no clock: a port feeds bytes, and
// says when the line has been quiet.
package frame

import (
	"bytes"
	"encoding/json"
	"fmt"

	"xiangyi/devices"
)

// Event is what one frame says, or why it says nothing.
type Event struct {
	Type     string            // result, realtime, ack: the family's word
	Facts    []Fact            // what else it says, in order
	Readings []devices.Reading // nil: frames of this type carry none
	Fault    *Fault            // the frame is damaged: nothing above is set
	Raw      []byte            // the frame
	Also     []Event           // what the same bytes can say as well; told behind it
}

// Fact is one further thing that a frame says. Value can be written as JSON.
type Fact struct {
	Name  string
	Value any
}

// Fault is a frame that could not be read.
type Fault struct {
	Reason string `json:"error"`  // checksum, length, cut-short, …
	Offset int64  `json:"offset"` // of the byte at which it begins, in all that was fed
}

func (f *Fault) Error() string { return fmt.Sprintf("%s at byte %d", f.Reason, f.Offset) }

// MarshalJSON writes the facts beside type and readings.
func (e Event) MarshalJSON() ([]byte, error) {
	if e.Fault != nil {
		return json.Marshal(e.Fault)
	}
	var b bytes.Buffer
	sep := byte('{')
	add := func(name string, v any) error {
		raw, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("event %s: %s: %w", e.Type, name, err)
		}
		fmt.Fprintf(&b, "%c%q:%s", sep, name, raw)
		sep = ','
		return nil
	}
	if e.Type != "" {
		if err := add("type", e.Type); err != nil {
			return nil, err
		}
	}
	for _, f := range e.Facts {
		if err := add(f.Name, f.Value); err != nil {
			return nil, err
		}
	}
	if e.Readings != nil {
		if err := add("readings", e.Readings); err != nil {
			return nil, err
		}
	}
	if sep == '{' {
		b.WriteByte('{')
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// Fact gives a fact by its name, nil when the frame does not say it.
func (e *Event) Fact(name string) any {
	for _, f := range e.Facts {
		if f.Name == name {
			return f.Value
		}
	}
	return nil
}

// Say is an event without readings.
func Say(kind string, facts ...Fact) Event { return Event{Type: kind, Facts: facts} }

// Measured is an event of a type that carries readings, even when it has none.
func Measured(kind string, readings []devices.Reading, facts ...Fact) Event {
	if readings == nil {
		readings = []devices.Reading{}
	}
	return Event{Type: kind, Facts: facts, Readings: readings}
}
