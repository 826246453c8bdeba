package ledger

import (
	"bytes"
	"encoding/binary"
	"errors"

	"xiangyi/protocol/seal"
)

var errCut = errors.New("bytes end early or are left over")

// cutter takes fields off a byte slice. After the first fault it gives zeros
// and is bad.
type cutter struct {
	b   []byte
	bad bool
}

func (c *cutter) take(n int) []byte {
	if n < 0 || n > len(c.b) {
		c.b, c.bad = nil, true
		return nil
	}
	v := c.b[:n]
	c.b = c.b[n:]
	return v
}

func (c *cutter) byte() byte {
	if v := c.take(1); v != nil {
		return v[0]
	}
	return 0
}

func (c *cutter) u64() uint64 {
	if v := c.take(8); v != nil {
		return binary.BigEndian.Uint64(v)
	}
	return 0
}

func (c *cutter) u16() uint16 {
	if v := c.take(2); v != nil {
		return binary.BigEndian.Uint16(v)
	}
	return 0
}

func (c *cutter) uvarint() uint64 {
	v, n := binary.Uvarint(c.b)
	if n <= 0 {
		c.take(-1)
		return 0
	}
	c.b = c.b[n:]
	return v
}

// count reads a number of elements of at least size bytes each.
func (c *cutter) count(size int) int {
	n := c.uvarint()
	if n > uint64(len(c.b)/size) {
		c.take(-1)
		return 0
	}
	return int(n)
}

// name reads a name that ends with a zero byte.
func (c *cutter) name() string {
	at := bytes.IndexByte(c.b, 0)
	if at < 0 {
		c.take(-1)
		return ""
	}
	name := string(c.b[:at])
	c.b = c.b[at+1:]
	return name
}

func (c *cutter) text() string { return string(c.take(c.count(1))) }

func (c *cutter) digest() (d seal.Digest) {
	copy(d[:], c.take(len(d)))
	return d
}

// rest takes everything that is left.
func (c *cutter) rest() []byte {
	b := c.b
	c.b = nil
	return b
}

func appendText[S ~string](b []byte, s S) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}
