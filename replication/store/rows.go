package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
)

// changeRow is a Change without its writes, which are revision rows of their
// own: a Change of which only a part is in scope here is the same row with some
// revisions missing.
//
//	flags:u8 (1 chained) cursor:u64 [chain:32] writes:uvarint envelope
type changeRow struct {
	cursor  protocol.Cursor // place in the feed; 0 when it came by a walk
	chained bool
	chain   seal.Digest // of the lane up to here; own Changes only
	writes  int
	change  protocol.Change
}

const flagChained = 1

func (r *changeRow) append(b []byte) []byte {
	flags := byte(0)
	if r.chained {
		flags = flagChained
	}
	b = binary.BigEndian.AppendUint64(append(b, flags), uint64(r.cursor))
	if r.chained {
		b = append(b, r.chain[:]...)
	}
	b = binary.AppendUvarint(b, uint64(r.writes))
	bare := r.change
	bare.Writes = nil
	return protocol.AppendEnvelope(b, &bare)
}

func parseChangeRow(b []byte) (changeRow, error) {
	if len(b) < 10 {
		return changeRow{}, errors.New("change row cut short")
	}
	r := changeRow{chained: b[0]&flagChained != 0, cursor: protocol.Cursor(binary.BigEndian.Uint64(b[1:]))}
	b = b[9:]
	if r.chained {
		if len(b) < len(r.chain) {
			return changeRow{}, errors.New("change row cut short")
		}
		b = b[copy(r.chain[:], b):]
	}
	writes, n := binary.Uvarint(b)
	if n <= 0 || writes > protocol.MaxWrites {
		return changeRow{}, errors.New("change row: count of writes")
	}
	c, err := protocol.DecodeEnvelope(b[n:])
	if err != nil {
		return changeRow{}, err
	}
	r.writes, r.change = int(writes), *c
	return r, nil
}

// revisionRow is one write with its sealed value.
//
//	flags:u8 (1 counted in the digests, 2 no value, 4 aside) n:uvarint envelope:n sealed
//
// The envelope is that of a Change with this write alone, without a position.
type revisionRow struct {
	counted bool
	aside   bool // own, of a scope that was left: in the journal, no part of its record
	hlc     protocol.HLC
	write   protocol.Write // Value stays nil
	sealed  []byte         // nil: the value is not, or no longer, here
}

const (
	flagCounted = 1
	flagEmpty   = 2
	flagAside   = 4
)

func (r *revisionRow) append(b []byte) []byte {
	flags := byte(0)
	if r.counted {
		flags |= flagCounted
	}
	if r.sealed == nil {
		flags |= flagEmpty
	}
	if r.aside {
		flags |= flagAside
	}
	one := protocol.Change{HLC: r.hlc, Writes: []protocol.Write{r.write}}
	envelope := protocol.AppendEnvelope(nil, &one)
	b = binary.AppendUvarint(append(b, flags), uint64(len(envelope)))
	return append(append(b, envelope...), r.sealed...)
}

func parseRevisionRow(b []byte) (revisionRow, error) {
	if len(b) < 2 {
		return revisionRow{}, errors.New("revision row cut short")
	}
	flags := b[0]
	size, n := binary.Uvarint(b[1:])
	b = b[1+max(n, 0):]
	if n <= 0 || size > uint64(len(b)) {
		return revisionRow{}, errors.New("revision row cut short")
	}
	c, err := protocol.DecodeEnvelope(b[:size])
	if err != nil {
		return revisionRow{}, err
	}
	if len(c.Writes) != 1 {
		return revisionRow{}, errors.New("revision row without its write")
	}
	r := revisionRow{counted: flags&flagCounted != 0, aside: flags&flagAside != 0, hlc: c.HLC, write: c.Writes[0]}
	if flags&flagEmpty == 0 {
		r.sealed = b[size:]
	}
	return r, nil
}

// recordRow lists the heads of a record, and the revisions that heads or their
// ancestors name as parents but that did not arrive yet: those are known to be
// superseded and never become heads.
//
//	n:uvarint {rev} n:uvarint {rev}
type recordRow struct {
	heads, awaited []protocol.Rev
}

func (r *recordRow) append(b []byte) []byte {
	return appendRevs(appendRevs(b, r.heads), r.awaited)
}

func appendRevs(b []byte, revs []protocol.Rev) []byte {
	b = binary.AppendUvarint(b, uint64(len(revs)))
	for _, rev := range revs {
		b = protocol.AppendRev(b, rev)
	}
	return b
}

func parseRecordRow(b []byte) (recordRow, error) {
	var r recordRow
	var err error
	if r.heads, b, err = parseRevs(b); err != nil {
		return recordRow{}, err
	}
	r.awaited, _, err = parseRevs(b)
	return r, err
}

func parseRevs(b []byte) ([]protocol.Rev, []byte, error) {
	count, n := binary.Uvarint(b)
	if n <= 0 || count > uint64(len(b)) {
		return nil, nil, errors.New("list of revisions cut short")
	}
	b = b[n:]
	var revs []protocol.Rev
	for range count {
		rev, rest, err := protocol.DecodeRev(b)
		if err != nil {
			return nil, nil, fmt.Errorf("list of revisions: %w", err)
		}
		revs, b = append(revs, rev), rest
	}
	return revs, b, nil
}

// add puts a revision into the record. Whatever the order of arrival, heads are
// the revisions that no other one names as its parent. present says whether a
// parent is here already.
func (r *recordRow) add(rev protocol.Rev, parents []protocol.Rev, present func(protocol.Rev) (bool, error)) error {
	if at := slices.Index(r.awaited, rev); at >= 0 {
		r.awaited = slices.Delete(r.awaited, at, at+1)
	} else {
		r.heads = append(r.heads, rev)
	}
	for _, p := range parents {
		if at := slices.Index(r.heads, p); at >= 0 && p != rev {
			r.heads = slices.Delete(r.heads, at, at+1)
			continue
		}
		here, err := present(p)
		if err != nil {
			return err
		}
		if !here && p != rev && !slices.Contains(r.awaited, p) {
			r.awaited = append(r.awaited, p)
		}
	}
	if len(r.heads) == 0 { // only a forged circle of parents ends here: nothing may become unreachable
		r.heads = append(r.heads, rev)
	}
	return nil
}

func number8(b []byte) (uint64, error) {
	if len(b) != 8 {
		return 0, errors.New("number cut short")
	}
	return binary.BigEndian.Uint64(b), nil
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
