// Package gb18030 turns text into the bytes of the Chinese national character sets and back, and says what did not fit. It is
// used where others still speak them: receipt printers, HL7 interfaces, files for platforms.
//
// GB 18030 holds all of Unicode, so only broken input is lost. GBK, which is what the fonts of most receipt printers know,
// lacks rare characters of names; the report lets the caller draw those as a picture instead of printing a mark.
package gb18030

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// Charset is one of the national character sets.
type Charset uint8

// The character sets.
const (
	GB18030 Charset = iota // one, two and four bytes: all of Unicode
	GBK                    // one and two bytes: about 21,000 characters
)

// Lost is a character that a character set does not hold. Rune is utf8.RuneError where the text was not valid UTF-8.
type Lost struct {
	Rune rune
	At   int // offset in bytes within the text
}

// Substitute stands for a lost character, as printers' compositors have always marked a missing sort: 〓. Both character sets
// hold it.
const Substitute = '〓'

// Encode returns the bytes of text in GB 18030, with Substitute for what was lost.
func Encode(text string) ([]byte, []Lost) { return GB18030.Encode(text) }

// Decode returns the text of bytes in GB 18030, and how many places did not decode; each became U+FFFD.
func Decode(b []byte) (text string, bad int) { return GB18030.Decode(b) }

// String names the set as table 0211 of HL7 and its users do.
func (c Charset) String() string {
	if c == GBK {
		return "GBK"
	}
	return "GB 18030-2000"
}

func (c Charset) codec() encoding.Encoding {
	if c == GBK {
		return simplifiedchinese.GBK
	}
	return simplifiedchinese.GB18030
}

// Encode returns the bytes of text in c, with Substitute for every character that c does not hold, and the list of those in
// order. The list is nil when nothing was lost.
func (c Charset) Encode(text string) ([]byte, []Lost) {
	encoder := c.codec().NewEncoder()
	if utf8.ValidString(text) && strings.IndexFunc(text, isPrivate) < 0 {
		if b, err := encoder.Bytes([]byte(text)); err == nil {
			return b, nil
		}
	}
	out := make([]byte, 0, len(text))
	var lost []Lost
	for at, r := range text {
		if b, ok := c.one(encoder, text[at:], r); ok {
			out = append(out, b...)
			continue
		}
		lost = append(lost, Lost{Rune: r, At: at})
		b, _ := c.one(encoder, string(Substitute), Substitute)
		out = append(out, b...)
	}
	return out, lost
}

// one encodes r, the first character of text.
func (c Charset) one(encoder *encoding.Encoder, text string, r rune) ([]byte, bool) {
	if r == utf8.RuneError {
		if _, size := utf8.DecodeRuneInString(text); size <= 1 {
			return nil, false // not a character but a broken byte
		}
	}
	if b, ok := userDefined(r); ok {
		return b, true
	}
	encoder.Reset()
	b, err := encoder.Bytes([]byte(string(r)))
	if err != nil {
		return nil, false
	}
	if isPrivate(r) { // the library's table has gaps here and gives the bytes of a neighbour: believe it only if it reads them back
		if back, _ := c.Decode(b); back != string(r) {
			return nil, false
		}
	}
	return b, true
}

// Decode returns the text of bytes in c, and how many places did not decode; each became U+FFFD. GB 18030 can also spell
// U+FFFD out: that counts as well, since it says that a character was lost before.
func (c Charset) Decode(b []byte) (text string, bad int) {
	decoder := c.codec().NewDecoder()
	if text, err := decoder.Bytes(b); err == nil && !strings.ContainsRune(string(text), utf8.RuneError) {
		return string(text), 0
	}
	var out strings.Builder
	for len(b) > 0 {
		r, size := c.first(decoder, b)
		if r == utf8.RuneError {
			bad++
		}
		out.WriteRune(r)
		b = b[size:]
	}
	return out.String(), bad
}

// first decodes the first character of b.
func (c Charset) first(decoder *encoding.Decoder, b []byte) (rune, int) {
	if len(b) >= 2 {
		if r, ok := userDefinedRune(b[0], b[1]); ok {
			return r, 2
		}
	}
	size := sequence(b, c)
	decoder.Reset()
	text, err := decoder.Bytes(b[:size])
	if err != nil {
		return utf8.RuneError, 1
	}
	r, n := utf8.DecodeRune(text)
	if n < len(text) { // four bytes that are none: the first is broken, the others speak for themselves
		return utf8.RuneError, 1
	}
	return r, size
}

// sequence is how many bytes the first character of b takes by its form.
func sequence(b []byte, c Charset) int {
	switch {
	case b[0] < 0x81 || b[0] == 0xff || len(b) < 2:
		return 1
	case b[1] >= 0x40 && b[1] != 0x7f && b[1] != 0xff:
		return 2
	case c == GB18030 && b[1] >= 0x30 && b[1] <= 0x39 && len(b) >= 4:
		return 4
	}
	return 1
}
