// Package idcard reads second-generation resident identity cards, and the cards in their form for people from Hong Kong,
// Macao, Taiwan and abroad, on readers that speak SDT (the protocol of the SAM module that all of them hold).
//
// It is a parser and a driver over any stream: a serial port, or TCP. It knows a card and whether it lies on the reader,
// not who may know it: everything on a card is personal data. A Card prints as nothing but its kind, errors hold status
// bytes only, and the photo stays the bytes that the card holds (WLT, for which no open decoder exists).
package idcard

import (
	"fmt"
	"io"
	"log/slog"
)

// Kind is which card it is.
type Kind string

// The kinds, by the flag that the card carries.
const (
	Resident  Kind = ""  // resident identity card
	Permit    Kind = "J" // residence permit for Hong Kong, Macao and Taiwan residents
	Foreign   Kind = "I" // foreign permanent resident, form of 2017
	Foreign23 Kind = "Y" // foreign permanent resident, form of 2023
)

// NoExpiry is ValidTo of a card that never ends.
const NoExpiry = "长期"

// Card is what a card says. Fields that its form does not have are empty.
type Card struct {
	Kind      Kind
	Name      string // may hold characters of the private use area: see RawName
	Latin     string // the name in Latin letters, of foreign cards
	Sex       string // GB/T 2261.1: 0 unknown, 1 male, 2 female, 9 not stated
	Ethnic    string // GB/T 3304 code: 01 to 56, 97, 98
	Nation    string // ISO 3166-1, three letters, of foreign cards
	Birth     string // yyyy-mm-dd
	Address   string
	Number    string // X in upper case
	Issuer    string
	ValidFrom string // yyyy-mm-dd
	ValidTo   string // yyyy-mm-dd or NoExpiry
	Pass      string // number of the pass, of Permit
	RawName   []byte // the Chinese name as on the card: UTF-16LE without the padding
	Photo     []byte // 1,024 bytes WLT; nil when the card holds none
	Doubts    []Doubt
}

// Doubt is something on a card that does not agree with its number. The card's own value stands; what follows from the
// doubt is for whoever uses it to say.
type Doubt string

// The doubts.
const (
	NumberDoubt Doubt = "number" // its check character does not fit
	BirthDoubt  Doubt = "birth"
	SexDoubt    Doubt = "sex"
)

// IsZero reports whether it is no card.
func (c Card) IsZero() bool { return c.Number == "" }

// Format implements fmt.Formatter: whatever the verb, nothing personal is printed.
func (c Card) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.masked()) }

// LogValue implements slog.LogValuer.
func (c Card) LogValue() slog.Value { return slog.StringValue(c.masked()) }

// MarshalText keeps a card out of every encoder: what may travel is chosen field by field.
func (c Card) MarshalText() ([]byte, error) { return []byte(c.masked()), nil }

func (c Card) masked() string {
	if c.IsZero() {
		return "[no card]"
	}
	switch c.Kind {
	case Permit:
		return "[residence permit]"
	case Foreign, Foreign23:
		return "[foreign permanent resident card]"
	}
	return "[identity card]"
}
