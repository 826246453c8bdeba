package seal

import (
	"crypto/hmac"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/emmansun/gmsm/sm3"
)

const (
	// KeySize is the length of an SM4 key in bytes.
	KeySize = 16
	// TokenSize is the length of an index token in bytes: 96 bits, so that two of a million tokens of one index meet by
	// chance with a probability below 2⁻⁵⁶.
	TokenSize = 12
)

// ErrKeyText is returned when somebody tries to write a key as text, by JSON for instance.
var ErrKeyText = errors.New("seal: a key is never written as text")

// Key is an SM4 key. It does not show itself in logs or error texts.
type Key [KeySize]byte

// Token is what an index stores instead of text: equal texts have equal tokens, and nothing else can be learned from one
// without the key. An index that must also keep an order stores clear time beside it.
type Token [TokenSize]byte

// purpose keeps the families of derived values apart, so that a Key is never the beginning of a secret of the same label,
// and a token is never the beginning of either.
type purpose byte

const (
	purposeKey    purpose = 'K'
	purposeSecret purpose = 'S'
	purposeToken  purpose = 'T'
)

// Derive returns the first 16 bytes of HMAC-SM3(secret, 'K' ‖ label ‖ parts), label and every part prefixed with their
// length in 4 bytes, big-endian. Two different lists of parts never meet.
func Derive(secret []byte, label string, parts ...[]byte) Key {
	d := derive(secret, purposeKey, label, parts)
	return Key(d[:KeySize])
}

// DeriveSecret is Derive for what is not an SM4 key: HMAC keys, salts and further secrets.
func DeriveSecret(secret []byte, label string, parts ...[]byte) [32]byte {
	return derive(secret, purposeSecret, label, parts)
}

// MakeToken returns the first 12 bytes of HMAC-SM3(key, 'T' ‖ "" ‖ parts), every part prefixed with its length. The first
// part usually names the index, so that the same text has different tokens in different indexes.
func MakeToken(key []byte, parts ...[]byte) Token {
	d := derive(key, purposeToken, "", parts)
	return Token(d[:TokenSize])
}

func derive(secret []byte, p purpose, label string, parts [][]byte) [32]byte {
	size := 1 + 4 + len(label)
	for _, part := range parts {
		size += 4 + len(part)
	}
	msg := make([]byte, 0, size)
	msg = append(msg, byte(p))
	msg = binary.BigEndian.AppendUint32(msg, uint32(len(label)))
	msg = append(msg, label...)
	for _, part := range parts {
		msg = binary.BigEndian.AppendUint32(msg, uint32(len(part)))
		msg = append(msg, part...)
	}
	h := hmac.New(sm3.New, secret)
	h.Write(msg)
	var out [32]byte
	h.Sum(out[:0])
	return out
}

// Format hides the key whatever the verb: a key in a log line is a key given away.
func (Key) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "(SM4 key)") }

// MarshalText refuses with ErrKeyText: a key leaves this process wrapped, or not at all.
func (Key) MarshalText() ([]byte, error) { return nil, ErrKeyText }
