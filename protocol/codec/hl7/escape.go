package hl7

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// unescape turns the escape sequences of a text into characters: \F\ \S\ \T\ \R\ \E\ \P\ into delimiters, \Xhh…\ into the
// characters of these bytes, \.br\ and \.sp\ into a new line; \H\ and \N\ (highlighting) vanish. What it does not understand
// stays as it was sent, a lone escape character too (C:\temp): nothing of a text is dropped.
func unescape(s string, d Delimiters, c Charset) string {
	if strings.IndexByte(s, d.Escape) < 0 {
		return s
	}
	var out strings.Builder
	for {
		start := strings.IndexByte(s, d.Escape)
		if start < 0 {
			break
		}
		length := strings.IndexByte(s[start+1:], d.Escape)
		if length < 0 {
			break
		}
		out.WriteString(s[:start])
		sequence := s[start+1 : start+1+length]
		after := s[start+length+2:]
		if text, ok := meaning(sequence, d, c); ok {
			out.WriteString(text)
			s = after
			continue
		}
		out.WriteByte(d.Escape)
		out.WriteString(sequence)
		if foreign(sequence) { // an escape that is not ours to read: both its ends belong to it
			out.WriteByte(d.Escape)
			s = after
		} else { // no escape at all: the second one may begin one
			s = s[start+length+1:]
		}
	}
	out.WriteString(s)
	return out.String()
}

func meaning(sequence string, d Delimiters, c Charset) (string, bool) {
	switch sequence {
	case "F":
		return string(rune(d.Field)), true
	case "S":
		return string(rune(d.Component)), true
	case "T":
		return string(rune(d.Sub)), true
	case "R":
		return string(rune(d.Repeat)), true
	case "E":
		return string(rune(d.Escape)), true
	case "P":
		return string(rune(d.Truncation)), d.Truncation != 0
	case "H", "N":
		return "", true
	case ".br", ".BR", ".sp", ".SP":
		return "\n", true
	}
	if digits, ok := strings.CutPrefix(sequence, "X"); ok && digits != "" {
		b, err := hex.DecodeString(digits)
		if err != nil {
			return "", false
		}
		text, bad := c.decode(b)
		return text, bad < 0
	}
	return "", false
}

// foreign reports whether a sequence has the form of one: local (\Z…\), character sets (\C…\, \M…\), formatting (\.in4\), bytes.
func foreign(sequence string) bool {
	return sequence != "" && strings.ContainsRune("ZCM.X", rune(sequence[0]))
}

// escape is the inverse of unescape for every text.
func escape(s string, d Delimiters) string {
	if strings.IndexFunc(s, func(r rune) bool { return needsEscape(r, d) }) < 0 {
		return s
	}
	var out strings.Builder
	for _, r := range s {
		if !needsEscape(r, d) {
			out.WriteRune(r)
			continue
		}
		out.WriteByte(d.Escape)
		out.WriteString(sequenceFor(byte(r), d))
		out.WriteByte(d.Escape)
	}
	return out.String()
}

// needsEscape is true of delimiters, and of control characters but TAB: CR would end the segment, VT and FS the frame.
func needsEscape(r rune, d Delimiters) bool {
	switch {
	case r < ' ' || r == 0x7f:
		return r != '\t'
	case r > 0x7f:
		return false
	}
	c := byte(r)
	return c == d.Field || c == d.Component || c == d.Repeat || c == d.Escape || c == d.Sub || c == d.Truncation
}

func sequenceFor(c byte, d Delimiters) string {
	switch c {
	case d.Field:
		return "F"
	case d.Component:
		return "S"
	case d.Sub:
		return "T"
	case d.Repeat:
		return "R"
	case d.Escape:
		return "E"
	case '\n':
		return ".br"
	}
	if c == d.Truncation && c != 0 {
		return "P"
	}
	return fmt.Sprintf("X%02X", c)
}
