package blobs

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"time"

	"xiangyi/protocol/seal"
)

const (
	entryMagic = "XYBLOB1\x00"

	flagOwn  byte = 1 // written here first
	flagHeld byte = 2 // the county said that it holds it
	flagPin  byte = 4 // a record that must stay readable here refers to it
)

// entry is a manifest file: the clear head is what budget and start need without any ref.
//
//	magic:8 flags:1 count:u32be { name of chunk:32 } sealed manifest
type entry struct {
	flags  byte
	chunks []string
	sealed []byte
	size   int64
	used   time.Time
}

func (e *entry) encode() ([]byte, error) {
	b := append([]byte(entryMagic), e.flags)
	b = binary.BigEndian.AppendUint32(b, uint32(len(e.chunks)))
	for _, name := range e.chunks {
		raw, err := hex.DecodeString(name)
		if err != nil {
			return nil, fmt.Errorf("blobs: %w", err)
		}
		b = append(b, raw...)
	}
	return append(b, e.sealed...), nil
}

func decodeEntry(b []byte) (*entry, error) {
	head := len(entryMagic) + 5
	if len(b) < head || string(b[:len(entryMagic)]) != entryMagic {
		return nil, ErrManifest
	}
	e := &entry{flags: b[head-5], size: int64(len(b))}
	count := uint64(binary.BigEndian.Uint32(b[head-4:]))
	if count > MaxLength/ChunkSize || uint64(len(b)-head) < count*seal.DigestSize {
		return nil, ErrManifest
	}
	b = b[head:]
	for range count {
		e.chunks = append(e.chunks, hex.EncodeToString(b[:seal.DigestSize]))
		b = b[seal.DigestSize:]
	}
	e.sealed = b
	return e, nil
}

// load reads a manifest file at start. One without a readable head is dropped: the blob comes again from where it is held.
func (s *Store) load(name string) error {
	path := s.manifestPath(name)
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("blobs: %w", err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("blobs: %w", err)
	}
	e, err := decodeEntry(b)
	if err != nil {
		s.opts.Log.Error("a manifest is damaged", "manifest", name)
		return os.Remove(path)
	}
	e.used = info.ModTime()
	s.enter(name, e)
	s.used += e.size
	return nil
}

func (s *Store) enter(name string, e *entry) {
	s.blobs[name] = e
	for _, c := range e.chunks {
		if s.chunks[c] == nil {
			s.chunks[c] = &chunk{}
		}
		s.chunks[c].uses++
	}
}

// save writes the manifest file, durable when it returns.
func (s *Store) save(name string, e *entry) error {
	b, err := e.encode()
	if err != nil {
		return err
	}
	e.size = int64(len(b))
	if err := writeFile(s.manifestPath(name), b); err != nil {
		return err
	}
	return syncDir(s.dir("manifests"))
}

// manifest reads and verifies a manifest; mu is held. A damaged one is dropped, with its marks: nobody can name its chunks.
func (s *Store) manifest(ref Ref) (Manifest, error) {
	name := s.name('m', seal.Digest(ref))
	e := s.blobs[name]
	if e == nil {
		return Manifest{}, ErrUnknown
	}
	plain, err := s.cipher('m', seal.Digest(ref)).Open(e.sealed, []byte(name))
	if err != nil || Ref(seal.Sum(plain)) != ref {
		s.opts.Log.Error("a manifest is damaged, the blob will be fetched again", "manifest", name)
		return Manifest{}, errors.Join(fmt.Errorf("%w: manifest", ErrDamaged), s.drop(name))
	}
	return DecodeManifest(plain)
}

// mark sets and clears flags of a blob, durable when it returns; mu is held.
func (s *Store) mark(ref Ref, set, clear byte) error {
	name := s.name('m', seal.Digest(ref))
	e := s.blobs[name]
	if e == nil {
		return ErrUnknown
	}
	next := *e
	next.flags = e.flags&^clear | set
	if next.flags == e.flags {
		return nil
	}
	if err := s.save(name, &next); err != nil {
		return err
	}
	*e = next
	return nil
}

// SetHeld notes that the county holds the blob: from now on it may go when room gets short.
func (s *Store) SetHeld(ref Ref) error { return s.flag(ref, flagHeld, 0) }

// Held reports whether the county said so.
func (s *Store) Held(ref Ref) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.blobs[s.name('m', seal.Digest(ref))]
	return e != nil && e.flags&flagHeld != 0
}

// Pin keeps a blob here whatever the budget says, until Unpin.
func (s *Store) Pin(ref Ref) error { return s.flag(ref, flagPin, 0) }

// Unpin is the inverse of Pin.
func (s *Store) Unpin(ref Ref) error { return s.flag(ref, 0, flagPin) }

func (s *Store) flag(ref Ref, set, clear byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mark(ref, set, clear)
}
