package hl7

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Bounds of a message. A report with an embedded PDF takes a few megabytes and a few hundred parts.
const (
	MaxMessage = 16 << 20 // bytes
	MaxParts   = 1 << 18  // segments, fields, repeats, components and subcomponents together
)

// Decode reads one message, without its MLLP frame. The character set is that of MSH-18; where MSH-18 is empty or says ASCII,
// the bytes are read as UTF-8 if they are UTF-8, else as GB 18030. Short messages in GBK can look like UTF-8 by chance: give a
// connection whose set is known to DecodeAs. The error is an *Error.
func Decode(b []byte) (*Message, error) {
	b = trim(b)
	if len(b) > MaxMessage {
		return nil, &Error{Kind: TooLarge, Offset: MaxMessage}
	}
	c, declared, err := detect(b)
	if err != nil {
		return nil, err
	}
	return decodeAs(b, c, declared)
}

// DecodeAs is Decode for a sender whose character set is known better than it says itself.
func DecodeAs(b []byte, c Charset) (*Message, error) {
	b = trim(b)
	if len(b) > MaxMessage {
		return nil, &Error{Kind: TooLarge, Offset: MaxMessage}
	}
	return decodeAs(b, c, c.String())
}

func decodeAs(b []byte, c Charset, declared string) (*Message, error) {
	text, bad := c.decode(b)
	if bad >= 0 {
		return nil, &Error{Kind: BadText, Offset: bad}
	}
	d, err := delimitersOf(text)
	if err != nil {
		return nil, err
	}
	p := parser{Delimiters: d, charset: c}
	m := &Message{Delimiters: d, Charset: c, Declared: declared}
	if m.Segments, err = p.segments(text); err != nil {
		return nil, err
	}
	return m, nil
}

// trim drops a byte order mark and empty lines around a message.
func trim(b []byte) []byte {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	return bytes.Trim(b, "\r\n")
}

// detect finds the character set of b from its first segment. The segment is read in each set in turn, because before the set is
// known nobody can tell where field 18 is.
func detect(b []byte) (c Charset, declared string, err error) {
	line := b
	if end := bytes.IndexAny(b, "\r\n"); end >= 0 {
		line = b[:end]
	}
	if !bytes.HasPrefix(line, []byte("MSH")) {
		return 0, "", &Error{Kind: NoHeader, Segment: 1}
	}
	first := &Error{Kind: BadText, Segment: 1}
	for _, reading := range []Charset{UTF8, Latin1, GB18030} {
		header, bad := reading.decode(line)
		if bad >= 0 {
			continue
		}
		declared = charsetField(header)
		named, guess, ok := charsetNamed(declared)
		switch {
		case reading == Latin1 && named != Latin1: // every byte is a letter there: believed only when it says so
		case !ok:
			first.Kind = UnknownCharset
		case guess && utf8.Valid(b):
			return UTF8, declared, nil
		case guess:
			return GB18030, declared, nil
		case reading == UTF8, reading == named:
			return named, declared, nil
		}
	}
	return 0, "", first
}

// charsetField returns the first repeat of MSH-18. MSH-1 is the first delimiter itself, so MSH-18 is piece 17, from 0.
func charsetField(header string) string {
	d, err := delimitersOf(header)
	if err != nil {
		d = Standard
	}
	fields := strings.SplitN(header, string(rune(d.Field)), 19)
	if len(fields) < 18 {
		return ""
	}
	declared, _, _ := strings.Cut(fields[17], string(rune(d.Repeat)))
	return declared
}

// delimitersOf reads MSH-1 and MSH-2. A short MSH-2 is filled with the standard ones.
func delimitersOf(text string) (Delimiters, error) {
	if !strings.HasPrefix(text, "MSH") {
		return Delimiters{}, &Error{Kind: NoHeader, Segment: 1}
	}
	d := Standard
	refused := &Error{Kind: BadDelimiters, Segment: 1, Offset: 3}
	if len(text) < 5 {
		return Delimiters{}, refused
	}
	d.Field = text[3]
	rest := text[4:]
	if end := strings.IndexAny(rest, "\r\n"); end >= 0 {
		rest = rest[:end]
	}
	encoding, _, _ := strings.Cut(rest, text[3:4])
	if encoding == "" || len(encoding) > 5 {
		return Delimiters{}, refused
	}
	for i, at := range []*byte{&d.Component, &d.Repeat, &d.Escape, &d.Sub, &d.Truncation} {
		if i < len(encoding) {
			*at = encoding[i]
		}
	}
	if !d.valid() {
		return Delimiters{}, refused
	}
	return d, nil
}
