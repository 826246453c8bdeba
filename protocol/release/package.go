package release

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
)

const (
	magic = "XYUPDATE1\n"
	// MostHead bounds what stands before the program: description, certificate, signature.
	MostHead = 16 << 10
	// MostProgram bounds the program as it runs, and so the memory that a package can ask for.
	MostProgram = 256 << 20
)

// What is wrong with a package. Each says what to do.
var (
	ErrFormat    = errors.New("this is no update package: fetch the file again, or pack it with this version of xyctl")
	ErrCut       = errors.New("the package ends too early or has bytes behind its end: fetch it again")
	ErrAltered   = errors.New("the package was altered after it was signed: do not use it, and ask its maker for another")
	ErrSigner    = errors.New("this station does not take updates from the package's signer: have it signed by one whose authority is among the station's anchors")
	ErrSignerNow = errors.New("the signer's certificate does not count now: have the package signed again with one that does")
	ErrTarget    = errors.New("the package is for other machines: take the one that was packed for this target")
	ErrOlder     = errors.New("the package is not newer than what runs: stations do not go back; pack the old program under a new version if that is meant")
	ErrSkew      = errors.New("the package cannot follow the version that runs: roll out the release between them first")
	ErrLarge     = errors.New("the program is too large for a package: build it with -trimpath -ldflags '-s -w'")
)

// About describes a package; it is what is signed.
type About struct {
	Version Version       `json:"version"`
	After   Version       `json:"after"`  // the oldest version that it can follow
	Target  string        `json:"target"` // "linux/amd64"
	Size    int64         `json:"size"`   // of the program, bytes
	Digest  seal.Digest   `json:"digest"` // SM3 of the program
	Packed  int64         `json:"packed"` // bytes of the program in the package
	Rest    protocol.Rest `json:",unknown"`
}

func (a *About) check() error {
	if a.Version.Check() != nil || a.After.Check() != nil || a.After.Compare(a.Version) >= 0 ||
		a.Target == "" || len(a.Target) > 40 || a.Size <= 0 || a.Packed <= 0 {
		return ErrFormat
	}
	if a.Size > MostProgram || a.Packed > MostProgram {
		return ErrLarge
	}
	return nil
}

// Head is what stands before the program.
//
//	magic:10 { length:u32be, bytes } of description (JSON), certificate (PEM), signature (DER)
type Head struct {
	About     About
	Signer    seal.Certificate
	described []byte
	signature []byte
}

// Pack makes a package of a program. The same program, description, key and random bytes
// give the same package.
func Pack(program []byte, a About, key *seal.PrivateKey, cert seal.Certificate, rand io.Reader) ([]byte, error) {
	if len(program) > MostProgram {
		return nil, ErrLarge
	}
	packed, err := deflate(program)
	if err != nil {
		return nil, err
	}
	a.Size, a.Digest, a.Packed = int64(len(program)), seal.Sum(program), int64(len(packed))
	if err := a.check(); err != nil {
		return nil, err
	}
	if err := cert.Belongs(key); err != nil {
		return nil, err
	}
	described, err := protocol.Encode(&a)
	if err != nil {
		return nil, err
	}
	signature, err := key.Sign(rand, signed(described))
	if err != nil {
		return nil, err
	}
	out := []byte(magic)
	for _, part := range [][]byte{described, cert.MarshalPEM(), signature} {
		out = binary.BigEndian.AppendUint32(out, uint32(len(part)))
		out = append(out, part...)
	}
	if len(out) > MostHead {
		return nil, ErrFormat
	}
	return append(out, packed...), nil
}

// signed are the bytes under the signature: no other document can be taken for them.
func signed(described []byte) []byte { return append([]byte("xiangyi update 1\n"), described...) }

func deflate(program []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestCompression)
	if err == nil {
		_, err = w.Write(program)
	}
	if err == nil {
		err = w.Close()
	}
	return out.Bytes(), err
}

// ParseHead reads what stands before the program, and checks that the signature is the
// signer's; whether the signer counts is Trusted's. It gives how long the head is.
func ParseHead(raw []byte) (Head, int, error) {
	if len(raw) < len(magic) || string(raw[:len(magic)]) != magic {
		return Head{}, 0, ErrFormat
	}
	at, parts := len(magic), [3][]byte{}
	for i := range parts {
		if len(raw) < at+4 {
			return Head{}, 0, ErrCut
		}
		n := int(binary.BigEndian.Uint32(raw[at:]))
		at += 4
		if n > MostHead-at {
			return Head{}, 0, ErrFormat
		}
		if len(raw) < at+n {
			return Head{}, 0, ErrCut
		}
		parts[i] = raw[at : at+n]
		at += n
	}
	h := Head{described: parts[0], signature: parts[2]}
	var err error
	if h.Signer, err = seal.ParseCertificate(parts[1]); err != nil {
		return h, at, fmt.Errorf("%w (%w)", ErrAltered, err)
	}
	if err := h.Signer.Public().Verify(signed(h.described), h.signature); err != nil {
		return h, at, fmt.Errorf("%w (%w)", ErrAltered, err)
	}
	if err := protocol.Decode(h.described, &h.About); err != nil {
		return h, at, fmt.Errorf("%w (%w)", ErrFormat, err)
	}
	return h, at, h.About.check()
}

// Trusted is nil when one of the anchors issued the signer's certificate and both count at
// a time.
func (h *Head) Trusted(at time.Time, anchors ...seal.Certificate) error {
	if err := h.Signer.GoodAt(at); err != nil {
		return fmt.Errorf("%w (%s: %w)", ErrSignerNow, h.Signer.Subject(), err)
	}
	err := h.Signer.TrustedAt(at, anchors...)
	switch {
	case errors.Is(err, seal.ErrExpired), errors.Is(err, seal.ErrNotYetValid):
		return fmt.Errorf("%w (%s: %w)", ErrSignerNow, h.Signer.Subject(), err)
	case err != nil:
		return fmt.Errorf("%w (%s: %w)", ErrSigner, h.Signer.Subject(), err)
	}
	return nil
}

// Follows is nil when the package may be installed on machines of a target where a version
// runs.
func (a *About) Follows(running Version, target string) error {
	switch {
	case a.Target != target:
		return fmt.Errorf("%w (it is for %s, this is %s)", ErrTarget, a.Target, target)
	case a.Version.Compare(running) <= 0:
		return fmt.Errorf("%w (%s, here runs %s)", ErrOlder, a.Version, running)
	case running.Compare(a.After) < 0:
		return fmt.Errorf("%w (it follows %s and later, here runs %s)", ErrSkew, a.After, running)
	}
	return nil
}

// Program takes the program out of a whole package: every byte is accounted for.
func Program(raw []byte) (Head, []byte, error) {
	h, at, err := ParseHead(raw)
	if err != nil {
		return h, nil, err
	}
	if int64(len(raw)-at) != h.About.Packed {
		return h, nil, ErrCut
	}
	packed := bytes.NewReader(raw[at:])
	r := flate.NewReader(packed)
	program, err := io.ReadAll(io.LimitReader(r, h.About.Size+1))
	if err != nil || int64(len(program)) != h.About.Size || packed.Len() > 0 || seal.Sum(program) != h.About.Digest {
		return h, nil, ErrAltered
	}
	return h, program, nil
}
