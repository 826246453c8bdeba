package escpos

import (
	"unicode"
	"unicode/utf8"

	"xiangyi/protocol/codec/gb18030"
)

// Charset is what a printer's Chinese font holds.
type Charset string

// The character sets met on printers sold in China. A GBK printer prints a four-byte GB 18030 character as two wrong
// ones, so the set belongs in the printer's profile.
const (
	GB18030 Charset = "gb18030" // two and four bytes
	GBK     Charset = "gbk"
	GB2312  Charset = "gb2312" // 6,763 characters: 镕 and 喆 are not among them
)

// encode gives the bytes of a text, with the placeholder for each character that the set lacks, and those characters.
func (c Charset) encode(text string) (out []byte, lacking []rune) {
	for _, r := range text {
		b, ok := c.one(r)
		if !ok {
			lacking = append(lacking, r)
			b, _ = c.one(placeholder)
		}
		out = append(out, b...)
	}
	return out, lacking
}

// one encodes a character, if a printer of this set can be trusted to have it.
func (c Charset) one(r rune) ([]byte, bool) {
	switch {
	case r < utf8.RuneSelf:
		return []byte{byte(r)}, true
	case r == utf8.RuneError, unicode.Is(unicode.Co, r): // private characters have bytes, and every font another glyph
		return nil, false
	}
	set := gb18030.GBK
	if c == GB18030 {
		set = gb18030.GB18030
	}
	b, lost := set.Encode(string(r))
	if len(lost) > 0 || len(b) < 2 { // GBK writes € as the single byte 80, which printers do not know
		return nil, false
	}
	if c == GB2312 && (b[0] < 0xA1 || b[0] > 0xF7 || b[1] < 0xA1) {
		return nil, false
	}
	return b, true
}
