package store

import (
	"bytes"
	"slices"

	"xiangyi/protocol"
)

// What a station followed and follows no longer leaves its disk: a person who
// was looked up for a day is nobody's to read there afterwards. A record goes as
// far as its revisions are in no followed scope. What the county's ledger does
// not hold yet keeps its record whole, and so does custody of this site. Own
// revisions leave the record and its indexes and stay in the journal: they are
// this site's testimony, and a restored county is refilled from them.

// evict looks at up to most records of a scope behind a place, and takes out
// what is in no followed scope. next is nil at the end of the scope; kept says
// that a record could not go yet.
func (b *Batch) evict(scope protocol.Scope, after []byte, most int) (next []byte, kept bool, err error) {
	refs, next, err := b.recordsOf(scope, after, most)
	if err != nil {
		return nil, false, err
	}
	e := &eviction{Batch: b, last: b.Last(), followed: map[protocol.Scope]bool{}}
	for i, ref := range refs {
		stays, err := e.record(ref, scope)
		if err != nil {
			return nil, false, err
		}
		kept = kept || stays
		if b.Full() && i < len(refs)-1 {
			return behind(ref), kept, nil
		}
	}
	return next, kept, nil
}

// behind is the place in a scope after the last revision of a record: no site's
// name begins with that byte.
func behind(ref protocol.Ref) []byte {
	return append(appendName(appendName(nil, ref.Kind), ref.ID), 0xff)
}

// recordsOf lists records of a scope behind a place.
func (s *Snapshot) recordsOf(scope protocol.Scope, after []byte, most int) (refs []protocol.Ref, next []byte, err error) {
	prefix := scopePrefix(scope)
	it := s.txn.walk(walk{prefix: prefix})
	defer it.close()
	for it.seek(append(bytes.Clone(prefix), after...)); it.valid(); it.seek(append(bytes.Clone(prefix), next...)) {
		if len(refs) == most {
			return refs, next, nil
		}
		ref, _, err := parseScopeKey(it.key()[len(prefix):])
		if err != nil {
			return nil, nil, err
		}
		refs, next = append(refs, ref), behind(ref)
	}
	return refs, nil, nil
}

// eviction is one transaction of leaving a scope.
type eviction struct {
	*Batch
	last     protocol.Cursor // of the feed: its row is what tells a restart where the feed ends
	followed map[protocol.Scope]bool
	forgets  bool // own revisions leave the disk too
}

// record takes out of a record what is in no followed scope. kept: something
// would have to go and may not yet.
func (e *eviction) record(ref protocol.Ref, scope protocol.Scope) (kept bool, err error) {
	if ref.Kind == protocol.KindFollow || ref.Kind == protocol.KindKind {
		return false, nil // the store itself lives by them
	}
	here, err := e.here(ref, scope)
	if err != nil {
		return false, err
	}
	var gone, stay []protocol.Rev
	for rev, row := range here {
		in, err := e.inScope(&row.write)
		if err != nil {
			return false, err
		}
		if in {
			stay = append(stay, rev)
			continue
		}
		gone = append(gone, rev)
		if may, err := e.may(rev, row); err != nil {
			return false, err
		} else if !may {
			kept = true
		}
	}
	if kept || len(gone) == 0 {
		return kept, nil
	}
	if err := e.rehead(ref, sortedRevs(stay), here); err != nil {
		return false, err
	}
	return false, e.remove(sortedRevs(gone), here)
}

// may reports whether a revision may leave: the county's ledger holds it, and
// this site has no custody by it.
func (e *eviction) may(rev protocol.Rev, row *revisionRow) (bool, error) {
	if row.write.Custodian == e.Site() {
		return false, nil
	}
	if rev.Site != e.Site() {
		return true, nil
	}
	return e.counted(rev, row)
}

func (e *eviction) inScope(w *protocol.Write) (bool, error) {
	for _, scope := range scopesOf(w) {
		in, known := e.followed[scope]
		if !known {
			var err error
			if in, err = e.Follows(e.Site(), scope); err != nil {
				return false, err
			}
			e.followed[scope] = in
		}
		if in {
			return true, nil
		}
	}
	return false, nil
}

// here lists the revisions of a record that count: those of the scope, of the
// scopes that they are in too, and the heads with their parents.
func (e *eviction) here(ref protocol.Ref, scopes ...protocol.Scope) (map[protocol.Rev]*revisionRow, error) {
	record, err := e.Batch.record(ref)
	if err != nil {
		return nil, err
	}
	out := map[protocol.Rev]*revisionRow{}
	todo := slices.Clone(record.heads)
	for n := 0; n < len(scopes) || len(todo) > 0; {
		if len(todo) == 0 {
			if todo, err = e.revisionsIn(scopes[n], ref); err != nil {
				return nil, err
			}
			n++
			continue
		}
		rev := todo[0]
		todo = todo[1:]
		if out[rev] != nil {
			continue
		}
		row, present, err := e.part(rev)
		if err != nil {
			return nil, err
		}
		if !present || row.write.Ref != ref {
			continue
		}
		out[rev], todo = &row, append(todo, row.write.Parents...)
		for _, s := range scopesOf(&row.write) {
			if !slices.Contains(scopes, s) {
				scopes = append(scopes, s)
			}
		}
	}
	return out, nil
}

func (s *Snapshot) revisionsIn(scope protocol.Scope, ref protocol.Ref) (out []protocol.Rev, err error) {
	prefix := appendName(appendName(scopePrefix(scope), ref.Kind), ref.ID)
	err = s.each(prefix, func(key, _ []byte) error {
		rev, _, err := parseRev(key)
		out = append(out, rev)
		return err
	})
	return out, err
}

// part gives a revision that is part of its record: one that is here, and not
// only in the journal.
func (s *Snapshot) part(rev protocol.Rev) (row revisionRow, is bool, err error) {
	b, err := s.get(revisionKey(rev))
	if b == nil || err != nil {
		return revisionRow{}, false, err
	}
	row, err = parseRevisionRow(b)
	return row, err == nil && !row.aside, damaged(rev, err)
}

// rehead makes the record what it would be had only these revisions come.
func (e *eviction) rehead(ref protocol.Ref, stay []protocol.Rev, here map[protocol.Rev]*revisionRow) error {
	before, err := e.Batch.record(ref)
	if err != nil {
		return err
	}
	var now recordRow
	added := map[protocol.Rev]bool{}
	for _, rev := range stay {
		present := func(p protocol.Rev) (bool, error) { return added[p], nil }
		if err := now.add(rev, here[rev].write.Parents, present); err != nil {
			return err
		}
		added[rev] = true
	}
	if err := e.reindexHeads(ref, before.heads, now.heads); err != nil {
		return err
	}
	if len(stay) == 0 {
		return e.delete(recordKey(ref))
	}
	return e.set(recordKey(ref), now.append(nil))
}

func (b *Batch) reindexHeads(ref protocol.Ref, before, after []protocol.Rev) error {
	specs := b.inForce(ref.Kind)
	if len(specs) == 0 {
		return nil
	}
	old, err := b.liveRows(specs, ref, before)
	if err != nil {
		return err
	}
	now, err := b.liveRows(specs[:1], ref, after)
	if err != nil {
		return err
	}
	return b.replace(old, now)
}

// remove takes the revisions out of scopes, digests and, but for own ones, off
// the disk, and then the Changes of which nothing is left.
func (e *eviction) remove(gone []protocol.Rev, here map[protocol.Rev]*revisionRow) error {
	for _, rev := range gone {
		row := here[rev]
		counted, err := e.counted(rev, row)
		if err != nil {
			return err
		}
		for _, scope := range scopesOf(&row.write) {
			if counted {
				e.digests[scope] -= protocol.Mark(scope, row.write.Ref, rev, row.write.Commit)
			}
			if err := e.delete(scopeKey(scope, row.write.Ref, rev)); err != nil {
				return err
			}
		}
		if rev.Site == e.Site() && !e.forgets {
			row.aside, row.counted = true, false
			err = e.set(revisionKey(rev), row.append(nil))
		} else {
			err = e.delete(revisionKey(rev))
		}
		if err != nil {
			return err
		}
	}
	for i, rev := range gone {
		if rev.Site == e.Site() && !e.forgets || i > 0 && gone[i-1].Position == rev.Position {
			continue
		}
		if err := e.forget(rev.Position); err != nil {
			return err
		}
	}
	return nil
}

// forget drops a foreign Change of which no revision is left, with its place in
// the feed. Whoever reads the feed goes on behind it.
func (e *eviction) forget(p protocol.Position) error {
	row, known, err := e.lookUpChange(p)
	if err != nil || !known || row.cursor != 0 && row.cursor == e.last {
		return err
	}
	for n := range row.writes {
		b, err := e.get(revisionKey(protocol.Rev{Position: p, N: uint16(n)}))
		if err != nil || b != nil {
			return err
		}
	}
	if row.cursor != 0 {
		if err := e.delete(feedKey(row.cursor)); err != nil {
			return err
		}
	}
	return e.delete(changeKey(p))
}
