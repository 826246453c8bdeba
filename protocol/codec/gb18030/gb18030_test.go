package gb18030

import (
	"bytes"
	"slices"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestKnownBytes(t *testing.T) {
	for text, want := range map[string][]byte{
		"乡医":     {0xcf, 0xe7, 0xd2, 0xbd},
		"镕":      {0xe9, 0x46},             // in GBK, not in GB 2312
		"𬱖":      {0x99, 0x33, 0xc3, 0x36}, // a family name, four bytes
		"瓅":      {0xad, 0x7c},             // second byte is the | of HL7
		"誠 a^b":  {0xd5, 0x5c, ' ', 'a', '^', 'b'},
		"\ue000": {0xaa, 0xa1}, "\ue233": {0xaf, 0xfe}, // user-defined characters, as on old identity cards
		"\ue234": {0xf8, 0xa1}, "\ue4c5": {0xfe, 0xfe},
		"\ue4c6": {0xa1, 0x40}, "\ue504": {0xa1, 0x7e}, "\ue505": {0xa1, 0x80}, "\ue765": {0xa7, 0xa0},
		"": {},
	} {
		b, lost := Encode(text)
		if !bytes.Equal(b, want) || lost != nil {
			t.Errorf("Encode(%q) = % x, %v; want % x", text, b, lost, want)
		}
		if back, bad := Decode(want); back != text || bad != 0 {
			t.Errorf("Decode(% x) = %q, %d; want %q", want, back, bad, text)
		}
	}
}

func TestWhatAPrinterCannotPrintIsReported(t *testing.T) {
	b, lost := GBK.Encode("𬱖小龙👍")
	if want := []Lost{{'𬱖', 0}, {'👍', 10}}; !slices.Equal(lost, want) {
		t.Errorf("lost %v, want %v", lost, want)
	}
	if text, bad := GBK.Decode(b); text != "〓小龙〓" || bad != 0 {
		t.Errorf("printed as %q, %d", text, bad)
	}
	if _, lost := GBK.Encode("张镕"); lost != nil {
		t.Errorf("lost %v of a text that GBK holds", lost)
	}
}

func TestBrokenTextIsReportedAndALiteralReplacementIsNot(t *testing.T) {
	b, lost := Encode("a\xffb\xe4\xb9")
	if want := []Lost{{utf8.RuneError, 1}, {utf8.RuneError, 3}, {utf8.RuneError, 4}}; !slices.Equal(lost, want) {
		t.Errorf("lost %v, want %v", lost, want)
	}
	if text, _ := Decode(b); text != "a〓b〓〓" {
		t.Errorf("became %q", text)
	}
	if _, lost := Encode("\ufffd"); lost != nil {
		t.Errorf("a literal replacement character: lost %v", lost)
	}
	if _, lost := Encode("\ufffd\xff"); len(lost) != 1 {
		t.Errorf("beside a broken byte: lost %v", lost)
	}
}

func TestBrokenBytesAreCounted(t *testing.T) {
	for _, b := range [][]byte{{0xff}, {0xcf}, {0x81, 0x30}, {'a', 0xcf, 0xe7, 0xd2}, {0x81, 0x30, 0x81, 'a'}, {0xff, 0xaa, 0xa1}} {
		if text, bad := Decode(b); bad == 0 || !utf8.ValidString(text) {
			t.Errorf("Decode(% x) = %q, %d", b, text, bad)
		}
	}
}

func TestAllOfUnicodeGoesThere(t *testing.T) {
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if r >= 0xd800 && r < 0xe000 || r == utf8.RuneError {
			continue
		}
		b, lost := Encode(string(r))
		if lost != nil && (r >= 0xe766 && r <= 0xe864 || r == takenPlace) {
			continue // places that national editions filled later: refused, never mistaken
		}
		if text, bad := Decode(b); lost != nil || bad != 0 || text != string(r) {
			t.Fatalf("%U went as % x and came back as %q (lost %v)", r, b, text, lost)
		}
		for i, c := range b {
			if i > 0 && c < 0x30 {
				t.Fatalf("%U = % x: a control byte inside a character would break the framing of HL7", r, b)
			}
		}
	}
}

func TestTextsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		for _, c := range []Charset{GB18030, GBK} {
			b, lost := c.Encode(text)
			back, bad := c.Decode(b)
			if len(lost) == 0 && (back != text || bad != bytes.Count([]byte(text), []byte("\ufffd"))) {
				t.Fatalf("%v: %q came back as %q (%d bad)", c, text, back, bad)
			}
			if again, _ := c.Encode(back); !bytes.Equal(again, b) {
				t.Fatalf("%v: % x became % x", c, b, again)
			}
			if utf8.RuneCountInString(back) != utf8.RuneCountInString(text) {
				t.Fatalf("%v: %q came back as %q: another length", c, text, back)
			}
		}
	})
}

func TestSetsAreNamedAsTable0211Does(t *testing.T) {
	if GB18030.String() != "GB 18030-2000" || GBK.String() != "GBK" {
		t.Error(GB18030, GBK)
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"\xcf\xe7\xd2\xbd", "\x81\x30\x81\x30", "\xaa\xa1", "\xff", "\xe3\x32\x9a\x36"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, c := range []Charset{GB18030, GBK} {
			text, bad := c.Decode(b)
			if !utf8.ValidString(text) || (bad > 0) != bytes.Contains([]byte(text), []byte("\ufffd")) {
				t.Fatalf("%v: Decode(% x) = %q, %d", c, b, text, bad)
			}
			if _, lost := c.Encode(text); c == GB18030 && len(lost) > 0 {
				t.Fatalf("%q was decoded and cannot be encoded: %v", text, lost)
			}
		}
	})
}
