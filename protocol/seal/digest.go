package seal

import (
	"crypto/hmac"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"

	"github.com/emmansun/gmsm/sm3"
)

// DigestSize is the length of a Digest in bytes.
const DigestSize = 32

// ErrDigest is returned for a text that is not a digest.
var ErrDigest = errors.New("seal: a digest is 64 hexadecimal digits")

// Digest is an SM3 value: of a blob, of a chain of Changes, of a canonical plaintext with its salt.
type Digest [DigestSize]byte

// Sum returns the SM3 of the concatenation of parts. It does not mark where one part ends: callers whose parts vary in
// length must prefix the lengths themselves, or two different lists can have the same sum.
func Sum(parts ...[]byte) Digest {
	var d Digest
	if len(parts) == 1 {
		return sm3.Sum(parts[0])
	}
	h := sm3.New()
	for _, p := range parts {
		h.Write(p)
	}
	h.Sum(d[:0])
	return d
}

// NewDigest returns a running SM3, for data that arrives in pieces.
func NewDigest() hash.Hash { return sm3.New() }

// MAC returns the HMAC-SM3 of the concatenation of parts. Like Sum, it does not mark where a part ends.
// Compare the result with Equal, not with ==, when the other value came from outside.
func MAC(key []byte, parts ...[]byte) Digest {
	var d Digest
	h := hmac.New(sm3.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	h.Sum(d[:0])
	return d
}

// Equal compares two digests in constant time.
func Equal(a, b Digest) bool { return subtle.ConstantTimeCompare(a[:], b[:]) == 1 }

// ParseDigest reads the 64 hexadecimal digits that String writes; upper case is accepted. The error is ErrDigest.
func ParseDigest(s string) (Digest, error) {
	var d Digest
	if len(s) != hex.EncodedLen(DigestSize) {
		return Digest{}, ErrDigest
	}
	if _, err := hex.Decode(d[:], []byte(s)); err != nil {
		return Digest{}, ErrDigest
	}
	return d, nil
}

// IsZero reports whether d was never set. No input with a known preimage has this digest.
func (d Digest) IsZero() bool { return d == Digest{} }

// String writes d as 64 lower-case hexadecimal digits.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// MarshalText writes d as String does, so that JSON and log lines show digits instead of numbers.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *Digest) UnmarshalText(text []byte) error {
	parsed, err := ParseDigest(string(text))
	if err != nil {
		return fmt.Errorf("read digest: %w", err)
	}
	*d = parsed
	return nil
}
