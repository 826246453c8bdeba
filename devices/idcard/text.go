package idcard

import (
	"errors"
	"strings"
	"time"
	"unicode/utf16"

	"xiangyi/protocol/codec/idnumber"
)

const (
	textSize  = 256
	photoSize = 1024
)

// errForm means that the bytes are no card: the cause of a Fault that is Unclear.
var errForm = errors.New("card does not have the form of one")

// ParseCard reads the data of a successful ReadCard: the lengths of text and photo, then both. A fingerprint behind them
// is left alone. The error is a *Fault and quotes nothing.
func ParseCard(data []byte) (Card, error) {
	if len(data) < 4 {
		return Card{}, unclear()
	}
	text, photo := int(data[0])<<8|int(data[1]), int(data[2])<<8|int(data[3])
	if text != textSize || photo > photoSize || len(data) < 4+text+photo {
		return Card{}, unclear()
	}
	c, err := ParseText(data[4 : 4+text])
	if err != nil {
		return Card{}, err
	}
	c.Photo = picture(data[4+text : 4+text+photo])
	return c, nil
}

// ParseText reads the 256 bytes of text of a card, UTF-16LE in one of four forms. The error is a *Fault.
func ParseText(b []byte) (Card, error) {
	if len(b) != textSize {
		return Card{}, unclear()
	}
	t := &block{b: b}
	var c Card
	switch kind := Kind(t.text(248, 2)); kind {
	case Foreign:
		c = t.foreign()
	case Foreign23:
		c = t.foreign23()
	case Resident, Permit:
		c = t.resident()
		if kind == Permit {
			c.Pass = t.text(220, 18)
		}
		c.Kind = kind
	default:
		return Card{}, unclear()
	}
	if t.bad || c.Number == "" || c.Name == "" && c.Latin == "" {
		return Card{}, unclear()
	}
	c.compare()
	return c, nil
}

func unclear() error { return &Fault{Condition: Unclear, Status: StatusOK, Err: errForm} }

// block is the text of a card under way; bad stays once something was malformed.
type block struct {
	b   []byte
	bad bool
}

func (t *block) resident() Card {
	return Card{
		Name: t.text(0, 30), RawName: t.raw(0, 30), Sex: t.sex(30), Ethnic: t.text(32, 4), Birth: t.date(36),
		Address: t.text(52, 70), Number: t.number(122, 36), Issuer: t.text(158, 30), ValidFrom: t.date(188), ValidTo: t.until(204),
	}
}

func (t *block) foreign() Card {
	return Card{
		Kind: Foreign, Latin: t.text(0, 120), Sex: t.sex(120), Number: t.number(122, 30), Nation: t.text(152, 6), Name: t.text(158, 30),
		RawName: t.raw(158, 30), ValidFrom: t.date(188), ValidTo: t.until(204), Birth: t.date(220), Issuer: t.text(240, 8),
	}
}

func (t *block) foreign23() Card {
	return Card{
		Kind: Foreign23, Name: t.text(0, 30), RawName: t.raw(0, 30), Sex: t.sex(30), Birth: t.date(36), Number: t.number(122, 36),
		Latin: t.long(52, 70, 220, 22), ValidFrom: t.date(188), ValidTo: t.until(204), Nation: t.text(242, 6),
	}
}

// text decodes a field and takes its padding off.
func (t *block) text(at, size int) string {
	return strings.Trim(t.decode(t.b[at:at+size]), " \x00\u3000")
}

// long decodes a field that goes on elsewhere.
func (t *block) long(at, size, then, rest int) string {
	both := append(append([]byte(nil), t.b[at:at+size]...), t.b[then:then+rest]...)
	return strings.Trim(t.decode(both), " \x00\u3000")
}

func (t *block) decode(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = uint16(b[2*i]) | uint16(b[2*i+1])<<8
	}
	runes := utf16.Decode(units)
	for i, r := range runes {
		// A lone surrogate decodes to U+FFFD, which no card holds; control characters are the mark of a misread.
		if r == 0xFFFD || r < 0x20 && r != 0 {
			t.bad = true
			runes[i] = ' '
		}
	}
	return string(runes)
}

// raw keeps the bytes of a field without the padding: names hold characters that only some fonts know.
func (t *block) raw(at, size int) []byte {
	b := t.b[at : at+size]
	for len(b) >= 2 && b[len(b)-1] == 0 && (b[len(b)-2] == ' ' || b[len(b)-2] == 0) {
		b = b[:len(b)-2]
	}
	return append([]byte(nil), b...)
}

func (t *block) sex(at int) string {
	s := t.text(at, 2)
	switch s {
	case "0", "1", "2", "9":
		return s
	case "":
		return "0"
	}
	t.bad = true
	return ""
}

func (t *block) number(at, size int) string {
	n := strings.ToUpper(t.text(at, size))
	for _, r := range n {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') {
			t.bad = true
		}
	}
	return n
}

// date turns yyyymmdd into yyyy-mm-dd.
func (t *block) date(at int) string {
	s := t.text(at, 16)
	if s == "" {
		return ""
	}
	d, err := time.Parse("20060102", s)
	if err != nil {
		t.bad = true
		return ""
	}
	return d.Format(time.DateOnly)
}

func (t *block) until(at int) string {
	if s := t.text(at, 16); s == NoExpiry {
		return NoExpiry
	}
	return t.date(at)
}

// compare looks whether the card agrees with its number. The form of 2017 for foreigners has a number of another kind.
func (c *Card) compare() {
	if c.Kind == Foreign {
		return
	}
	n, err := idnumber.Parse(c.Number)
	if err != nil || n.String() != c.Number {
		c.Doubts = append(c.Doubts, NumberDoubt)
		return
	}
	if n.Birth().String() != c.Birth {
		c.Doubts = append(c.Doubts, BirthDoubt)
	}
	if s := n.Sex().Code(); c.Sex != s && (c.Sex == "1" || c.Sex == "2") {
		c.Doubts = append(c.Doubts, SexDoubt)
	}
}

// picture is nil when the card holds no photo: never an invented one.
func picture(b []byte) []byte {
	for _, c := range b {
		if c != 0 {
			return append([]byte(nil), b...)
		}
	}
	return nil
}
