package store

import (
	"encoding/binary"
	"errors"
	"fmt"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
)

// Batch is one Update under way: a Snapshot that sees its own writes, and what
// may be written. It serves one goroutine.
type Batch struct {
	*Snapshot
	digests     map[protocol.Scope]protocol.Digest // what this batch adds
	respecified bool
	followed    bool // a KindFollow record changed
	bytes, rows int
}

func (b *Batch) set(key, val []byte) error {
	b.bytes, b.rows = b.bytes+len(key)+len(val)+16, b.rows+1
	return b.wrote(b.txn.set(key, val))
}

func (b *Batch) delete(key []byte) error {
	b.bytes, b.rows = b.bytes+len(key)+16, b.rows+1
	return b.wrote(b.txn.delete(key))
}

func (b *Batch) wrote(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrBatch):
		return fmt.Errorf("%w: %d rows, %d bytes", ErrBatch, b.rows, b.bytes)
	default:
		return fmt.Errorf("write row: %w: %w", ErrDisk, err)
	}
}

// Size is what this batch wrote so far.
func (b *Batch) Size() (bytes, rows int) { return b.bytes, b.rows }

// Full reports whether no further Change should go into this batch: any Change
// within the limits of the protocol still fits until then.
func (b *Batch) Full() bool {
	bytes, rows := b.core.Room()
	return b.bytes > bytes/3 || b.rows > rows/3
}

// Meta gives a small value that the owner keeps under a name of its own, nil
// when there is none.
func (s *Snapshot) Meta(name string) ([]byte, error) { return s.get(MetaKey(name)) }

// EachMeta walks the owner's values whose names begin with prefix, in order.
func (s *Snapshot) EachMeta(prefix string, visit func(rest string, value []byte) error) error {
	return s.each(MetaKey(prefix), func(key, value []byte) error { return visit(string(key), value) })
}

// SetMeta keeps a small value, or with nil forgets it.
func (b *Batch) SetMeta(name string, value []byte) error {
	if value == nil {
		return b.delete(MetaKey(name))
	}
	return b.set(MetaKey(name), value)
}

// Tail is the last Change of a lane and the chain hash there; zero and the
// lane's genesis when it is empty.
func (s *Snapshot) Tail(site protocol.Site, inc protocol.Incarnation, lane protocol.Lane) (protocol.Seq, seal.Digest, error) {
	b, err := s.get(tailKey(site, inc, lane))
	if err != nil {
		return 0, seal.Digest{}, err
	}
	if b == nil {
		return 0, protocol.Genesis(site, inc, lane), nil
	}
	if len(b) != 8+seal.DigestSize {
		return 0, seal.Digest{}, damaged("tail of "+string(site), errors.New("cut short"))
	}
	return protocol.Seq(binary.BigEndian.Uint64(b)), seal.Digest(b[8:]), nil
}

// SetTail moves the tail of a lane, past a Change that parked for instance.
func (b *Batch) SetTail(site protocol.Site, inc protocol.Incarnation, lane protocol.Lane, seq protocol.Seq, hash seal.Digest) error {
	return b.set(tailKey(site, inc, lane), append(number(uint64(seq)), hash[:]...))
}

// count adds a revision to the digests of its scopes.
func (b *Batch) count(rev protocol.Rev, w *protocol.Write) {
	for _, scope := range scopesOf(w) {
		b.digests[scope] += protocol.Mark(scope, w.Ref, rev, w.Commit)
	}
}

// finish writes what was gathered over the batch.
func (b *Batch) finish() error {
	for scope, add := range b.digests {
		stored, err := b.number(digestKey(scope))
		if err != nil {
			return err
		}
		if err := b.set(digestKey(scope), number(stored+uint64(add))); err != nil {
			return err
		}
	}
	clear(b.digests)
	return nil
}
