package replication

import (
	"fmt"
	"slices"

	"xiangyi/protocol"
	"xiangyi/replication/frame"
	"xiangyi/replication/store"
)

// readMost bounds how much of the feed one pull reads, so that a station a year
// behind does not hold a snapshot for minutes.
const readMost = 4096

// walkMost bounds how many Changes of walks one answer brings: a station takes them
// in one transaction.
const walkMost = 1024

// mostWaits bounds how much of what waits in the county an answer tells. Beyond it
// digests are not compared.
const mostWaits = 256

// Ledger says of a site, as of the look that it is given, how much of one
// incarnation's journal is held, and what of all its journals was not applied.
type Ledger struct {
	Lanes  func(s *store.Snapshot, site protocol.Site, inc protocol.Incarnation) ([protocol.Lanes]protocol.Seq, error)
	Parked func(s *store.Snapshot, site protocol.Site) ([]protocol.Position, error) // nil: all of it was
}

// Serve answers a pull from one look at the county's records.
func Serve(s *store.Snapshot, ledger Ledger, p Pull) (Answer, error) {
	scopes, err := Following(s, p.Site)
	if err != nil {
		return Answer{}, fmt.Errorf("serve: %w", err)
	}
	a := Answer{Position: p.Position, AsOf: s.Last(), Dictionary: frame.Offered}
	if a.Held, err = ledger.held(s, p); err != nil {
		return Answer{}, fmt.Errorf("serve: %w", err)
	}
	if ledger.Parked != nil {
		if a.Waits, err = ledger.Parked(s, p.Site); err != nil {
			return Answer{}, fmt.Errorf("serve: %w", err)
		}
		a.Waits = a.Waits[:min(len(a.Waits), mostWaits)]
	}
	budget := int(p.Budget)
	// A node that is behind the station would leave out of a walk what the station
	// took for heard, or walk by a following that ended and began again.
	if s.Last() >= max(p.Position, p.AsOf) {
		if err := a.walk(s, p.Walks, scopes, budget); err != nil {
			return Answer{}, fmt.Errorf("serve: walk: %w", err)
		}
		if len(a.Walks) > 0 {
			a.More = true
			if p.AsOf == 0 {
				// A box that holds nothing yet: all that stands before here it will
				// hear by walks, none of which was or will be read before now. What
				// stands last it hears by the feed too, and is level when it has.
				a.Position = max(s.Last(), 1) - 1
			}
			return a, nil
		}
	}
	if err := a.read(s, p, scopes, budget); err != nil {
		return Answer{}, fmt.Errorf("serve: feed: %w", err)
	}
	// A node that is behind the station has nothing to compare.
	if !a.More && len(a.Waits) < mostWaits && SumScopes(scopes) == p.Follows && s.Last() >= p.Position {
		a.Compared = true
		if a.Digest, err = s.Digest(scopes); err != nil {
			return Answer{}, fmt.Errorf("serve: %w", err)
		}
	}
	return a, nil
}

// walk reads scopes one after the other, as many as fit, those that the station
// does not follow by the county's records left out: each walk is a round trip
// otherwise, and a new box has a thousand.
func (a *Answer) walk(s *store.Snapshot, walks []store.Walk, scopes []protocol.Scope, budget int) error {
	for _, w := range walks {
		if _, follows := slices.BinarySearch(scopes, w.Scope); !follows {
			continue
		}
		most := walkMost - len(a.Changes)
		if most <= 0 || budget <= 0 {
			return nil
		}
		found, place, err := s.WalkScope(w.Scope, w.After, most, budget)
		if err != nil {
			return err
		}
		for i := range found {
			_, size := within(found[i], []protocol.Scope{w.Scope})
			budget -= size
		}
		a.Changes = append(a.Changes, found...)
		a.Walks = append(a.Walks, store.Walk{Scope: w.Scope, After: place, Done: len(place) == 0})
		if len(place) > 0 {
			return nil
		}
	}
	return nil
}

// held says how much of the station's own journals is in the ledger.
func (l Ledger) held(s *store.Snapshot, p Pull) ([]store.Mark, error) {
	var out []store.Mark
	incs := []protocol.Incarnation{p.Incarnation}
	for _, j := range p.Earlier {
		incs = append(incs, j.Incarnation)
	}
	for _, inc := range incs {
		all, err := l.Lanes(s, p.Site, inc)
		if err != nil {
			return nil, err
		}
		for lane, seq := range all {
			if seq > 0 {
				out = append(out, store.Mark{Incarnation: inc, Lane: protocol.Lane(lane), Seq: seq})
			}
		}
	}
	return out, nil
}

// read takes from the feed what concerns the station and did not come from it.
func (a *Answer) read(s *store.Snapshot, p Pull, scopes []protocol.Scope, budget int) error {
	read := 0
	return s.EachFeed(p.Position, func(at protocol.Cursor, c protocol.Change) (bool, error) {
		if read == readMost || budget <= 0 || len(a.Changes) == protocol.MaxFrameCount {
			a.More = true
			return false, nil
		}
		read++
		a.Position = at
		if p.has(c.Position) {
			return true, nil
		}
		if kept, size := within(c, scopes); size > 0 {
			a.Changes = append(a.Changes, kept)
			budget -= size
		}
		return true, nil
	})
}

// within keeps the writes of a Change that are in scope, and gives about how
// many bytes that is; 0 when none is.
func within(c protocol.Change, scopes []protocol.Scope) (protocol.Change, int) {
	kept := c
	kept.Writes = make([]protocol.Write, len(c.Writes))
	size := 0
	for i := range c.Writes {
		w := &c.Writes[i]
		hit := slices.ContainsFunc(w.AllScopes(), func(sc protocol.Scope) bool {
			_, in := slices.BinarySearch(scopes, sc)
			return in
		})
		if hit {
			kept.Writes[i] = *w
			size += 150 + len(w.Value)
		}
	}
	return kept, size
}

// Following lists the scopes of a station, sorted: the catalogue, its own, and
// what its Follow records say.
func Following(s *store.Snapshot, site protocol.Site) ([]protocol.Scope, error) {
	scopes, err := s.Following(site)
	if err != nil {
		return nil, err
	}
	scopes = append(slices.Clone(scopes), protocol.CatalogueScope, protocol.SiteScope(site))
	slices.Sort(scopes)
	return slices.Compact(scopes), nil
}
