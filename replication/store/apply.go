package store

import (
	"fmt"
	"slices"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
)

// Apply stores a Change: its envelope, revisions, heads, index rows, scope rows
// and, with a cursor, its place in the feed. held counts its revisions into the
// digests. Whatever is here already is left as it is, so a repeat changes
// nothing; a Change of which only some writes came (the others are empty, Ref
// zero) is completed by a later Apply. The error is ErrContent when the Change
// itself cannot be stored: then nothing of it is.
func (b *Batch) Apply(c *protocol.Change, at protocol.Cursor, held bool) error {
	return b.apply(c, at, held, nil)
}

// Append is Apply for the next Change of a lane: it must follow the lane's tail,
// else the error is ErrGap, and the tail moves to it. It gives the chain hash
// there. The writes' commitments must be filled in.
func (b *Batch) Append(c *protocol.Change, at protocol.Cursor, held bool) (seal.Digest, error) {
	seq, prev, err := b.Tail(c.Site, c.Incarnation, c.Lane)
	if err != nil {
		return seal.Digest{}, err
	}
	if c.Seq != seq+1 {
		return seal.Digest{}, fmt.Errorf("append %s: %w: lane stands at %d", c.Position, ErrGap, seq)
	}
	chain := protocol.Chain(prev, c)
	if err := b.apply(c, at, held, &chain); err != nil {
		return seal.Digest{}, err
	}
	return chain, b.SetTail(c.Site, c.Incarnation, c.Lane, c.Seq, chain)
}

func (b *Batch) apply(c *protocol.Change, at protocol.Cursor, held bool, chain *seal.Digest) error {
	fresh, err := b.admit(c)
	if err != nil {
		return fmt.Errorf("apply %s: %w", c.Position, err)
	}
	if err := b.applyChange(c, at, chain); err != nil {
		return fmt.Errorf("apply %s: %w", c.Position, err)
	}
	specs := b.specs
	for n := range c.Writes {
		w := &c.Writes[n]
		if w.Ref.IsZero() {
			continue
		}
		if b.specs != specs { // an earlier write of this Change declared a kind
			fresh[n] = b.freshRows(w)
		}
		if err := b.applyWrite(c, n, held, fresh[n]); err != nil {
			return fmt.Errorf("apply %s: %w", c.Rev(n), err)
		}
	}
	return nil
}

// admit refuses what must not reach a row, before the first one is written. It
// gives the index rows of each write.
func (b *Batch) admit(c *protocol.Change) ([]rowSet, error) {
	if !c.Site.Valid() || c.Lane >= protocol.Lanes || c.Seq == 0 || !c.Was.IsZero() && !c.Was.Site.Valid() {
		return nil, content("no position")
	}
	if err := withinLimits(c); err != nil {
		return nil, content("%v", err)
	}
	fresh := make([]rowSet, len(c.Writes))
	total := 0
	for n := range c.Writes {
		w := &c.Writes[n]
		if w.Ref.IsZero() {
			continue
		}
		if err := admitWrite(w); err != nil {
			return nil, err
		}
		fresh[n] = rowSet{}
		if spec, ok := b.Kind(w.Ref.Kind); ok {
			if err := b.core.addRows(fresh[n], &spec, w.Ref, w.Value); err != nil {
				return nil, err
			}
		}
		total += len(fresh[n])
	}
	if total > maxChangeRows {
		return nil, content("%d index rows, at most %d", total, maxChangeRows)
	}
	return fresh, nil
}

// freshRows is what admit computes, for a kind declared since.
func (b *Batch) freshRows(w *protocol.Write) rowSet {
	rows := rowSet{}
	if spec, ok := b.Kind(w.Ref.Kind); ok {
		if err := b.core.addRows(rows, &spec, w.Ref, w.Value); err != nil {
			b.core.opts.Log.Warn("a value has no index rows", "ref", w.Ref.String(), "error", err)
		}
	}
	return rows
}

func admitWrite(w *protocol.Write) error {
	if !w.Ref.Kind.Valid() || !w.Ref.ID.Valid() || w.Subject != "" && !w.Subject.Valid() {
		return content("name of a record or subject")
	}
	if w.Custodian != "" && !w.Custodian.Valid() {
		return content("%s: custodian", w.Ref)
	}
	for _, s := range w.Scopes {
		if !s.Valid() {
			return content("%s: scope", w.Ref)
		}
	}
	for _, p := range w.Parents {
		if !p.Site.Valid() || p.Lane >= protocol.Lanes {
			return content("%s: parent", w.Ref)
		}
	}
	if w.Ref.Kind == protocol.KindKind && w.Value != nil {
		var spec protocol.KindSpec
		if err := protocol.Decode(w.Value, &spec); err != nil {
			return content("%s: %v", w.Ref, err)
		}
	}
	return nil
}

// withinLimits checks the limits of protocol.
func withinLimits(c *protocol.Change) error {
	size := 0
	for i := range c.Writes {
		n := len(c.Writes[i].Value)
		if n > protocol.MaxValueBytes {
			return fmt.Errorf("%w: a value of %d bytes", protocol.ErrTooLarge, n)
		}
		size += n
	}
	if len(c.Writes) > protocol.MaxWrites {
		return fmt.Errorf("%w: %d writes", protocol.ErrTooLarge, len(c.Writes))
	}
	if len(c.Key) > maxKey {
		return fmt.Errorf("%w: idempotency key of %d bytes", protocol.ErrTooLarge, len(c.Key))
	}
	if size += len(protocol.AppendEnvelope(nil, c)); size > protocol.MaxChangeBytes {
		return fmt.Errorf("%w: a change of %d bytes", protocol.ErrTooLarge, size)
	}
	return nil
}

const maxKey = 64

// applyChange writes the row of the Change, its key and its place in the feed.
func (b *Batch) applyChange(c *protocol.Change, at protocol.Cursor, chain *seal.Digest) error {
	row, known, err := b.lookUpChange(c.Position)
	if err != nil {
		return err
	}
	if !known {
		row = changeRow{writes: len(c.Writes), change: *c}
		if chain != nil {
			row.chained, row.chain = true, *chain
		}
	} else if (at == 0 || row.cursor != 0) && len(c.Writes) <= row.writes {
		return nil
	}
	row.writes = max(row.writes, len(c.Writes))
	if row.cursor == 0 {
		row.cursor = at
	} else {
		at = 0 // it has its place in the feed
	}
	if err := b.set(changeKey(c.Position), row.append(nil)); err != nil {
		return err
	}
	if at != 0 {
		if err := b.set(feedKey(at), appendPosition(nil, c.Position)); err != nil {
			return err
		}
	}
	if known {
		return nil
	}
	if !c.Was.IsZero() {
		if err := b.set(wasKey(c.Was), appendPosition(nil, c.Position)); err != nil {
			return err
		}
	}
	return b.useKey(c)
}

// useKey remembers an idempotency key of this site. Keys of others are theirs: a
// reaction at a station and one in the county may answer one Change under equal
// keys.
func (b *Batch) useKey(c *protocol.Change) error {
	if c.Key == "" || c.Site != b.Site() {
		return nil
	}
	key := idempotencyKey(b.core.index, c.Key)
	used, err := b.get(key)
	if err != nil || used != nil {
		return err
	}
	return b.set(key, appendPosition(nil, c.Position))
}

// applyWrite stores one revision that is not here yet, or counts one that is.
func (b *Batch) applyWrite(c *protocol.Change, n int, held bool, fresh rowSet) error {
	rev, w := c.Rev(n), &c.Writes[n]
	old, here, err := b.part(rev)
	if err != nil {
		return err
	}
	if here {
		return b.recount(rev, &old, held)
	}
	row := revisionRow{counted: held, hlc: c.HLC, write: *w, sealed: old.sealed}
	row.write.Value = nil
	if w.Value != nil {
		if row.sealed, err = b.seal(rev, w); err != nil {
			return err
		}
	}
	if err := b.applyHeads(rev, w, &row, fresh); err != nil {
		return err
	}
	for _, scope := range scopesOf(w) {
		if err := b.set(scopeKey(scope, w.Ref, rev), nil); err != nil {
			return err
		}
	}
	if held {
		b.count(rev, w)
	}
	switch w.Ref.Kind {
	case protocol.KindKind:
		return b.respecify(protocol.Kind(w.Ref.ID))
	case protocol.KindFollow:
		b.followed = true
	}
	return nil
}

// recount counts a revision that is here into the digests, once.
func (b *Batch) recount(rev protocol.Rev, row *revisionRow, held bool) error {
	done, err := b.counted(rev, row)
	if err != nil || done || !held {
		return err
	}
	row.counted = true
	b.count(rev, &row.write)
	return b.set(revisionKey(rev), row.append(nil))
}

// applyHeads writes the revision and moves the record's heads and index rows.
func (b *Batch) applyHeads(rev protocol.Rev, w *protocol.Write, row *revisionRow, fresh rowSet) error {
	record, err := b.record(w.Ref)
	if err != nil {
		return err
	}
	before := slices.Clone(record.heads)
	err = record.add(rev, w.Parents, func(p protocol.Rev) (bool, error) {
		row, here, err := b.part(p)
		return here && row.write.Ref == w.Ref, err // else another box's stands there for now
	})
	if err != nil {
		return err
	}
	if err := b.set(revisionKey(rev), row.append(nil)); err != nil {
		return err
	}
	if err := b.set(recordKey(w.Ref), record.append(nil)); err != nil {
		return err
	}
	specs := b.inForce(w.Ref.Kind)
	if len(specs) == 0 || slices.Equal(before, record.heads) {
		return nil
	}
	old, err := b.liveRows(specs, w.Ref, before)
	if err != nil {
		return err
	}
	now := rowSet{}
	if kept := slices.DeleteFunc(slices.Clone(record.heads), func(r protocol.Rev) bool { return r == rev }); len(kept) > 0 {
		if now, err = b.liveRows(specs[:1], w.Ref, kept); err != nil {
			return err
		}
	}
	if slices.Contains(record.heads, rev) {
		mergeRows(now, fresh)
	}
	return b.replace(old, now)
}

// mergeRows adds rows; of a follow row the later end wins.
func mergeRows(into, rows rowSet) {
	for key, v := range rows {
		if was, ok := into[key]; !ok || string(was) < string(v) {
			into[key] = v
		}
	}
}

// scopesOf lists a write's scopes, each once.
func scopesOf(w *protocol.Write) []protocol.Scope {
	all := w.AllScopes()
	out := make([]protocol.Scope, 0, len(all))
	for _, s := range all {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// lookUpChange gives the row of a Change, and whether there is one.
func (s *Snapshot) lookUpChange(p protocol.Position) (changeRow, bool, error) {
	b, err := s.get(changeKey(p))
	if b == nil || err != nil {
		return changeRow{}, false, err
	}
	row, err := parseChangeRow(b)
	return row, err == nil, damaged(p, err)
}

// change gives the row of a Change that must be there.
func (s *Snapshot) change(p protocol.Position) (changeRow, error) {
	row, known, err := s.lookUpChange(p)
	if err == nil && !known {
		err = fmt.Errorf("change %s: %w", p, protocol.ErrNotFound)
	}
	return row, err
}
