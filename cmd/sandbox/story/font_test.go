package story

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
)

// font makes the tables of a TrueType font with so many glyphs, of which some are drawn.
func font(glyphs, drawn int) []byte {
	head := make([]byte, 54)
	binary.BigEndian.PutUint16(head[50:], 1)
	loca := make([]byte, 4*(glyphs+1))
	for i := range glyphs {
		end := min(i+1, drawn) * 10
		binary.BigEndian.PutUint32(loca[4*(i+1):], uint32(end))
	}
	out := make([]byte, 12+2*16)
	binary.BigEndian.PutUint16(out[4:], 2)
	for i, x := range []struct {
		tag  string
		data []byte
	}{{"head", head}, {"loca", loca}} {
		copy(out[12+16*i:], x.tag)
		binary.BigEndian.PutUint32(out[12+16*i+8:], uint32(len(out)))
		binary.BigEndian.PutUint32(out[12+16*i+12:], uint32(len(x.data)))
		out = append(out, x.data...)
	}
	return out
}

func pdfOf(font []byte) []byte {
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	_, _ = z.Write(font)
	_ = z.Close()
	return fmt.Appendf(nil, "%%PDF-1.4\n16 0 obj\n<<>>\nendobj\n6 0 obj\n<</Length %d>>\nstream\n%s\nendstream\nendobj\n7 0 obj\n<</FontFile2 6 0 R>>\nendobj\n", packed.Len(), packed.Bytes())
}

func TestOnlyWhatThePaperNeedsMayBeEmbedded(t *testing.T) {
	for name, x := range map[string]struct {
		pdf   []byte
		drawn int
		err   error
	}{
		"a subset that keeps its numbers": {pdfOf(font(30000, 120)), 120, nil},
		"a whole font":                    {pdfOf(font(30000, 30000)), 30000, nil},
		"no font":                         {[]byte("%PDF-1.4\n"), 0, errNoFont},
		"an object that is missing":       {[]byte("%PDF-1.4\n/FontFile2 6 0 R"), 0, errFont},
	} {
		files, err := fontFiles(x.pdf)
		if !errors.Is(err, x.err) {
			t.Errorf("%s: %v", name, err)
		}
		for _, f := range files {
			if got, err := outlines(f); err != nil || got != x.drawn {
				t.Errorf("%s: %d glyphs are drawn, %v", name, got, err)
			}
		}
	}
	if _, err := outlines([]byte("OTTO")); !errors.Is(err, errFont) {
		t.Errorf("what is no font: %v", err)
	}
}
