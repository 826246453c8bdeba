package proof

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"xiangyi/protocol/seal"
)

// Head is how a log stood at a moment, signed by who keeps it. Who keeps a head
// can hold the keeper to it.
type Head struct {
	Log       string      `json:"log"` // whose
	Size      uint64      `json:"size"`
	Root      seal.Digest `json:"root"`
	Cursor    uint64      `json:"cursor"` // place of the newest entry in the ledger
	At        time.Time   `json:"at"`
	Signature []byte      `json:"signature"`
}

// ErrHead is a head that its keeper did not sign.
var ErrHead = errors.New("proof: the head is not signed by this key")

// statement is what is signed.
func (h *Head) statement() []byte {
	b := append([]byte("xiangyi/head/1\x00"), byte(len(h.Log)))
	b = append(b, h.Log...)
	b = binary.BigEndian.AppendUint64(b, h.Size)
	b = append(b, h.Root[:]...)
	b = binary.BigEndian.AppendUint64(b, h.Cursor)
	return binary.BigEndian.AppendUint64(b, uint64(h.At.UnixMilli()))
}

// Signer signs. seal.Keyring and seal.PrivateKey are ones.
type Signer interface {
	Sign(rand io.Reader, msg []byte) ([]byte, error)
}

// Sign signs the head.
func (h *Head) Sign(key Signer, rand io.Reader) (err error) {
	if len(h.Log) > 255 {
		return fmt.Errorf("proof: the log's name has %d bytes", len(h.Log))
	}
	h.At = h.At.UTC().Truncate(time.Millisecond)
	h.Signature, err = key.Sign(rand, h.statement())
	return err
}

// Check is nil when a key signed the head as it is.
func (h *Head) Check(key seal.PublicKey) error {
	if len(h.Log) > 255 || key.Verify(h.statement(), h.Signature) != nil {
		return ErrHead
	}
	return nil
}

// Proof says that one entry is in the log of a head, and if an earlier head is
// named, that the log only grew since.
type Proof struct {
	Entry string        `json:"entry"` // its position in its journal
	Leaf  seal.Digest   `json:"leaf"`
	Index uint64        `json:"index"` // in the log, from 0
	Path  []seal.Digest `json:"path"`
	Head  Head          `json:"head"`
	Since uint64        `json:"since,omitzero"` // size of the earlier head
	Grown []seal.Digest `json:"grown,omitempty"`
}

// mostPath is more than a log of 2^63 entries needs.
const mostPath = 130

// Check is nil when the entry is in the log of a head that a key signed. since, when
// not nil, is an earlier head that the log must continue.
func (p *Proof) Check(key seal.PublicKey, since *Head) error {
	if len(p.Path) > mostPath || len(p.Grown) > mostPath {
		return ErrRange
	}
	if err := p.Head.Check(key); err != nil {
		return err
	}
	if err := Included(p.Leaf, p.Index, p.Head.Size, p.Path, p.Head.Root); err != nil {
		return err
	}
	if since == nil {
		return nil
	}
	if err := since.Check(key); err != nil {
		return fmt.Errorf("the earlier one: %w", err)
	}
	if p.Since != since.Size {
		return fmt.Errorf("%w: it speaks of a head of %d entries, not of %d", ErrInconsistent, p.Since, since.Size)
	}
	return Consistent(since.Size, p.Head.Size, p.Grown, since.Root, p.Head.Root)
}
