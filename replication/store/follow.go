package store

import (
	"errors"
	"slices"
	"sync"

	"xiangyi/protocol"
)

// following is the station's own scopes, kept in memory: the sender and the
// downlink ask for them all the time.
type following struct {
	mu     sync.Mutex
	scopes []followed
	at     uint64 // sortable time at which the list was read
}

// load reads the scopes at the snapshot's time.
func (f *following) load(s *Snapshot) error {
	scopes, err := s.following(s.Site())
	if err != nil {
		return err
	}
	f.set(scopes, sortable(s.now))
	return nil
}

func (f *following) set(scopes []followed, at uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.scopes, f.at = scopes, at
}

// before reports whether the clock stands before the time of the list: one that
// was set back makes scopes live again that had ended.
func (f *following) before(now uint64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return now < f.at
}

func (f *following) known() []followed {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.scopes
}

// update follows what a batch changed, and what ended meanwhile. A scope that
// ended loses its walk even if it is followed again, since what happened in
// between was not sent; and what was in it begins to leave. It gives what to do
// once the batch is stored.
func (f *following) update(b *Batch, l *leaving) (stored func(), err error) {
	now := sortable(b.now)
	old := f.known()
	if !b.followed && !f.before(now) && !slices.ContainsFunc(old, func(was followed) bool { return was.until <= now }) {
		return func() {}, nil
	}
	scopes, err := b.following(b.Site())
	if err != nil {
		return nil, err
	}
	among := func(list []followed, scope protocol.Scope, after uint64) bool {
		return slices.ContainsFunc(list, func(f followed) bool { return f.scope == scope && f.until > after })
	}
	var ended, begun []protocol.Scope
	for _, was := range old {
		if !among(scopes, was.scope, now) {
			ended = append(ended, was.scope)
			if err := b.set(walkKey(was.scope), []byte{walkLeaving}); err != nil {
				return nil, err
			}
		}
	}
	for _, is := range scopes {
		if i := slices.IndexFunc(old, func(was followed) bool { return was.scope == is.scope }); i >= 0 && is.until > old[i].until {
			if err := b.extended(is.scope, old[i].until); err != nil {
				return nil, err
			}
		}
		if !among(old, is.scope, now) {
			begun = append(begun, is.scope)
			if err := b.delete(walkKey(is.scope)); err != nil {
				return nil, err
			}
		}
	}
	return func() {
		f.set(scopes, now)
		for _, scope := range ended {
			l.begin(scope)
		}
		for _, scope := range begun {
			l.stop(scope)
		}
	}, nil
}

// Scopes lists what this station follows now: the catalogue, its own scope, and
// those of KindFollow records that have not ended.
func (d *DB) Scopes() []protocol.Scope {
	now := sortable(d.now())
	scopes := []protocol.Scope{protocol.CatalogueScope, protocol.SiteScope(d.opts.Site)}
	for _, f := range d.follow.known() {
		if f.until > now && f.scope != scopes[0] && f.scope != scopes[1] {
			scopes = append(scopes, f.scope)
		}
	}
	return scopes
}

// Walk says how far the first copy of a scope came.
type Walk struct {
	Scope protocol.Scope
	After []byte // place that WalkScope gave; nil: not begun
	Done  bool
}

// Walks says of each followed scope how far its walk came.
func (d *DB) Walks() (walks []Walk, err error) {
	scopes := d.Scopes()
	err = d.look(func(s *Snapshot) (err error) { walks, err = s.walks(scopes); return err })
	return walks, err
}

// NextWalks are the first scopes that are to be walked, with again of all, at
// most so many. One that the county does not follow for us as we do has to wait:
// only then a walk leaves nothing out that the feed does not bring.
func (d *DB) NextWalks(again bool, most int) (next []Walk, err error) {
	scopes := d.Scopes()
	err = d.look(func(s *Snapshot) error {
		walks, err := s.walks(scopes)
		if err != nil {
			return err
		}
		for _, w := range walks {
			if w.Done && !again {
				continue
			}
			found, err := s.followsCounted(w.Scope)
			if err != nil {
				return err
			}
			if found {
				next = append(next, w)
			}
			if len(next) == most {
				return nil
			}
		}
		return nil
	})
	return next, err
}

func (s *Snapshot) walks(scopes []protocol.Scope) ([]Walk, error) {
	out := make([]Walk, 0, len(scopes))
	for _, scope := range scopes {
		w := Walk{Scope: scope}
		b, err := s.get(walkKey(scope))
		if err != nil {
			return nil, err
		}
		if b != nil {
			if len(b) < 1 {
				return nil, damaged("walk of "+string(scope), errors.New("cut short"))
			}
			w.Done, w.After = b[0] == walkDone, b[1:]
		}
		out = append(out, w)
	}
	return out, nil
}

func (b *Batch) setWalk(w Walk) error {
	state := byte(walkBegun)
	if w.Done {
		state = walkDone
	}
	return b.set(walkKey(w.Scope), append([]byte{state}, w.After...))
}

// Digest sums up what the station holds of its scopes at Position. whole is
// false while the sum says nothing, because a walk or a cut arrival is under
// way, or what a walk brought is ahead of Position: the next answer may be of a
// node that has not come so far.
func (d *DB) Digest() (sum protocol.Digest, whole bool, err error) {
	scopes := d.Scopes()
	err = d.look(func(s *Snapshot) error {
		walks, err := s.walks(scopes)
		if err != nil {
			return err
		}
		cut, err := s.Meta(metaCut)
		if err != nil {
			return err
		}
		at, err := s.position()
		if err != nil {
			return err
		}
		asOf, err := s.asOf()
		if err != nil {
			return err
		}
		whole = cut == nil && at == asOf
		for _, w := range walks {
			whole = whole && w.Done
		}
		sum, err = s.Digest(scopes)
		return err
	})
	return sum, whole && err == nil, err
}
