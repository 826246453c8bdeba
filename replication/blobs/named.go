package blobs

import (
	"encoding/hex"
	"errors"
	"fmt"

	"xiangyi/protocol"
)

// ParseRef reads what Ref.String wrote.
func ParseRef(text string) (Ref, error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != refSize {
		return Ref{}, fmt.Errorf("%w: no ref", ErrWrong)
	}
	return Ref(raw), nil
}

// Named is a Store by refs as text, for those who serve pages.
type Named struct{ *Store }

// Put keeps data as a blob of this site and gives its ref.
func (n Named) Put(mediaType string, data []byte) (string, error) {
	ref, err := n.Store.Put(mediaType, data)
	return ref.String(), err
}

// Read gives a whole blob; protocol.ErrNotFound when it is not here, or not whole.
func (n Named) Read(text string) (string, []byte, error) {
	ref, err := ParseRef(text)
	if err != nil {
		return "", nil, fmt.Errorf("%w: %w", protocol.ErrNotFound, err)
	}
	m, data, err := n.Store.Read(ref)
	if errors.Is(err, ErrUnknown) || errors.Is(err, ErrMissing) || errors.Is(err, ErrDamaged) {
		err = fmt.Errorf("%w: %w", protocol.ErrNotFound, err)
	}
	return m.Type, data, err
}

// Whole reports whether every chunk of a blob is here.
func (s *Store) Whole(ref Ref) bool {
	m, err := s.Manifest(ref)
	if err != nil {
		return false
	}
	have, err := s.Have(ref)
	return err == nil && have.Full(len(m.Chunks))
}
