package hospital

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Charset is what MSH-18 says.
type Charset string

// The charsets that the hospital speaks.
const (
	UTF8    Charset = "UNICODE UTF-8"
	GB18030 Charset = "GB 18030-2000"
)

// segment holds a segment's fields, still escaped, by their HL7 numbers; 0 is the name. In MSH, 1 is the separator.
type segment []string

// message is an HL7 v2 message.
type message struct {
	charset  Charset
	segments []segment
}

var errNotHL7 = errors.New("not an HL7 v2 message with the delimiters |^~\\&")

// parse reads a message. The bytes are decoded before they are split: in GB 18030 the second byte of a character may be
// a | or a ^.
func parse(raw []byte) (*message, error) {
	m := &message{charset: charsetOf(raw)}
	text := string(raw)
	if m.charset == GB18030 {
		b, err := simplifiedchinese.GB18030.NewDecoder().Bytes(raw)
		if err != nil {
			return nil, fmt.Errorf("decode %s: %w", m.charset, err)
		}
		text = string(b)
	}
	if !utf8.ValidString(text) || !strings.HasPrefix(text, `MSH|^~\&|`) {
		return nil, errNotHL7
	}
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\r' || r == '\n' }) {
		fields := strings.Split(line, "|")
		if fields[0] == "MSH" {
			fields = append([]string{"MSH", "|"}, fields[1:]...)
		}
		m.segments = append(m.segments, fields)
	}
	return m, nil
}

// charsetOf finds MSH-18 in bytes that are not decoded yet; without one the bytes themselves tell.
func charsetOf(raw []byte) Charset {
	first, _, _ := bytes.Cut(raw, []byte{'\r'})
	switch {
	case bytes.Contains(first, []byte(UTF8)):
		return UTF8
	case bytes.Contains(first, []byte(GB18030)), !utf8.Valid(raw):
		return GB18030
	}
	return UTF8
}

// encode gives the bytes of a message in its charset.
func (m *message) encode() ([]byte, error) {
	var b strings.Builder
	for _, s := range m.segments {
		fields := s
		if s[0] == "MSH" {
			fields = append(segment{"MSH"}, s[2:]...)
		}
		b.WriteString(strings.TrimRight(strings.Join(fields, "|"), "|") + "\r")
	}
	if m.charset == GB18030 {
		out, err := simplifiedchinese.GB18030.NewEncoder().String(b.String())
		return []byte(out), err
	}
	return []byte(b.String()), nil
}

// find gives the first segment of a name, or an empty one.
func (m *message) find(name string) segment {
	for _, s := range m.segments {
		if s[0] == name {
			return s
		}
	}
	return nil
}

// raw gives a field as it stands, "" when it is absent.
func (s segment) raw(field int) string {
	if field < len(s) {
		return s[field]
	}
	return ""
}

// get gives a component of the first repetition of a field, unescaped; components count from 1.
func (s segment) get(field, component int) string {
	first, _, _ := strings.Cut(s.raw(field), "~")
	parts := strings.Split(first, "^")
	if component > len(parts) {
		return ""
	}
	return unescape(parts[component-1])
}

var escapes = strings.NewReplacer(`\`, `\E\`, "|", `\F\`, "^", `\S\`, "&", `\T\`, "~", `\R\`, "\r", " ", "\n", " ")

func escape(s string) string { return escapes.Replace(s) }

func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	plain := map[string]string{"F": "|", "S": "^", "T": "&", "R": "~", "E": `\`}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, `\`)
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		code, after, closed := strings.Cut(rest, `\`)
		if !closed {
			return b.String() + `\` + rest
		}
		b.WriteString(plain[code]) // highlighting and other formatting is dropped
		s = after
	}
}

// join makes a field of components, escaping each and dropping empty ones at the end.
func join(components ...string) string {
	for i, c := range components {
		components[i] = escape(c)
	}
	return strings.TrimRight(strings.Join(components, "^"), "^")
}

// fields makes a segment from a sparse table of fields that are already escaped.
func fields(name string, set map[int]string) segment {
	last := 0
	for n := range set {
		last = max(last, n)
	}
	s := make(segment, last+1)
	for n, v := range set {
		s[n] = v
	}
	s[0] = name
	return s
}
