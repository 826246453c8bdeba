package seal

import (
	"crypto/cipher"
	"errors"
	"fmt"
	"io"

	"github.com/emmansun/gmsm/sm4"
)

const (
	nonceSize = 12
	tagSize   = 16
	// Overhead is how many bytes Seal adds to a plaintext.
	Overhead = nonceSize + tagSize
)

// ErrOpen is returned when sealed bytes do not open: another key, other additional data, or an altered or shortened text.
// The reason is not told apart, because whoever can ask for it learns about the key.
var ErrOpen = errors.New("seal: does not open with this key")

// Cipher is a Key made ready, for whoever seals or opens many times under one key. Preparing costs about as much as sealing
// 200 bytes. It may be used by several goroutines at once.
type Cipher struct{ aead cipher.AEAD }

// Prepare expands the key schedule once.
func (k Key) Prepare() *Cipher {
	block, err := sm4.NewCipher(k[:])
	if err != nil {
		panic("seal: SM4 refused a key of 16 bytes: " + err.Error()) // cannot happen: the length is in the type
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("seal: GCM refused a block of 16 bytes: " + err.Error()) // cannot happen: the block size is in the standard
	}
	return &Cipher{aead: aead}
}

// Format hides the expanded key whatever the verb.
func (*Cipher) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "(SM4 cipher)") }

// Seal returns nonce(12) ‖ ciphertext ‖ tag(16), SM4-GCM with a nonce read from rand. aad is authenticated but not stored;
// the same aad must be given to Open. Nonces are random, so one key must not seal more than 2³² times. The error is the
// reader's.
func Seal(k Key, rand io.Reader, plaintext, aad []byte) ([]byte, error) {
	return k.Prepare().Seal(rand, plaintext, aad)
}

// Open is the inverse of Seal. The error is ErrOpen; it never panics, whatever sealed holds, and leaves sealed unchanged.
func Open(k Key, sealed, aad []byte) ([]byte, error) {
	return k.Prepare().Open(sealed, aad)
}

// Seal is the package's Seal under the prepared key.
func (c *Cipher) Seal(rand io.Reader, plaintext, aad []byte) ([]byte, error) {
	out := make([]byte, nonceSize, Overhead+len(plaintext))
	if _, err := io.ReadFull(rand, out); err != nil {
		return nil, fmt.Errorf("seal: read nonce: %w", err)
	}
	return c.aead.Seal(out, out[:nonceSize], plaintext, aad), nil
}

// Open is the package's Open under the prepared key.
func (c *Cipher) Open(sealed, aad []byte) ([]byte, error) {
	if len(sealed) < Overhead {
		return nil, ErrOpen
	}
	plaintext, err := c.aead.Open(nil, sealed[:nonceSize], sealed[nonceSize:], aad)
	if err != nil {
		return nil, ErrOpen
	}
	return plaintext, nil
}
