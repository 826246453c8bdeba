package blobs

import (
	"errors"
	"fmt"
	"os"

	"xiangyi/protocol/seal"
)

// Names on disk are keyed digests, and keys come from the site's index secret and the digest of what they seal. So equal
// bytes are kept once, whoever they concern, a name says nothing without the secret, and a chunk opens only to who holds the
// site's secret and the blob's ref, which rests sealed in the person's record.
const (
	labelName  = "xiangyi blob name"
	labelChunk = "xiangyi blob key"
	// overhead bounds what sealing adds to a chunk: nonce and tag.
	overhead = 64
)

func (s *Store) name(sort byte, d seal.Digest) string {
	return seal.Digest(seal.DeriveSecret(s.index, labelName, []byte{sort}, d[:])).String()
}

func (s *Store) cipher(sort byte, d seal.Digest) *seal.Cipher {
	k := seal.Derive(s.index, labelChunk, []byte{sort}, d[:])
	return k.Prepare()
}

// keep writes chunk i unless it is here. The directory is not synced yet.
func (s *Store) keep(m *Manifest, i int, data []byte) error {
	d := m.Chunks[i]
	name := s.name('c', d)
	c := s.chunks[name]
	if c == nil || c.size > 0 {
		return nil
	}
	sealed, err := s.cipher('c', d).Seal(s.opts.Rand, data, []byte(name))
	if err != nil {
		return fmt.Errorf("blobs: seal: %w", err)
	}
	if err := writeFile(s.chunkPath(name), sealed); err != nil {
		return err
	}
	c.size = int64(len(sealed))
	s.used += c.size
	return nil
}

// read opens and verifies a chunk; a damaged one is dropped, so that Have no longer counts it.
func (s *Store) read(d seal.Digest) ([]byte, error) {
	name := s.name('c', d)
	c := s.chunks[name]
	if c == nil || c.size == 0 {
		return nil, ErrMissing
	}
	sealed, err := os.ReadFile(s.chunkPath(name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("blobs: %w", err)
	}
	if err == nil {
		data, err := s.cipher('c', d).Open(sealed, []byte(name))
		if err == nil && seal.Sum(data) == d {
			return data, nil
		}
	}
	s.opts.Log.Error("a chunk of a blob is damaged, it will be fetched again", "chunk", name)
	s.used -= c.size
	c.size = 0
	if err := os.Remove(s.chunkPath(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("blobs: %w", err)
	}
	return nil, ErrDamaged
}
