package seal

import (
	"crypto/ecdsa"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
)

// PublicKeySize is the length of a marshalled public key: 0x04 ‖ x(32) ‖ y(32).
const PublicKeySize = 65

var (
	// ErrSignature is returned when a signature does not belong to this message and key.
	ErrSignature = errors.New("seal: signature does not fit")
	// ErrPrivateKey is returned for bytes that are not an SM2 private key.
	ErrPrivateKey = errors.New("seal: not an SM2 private key")
	// ErrPublicKey is returned for bytes that are not a point of the SM2 curve.
	ErrPublicKey = errors.New("seal: not an SM2 public key")
	// ErrNoKey is returned when something is to be signed without a key.
	ErrNoKey = errors.New("seal: no key to sign with")
	// ErrEmptyMessage is returned when nothing is to be signed: a signature over nothing binds nobody.
	ErrEmptyMessage = errors.New("seal: nothing to sign")
)

// PrivateKey is an SM2 signing key of a site or a person. It may be used by several goroutines at once, and does not show
// itself in logs.
type PrivateKey struct{ key *sm2.PrivateKey }

// PublicKey checks the signatures of one PrivateKey. The zero value refuses every signature.
type PublicKey struct{ key *ecdsa.PublicKey }

// NewPrivateKey draws a key: 32 bytes of rand, again while they are out of range (which random bytes are once in 2³²). The
// same bytes give the same key. It gives up after 64 attempts, which means that the reader is broken.
func NewPrivateKey(rand io.Reader) (*PrivateKey, error) {
	var d [32]byte
	defer clear(d[:])
	for range 64 {
		if _, err := io.ReadFull(rand, d[:]); err != nil {
			return nil, fmt.Errorf("seal: draw SM2 key: %w", err)
		}
		if key, err := sm2.NewPrivateKey(d[:]); err == nil {
			return &PrivateKey{key: key}, nil
		}
	}
	return nil, fmt.Errorf("seal: draw SM2 key: the random reader repeats: %w", ErrPrivateKey)
}

// Sign signs msg (not its digest: SM2 prepends the signer's own values) with the default user id 1234567812345678. The
// signature is DER, SEQUENCE{r, s}, 70 to 72 bytes. rand hedges the nonce; even a bad reader does not give the key away.
// Errors: ErrNoKey, ErrEmptyMessage, or the reader's.
func (p *PrivateKey) Sign(rand io.Reader, msg []byte) ([]byte, error) {
	if p == nil || p.key == nil {
		return nil, ErrNoKey
	}
	if len(msg) == 0 {
		return nil, ErrEmptyMessage
	}
	if rand == nil {
		return nil, errors.New("seal: sign: no random reader")
	}
	sig, err := sm2.SignASN1(rand, p.key, msg, sm2.DefaultSM2SignerOpts)
	if err != nil {
		return nil, fmt.Errorf("seal: sign: %w", err)
	}
	return sig, nil
}

// Public returns the key that checks what p signs.
func (p *PrivateKey) Public() PublicKey {
	if p == nil || p.key == nil {
		return PublicKey{}
	}
	return PublicKey{key: &p.key.PublicKey}
}

// MarshalPEM writes p as PKCS #8 ("PRIVATE KEY"), unencrypted: the caller seals the file or hands it to a key store.
func (p *PrivateKey) MarshalPEM() ([]byte, error) {
	if p == nil || p.key == nil {
		return nil, ErrNoKey
	}
	der, err := smx509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		return nil, fmt.Errorf("seal: marshal SM2 key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// ParsePrivateKey reads the first private key of PEM text: PKCS #8 ("PRIVATE KEY") as MarshalPEM writes it, or SEC 1 ("EC
// PRIVATE KEY", "SM2 PRIVATE KEY") as other tools do, behind its parameters or without. The error wraps ErrPrivateKey and never quotes the text.
func ParsePrivateKey(text []byte) (*PrivateKey, error) {
	block := firstBlock(text, func(kind string) bool { return !strings.HasSuffix(kind, " PARAMETERS") })
	if block == nil {
		return nil, fmt.Errorf("%w: no PEM block", ErrPrivateKey)
	}
	if block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "" {
		return nil, fmt.Errorf("%w: it is encrypted: decrypt it first", ErrPrivateKey)
	}
	var parsed any
	var err error
	switch block.Type {
	case "PRIVATE KEY":
		parsed, err = smx509.ParsePKCS8PrivateKey(block.Bytes)
	case "EC PRIVATE KEY", "SM2 PRIVATE KEY":
		parsed, err = smx509.ParseSM2PrivateKey(block.Bytes)
	default:
		return nil, fmt.Errorf("%w: PEM block of another type", ErrPrivateKey)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: malformed", ErrPrivateKey)
	}
	key, ok := parsed.(*sm2.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%w: another algorithm", ErrPrivateKey)
	}
	return &PrivateKey{key: key}, nil
}

// Format hides the key whatever the verb.
func (*PrivateKey) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "(SM2 private key)") }

// Verify returns nil when sig (DER) was made over msg by the private key of p with the default user id, else ErrSignature.
func (p PublicKey) Verify(msg, sig []byte) error {
	if p.key == nil || len(msg) == 0 || !sm2.VerifyASN1WithSM2(p.key, nil, msg, sig) {
		return ErrSignature
	}
	return nil
}

// Marshal writes the 65 bytes of the uncompressed point; nil for the zero value.
func (p PublicKey) Marshal() []byte {
	if p.key == nil {
		return nil
	}
	out := make([]byte, PublicKeySize)
	out[0] = 4
	//lint:ignore SA1019 the standard library's other way knows no SM2 curve; the point is public and was checked
	p.key.X.FillBytes(out[1:33])
	//lint:ignore SA1019 as above
	p.key.Y.FillBytes(out[33:])
	return out
}

// ParsePublicKey reads what Marshal wrote and checks that the point is on the curve. The error wraps ErrPublicKey.
func ParsePublicKey(b []byte) (PublicKey, error) {
	if len(b) != PublicKeySize {
		return PublicKey{}, fmt.Errorf("%w: %d bytes instead of %d", ErrPublicKey, len(b), PublicKeySize)
	}
	key, err := sm2.NewPublicKey(b)
	if err != nil {
		return PublicKey{}, fmt.Errorf("%w: not on the curve", ErrPublicKey)
	}
	return PublicKey{key: key}, nil
}

// Equal reports whether both are the same key; two zero values are equal.
func (p PublicKey) Equal(other PublicKey) bool {
	if p.key == nil || other.key == nil {
		return p.key == other.key
	}
	return p.key.Equal(other.key)
}

// IsZero reports whether p was never set.
func (p PublicKey) IsZero() bool { return p.key == nil }
