package store

import (
	"errors"
	"time"

	"xiangyi/protocol"
)

// intake takes one Arrival in, part by part.
type intake struct {
	db       *DB
	arrival  *Arrival
	now      time.Time
	walked   int // done so far
	changes  int
	end      journal
	stored   func()
	finished bool
}

// part is one transaction: as many Changes as it should hold, and with the last
// of them the marks, walks and position.
func (in *intake) part(b *Batch) error {
	b.now = in.now
	walked, changes, finished := in.walked, in.changes, false
	a := in.arrival
	for ; walked < len(a.Walked) && !b.Full(); walked++ {
		if err := in.take(b, &a.Walked[walked], false); err != nil {
			return err
		}
	}
	for ; changes < len(a.Changes) && !b.Full(); changes++ {
		if err := in.take(b, &a.Changes[changes], true); err != nil {
			return err
		}
	}
	finished = walked == len(a.Walked) && changes == len(a.Changes)
	if err := in.mark(b, finished); err != nil {
		return err
	}
	if err := in.end.save(b); err != nil {
		return err
	}
	strays, err := in.strays(b, a.Walked[in.walked:walked], a.Changes[in.changes:changes])
	if err != nil {
		return err
	}
	followed, err := in.db.follow.update(b, &in.db.leaving)
	in.stored = func() { strays(); followed(); in.db.leaving.heard() }
	in.walked, in.changes, in.finished = walked, changes, finished
	return err
}

// strays lets scopes that ended be left again of which something came late.
func (in *intake) strays(b *Batch, parts ...[]protocol.Change) (stored func(), err error) {
	l := &in.db.leaving
	var late []protocol.Scope
	for _, changes := range parts {
		for i := range changes {
			late = l.strays(late, &changes[i])
		}
	}
	for _, scope := range late {
		if err := b.set(walkKey(scope), []byte{walkLeaving}); err != nil {
			return nil, err
		}
	}
	return func() {
		for _, scope := range late {
			l.begin(scope)
		}
	}, nil
}

// mark moves the position with the last part, and says before that the digests
// are ahead of it.
func (in *intake) mark(b *Batch, last bool) error {
	if !last {
		return b.SetMeta(metaCut, []byte{1})
	}
	if in.arrival.Waits != nil { // before the marks: what they cover is counted but for these
		if err := b.setWaits(in.arrival.Waits); err != nil {
			return err
		}
	}
	for _, m := range in.arrival.Held {
		if err := b.Hold(m.Incarnation, m.Lane, m.Seq); err != nil {
			return err
		}
	}
	if err := b.extensions(); err != nil {
		return err
	}
	if err := in.walks(b); err != nil {
		return err
	}
	if asOf, err := b.asOf(); err != nil {
		return err
	} else if to := in.arrival.AsOf; to > asOf && to > in.arrival.Position {
		if err := b.SetMeta(metaAsOf, number(uint64(to))); err != nil {
			return err
		}
	}
	if cut, err := b.Meta(metaCut); err != nil {
		return err
	} else if cut != nil {
		if err := b.SetMeta(metaCut, nil); err != nil {
			return err
		}
	}
	return b.SetMeta(metaPosition, number(uint64(in.arrival.Position)))
}

// walks notes how far they came. The list of what is followed is read once: each
// look at rows sorts all that the batch holds, and an answer tells of many walks.
func (in *intake) walks(b *Batch) error {
	if len(in.arrival.Walks) == 0 {
		return nil
	}
	followed, err := b.Following(b.Site())
	if err != nil {
		return err
	}
	follows := map[protocol.Scope]bool{protocol.CatalogueScope: true, protocol.SiteScope(b.Site()): true}
	for _, scope := range followed {
		follows[scope] = true
	}
	for _, w := range in.arrival.Walks {
		if !follows[w.Scope] { // it ended while the answer was under way
			continue
		}
		if err := b.setWalk(w); err != nil {
			return err
		}
	}
	return nil
}

// take applies one Change. Those of the feed get a place in ours, unless they
// have one.
func (in *intake) take(b *Batch, c *protocol.Change, feed bool) error {
	if c.Site == in.end.site && c.Incarnation == in.end.inc && c.Lane < protocol.Lanes && c.Seq > in.end.lanes[c.Lane].seq {
		return forked(c.Incarnation, "the county holds %s, which we never wrote", c.Position)
	}
	row, known, err := b.lookUpChange(c.Position)
	if err != nil {
		return err
	}
	if known && row.chained && row.change.HLC != c.HLC {
		return forked(c.Incarnation, "the county holds another change at %s", c.Position)
	}
	at := protocol.Cursor(0)
	if feed && row.cursor == 0 {
		at = in.end.cursor + 1
	}
	if err = checkCommitments(b.core.opts.Keys, c); err == nil {
		err = b.Apply(c, at, true)
	}
	if errors.Is(err, ErrContent) {
		return b.park(c.Position, err)
	}
	if err != nil {
		return err
	}
	if at != 0 {
		in.end.cursor = at
	}
	in.end.hlc = in.end.hlc.Observe(c.HLC, in.now, observeLimit)
	return nil
}
