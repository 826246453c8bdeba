package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"

	"xiangyi/protocol"
)

// Marked is one revision of a scope that counts in its digest.
type Marked struct {
	Place []byte // in the order of WalkScope
	Mark  protocol.Digest
	Rev   protocol.Rev
}

// ScopeSums gives the digest of each scope.
func (s *Snapshot) ScopeSums(scopes []protocol.Scope) ([]protocol.Digest, error) {
	out := make([]protocol.Digest, len(scopes))
	for i, scope := range scopes {
		var err error
		if out[i], err = s.ScopeDigest(scope); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Marks lists what counts in a scope behind one place and up to another (none:
// to the end), from the revisions themselves and not from the sum that is kept.
func (s *Snapshot) Marks(scope protocol.Scope, after, through []byte) ([]Marked, error) {
	prefix := scopePrefix(scope)
	it := s.txn.walk(walk{prefix: prefix})
	defer it.close()
	var out []Marked
	for it.seek(append(bytes.Clone(prefix), after...)); it.valid(); it.next() {
		place := bytes.Clone(it.key()[len(prefix):])
		if bytes.Equal(place, after) {
			continue
		}
		if len(through) > 0 && bytes.Compare(place, through) > 0 {
			break
		}
		ref, rev, err := parseScopeKey(place)
		if err != nil {
			return nil, err
		}
		row, here, err := s.part(rev)
		if err != nil {
			return nil, err
		}
		if !here {
			continue
		}
		counted, err := s.counted(rev, &row)
		if err != nil {
			return nil, err
		}
		if counted {
			out = append(out, Marked{place, protocol.Mark(scope, ref, rev, row.write.Commit), rev})
		}
	}
	return out, nil
}

// Alone gives each revision as its Change with that write alone.
func (s *Snapshot) Alone(revs []protocol.Rev) ([]protocol.Change, error) {
	out := make([]protocol.Change, 0, len(revs))
	for _, rev := range revs {
		c, err := s.alone(rev)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// ScopeSums is Snapshot's.
func (d *DB) ScopeSums(scopes []protocol.Scope) (sums []protocol.Digest, err error) {
	err = d.look(func(s *Snapshot) (err error) { sums, err = s.ScopeSums(scopes); return err })
	return sums, err
}

// Marks is Snapshot's.
func (d *DB) Marks(scope protocol.Scope, after, through []byte) (marks []Marked, err error) {
	err = d.look(func(s *Snapshot) (err error) { marks, err = s.Marks(scope, after, through); return err })
	return marks, err
}

// Alone is Snapshot's.
func (d *DB) Alone(revs []protocol.Rev) (changes []protocol.Change, err error) {
	err = d.look(func(s *Snapshot) (err error) { changes, err = s.Alone(revs); return err })
	return changes, err
}

// Resum makes the digest of a scope again from its revisions, and reports
// whether another one was kept.
func (d *DB) Resum(scope protocol.Scope) (differed bool, err error) {
	_, err = d.submit(context.Background(), &job{alone: true, work: func(*round) (protocol.Change, error) {
		return protocol.Change{}, d.core.Update(func(b *Batch) error {
			marks, err := b.Marks(scope, nil, nil)
			if err != nil {
				return err
			}
			var sum protocol.Digest
			for _, m := range marks {
				sum += m.Mark
			}
			kept, err := b.ScopeDigest(scope)
			if differed = kept != sum; err != nil || !differed {
				return err
			}
			return b.set(digestKey(scope), number(uint64(sum)))
		})
	}})
	return differed, err
}

// Leaves gives the first 8 bytes of protocol.Leaf of each Change of a lane after
// a Seq, up to the first that is not held, or not whole.
func (s *Snapshot) Leaves(site protocol.Site, inc protocol.Incarnation, lane protocol.Lane, after protocol.Seq, most int) ([]protocol.Digest, error) {
	var out []protocol.Digest
	p := protocol.Position{Site: site, Incarnation: inc, Lane: lane, Seq: after}
	for len(out) < most {
		p.Seq++
		c, err := s.Change(p)
		if errors.Is(err, protocol.ErrNotFound) {
			break
		}
		if err != nil {
			return nil, err
		}
		leaf := protocol.Leaf(&c)
		out = append(out, protocol.Digest(binary.BigEndian.Uint64(leaf[:])))
	}
	return out, nil
}

// Leaves is Snapshot's, of this station's own journal.
func (d *DB) Leaves(inc protocol.Incarnation, lane protocol.Lane, after protocol.Seq, most int) (leaves []protocol.Digest, err error) {
	err = d.look(func(s *Snapshot) (err error) { leaves, err = s.Leaves(s.Site(), inc, lane, after, most); return err })
	return leaves, err
}
