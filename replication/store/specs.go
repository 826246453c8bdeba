package store

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"xiangyi/protocol"
)

// specSet is what the records' kinds look like at one moment. It never changes;
// a Batch that learns of a spec makes another.
type specSet struct {
	generation uint64
	kinds      map[protocol.Kind]kindState
}

type kindState struct {
	spec protocol.KindSpec
	job  *rebuild // rows of an older spec are still about
}

// rebuild says how far the index rows of a kind follow its spec.
type rebuild struct {
	Old   []protocol.KindSpec `json:"old"`
	After protocol.ID         `json:"after"` // records up to here are done
	Rest  protocol.Rest       `json:",unknown"`
}

var generationKey = []byte{rowSpec}

// loadSpecs takes the set in memory when it is that of this transaction.
func (s *Snapshot) loadSpecs() error {
	known := s.core.specs.Load()
	n, err := s.number(generationKey)
	if err != nil {
		return err
	}
	if known != nil && known.generation == n {
		s.specs = known
		return nil
	}
	s.specs = &specSet{generation: n, kinds: map[protocol.Kind]kindState{}}
	return s.readSpecs()
}

func (s *Snapshot) readSpecs() error {
	err := s.each([]byte{rowSpec}, func(key, value []byte) error {
		if len(key) == 0 {
			return nil // the generation
		}
		var spec protocol.KindSpec
		if err := protocol.Decode(value, &spec); err != nil {
			return damaged("kind "+string(key), err)
		}
		s.specs.kinds[protocol.Kind(key)] = kindState{spec: spec}
		return nil
	})
	if err != nil {
		return err
	}
	return s.each([]byte{rowReindex}, func(key, value []byte) error {
		j := &rebuild{}
		if err := protocol.Decode(value, j); err != nil {
			return damaged("reindex "+string(key), err)
		}
		state := s.specs.kinds[protocol.Kind(key)]
		state.job = j
		s.specs.kinds[protocol.Kind(key)] = state
		return nil
	})
}

// each walks the rows of a prefix; key is what follows the prefix.
func (s *Snapshot) each(prefix []byte, visit func(key, value []byte) error) error {
	it := s.txn.walk(walk{prefix: prefix, values: true})
	defer it.close()
	for it.seek(prefix); it.valid(); it.next() {
		value, err := it.value()
		if err != nil {
			return fmt.Errorf("read rows: %w: %w", ErrDisk, err)
		}
		if err := visit(bytes.Clone(it.key()[len(prefix):]), value); err != nil {
			return err
		}
	}
	return nil
}

// Kind gives the spec that is in force for a kind.
func (s *Snapshot) Kind(kind protocol.Kind) (protocol.KindSpec, bool) {
	state, ok := s.specs.kinds[kind]
	return state.spec, ok
}

// ready gives an index of a kind, once it covers every record.
func (k *kindState) ready(name string) (*protocol.Index, bool) {
	x := indexOf(&k.spec, name)
	if x == nil {
		return nil, false
	}
	if k.job != nil {
		for i := range k.job.Old {
			old := indexOf(&k.job.Old[i], name)
			if old == nil || !bytes.Equal(definition(old), definition(x)) {
				return nil, false
			}
		}
	}
	return x, true
}

func indexOf(spec *protocol.KindSpec, name string) *protocol.Index {
	for i := range spec.Indexes {
		if spec.Indexes[i].Name == name {
			return &spec.Indexes[i]
		}
	}
	return nil
}

// respecifyAll brings the specs in force up to what this software declares and
// what the records of KindKind say.
func (b *Batch) respecifyAll() error {
	kinds := map[protocol.Kind]bool{}
	for _, spec := range b.core.initial() {
		kinds[spec.Kind] = true
	}
	for kind := range b.specs.kinds {
		kinds[kind] = true
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		if err := b.respecify(kind); err != nil {
			return err
		}
	}
	return nil
}

func (c *Core) initial() []protocol.KindSpec {
	return append(protocol.BaseKinds(), c.opts.Kinds...)
}

// respecify puts the spec of one kind in force: that of its record, extended by
// the indexes that this software declares beside it; else this software's; else
// what was in force before.
func (b *Batch) respecify(kind protocol.Kind) error {
	spec, ok := b.recordedSpec(kind)
	for _, initial := range b.core.initial() {
		switch {
		case initial.Kind != kind:
		case !ok:
			spec, ok = initial, true
		default:
			spec = extend(spec, initial)
		}
	}
	if !ok {
		return nil
	}
	return b.enforce(kind, spec)
}

// recordedSpec is the spec that the newest readable head of the kind's record
// has.
func (b *Batch) recordedSpec(kind protocol.Kind) (protocol.KindSpec, bool) {
	record, err := b.Get(protocol.Ref{Kind: protocol.KindKind, ID: protocol.ID(kind)})
	if err != nil {
		return protocol.KindSpec{}, false
	}
	for _, head := range record.Heads {
		var spec protocol.KindSpec
		if protocol.Decode(head.Value, &spec) == nil {
			spec.Kind = kind
			return spec, true
		}
	}
	return protocol.KindSpec{}, false
}

func extend(spec, by protocol.KindSpec) protocol.KindSpec {
	spec.Indexes = slices.Clone(spec.Indexes)
	for _, x := range by.Indexes {
		if indexOf(&spec, x.Name) == nil {
			spec.Indexes = append(spec.Indexes, x)
		}
	}
	return spec
}

func (b *Batch) enforce(kind protocol.Kind, spec protocol.KindSpec) error {
	text, err := protocol.Encode(&spec)
	if err != nil {
		return content("spec of kind %s: %v", kind, err)
	}
	stored, err := b.get(specKey(kind))
	if err != nil || bytes.Equal(stored, text) {
		return err
	}
	old := b.specs.kinds[kind]
	old.spec.Kind = kind
	next := kindState{spec: spec, job: old.job}
	if !sameIndexes(&old.spec, &spec) && b.anyRecord(kind) {
		next.job = &rebuild{}
		if old.job != nil {
			next.job.Old = slices.Clone(old.job.Old)
		}
		next.job.Old = append(next.job.Old, old.spec)
	}
	if err := b.set(specKey(kind), text); err != nil {
		return err
	}
	return b.setKind(kind, next)
}

// setKind changes the state of a kind in this batch and its job row.
func (b *Batch) setKind(kind protocol.Kind, state kindState) error {
	if !b.respecified {
		b.specs = &specSet{generation: b.specs.generation + 1, kinds: maps.Clone(b.specs.kinds)}
		b.respecified = true
	}
	b.specs.kinds[kind] = state
	if err := b.set(generationKey, number(b.specs.generation)); err != nil {
		return err
	}
	if state.job == nil {
		return b.delete(reindexKey(kind))
	}
	text, err := protocol.Encode(state.job)
	if err != nil {
		return fmt.Errorf("reindex %s: %w", kind, err)
	}
	return b.set(reindexKey(kind), text)
}

func sameIndexes(a, b *protocol.KindSpec) bool {
	if len(a.Indexes) != len(b.Indexes) {
		return false
	}
	for i := range a.Indexes {
		x := indexOf(b, a.Indexes[i].Name)
		if x == nil || !bytes.Equal(definition(&a.Indexes[i]), definition(x)) {
			return false
		}
	}
	return true
}

func (b *Batch) anyRecord(kind protocol.Kind) bool {
	it := b.txn.walk(walk{prefix: kindPrefix(kind)})
	defer it.close()
	it.seek(kindPrefix(kind))
	return it.valid()
}
