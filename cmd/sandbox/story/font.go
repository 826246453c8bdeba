package story

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

var (
	errNoFont    = errors.New("the PDF embeds no font")
	errWholeFont = errors.New("the PDF embeds a whole font, not a subset")
	errFont      = errors.New("an embedded font cannot be read")
)

// embedded checks that every font of a PDF is embedded, and only as much of it as the text needs. pdffonts looks where it
// is installed; how much is embedded is counted here, since a font's name does not prove it.
func embedded(ctx context.Context, pdf []byte) error {
	out, err := tool(ctx, pdf, "pdffonts", "-")
	if err != nil {
		return err
	}
	if out != nil {
		if err := fontTable(string(out)); err != nil {
			return err
		}
	}
	files, err := fontFiles(pdf)
	if err != nil {
		return err
	}
	for _, f := range files {
		drawn, err := outlines(f)
		if err != nil {
			return err
		}
		if drawn > mostGlyphs {
			return fmt.Errorf("%w: %d glyphs", errWholeFont, drawn)
		}
	}
	return nil
}

// mostGlyphs is far more than a report has different characters, and far less than any Chinese font has: GB 2312 alone,
// the smallest set, has 6,763.
const mostGlyphs = 3000

// fontTable reads what pdffonts prints: after two lines of heading, one line a font, which ends in emb sub uni and the
// object's two numbers. A font must be embedded, and its text must be findable.
func fontTable(out string) error {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) < 3 {
		return errNoFont
	}
	for _, l := range lines[2:] {
		f := strings.Fields(l)
		if len(f) < 6 || f[len(f)-5] != "yes" || f[len(f)-3] != "yes" {
			return fmt.Errorf("%w: %s", errNoFont, l)
		}
	}
	return nil
}

var fontFile = regexp.MustCompile(`/FontFile2\s+(\d+) 0 R`)

// fontFiles unpacks the TrueType programs of a PDF whose objects stand in clear, as in PDF 1.4.
func fontFiles(pdf []byte) ([][]byte, error) {
	var out [][]byte
	for _, m := range fontFile.FindAllSubmatch(pdf, -1) {
		object, err := regexp.Compile(`(?:^|[\r\n ])` + string(m[1]) + ` 0 obj\b`)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errFont, err)
		}
		at := object.FindIndex(pdf)
		if at == nil {
			return nil, fmt.Errorf("%w: object %s is missing", errFont, m[1])
		}
		_, stream, ok := bytes.Cut(pdf[at[1]:], []byte("stream"))
		if !ok {
			return nil, fmt.Errorf("%w: object %s has no stream", errFont, m[1])
		}
		z, err := zlib.NewReader(bytes.NewReader(bytes.TrimLeft(stream, "\r\n")))
		if err != nil {
			return nil, fmt.Errorf("%w: object %s: %w", errFont, m[1], err)
		}
		f, err := io.ReadAll(io.LimitReader(z, 64<<20))
		if err != nil {
			return nil, fmt.Errorf("%w: object %s: %w", errFont, m[1], err)
		}
		out = append(out, f)
	}
	if len(out) == 0 {
		return nil, errNoFont
	}
	return out, nil
}

// outlines counts the glyphs of a TrueType font that are drawn: entries of table loca that are not empty. A subset keeps
// the numbers of its glyphs and empties the rest.
func outlines(font []byte) (int, error) {
	head, loca := table(font, "head"), table(font, "loca")
	if len(head) < 54 || loca == nil {
		return 0, fmt.Errorf("%w: no table head or loca", errFont)
	}
	size := 2 // bytes of an entry, by head.indexToLocFormat
	if binary.BigEndian.Uint16(head[50:]) == 1 {
		size = 4
	}
	drawn := 0
	for at := 0; at+2*size <= len(loca); at += size {
		if !bytes.Equal(loca[at:at+size], loca[at+size:at+2*size]) {
			drawn++
		}
	}
	return drawn, nil
}

// table finds a table of a TrueType font; nil when there is none.
func table(font []byte, tag string) []byte {
	if len(font) < 12 {
		return nil
	}
	for i := range int(binary.BigEndian.Uint16(font[4:])) {
		at := 12 + 16*i
		if at+16 > len(font) {
			return nil
		}
		if string(font[at:at+4]) != tag {
			continue
		}
		from, n := int(binary.BigEndian.Uint32(font[at+8:])), int(binary.BigEndian.Uint32(font[at+12:]))
		if from+n > len(font) {
			return nil
		}
		return font[from : from+n]
	}
	return nil
}
