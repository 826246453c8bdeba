package hl7

import "strings"

// parser splits text that is Unicode already.
type parser struct {
	Delimiters
	charset Charset
	parts   int
}

func (p *parser) segments(text string) ([]Segment, error) {
	var out []Segment
	for offset := 0; offset < len(text); {
		line, next := p.line(text[offset:])
		if line != "" {
			s, kind := p.segment(line, len(out) == 0)
			if kind == 0 && p.parts > MaxParts {
				kind = TooLarge
			}
			if kind != 0 {
				return nil, &Error{Kind: kind, Segment: len(out) + 1, Offset: offset}
			}
			out = append(out, s)
		}
		offset += next
	}
	return out, nil
}

// line returns the first line of text and where the next begins. CR ends a line, and LF does where a segment follows or nothing:
// otherwise LF is part of a text, as some senders leave it.
func (p *parser) line(text string) (line string, next int) {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\r':
			return text[:i], i + 1
		case '\n':
			behind := i + 1
			for behind < len(text) && text[behind] == '\n' {
				behind++
			}
			if i == 0 || behind == len(text) || text[behind] == '\r' || p.begins(text[behind:]) {
				return text[:i], behind
			}
			i = behind - 1
		}
	}
	return text, len(text)
}

// begins reports whether text begins like a segment: PID|.
func (p *parser) begins(text string) bool {
	return len(text) > 3 && segmentName(text[:3]) && text[3] == p.Field
}

func segmentName(s string) bool {
	if len(s) != 3 {
		return false
	}
	for i := range 3 {
		upper := s[i] >= 'A' && s[i] <= 'Z'
		if !upper && (i == 0 || s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return true
}

// segment reads one line. The kind is 0 when all is well.
func (p *parser) segment(line string, header bool) (Segment, Kind) {
	if len(line) < 3 || !segmentName(line[:3]) || len(line) > 3 && line[3] != p.Field || (line[:3] == "MSH") != header {
		return Segment{}, BadSegment
	}
	s := Segment{Name: line[:3]}
	p.parts++
	if len(line) == 3 {
		return s, 0
	}
	rest := line[4:]
	if header {
		s.Fields = append(s.Fields, Field{{{string(rune(p.Field))}}}, Field{{{p.encoding()}}})
		_, after, more := strings.Cut(rest, string(rune(p.Field)))
		if !more {
			return s, 0
		}
		rest = after
	}
	for _, text := range p.split(rest, p.Field) {
		if p.parts > MaxParts {
			return Segment{}, TooLarge
		}
		s.Fields = append(s.Fields, p.field(text))
	}
	return s, 0
}

// split is strings.Split that counts what it makes before it makes it.
func (p *parser) split(text string, delimiter byte) []string {
	n := strings.Count(text, string(rune(delimiter))) + 1
	p.parts += n
	if p.parts > MaxParts {
		return nil
	}
	return strings.SplitN(text, string(rune(delimiter)), n)
}

func (p *parser) field(text string) Field {
	if text == "" {
		return nil
	}
	var out Field
	for _, repeat := range p.split(text, p.Repeat) {
		out = append(out, p.repeat(repeat))
	}
	return out
}

func (p *parser) repeat(text string) Repeat {
	if text == "" {
		return nil
	}
	var out Repeat
	for _, component := range p.split(text, p.Component) {
		out = append(out, p.component(component))
	}
	return out
}

func (p *parser) component(text string) Component {
	if text == "" {
		return nil
	}
	out := Component(p.split(text, p.Sub))
	for i := range out {
		out[i] = unescape(out[i], p.Delimiters, p.charset)
	}
	return out
}
