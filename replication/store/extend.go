package store

import (
	"time"

	"xiangyi/protocol"
)

// A Follow that had an end and is given a later one: until the county knows, it
// goes by the old end, and leaves out of its answers what it thinks is followed no
// longer. When the county knows too late, or nearly, the scope is walked again.

// nearEnd is how near to the old end counts as late: nodes lag, clocks differ.
const nearEnd = time.Hour

// extended notes the end by which the county still goes.
func (b *Batch) extended(scope protocol.Scope, end uint64) error {
	known, err := b.Meta(metaExtended + string(scope))
	if err != nil || known != nil {
		return err
	}
	return b.SetMeta(metaExtended+string(scope), number(end))
}

// extensions looks which of them the county knows by now.
func (b *Batch) extensions() error {
	type extension struct {
		scope protocol.Scope
		end   uint64
	}
	var all []extension
	err := b.EachMeta(metaExtended, func(rest string, value []byte) error {
		end, err := number8(value)
		all = append(all, extension{protocol.Scope(rest), end})
		return damaged(metaExtended, err)
	})
	for i := 0; err == nil && i < len(all); i++ {
		err = b.extension(all[i].scope, all[i].end)
	}
	return err
}

func (b *Batch) extension(scope protocol.Scope, end uint64) error {
	if known, err := b.followsCounted(scope); err != nil || !known {
		return err
	}
	if err := b.SetMeta(metaExtended+string(scope), nil); err != nil {
		return err
	}
	if follows, err := b.Follows(b.Site(), scope); err != nil || !follows {
		return err
	}
	if end > sortable(b.now.Add(nearEnd)) {
		return nil
	}
	return b.delete(walkKey(scope))
}

// followsCounted reports whether the county holds, as we do, how this site follows
// a scope.
func (s *Snapshot) followsCounted(scope protocol.Scope) (bool, error) {
	var ids []protocol.ID
	err := s.each(appendName(followPrefix(s.Site()), scope), func(key, _ []byte) error {
		ids = append(ids, protocol.ID(key))
		return nil
	})
	for i := 0; err == nil && i < len(ids); i++ {
		var row recordRow
		if row, err = s.record(protocol.Ref{Kind: protocol.KindFollow, ID: ids[i]}); err != nil {
			break
		}
		for _, rev := range row.heads {
			r, err := s.revision(rev)
			if err != nil {
				return false, err
			}
			if counted, err := s.counted(rev, &r); err != nil || !counted {
				return false, err
			}
		}
	}
	return err == nil, err
}
