package hl7

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"xiangyi/protocol/codec/gb18030"
)

// Charset is a character set that messages are written in.
type Charset uint8

// The sets spoken here, named in MSH-18 by table 0211. GBK and GB 2312 are read as GB 18030, which contains them.
const (
	UTF8    Charset = iota // UNICODE UTF-8
	GB18030                // GB 18030-2000
	Latin1                 // 8859/1, of western instruments
	ASCII                  // ASCII
)

// String returns the name of the set for MSH-18.
func (c Charset) String() string {
	switch c {
	case GB18030:
		return gb18030.GB18030.String()
	case Latin1:
		return "8859/1"
	case ASCII:
		return "ASCII"
	default:
		return "UNICODE UTF-8"
	}
}

// charsetNamed reads MSH-18 as it is found in the field, where spaces, hyphens and case vary. guess is true for an empty one
// and for ASCII, which many senders declare whatever they send.
func charsetNamed(declared string) (c Charset, guess, ok bool) {
	name := strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "_", "", "/", "").Replace(declared))
	switch name {
	case "", "ASCII":
		return ASCII, true, true
	case "UNICODEUTF8", "UTF8", "UNICODE":
		return UTF8, false, true
	case "GB180302000", "GB180302005", "GB180302022", "GB18030", "GBK", "GB2312", "GB23121980", "CP936":
		return GB18030, false, true
	case "88591", "ISO88591", "ISOIR100":
		return Latin1, false, true
	}
	return 0, false, false
}

// decode returns the text of b, or the offset of the first bytes that are not in c.
func (c Charset) decode(b []byte) (text string, bad int) {
	switch c {
	case GB18030:
		text, n := gb18030.Decode(b)
		if n > 0 {
			return "", len(gbBefore(text))
		}
		return text, -1
	case Latin1:
		runes := make([]rune, len(b))
		for i, v := range b {
			runes[i] = rune(v)
		}
		return string(runes), -1
	case ASCII:
		if i := bytes.IndexFunc(b, func(r rune) bool { return r >= utf8.RuneSelf }); i >= 0 {
			return "", i
		}
		return string(b), -1
	default:
		for i := 0; i < len(b); {
			r, size := utf8.DecodeRune(b[i:])
			if r == utf8.RuneError && size <= 1 {
				return "", i
			}
			i += size
		}
		return string(b), -1
	}
}

// gbBefore returns the bytes before the first that did not decode.
func gbBefore(text string) []byte {
	before, _, _ := strings.Cut(text, "\ufffd")
	b, _ := gb18030.Encode(before)
	return b
}

// encode returns the bytes of text, or the offset of the first character that is not in c.
func (c Charset) encode(text string) (b []byte, bad int) {
	switch c {
	case GB18030:
		b, lost := gb18030.Encode(text)
		if len(lost) > 0 {
			return nil, lost[0].At
		}
		return b, -1
	case Latin1, ASCII:
		limit := rune(0x100)
		if c == ASCII {
			limit = utf8.RuneSelf
		}
		b := make([]byte, 0, len(text))
		for i, r := range text {
			if r >= limit {
				return nil, i
			}
			b = append(b, byte(r))
		}
		return b, -1
	default:
		if i := strings.IndexRune(text, utf8.RuneError); i >= 0 && !utf8.ValidString(text) {
			return nil, i
		}
		return []byte(text), -1
	}
}
