package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"xiangyi/protocol"
)

// Reads lists the records that an action read by name, each with the heads that
// it saw. What it decided holds as long as they are unchanged.
type Reads []Read

// Read is one of them. Heads are in the order of Rev.Less; none: there was no
// such record.
type Read struct {
	Ref   protocol.Ref
	Heads []protocol.Rev
}

// Unchanged reports whether every record still has the heads that were seen.
func (s *Snapshot) Unchanged(reads Reads) (bool, error) {
	for _, r := range reads {
		row, err := s.record(r.Ref)
		if err != nil {
			return false, err
		}
		if !slices.Equal(sortedRevs(row.heads), r.Heads) {
			return false, nil
		}
	}
	return true, nil
}

// note adds a read unless the record was read before: the action saw it first as
// it was then.
func (r Reads) note(ref protocol.Ref, heads []protocol.Head) Reads {
	for i := range r {
		if r[i].Ref == ref {
			return r
		}
	}
	revs := make([]protocol.Rev, 0, len(heads))
	for i := range heads {
		revs = append(revs, heads[i].Rev)
	}
	return append(r, Read{ref, sortedRevs(revs)})
}

func sortedRevs(revs []protocol.Rev) []protocol.Rev {
	out := slices.Clone(revs)
	slices.SortFunc(out, func(a, b protocol.Rev) int {
		switch {
		case a.Less(b):
			return -1
		case b.Less(a):
			return 1
		}
		return 0
	})
	return out
}

// AppendReads appends the bytes of a list:
//
//	n {kind\0 id\0 n {rev}}
func AppendReads(b []byte, reads Reads) []byte {
	b = binary.AppendUvarint(b, uint64(len(reads)))
	for _, r := range reads {
		b = appendName(appendName(b, r.Ref.Kind), r.Ref.ID)
		b = appendRevs(b, r.Heads)
	}
	return b
}

// DecodeReads reads what AppendReads wrote, and gives what follows. It never
// panics.
func DecodeReads(b []byte) (Reads, []byte, error) {
	count, n := binary.Uvarint(b)
	if n <= 0 || count > uint64(len(b)) {
		return nil, nil, errors.New("reads cut short")
	}
	b = b[n:]
	var out Reads
	for range count {
		kind, rest, err := cutName(b)
		if err != nil {
			return nil, nil, errors.New("reads cut short")
		}
		id, rest, err := cutName(rest)
		if err != nil {
			return nil, nil, errors.New("reads cut short")
		}
		heads, rest, err := parseRevs(rest)
		if err != nil {
			return nil, nil, fmt.Errorf("reads: %w", err)
		}
		ref := protocol.Ref{Kind: protocol.Kind(kind), ID: protocol.ID(id)}
		out, b = append(out, Read{ref, heads}), rest
	}
	return out, b, nil
}
