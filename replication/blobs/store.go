package blobs

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"xiangyi/protocol/seal"
)

// What callers decide by.
var (
	ErrUnknown = errors.New("blobs: not here")               // no manifest of that name
	ErrMissing = errors.New("blobs: still on its way")       // the manifest is here, the chunk is not
	ErrDamaged = errors.New("blobs: chunk was damaged")      // dropped; it is missing now and can be fetched
	ErrWrong   = errors.New("blobs: bytes of another chunk") // digest, length or position do not fit
)

// Options of a Store.
type Options struct {
	Dir    string
	Keys   seal.Keyring
	Rand   io.Reader
	Now    func() time.Time
	Budget int64 // bytes of sealed chunks and manifests; 0 for no limit
	// Free reads how much room the disk has, and its size, in bytes; nil where only the budget counts.
	Free func() (free, total uint64, err error)
	Log  *slog.Logger
}

// Store keeps blobs on files. Its methods may be called by several goroutines at once.
type Store struct {
	opts   Options
	index  []byte
	mu     sync.Mutex
	blobs  map[string]*entry
	chunks map[string]*chunk
	used   int64
}

// chunk is a file of chunks/, or one that a manifest waits for (size 0).
type chunk struct {
	size int64
	uses int // blobs that contain it
}

// Open makes the store of a directory ready: what was half written or belongs to no manifest is dropped.
func Open(o Options) (*Store, error) {
	s := &Store{opts: o, index: o.Keys.Index(), blobs: map[string]*entry{}, chunks: map[string]*chunk{}}
	manifests, err := sweep(s.dir("manifests"))
	if err != nil {
		return nil, err
	}
	sizes, err := sweep(s.dir("chunks"))
	if err != nil {
		return nil, err
	}
	for name := range manifests {
		if err := s.load(name); err != nil {
			return nil, err
		}
	}
	for name, size := range sizes {
		if c := s.chunks[name]; c != nil {
			c.size = size
			s.used += size
		} else if err := os.Remove(s.chunkPath(name)); err != nil {
			return nil, fmt.Errorf("blobs: %w", err)
		}
	}
	return s, nil
}

// Put keeps data as a blob of this site, durable when it returns. With no room left the error is protocol.ErrSpace, and
// nothing was kept.
func (s *Store) Put(mediaType string, data []byte) (Ref, error) {
	m, err := MakeManifest(mediaType, data)
	if err != nil {
		return Ref{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	write := func() error {
		for i := range m.Chunks {
			if err := s.keep(&m, i, data[i*ChunkSize:i*ChunkSize+m.size(i)]); err != nil {
				return err
			}
		}
		return syncDir(s.dir("chunks"))
	}
	ref := m.Ref()
	if e := s.blobs[s.name('m', seal.Digest(ref))]; e == nil {
		err = s.admit(&m, flagOwn, write)
	} else if err = write(); err == nil { // known from elsewhere: it is ours as well now, and complete
		err = s.mark(ref, flagOwn, 0)
	}
	return ref, err
}

// Expect keeps a manifest whose chunks will come. Known ones stay as they are.
func (s *Store) Expect(m Manifest) error {
	if err := m.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.admit(&m, 0, func() error { return nil })
}

// Add keeps chunk i of a blob whose manifest is here, durable when it returns. A chunk that is here already changes nothing.
// Errors: ErrUnknown, ErrWrong.
func (s *Store) Add(ref Ref, i int, data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.manifest(ref)
	if err != nil {
		return err
	}
	if i < 0 || i >= len(m.Chunks) || len(data) != m.size(i) || seal.Sum(data) != m.Chunks[i] {
		return ErrWrong
	}
	if err := s.keep(&m, i, data); err != nil {
		return err
	}
	return syncDir(s.dir("chunks"))
}

// Manifest reads the manifest of a blob. Error: ErrUnknown.
func (s *Store) Manifest(ref Ref) (Manifest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.manifest(ref)
}

// Chunk reads and verifies one chunk. Errors: ErrUnknown, ErrMissing, ErrDamaged.
func (s *Store) Chunk(ref Ref, i int) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.manifest(ref)
	if err != nil {
		return nil, err
	}
	if i < 0 || i >= len(m.Chunks) {
		return nil, ErrWrong
	}
	return s.read(m.Chunks[i])
}

// Read gives a whole blob, verified. Errors: as Chunk.
func (s *Store) Read(ref Ref) (Manifest, []byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.manifest(ref)
	if err != nil {
		return m, nil, err
	}
	data := make([]byte, 0, m.Length)
	for _, d := range m.Chunks {
		part, err := s.read(d)
		if err != nil {
			return m, nil, err
		}
		data = append(data, part...)
	}
	s.touch(s.name('m', seal.Digest(ref)))
	return m, data, nil
}

// Have says which chunks of a blob are here. Error: ErrUnknown.
func (s *Store) Have(ref Ref) (Bitmap, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.manifest(ref)
	if err != nil {
		return nil, err
	}
	have := MakeBitmap(len(m.Chunks))
	for i, d := range m.Chunks {
		if c := s.chunks[s.name('c', d)]; c != nil && c.size > 0 {
			have.Set(i)
		}
	}
	return have, nil
}

// Used is what the chunks and manifests take on the disk, in bytes.
func (s *Store) Used() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used
}

func (s *Store) dir(sort string) string          { return filepath.Join(s.opts.Dir, sort) }
func (s *Store) chunkPath(name string) string    { return filepath.Join(s.dir("chunks"), name) }
func (s *Store) manifestPath(name string) string { return filepath.Join(s.dir("manifests"), name) }
