package seal

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"sync"
)

// MaxValue is the largest plaintext that SealValue takes and OpenValue gives back: 4 MiB. Larger things are blobs, which
// travel in chunks.
const MaxValue = 4 << 20

// ErrTooLarge is returned for a value over MaxValue, before sealing or while inflating.
var ErrTooLarge = errors.New("seal: value over 4 MiB")

// How the bytes behind the flag are stored. The flag is inside the seal: nobody outside learns whether a value shrank, except
// by its length.
const (
	storedRaw     byte = 0
	storedDeflate byte = 1
)

// worthDeflating is the length under which Deflate never gains anything on our records.
const worthDeflating = 64

// SealValue compresses plaintext when that helps and seals it. It refuses more than MaxValue with ErrTooLarge. Do not use it
// where a stranger can choose part of a plaintext and see how long the rest becomes.
func SealValue(k Key, rand io.Reader, plaintext, aad []byte) ([]byte, error) {
	return k.Prepare().SealValue(rand, plaintext, aad)
}

// OpenValue is the inverse of SealValue. Errors: ErrOpen, ErrTooLarge.
func OpenValue(k Key, sealed, aad []byte) ([]byte, error) {
	return k.Prepare().OpenValue(sealed, aad)
}

// SealValue is the package's SealValue under the prepared key.
func (c *Cipher) SealValue(rand io.Reader, plaintext, aad []byte) ([]byte, error) {
	if len(plaintext) > MaxValue {
		return nil, ErrTooLarge
	}
	return c.Seal(rand, pack(plaintext), aad)
}

// OpenValue is the package's OpenValue under the prepared key.
func (c *Cipher) OpenValue(sealed, aad []byte) ([]byte, error) {
	packed, err := c.Open(sealed, aad)
	if err != nil {
		return nil, err
	}
	return unpack(packed)
}

// Writers are costly to make (their tables are larger than most values), so they are kept between calls.
var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(io.Discard, flate.BestSpeed)
	if err != nil {
		panic("seal: deflate refused its own level: " + err.Error()) // cannot happen: the level is a constant of the library
	}
	return w
}}

var inflaters = sync.Pool{New: func() any { return flate.NewReader(bytes.NewReader(nil)) }}

// pack puts the flag before plaintext, deflated if it becomes shorter.
func pack(plaintext []byte) []byte {
	if len(plaintext) >= worthDeflating {
		if packed, ok := deflate(plaintext); ok {
			return packed
		}
	}
	return append([]byte{storedRaw}, plaintext...)
}

func deflate(plaintext []byte) ([]byte, bool) {
	out := bytes.NewBuffer(make([]byte, 0, 1+len(plaintext)))
	out.WriteByte(storedDeflate)
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	w.Reset(out)
	if _, err := w.Write(plaintext); err != nil {
		return nil, false
	}
	if err := w.Close(); err != nil {
		return nil, false
	}
	return out.Bytes(), out.Len() <= len(plaintext)
}

// unpack reads what pack wrote. It is reached only by authentic bytes, and is bounded all the same: a defect at one site must
// not fill the memory of another.
func unpack(packed []byte) ([]byte, error) {
	if len(packed) == 0 {
		return nil, fmt.Errorf("%w: no flag", ErrOpen)
	}
	body := packed[1:]
	switch packed[0] {
	case storedRaw:
		if len(body) > MaxValue {
			return nil, ErrTooLarge
		}
		return body, nil
	case storedDeflate:
		return inflate(body)
	default:
		return nil, fmt.Errorf("%w: unknown flag %d", ErrOpen, packed[0])
	}
}

func inflate(body []byte) ([]byte, error) {
	r := inflaters.Get().(io.ReadCloser)
	defer inflaters.Put(r)
	source := bytes.NewReader(body)
	if err := r.(flate.Resetter).Reset(source, nil); err != nil {
		return nil, fmt.Errorf("%w: inflate", ErrOpen)
	}
	var out bytes.Buffer
	out.Grow(min(4*len(body), MaxValue) + bytes.MinRead)
	if _, err := out.ReadFrom(io.LimitReader(r, MaxValue+1)); err != nil {
		return nil, fmt.Errorf("%w: inflate", ErrOpen)
	}
	if out.Len() > MaxValue {
		return nil, ErrTooLarge
	}
	if source.Len() > 0 {
		return nil, fmt.Errorf("%w: bytes behind the value", ErrOpen)
	}
	return out.Bytes(), nil
}
