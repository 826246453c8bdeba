package pdf

import (
	"strings"
	"unicode"
)

// notFirst may not begin a line, notLast may not end one.
const (
	notFirst = "，。、；：？！）》」』】”’…～·,.;:?!)]}%℃"
	notLast  = "（《「『【“‘([{"
)

// wrap breaks a text into lines of at most width points. Chinese breaks between
// any two characters but around punctuation; a Latin word or a number stays
// whole unless it alone is wider than the line. There is always a line.
func (s *sheet) wrap(text string, width, size float64) []string {
	var out []string
	for _, paragraph := range strings.Split(s.clean(text), "\n") {
		out = append(out, s.wrapParagraph([]rune(paragraph), width/size)...)
	}
	return out
}

func (s *sheet) wrapParagraph(text []rune, width float64) []string {
	var out []string
	for len(text) > 0 {
		n := s.fit(text, width)
		if n < len(text) {
			n = breakAt(text, n)
		}
		out = append(out, strings.TrimRight(string(text[:n]), " "))
		text = text[n:]
		for len(text) > 0 && text[0] == ' ' {
			text = text[1:]
		}
	}
	if out == nil {
		return []string{""}
	}
	return out
}

// fit is how many characters go into width ems; at least one.
func (s *sheet) fit(text []rune, width float64) int {
	w := 0.0
	for i, r := range text {
		w += s.runeWidth(r)
		if w > width && i > 0 {
			return i
		}
	}
	return len(text)
}

// breakAt goes back from n, the first character that no longer fits, to where
// the line may end. A line without such a place is cut at n.
func breakAt(text []rune, n int) int {
	for i := n; i > 0; i-- {
		if mayBreak(text[i-1], text[i]) {
			return i
		}
	}
	return n
}

func mayBreak(before, after rune) bool {
	if strings.ContainsRune(notFirst, after) || strings.ContainsRune(notLast, before) {
		return false
	}
	return !inWord(before) || !inWord(after)
}

// inWord holds for what makes words and numbers that stay together: 36.60, mmol/L.
func inWord(r rune) bool {
	return r < 0x2E80 && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_/.*^#@+", r))
}
