package store

import (
	"maps"
	"slices"

	"xiangyi/protocol"
)

// Reindexing reports whether some kind's index rows do not follow its spec yet.
func (s *Snapshot) Reindexing() bool { return s.specs.reindexing() }

func (set *specSet) reindexing() bool {
	for _, state := range set.kinds {
		if state.job != nil {
			return true
		}
	}
	return false
}

// Reindex brings the index rows of at most so many records up to their kind's
// spec, and reports whether nothing is left to do. It is deterministic: equal
// records and equal calls make equal rows.
func (b *Batch) Reindex(most int) (done bool, err error) {
	for _, kind := range slices.Sorted(maps.Keys(b.specs.kinds)) {
		state := b.specs.kinds[kind]
		if state.job == nil {
			continue
		}
		refs := b.recordsAfter(kind, state.job.After, most)
		for _, id := range refs {
			if err := b.reindex(protocol.Ref{Kind: kind, ID: id}, state); err != nil {
				return false, err
			}
		}
		if len(refs) == most {
			state.job = &rebuild{Old: state.job.Old, After: refs[most-1]}
			return false, b.setKind(kind, state)
		}
		state.job = nil
		if err := b.setKind(kind, state); err != nil {
			return false, err
		}
		most -= len(refs)
	}
	return true, nil
}

func (b *Batch) reindex(ref protocol.Ref, state kindState) error {
	row, err := b.record(ref)
	if err != nil {
		return err
	}
	old, err := b.liveRows(state.job.Old, ref, row.heads)
	if err != nil {
		return err
	}
	now, err := b.liveRows([]protocol.KindSpec{state.spec}, ref, row.heads)
	if err != nil {
		return err
	}
	return b.replace(old, now)
}

func (b *Batch) recordsAfter(kind protocol.Kind, after protocol.ID, most int) []protocol.ID {
	prefix := kindPrefix(kind)
	it := b.txn.walk(walk{prefix: prefix})
	defer it.close()
	var out []protocol.ID
	from := append(append([]byte{}, prefix...), after...)
	if after != "" {
		from = append(from, 0)
	}
	for it.seek(from); it.valid() && len(out) < most; it.next() {
		out = append(out, protocol.ID(it.key()[len(prefix):]))
	}
	return out
}
