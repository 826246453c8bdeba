package pdf

import (
	"strings"
	"unicode"
)

// Align is where a line stands in its column.
type Align int

// The three ways.
const (
	Left Align = iota
	Centre
	Right
)

// leading is the distance of lines, of the size of their letters. The library's
// own is too tight for Chinese.
const leading = 1.5

// geta stands for a character that the font lacks. It is in the font.
const geta = '〓'

// clean makes a text printable: what the font lacks becomes 〓, control and
// format characters go, a tab is a space. Line breaks stay.
func (s *sheet) clean(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n':
			b.WriteRune(r)
		case r == '\t':
			b.WriteRune(' ')
		case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r):
		case s.has(r):
			b.WriteRune(r)
		default:
			s.note(r)
			b.WriteRune(geta)
		}
	}
	return b.String()
}

func (s *sheet) has(r rune) bool {
	ok, err := s.gp.IsCurrFontContainGlyph(r)
	if err != nil && s.err == nil {
		s.err = err
	}
	return ok
}

func (s *sheet) setSize(size float64) {
	if err := s.gp.SetFont(family, "", size); err != nil && s.err == nil {
		s.err = err
	}
}

// measure is the width of a cleaned line.
func (s *sheet) measure(text string, size float64) float64 {
	w := 0.0
	for _, r := range text {
		w += s.runeWidth(r)
	}
	return w * size
}

// runeWidth is the width of a character of size 1.
func (s *sheet) runeWidth(r rune) float64 {
	if w, ok := s.widths[r]; ok {
		return w
	}
	s.setSize(100)
	w, err := s.gp.MeasureTextWidth(string(r))
	if err != nil && s.err == nil {
		s.err = err
	}
	s.widths[r] = w / 100
	return w / 100
}

// put writes a cleaned line with its base at y.
func (s *sheet) put(line string, x, y, size float64) {
	if s.err != nil || line == "" {
		return
	}
	s.setSize(size)
	s.gp.SetXY(x, y)
	if err := s.gp.Text(line); err != nil && s.err == nil {
		s.err = err
	}
}

// line writes one cleaned line in a column and moves below it.
func (s *sheet) line(text string, x, width, size float64, align Align) {
	at := x
	switch align {
	case Centre:
		at += (width - s.measure(text, size)) / 2
	case Right:
		at += width - s.measure(text, size)
	}
	s.put(text, at, s.y+size*((leading-1)/2+0.88), size)
	s.y += size * leading
}

func (s *sheet) lines(lines []string, x, width, size float64, align Align) {
	for _, l := range lines {
		s.line(l, x, width, size, align)
	}
}

// flow writes a text over the whole width, from page to page.
func (s *sheet) flow(text string, size float64) {
	for _, l := range s.wrap(text, s.inner(), size) {
		s.room(size * leading)
		s.line(l, s.margin, s.inner(), size, Left)
	}
}
