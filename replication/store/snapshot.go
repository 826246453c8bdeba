package store

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"xiangyi/protocol"
)

// Snapshot is one consistent look. It implements protocol.Reader, is valid only
// inside the function that it was handed to, and serves one goroutine.
type Snapshot struct {
	core   *Core
	txn    transaction
	batch  *Batch // of which this is the reading side, or nil
	specs  *specSet
	now    time.Time
	clock  protocol.ClockState
	frozen bool // own custody may not be used
	marks  map[markName]protocol.Seq
	waits  map[protocol.Position]bool // as waitsThere read it
}

var _ protocol.Reader = (*Snapshot)(nil)

// At gives the same look with another time, for several orders that share it.
func (s *Snapshot) At(now time.Time, clock protocol.ClockState) *Snapshot {
	other := *s
	other.now, other.clock = now, clock
	return &other
}

// Now is the time of this look, to the millisecond, as Changes have it: what an
// action notes of it need not travel a second time.
func (s *Snapshot) Now() time.Time { return s.now.Truncate(time.Millisecond) }

// Site is whose records these are.
func (s *Snapshot) Site() protocol.Site { return s.core.opts.Site }

// Clock says how far the site's clock may be trusted.
func (s *Snapshot) Clock() protocol.ClockState { return s.clock }

// PersonID is the identifier of the holder of a document.
func (s *Snapshot) PersonID(documentType, number string) protocol.ID {
	return protocol.PersonID(s.core.opts.Keys.Identity(), documentType, number)
}

// Get gives a record with all its heads, newest first.
func (s *Snapshot) Get(ref protocol.Ref) (protocol.Record, error) {
	row, err := s.record(ref)
	if err != nil {
		return protocol.Record{}, err
	}
	if len(row.heads) == 0 {
		return protocol.Record{}, fmt.Errorf("get %s: %w", ref, protocol.ErrNotFound)
	}
	out := protocol.Record{Ref: ref}
	for _, rev := range row.heads {
		head, err := s.Revision(rev)
		if err != nil {
			return protocol.Record{}, fmt.Errorf("get %s: %w", ref, err)
		}
		out.Heads = append(out.Heads, head)
	}
	sortHeads(out.Heads)
	return out, nil
}

// History lists the revisions of a record, oldest HLC first. It walks from the
// heads to their parents, so that what is here is complete and what never came
// is left out.
func (s *Snapshot) History(ref protocol.Ref) ([]protocol.Head, error) {
	row, err := s.record(ref)
	if err != nil {
		return nil, err
	}
	if len(row.heads) == 0 {
		return nil, fmt.Errorf("history of %s: %w", ref, protocol.ErrNotFound)
	}
	var out []protocol.Head
	seen := map[protocol.Rev]bool{}
	for todo := slices.Clone(row.heads); len(todo) > 0; {
		rev := todo[0]
		todo = todo[1:]
		if seen[rev] {
			continue
		}
		seen[rev] = true
		head, err := s.Revision(rev)
		if errors.Is(err, protocol.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("history of %s: %w", ref, err)
		}
		if head.Ref == ref {
			out, todo = append(out, head), append(todo, head.Parents...)
		}
	}
	slices.SortFunc(out, older)
	return out, nil
}

// Revision gives one revision, its value opened. The value is nil when it is
// not, or no longer, here.
func (s *Snapshot) Revision(rev protocol.Rev) (protocol.Head, error) {
	row, err := s.revision(rev)
	if err != nil {
		return protocol.Head{}, err
	}
	return s.head(rev, &row)
}

func (s *Snapshot) head(rev protocol.Rev, row *revisionRow) (protocol.Head, error) {
	h := protocol.Head{Rev: rev, Write: row.write, HLC: row.hlc}
	if row.sealed != nil {
		plain, err := s.open(rev, &row.write, row.sealed)
		if err != nil {
			return protocol.Head{}, err
		}
		h.Value = plain
	}
	covered, err := s.covered(rev.Position)
	if covered || row.counted {
		h.Level = protocol.HeldBy
	}
	return h, err
}

// Reading rows. A missing row is zero for lists and numbers, and ErrNotFound
// for a revision or a Change.

func (s *Snapshot) get(key []byte) ([]byte, error) {
	b, err := s.txn.get(key)
	if err != nil {
		return nil, fmt.Errorf("read row: %w: %w", ErrDisk, err)
	}
	return b, nil
}

func (s *Snapshot) record(ref protocol.Ref) (recordRow, error) {
	b, err := s.get(recordKey(ref))
	if b == nil || err != nil {
		return recordRow{}, err
	}
	row, err := parseRecordRow(b)
	return row, damaged(ref, err)
}

func (s *Snapshot) revision(rev protocol.Rev) (revisionRow, error) {
	b, err := s.get(revisionKey(rev))
	if err != nil {
		return revisionRow{}, err
	}
	if b == nil {
		return revisionRow{}, fmt.Errorf("revision %s: %w", rev, protocol.ErrNotFound)
	}
	row, err := parseRevisionRow(b)
	return row, damaged(rev, err)
}

func (s *Snapshot) number(key []byte) (uint64, error) {
	b, err := s.get(key)
	if b == nil || err != nil {
		return 0, err
	}
	n, err := number8(b)
	return n, damaged(string(key[:1]), err)
}

// damaged turns an unreadable row into the disk's failure.
func damaged(what any, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %v: %w", ErrDisk, what, err)
}

func sortHeads(heads []protocol.Head) {
	slices.SortFunc(heads, func(a, b protocol.Head) int { return older(b, a) })
}

func older(a, b protocol.Head) int {
	if c := cmp.Compare(a.HLC, b.HLC); c != 0 {
		return c
	}
	switch {
	case a.Less(b.Rev):
		return -1
	case b.Less(a.Rev):
		return 1
	}
	return 0
}
