package blobs

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
)

// reserved is the part of the disk that blobs leave free. It is where the store of records begins to refuse media, so blobs alone
// never bring records there.
const reserved = 0.15

// admit enters the manifest of a blob when there is room for it and for the chunks that are missing. What write writes is
// durable before the manifest is: a crash between leaves chunks of nobody, never an own blob with holes.
func (s *Store) admit(m *Manifest, flags byte, write func() error) error {
	ref := m.Ref()
	name := s.name('m', seal.Digest(ref))
	if e := s.blobs[name]; e != nil {
		return nil
	}
	e := &entry{flags: flags, used: s.opts.Now()}
	need := int64(len(entryMagic) + 5 + overhead + len(m.Append(nil)))
	for i, d := range m.Chunks {
		e.chunks = append(e.chunks, s.name('c', d))
		need += seal.DigestSize
		if c := s.chunks[e.chunks[i]]; c == nil || c.size == 0 {
			need += int64(m.size(i) + overhead)
		}
	}
	if err := s.room(need, e.chunks); err != nil {
		return err
	}
	sealed, err := s.cipher('m', seal.Digest(ref)).Seal(s.opts.Rand, m.Append(nil), []byte(name))
	if err != nil {
		return fmt.Errorf("blobs: seal: %w", err)
	}
	e.sealed = sealed
	s.enter(name, e)
	if err = write(); err == nil {
		err = s.save(name, e)
	}
	if err != nil {
		return errors.Join(err, s.forget(name))
	}
	s.used += e.size
	return nil
}

// room lets blobs go until need bytes fit: first those of others, then own ones that the county holds, each
// least recently used first. What is pinned, or is nowhere else, stays. When that is not enough nothing goes, and the
// error is protocol.ErrSpace.
func (s *Store) room(need int64, sharing []string) error {
	short, err := s.shortage(need)
	if err != nil || short <= 0 {
		return err
	}
	var going []string
	for name, e := range s.blobs {
		fetched := e.flags&flagOwn == 0
		if e.flags&flagPin == 0 && (fetched || e.flags&flagHeld != 0) && !shares(e.chunks, sharing) {
			going = append(going, name)
		}
	}
	slices.SortFunc(going, func(a, b string) int {
		x, y := s.blobs[a], s.blobs[b]
		if own := int(x.flags&flagOwn) - int(y.flags&flagOwn); own != 0 {
			return own
		}
		return x.used.Compare(y.used)
	})
	n, uses := 0, map[string]int{}
	for ; n < len(going) && short > 0; n++ {
		short -= s.gain(going[n], uses)
	}
	if short > 0 {
		return fmt.Errorf("blobs: %d bytes short: %w", short, protocol.ErrSpace)
	}
	for _, name := range going[:n] {
		if err := s.drop(name); err != nil {
			return err
		}
	}
	return nil
}

// shortage is how many bytes must go before need more fit into the budget, and leave the disk what the records reserve.
func (s *Store) shortage(need int64) (int64, error) {
	var short int64
	if s.opts.Budget > 0 {
		short = s.pledged() + need - s.opts.Budget
	}
	if s.opts.Free == nil {
		return short, nil
	}
	free, total, err := s.opts.Free()
	if err != nil {
		return 0, fmt.Errorf("blobs: free space: %w", err)
	}
	reserve := int64(reserved * float64(total))
	return max(short, reserve+need+s.pledged()-s.used-int64(free)), nil
}

// pledged is what is used, with the chunks that were admitted and are still to come.
func (s *Store) pledged() int64 {
	sum := s.used
	for _, c := range s.chunks {
		if c.size == 0 {
			sum += ChunkSize + overhead
		}
	}
	return sum
}

// gain is what dropping a blob gives back after those that uses counts already.
func (s *Store) gain(name string, uses map[string]int) int64 {
	e := s.blobs[name]
	sum := e.size
	for _, c := range e.chunks {
		if uses[c]++; uses[c] == s.chunks[c].uses {
			if sum += s.chunks[c].size; s.chunks[c].size == 0 {
				sum += ChunkSize + overhead
			}
		}
	}
	return sum
}

func shares(a, b []string) bool {
	return slices.ContainsFunc(a, func(name string) bool { return slices.Contains(b, name) })
}

// drop removes the manifest first: a crash behind it leaves chunks of nobody, which the next start removes.
func (s *Store) drop(name string) error {
	if err := os.Remove(s.manifestPath(name)); err != nil {
		return fmt.Errorf("blobs: %w", err)
	}
	if err := syncDir(s.dir("manifests")); err != nil {
		return err
	}
	s.used -= s.blobs[name].size
	return s.forget(name)
}

// forget lets go of a blob without a manifest file, and of the chunks that no other blob contains.
func (s *Store) forget(name string) error {
	e := s.blobs[name]
	delete(s.blobs, name)
	for _, name := range e.chunks {
		c := s.chunks[name]
		if c.uses--; c.uses > 0 {
			continue
		}
		delete(s.chunks, name)
		if c.size == 0 {
			continue
		}
		s.used -= c.size
		if err := os.Remove(s.chunkPath(name)); err != nil {
			return fmt.Errorf("blobs: %w", err)
		}
	}
	return nil
}

// touch notes that a blob was read. It is a hint for the order of going, so a failure is no error.
func (s *Store) touch(name string) {
	e := s.blobs[name]
	e.used = s.opts.Now()
	if err := os.Chtimes(s.manifestPath(name), e.used, e.used); err != nil {
		s.opts.Log.Warn("the time of use is not noted", "error", err)
	}
}
