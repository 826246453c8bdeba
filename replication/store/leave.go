package store

import (
	"slices"
	"time"

	"xiangyi/protocol"
)

const (
	evictStep = 100 // records of one transaction
	// lookAgain bounds how long the committer trusts one look at the clock, which
	// may be set while it waits for a Follow to end.
	lookAgain = 10 * time.Minute
)

// The first byte of a walk's row.
const (
	walkBegun   = 0
	walkDone    = 1
	walkLeaving = 2 // no longer followed; what was in it is being removed
	walkLeft    = 3 // and is gone; what comes late begins it again
)

// leave is the way out of one scope. A crash begins it again: what went is gone.
type leave struct {
	after []byte // place behind the last record that was looked at
	kept  bool   // a record on the way could not go yet
	rests bool   // until something came down the line
}

// leaving is what the committer alone knows of scopes that ended.
type leaving struct {
	under map[protocol.Scope]*leave
	left  map[protocol.Scope]bool
}

func (l *leaving) begin(scope protocol.Scope) {
	delete(l.left, scope)
	l.under[scope] = &leave{}
}

func (l *leaving) stop(scope protocol.Scope) {
	delete(l.left, scope)
	delete(l.under, scope)
}

func (l *leaving) next() (scope protocol.Scope, at *leave) {
	for s, w := range l.under {
		if !w.rests && (at == nil || s < scope) {
			scope, at = s, w
		}
	}
	return scope, at
}

// heard wakes those that rest: marks may have moved.
func (l *leaving) heard() {
	for _, w := range l.under {
		w.rests = false
	}
}

// strays lists scopes that ended and of which a Change brings something all the
// same: it was under way when they did.
func (l *leaving) strays(into []protocol.Scope, c *protocol.Change) []protocol.Scope {
	for n := range c.Writes {
		for _, scope := range scopesOf(&c.Writes[n]) {
			if (l.left[scope] || l.under[scope] != nil) && !slices.Contains(into, scope) {
				into = append(into, scope)
			}
		}
	}
	return into
}

// loadLeaving finds what was being left when the process ended, and what ended
// while it did not run.
func (d *DB) loadLeaving() error {
	l := &d.leaving
	l.under, l.left = map[protocol.Scope]*leave{}, map[protocol.Scope]bool{}
	return d.core.Update(func(b *Batch) error {
		b.now = d.now()
		ended := map[protocol.Scope]byte{}
		err := b.each([]byte{rowWalk}, func(key, value []byte) error {
			if len(value) > 0 {
				ended[protocol.Scope(key)] = value[0]
			}
			return nil
		})
		if err != nil {
			return err
		}
		err = b.each(followPrefix(b.Site()), func(key, _ []byte) error {
			name, _, err := cutName(key)
			if _, known := ended[protocol.Scope(name)]; !known {
				ended[protocol.Scope(name)] = walkBegun
			}
			return err
		})
		if err != nil {
			return err
		}
		for scope, state := range ended {
			if follows, err := b.Follows(b.Site(), scope); err != nil || follows {
				if err != nil {
					return err
				}
				continue
			}
			if state == walkLeft {
				l.left[scope] = true
				continue
			}
			l.begin(scope)
			if err := b.set(walkKey(scope), []byte{walkLeaving}); err != nil {
				return err
			}
		}
		return nil
	})
}

// evict does a step of leaving and reports whether there was one to do. It
// belongs to the committer.
func (d *DB) evict() bool {
	scope, at := d.leaving.next()
	if at == nil || d.core.Err() != nil {
		return false
	}
	var next []byte
	kept := at.kept
	err := d.core.Update(func(b *Batch) error {
		b.now = d.now()
		var some bool
		var err error
		next, some, err = b.evict(scope, at.after, evictStep)
		kept = kept || some
		if err != nil || next != nil || kept {
			return err
		}
		return b.set(walkKey(scope), []byte{walkLeft})
	})
	switch {
	case err == nil && next != nil:
		at.after, at.kept = next, kept
		return true
	case err == nil && !kept:
		d.leaving.stop(scope)
		d.leaving.left[scope] = true
	default:
		at.after, at.kept, at.rests = nil, false, true
	}
	if err != nil {
		d.opts.Log.Error("a scope that ended stays for now", "error", err)
	}
	d.wake()
	return true
}

// expire lets the scopes go whose time is over, though nothing is written.
func (d *DB) expire() {
	var stored func()
	err := d.core.Update(func(b *Batch) (err error) {
		b.now = d.now()
		stored, err = d.follow.update(b, &d.leaving)
		return err
	})
	if err != nil {
		d.opts.Log.Error("scopes that ended stay for now", "error", err)
		return
	}
	stored()
}

// untilEnd is how long nothing that is followed ends; nil: for ever.
func (d *DB) untilEnd() *time.Timer {
	first := ^uint64(0)
	for _, f := range d.follow.known() {
		first = min(first, f.until)
	}
	if first == ^uint64(0) || d.core.Err() != nil {
		return nil
	}
	micros := int64(first - sortable(d.now())) // of two numbers with the same offset
	micros = min(max(micros, 1000), lookAgain.Microseconds())
	return time.NewTimer(time.Duration(micros) * time.Microsecond)
}
