package protocol

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Value is a record's content: canonical JSON, that is one object, keys
// sorted, no white space, numbers with the digits they came with (36.60 stays
// 36.60).
type Value []byte

// Rest holds the fields of a record that this software does not know. A record
// type embeds it as
//
//	Rest protocol.Rest `json:",unknown"`
//
// and newer software's fields survive a decode and an encode here.
type Rest = jsontext.Value

// Decimal is a number kept as text, with its digits.
type Decimal string

// MarshalJSON writes the literal.
func (d Decimal) MarshalJSON() ([]byte, error) {
	if d == "" {
		return []byte("null"), nil
	}
	if v := jsontext.Value(d); !v.IsValid() || v.Kind() != '0' {
		return nil, fmt.Errorf("decimal %q: not a number", string(d))
	}
	return []byte(d), nil
}

// UnmarshalJSON keeps the literal.
func (d *Decimal) UnmarshalJSON(b []byte) error {
	v := jsontext.Value(b)
	switch v.Kind() {
	case 'n':
		*d = ""
	case '0':
		*d = Decimal(b)
	default:
		return fmt.Errorf("decimal: not a number")
	}
	return nil
}

// Float is the nearest float64, for arithmetic and comparison only.
func (d Decimal) Float() (float64, bool) {
	var f float64
	if d == "" || json.Unmarshal([]byte(d), &f) != nil {
		return 0, false
	}
	return f, true
}

// Encode gives the canonical value of a record.
func Encode(record any) (Value, error) {
	raw, err := json.Marshal(record)
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", record, err)
	}
	return Canonical(raw)
}

// Decode reads a value into a record. Duplicate names and broken UTF-8 are
// errors; unknown names go to the record's Rest.
func Decode(v Value, record any) error {
	if err := json.Unmarshal(v, record); err != nil {
		return fmt.Errorf("decode %T: %w", record, err)
	}
	return nil
}

// Canonical puts JSON text into canonical form. The digits of numbers stay.
func Canonical(raw []byte) (Value, error) {
	v := jsontext.Value(bytes.Clone(raw))
	err := v.Canonicalize(jsontext.CanonicalizeRawInts(false), jsontext.CanonicalizeRawFloats(false))
	if err != nil {
		return nil, fmt.Errorf("canonical value: %w", err)
	}
	if v.Kind() != '{' {
		return nil, fmt.Errorf("canonical value: want an object")
	}
	if len(v) > MaxValueBytes {
		return nil, fmt.Errorf("canonical value: %d bytes, at most %d", len(v), MaxValueBytes)
	}
	return Value(v), nil
}
