package frame

import (
	"encoding/binary"
	"errors"

	"xiangyi/protocol"
)

// A body is three streams: the columns, the definitions of words in the order
// in which the columns first use them, and the bytes of identifiers, which do
// not compress.
type streams struct{ columns, words, raw []byte }

// join puts columns and words into one piece for the compressor.
func (s *streams) join() []byte {
	b := binary.AppendUvarint(nil, uint64(len(s.columns)))
	return append(append(b, s.columns...), s.words...)
}

var errBody = errors.New("body ends early or names no possible content")

// source takes a stream apart. After the first fault it gives zeros.
type source struct {
	b   []byte
	bad bool
}

func (p *source) fail() { p.b, p.bad = nil, true }

func (p *source) take(n int) []byte {
	if n < 0 || n > len(p.b) {
		p.fail()
		return nil
	}
	v := p.b[:n]
	p.b = p.b[n:]
	return v
}

func (p *source) byte() byte {
	if v := p.take(1); v != nil {
		return v[0]
	}
	return 0
}

func (p *source) uvarint() uint64 {
	v, n := binary.Uvarint(p.b)
	if n <= 0 {
		p.fail()
		return 0
	}
	p.b = p.b[n:]
	return v
}

func (p *source) varint() int64 {
	v, n := binary.Varint(p.b)
	if n <= 0 {
		p.fail()
		return 0
	}
	p.b = p.b[n:]
	return v
}

// context is what a cell may refer to without saying it: whose Change it stands
// in, the identifier minted there, and when.
type context struct {
	subject string
	rev     protocol.Rev // the write's; of the first for the Change itself
	ms      int64        // since 1970
}

func contextOf(c *protocol.Change, write int) context {
	return context{string(c.Subject), c.Rev(write), c.HLC.Time().UnixMilli()}
}

// count reads a number of elements of at least size bytes each.
func (p *source) count(size int) int {
	n := p.uvarint()
	if n > uint64(len(p.b)/size) {
		p.fail()
		return 0
	}
	return int(n)
}

func (p *source) str() string { return string(p.take(p.count(1))) }
