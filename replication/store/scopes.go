package store

import (
	"bytes"

	"xiangyi/protocol"
)

// ScopeDigest sums up the revisions of a scope that the county holds.
func (s *Snapshot) ScopeDigest(scope protocol.Scope) (protocol.Digest, error) {
	n, err := s.number(digestKey(scope))
	if err != nil {
		return 0, err
	}
	if s.batch != nil {
		n += uint64(s.batch.digests[scope])
	}
	return protocol.Digest(n), nil
}

// Digest is the sum over several scopes.
func (s *Snapshot) Digest(scopes []protocol.Scope) (protocol.Digest, error) {
	var sum protocol.Digest
	for _, scope := range scopes {
		d, err := s.ScopeDigest(scope)
		if err != nil {
			return 0, err
		}
		sum += d
	}
	return sum, nil
}

// Following lists what KindFollow records put into a station's following and
// that has not ended at the time of this look, in order, each once.
func (s *Snapshot) Following(site protocol.Site) ([]protocol.Scope, error) {
	followed, err := s.following(site)
	scopes := make([]protocol.Scope, 0, len(followed))
	for _, f := range followed {
		scopes = append(scopes, f.scope)
	}
	return scopes, err
}

// followed is a scope and the sortable time at which following it ends.
type followed struct {
	scope protocol.Scope
	until uint64
}

func (s *Snapshot) following(site protocol.Site) (out []followed, err error) {
	now := sortable(s.now)
	err = s.each(followPrefix(site), func(key, value []byte) error {
		name, _, err := cutName(key)
		if err != nil {
			return err
		}
		until, err := number8(value)
		if err != nil {
			return damaged("follow row of "+string(site), err)
		}
		scope := protocol.Scope(name)
		switch last := len(out) - 1; {
		case until <= now:
		case last >= 0 && out[last].scope == scope:
			out[last].until = max(out[last].until, until)
		default:
			out = append(out, followed{scope, until})
		}
		return nil
	})
	return out, err
}

// Follows reports whether a station follows a scope at the time of this look:
// its own, the catalogue, or one of Following.
func (s *Snapshot) Follows(site protocol.Site, scope protocol.Scope) (bool, error) {
	if scope == protocol.CatalogueScope || scope == protocol.SiteScope(site) {
		return true, nil
	}
	follows := false
	err := s.each(appendName(followPrefix(site), scope), func(_, value []byte) error {
		until, err := number8(value)
		follows = follows || until > sortable(s.now)
		return damaged("follow row of "+string(site), err)
	})
	return follows, err
}

// WalkScope gives the revisions of a scope in a fixed order, after a place that
// an earlier call gave (nil: from the start), up to most of them and about
// maxBytes of values. Each comes as its Change with that write alone, the others
// empty. next is nil at the end of the scope.
func (s *Snapshot) WalkScope(scope protocol.Scope, after []byte, most, maxBytes int) (found []protocol.Change, next []byte, err error) {
	prefix := scopePrefix(scope)
	it := s.txn.walk(walk{prefix: prefix})
	defer it.close()
	seek := append(bytes.Clone(prefix), after...)
	if len(after) > 0 {
		seek = append(seek, 0)
	}
	for it.seek(seek); it.valid(); it.next() {
		if len(found) > 0 && (len(found) >= most || maxBytes <= 0) {
			return found, next, nil
		}
		place := bytes.Clone(it.key()[len(prefix):])
		_, rev, err := parseScopeKey(place)
		if err != nil {
			return nil, nil, err
		}
		c, err := s.alone(rev)
		if err != nil {
			return nil, nil, err
		}
		found, next = append(found, c), place
		maxBytes -= 200 + len(c.Writes[rev.N].Value)
	}
	return found, nil, nil
}

// alone gives a Change with one of its writes.
func (s *Snapshot) alone(rev protocol.Rev) (protocol.Change, error) {
	row, err := s.change(rev.Position)
	if err != nil {
		return protocol.Change{}, err
	}
	head, err := s.Revision(rev)
	if err != nil {
		return protocol.Change{}, err
	}
	c := row.change
	c.Writes = make([]protocol.Write, max(row.writes, int(rev.N)+1))
	c.Writes[rev.N] = head.Write
	return c, nil
}
