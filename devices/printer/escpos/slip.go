// Package escpos writes slips in the command language of receipt printers (ESC/POS) and reads their status bytes. It is
// pure: bytes out, bytes in; no port, no clock. It does not know what a slip says.
//
// Text is Chinese first: characters are checked against what the printer's font holds before they are sent, because a
// printer that lacks a character of a name prints a wrong one without a word. Control characters never pass from text
// into the command stream.
package escpos

import (
	"image"
	"strings"

	"golang.org/x/text/width"

	"xiangyi/protocol/codec/gb18030"
)

// Align is where a line stands.
type Align byte

// The alignments, with their command values.
const (
	Left   Align = 0
	Center Align = 1
	Right  Align = 2
)

// Profile is what must be known of a printer model to write for it. The zero value is a 58 mm GB 18030 printer with a
// full cut.
type Profile struct {
	Columns int     // half-width characters a line: 32 on 58 mm paper (the default), 48 on 80 mm
	Charset Charset // default GB18030
	Partial bool    // cut leaves a bridge, for printers that would drop the slip
	// Draw makes an image of a line that holds characters which the printer lacks, black on white, no wider than the
	// paper. Nil prints the placeholder 〓 for each such character and lists it in Missing.
	Draw func(line string) image.Image
}

// Slip is a slip being written. It is not safe for concurrent use.
type Slip struct {
	profile Profile
	out     []byte
	size    int   // width factor of the text that follows
	align   Align // where the text that follows stands
	missing []rune
}

// placeholder stands for a character that the printer cannot print; every Chinese character set has it.
const placeholder = gb18030.Substitute

// New begins a slip: the printer is reset and put into Chinese mode.
func New(p Profile) *Slip {
	if p.Columns <= 0 {
		p.Columns = 32
	}
	if p.Charset == "" {
		p.Charset = GB18030
	}
	s := &Slip{profile: p, size: 1}
	return s.raw(0x1B, 0x40, 0x1C, 0x26)
}

func (s *Slip) raw(b ...byte) *Slip {
	s.out = append(s.out, b...)
	return s
}

// Align sets where the following lines stand.
func (s *Slip) Align(a Align) *Slip {
	s.align = a
	return s.raw(0x1B, 0x61, byte(a))
}

// Bold switches bold print.
func (s *Slip) Bold(on bool) *Slip {
	if on {
		return s.raw(0x1B, 0x45, 1)
	}
	return s.raw(0x1B, 0x45, 0)
}

// Size sets how many times wider and higher (1–8 each) the following text is. Chinese characters need their own command
// for doubling on many printers, so both are sent.
func (s *Slip) Size(wide, high int) *Slip {
	wide, high = min(max(wide, 1), 8), min(max(high, 1), 8)
	s.size = wide
	var cjk byte
	if wide > 1 {
		cjk |= 0x04
	}
	if high > 1 {
		cjk |= 0x08
	}
	return s.raw(0x1D, 0x21, byte(wide-1)<<4|byte(high-1), 0x1C, 0x21, cjk)
}

// Line prints a text, broken where the paper ends, and starts a new line. Line ends within the text are kept.
func (s *Slip) Line(text string) *Slip {
	for _, paragraph := range strings.Split(text, "\n") {
		for _, line := range wrap(clean(paragraph), s.profile.Columns/s.size) {
			s.printLine(line)
		}
	}
	return s
}

// Pair prints a name at the left and its value at the right of one line, or on two lines when they do not fit.
func (s *Slip) Pair(name, value string) *Slip {
	name, value = clean(name), clean(value)
	room := s.profile.Columns/s.size - columns(name) - columns(value)
	if room < 1 {
		before := s.align
		return s.Line(name).Align(Right).Line(value).Align(before)
	}
	s.printLine(name + strings.Repeat(" ", room) + value)
	return s
}

// Rule prints a line across the paper.
func (s *Slip) Rule() *Slip {
	s.printLine(strings.Repeat("-", s.profile.Columns/s.size))
	return s
}

// Feed moves the paper by n lines (at most 255).
func (s *Slip) Feed(n int) *Slip { return s.raw(0x1B, 0x64, byte(min(max(n, 0), 255))) }

// Cut feeds the print past the knife and cuts.
func (s *Slip) Cut() *Slip {
	s.Feed(3)
	if s.profile.Partial {
		return s.raw(0x1D, 0x56, 1)
	}
	return s.raw(0x1D, 0x56, 0)
}

// Bytes returns the slip so far. The slice is the caller's.
func (s *Slip) Bytes() []byte { return append([]byte(nil), s.out...) }

// Missing lists the characters that were replaced by 〓, in the order met, each once: show them to a person, for one may
// be in a name.
func (s *Slip) Missing() []rune { return append([]rune(nil), s.missing...) }

// printLine sends one line that fits the paper: as text, or as an image when the font lacks a part of it.
func (s *Slip) printLine(line string) {
	encoded, lacking := s.profile.Charset.encode(line)
	if len(lacking) > 0 && s.profile.Draw != nil {
		if img := s.profile.Draw(line); img != nil {
			s.Image(img)
			return
		}
	}
	for _, r := range lacking {
		if !containsRune(s.missing, r) {
			s.missing = append(s.missing, r)
		}
	}
	s.out = append(append(s.out, encoded...), '\n')
}

func containsRune(list []rune, r rune) bool {
	for _, have := range list {
		if have == r {
			return true
		}
	}
	return false
}

// clean keeps what can be printed: a control character in a name must not become a command.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r < 0x20, r >= 0x7F && r < 0xA0, r == 0xFEFF:
			return -1
		}
		return r
	}, text)
}

// columns counts the half-width places that a text takes.
func columns(text string) int {
	n := 0
	for _, r := range text {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth, width.EastAsianAmbiguous:
		return 2 // ambiguous ones (°, ①, “) come from the Chinese font and take a full place
	}
	return 1
}

// wrap breaks a text into lines of at most limit places. It breaks between any two characters, as Chinese does, but
// keeps a run of Latin letters and digits together where it fits on a line.
func wrap(text string, limit int) []string {
	limit = max(limit, 2)
	var lines []string
	line, used := "", 0
	for _, word := range words(text) {
		w := columns(word)
		if used > 0 && used+w > limit {
			lines = append(lines, strings.TrimRight(line, " "))
			line, used = "", 0
			word = strings.TrimLeft(word, " ")
		}
		for _, r := range word {
			if used+runeColumns(r) > limit {
				lines = append(lines, line)
				line, used = "", 0
			}
			line += string(r)
			used += runeColumns(r)
		}
	}
	return append(lines, line)
}

// words splits a text into what may not be broken: a run of narrow non-spaces, a space, or one wide character.
func words(text string) []string {
	var out []string
	run := ""
	for _, r := range text {
		if runeColumns(r) == 1 && r != ' ' {
			run += string(r)
			continue
		}
		if run != "" {
			out = append(out, run)
			run = ""
		}
		out = append(out, string(r))
	}
	if run != "" {
		out = append(out, run)
	}
	return out
}
