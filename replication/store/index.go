package store

import (
	"encoding/binary"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
)

// Index rows hold no text: a token of the texts, the clear time, and the
// record's ID. The token covers how the index is declared, so that rows of an
// older declaration of the same name are never met.

// The most index rows that one revision and one Change may ask for. More is
// refused where it is made and parks where it arrives: a row cap that dropped
// rows would make scans lie.
const (
	maxRevisionRows = 512
	maxChangeRows   = 4096
)

// definition is what a token covers of an index beside its name.
func definition(x *protocol.Index) []byte {
	b := appendName(nil, x.Time)
	if x.Prefix {
		b = append(b, 1)
	}
	for _, f := range x.Fields {
		b = appendName(b, f)
	}
	return b
}

func (c *Core) token(kind protocol.Kind, x *protocol.Index, match []string) seal.Token {
	parts := make([][]byte, 0, 4+len(match))
	parts = append(parts, []byte("index"), []byte(kind), []byte(x.Name), definition(x))
	for _, m := range match {
		parts = append(parts, []byte(m))
	}
	return seal.MakeToken(c.index, parts...)
}

func indexKey(token seal.Token, at time.Time, id protocol.ID) []byte {
	b := append([]byte{rowIndex}, token[:]...)
	b = binary.BigEndian.AppendUint64(b, sortable(at))
	return append(b, id...)
}

// rowSet is the rows that a record's heads ask for: key -> value.
type rowSet map[string][]byte

// addRows adds the rows of one value under one spec.
func (c *Core) addRows(rows rowSet, spec *protocol.KindSpec, ref protocol.Ref, v protocol.Value) error {
	if v == nil {
		return nil
	}
	entries, err := spec.Entries(v)
	if err != nil {
		return content("%s: %v", ref, err)
	}
	if len(entries) > maxRevisionRows {
		return content("%s: %d index rows, at most %d", ref, len(entries), maxRevisionRows)
	}
	for _, e := range entries {
		if x := indexOf(spec, e.Index); x != nil {
			token := c.token(ref.Kind, x, e.Parts)
			rows[string(indexKey(token, e.Time, ref.ID))] = nil
		}
	}
	if ref.Kind == protocol.KindFollow {
		return addFollow(rows, ref, v)
	}
	return nil
}

// addFollow adds the row by which the follow set is read. The later end wins
// where two heads differ: a station rather keeps a scope too long.
func addFollow(rows rowSet, ref protocol.Ref, v protocol.Value) error {
	var f protocol.Follow
	if err := protocol.Decode(v, &f); err != nil {
		return content("%s: %v", ref, err)
	}
	if f.Ended || !f.Site.Valid() || !f.Scope.Valid() {
		return nil
	}
	until := number(^uint64(0))
	if !f.Until.IsZero() {
		until = number(sortable(f.Until))
	}
	key := string(followKey(f, ref.ID))
	if string(rows[key]) < string(until) {
		rows[key] = until
	}
	return nil
}

// liveRows collects the rows of all heads. A value that does not open, or that
// an older spec cannot read, has none: what is stored must never stop what
// arrives.
func (b *Batch) liveRows(specs []protocol.KindSpec, ref protocol.Ref, heads []protocol.Rev) (rowSet, error) {
	rows := rowSet{}
	for _, rev := range heads {
		row, err := b.revision(rev)
		if err != nil {
			return nil, err
		}
		if row.sealed == nil {
			continue
		}
		v, err := b.open(rev, &row.write, row.sealed)
		if err != nil {
			b.core.opts.Log.Error("a value does not open; its index rows stay", "rev", rev.String(), "error", err)
			continue
		}
		for i := range specs {
			if err := b.core.addRows(rows, &specs[i], ref, v); err != nil {
				b.core.opts.Log.Warn("a value has no index rows", "rev", rev.String(), "error", err)
			}
		}
	}
	return rows, nil
}

// replace turns the old rows into the new ones.
func (b *Batch) replace(old, new rowSet) error {
	for key := range old {
		if _, keep := new[key]; !keep {
			if err := b.delete([]byte(key)); err != nil {
				return err
			}
		}
	}
	for key, v := range new {
		if was, same := old[key]; same && string(was) == string(v) {
			continue
		}
		if err := b.set([]byte(key), v); err != nil {
			return err
		}
	}
	return nil
}

// inForce lists the specs under which rows of a kind may be stored: the one in
// force, and older ones while a job runs.
func (s *Snapshot) inForce(kind protocol.Kind) []protocol.KindSpec {
	state, ok := s.specs.kinds[kind]
	if !ok {
		return nil
	}
	specs := []protocol.KindSpec{state.spec}
	if state.job != nil {
		specs = append(specs, state.job.Old...)
	}
	return specs
}
