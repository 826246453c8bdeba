package frame

import (
	"bytes"
	"strings"

	"xiangyi/protocol"
)

// A value is taken apart into its shape, the JSON with a mark in the place of
// each string and number, and what stood there. Values of one shape differ in
// little, and what stands in one place in all of them looks alike.
const (
	stringMark = 0x01
	numberMark = 0x02
)

// leaf is what stood in one place: a string without its quotes, still escaped,
// or the digits of a number.
type leaf struct {
	text   string
	number bool
}

// takeApart gives shape and leaves. What is not canonical JSON has the shape of a
// single mark without quotes around it: put together it is the same bytes.
func takeApart(v protocol.Value) (string, []leaf) {
	var shape []byte
	var leaves []leaf
	for i := 0; i < len(v); {
		switch c := v[i]; {
		case c == '"':
			end := stringEnd(v, i)
			if end < 0 {
				return whole(v)
			}
			if end < len(v) && v[end] == ':' {
				if bytes.ContainsAny(v[i:end], "\x01\x02") {
					return whole(v)
				}
				shape = append(shape, v[i:end]...)
			} else {
				shape = append(shape, stringMark)
				leaves = append(leaves, leaf{text: string(v[i+1 : end-1])})
			}
			i = end
		case c == '-' || c >= '0' && c <= '9':
			end := i + 1
			for end < len(v) && strings.IndexByte("0123456789+-.eE", v[end]) >= 0 {
				end++
			}
			shape = append(shape, numberMark)
			leaves = append(leaves, leaf{string(v[i:end]), true})
			i = end
		case c < ' ':
			return whole(v)
		default:
			shape = append(shape, c)
			i++
		}
	}
	return string(shape), leaves
}

// whole is a value that is one leaf: a number's mark has no quotes.
func whole(v protocol.Value) (string, []leaf) {
	return string([]byte{numberMark}), []leaf{{string(v), true}}
}

// stringEnd is behind the closing quote of the string that begins at i.
func stringEnd(v []byte, i int) int {
	for i++; i < len(v); i++ {
		switch v[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}

// marks counts the places of a shape.
func marks(shape string) int {
	return strings.Count(shape, string(rune(stringMark))) + strings.Count(shape, string(rune(numberMark)))
}

// putTogether is the other way round.
func putTogether(shape string, leaves []string) protocol.Value {
	var b bytes.Buffer
	for i := range len(shape) {
		switch c := shape[i]; c {
		case stringMark:
			b.WriteByte('"')
			b.WriteString(leaves[0])
			b.WriteByte('"')
			leaves = leaves[1:]
		case numberMark:
			b.WriteString(leaves[0])
			leaves = leaves[1:]
		default:
			b.WriteByte(c)
		}
	}
	return b.Bytes()
}
