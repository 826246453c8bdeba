package store

import (
	"fmt"
	"slices"
	"testing"

	"xiangyi/protocol"
)

// county is a Core with just enough around it to hold stations' journals and to
// answer their pulls.
type county struct {
	*Core
	t      testing.TB
	cursor protocol.Cursor
}

func openCounty(t testing.TB) *county { return &county{openCore(t, "county"), t, 0} }

func (c *county) write(writes ...protocol.Write) protocol.Change {
	c.t.Helper()
	c.cursor++
	made := change("county", 0, writes...)
	update(c.t, c.Core, func(b *Batch) error {
		seq, _, err := b.Tail("county", 7, protocol.Clinical)
		must(c.t, err)
		made = change("county", seq+1, writes...)
		_, err = b.Append(&made, c.cursor, true)
		return err
	})
	return made
}

// take appends what a station has not delivered, most of it at a time, and gives
// the receipts. It returns ErrFork when another Change stands there.
func (c *county) take(d *DB, most int) error {
	c.t.Helper()
	lines, err := d.Lines()
	must(c.t, err)
	for _, l := range lines {
		changes, prev, err := d.JournalOf(l.Incarnation, l.Lane, l.Held, most, 1<<20)
		must(c.t, err)
		var receipt protocol.Receipt
		update(c.t, c.Core, func(b *Batch) error {
			for i := range changes {
				seq, hash, err := b.Tail(d.opts.Site, l.Incarnation, l.Lane)
				must(c.t, err)
				if changes[i].Seq <= seq {
					prev = protocol.Chain(prev, &changes[i])
					continue
				}
				if prev != hash {
					break // a fork: the receipt shows where the county stands
				}
				c.cursor++
				if prev, err = b.Append(&changes[i], c.cursor, true); err != nil {
					return err
				}
			}
			seq, hash, err := b.Tail(d.opts.Site, l.Incarnation, l.Lane)
			receipt = protocol.Receipt{Status: protocol.OK, Site: d.opts.Site, Incarnation: l.Incarnation, Lane: l.Lane, HighWater: seq, Hash: hash}
			return err
		})
		if err := d.Receipt(receipt); err != nil {
			return err
		}
	}
	return nil
}

// answer is what a station hears, up to so many items of the feed.
func (c *county) answer(d *DB, most int) Arrival {
	c.t.Helper()
	at, err := d.Position()
	must(c.t, err)
	walks, err := d.Walks()
	must(c.t, err)
	a := Arrival{From: at, Position: at}
	scopes := d.Scopes()
	view(c.t, c.Core, func(s *Snapshot) error {
		items, err := s.FeedAfter(at, most, protocol.AllValues)
		must(c.t, err)
		last := map[protocol.Incarnation]*Mark{}
		for _, item := range items {
			a.Position = item.Cursor
			p := item.Change.Position
			if p.Site == d.opts.Site {
				key := p.Incarnation<<2 ^ protocol.Incarnation(p.Lane)
				last[key] = &Mark{p.Incarnation, p.Lane, p.Seq}
				continue
			}
			for n := range item.Change.Writes {
				if !slices.ContainsFunc(item.Change.Writes[n].AllScopes(), func(s protocol.Scope) bool { return slices.Contains(scopes, s) }) {
					item.Change.Writes[n] = protocol.Write{}
				}
			}
			a.Changes = append(a.Changes, item.Change)
		}
		for _, m := range last {
			a.Held = append(a.Held, *m)
		}
		for _, w := range walks {
			for !w.Done {
				found, next, err := s.WalkScope(w.Scope, w.After, 3, 1<<20)
				must(c.t, err)
				a.Walked = append(a.Walked, found...)
				w.After, w.Done = next, next == nil
			}
			a.Walks = append(a.Walks, w)
		}
		return nil
	})
	return a
}

// settle lets everything travel until nothing does, and compares digests.
func (c *county) settle(stations ...*DB) {
	c.t.Helper()
	for range 4 {
		for _, d := range stations {
			must(c.t, c.take(d, 1000))
		}
		for _, d := range stations {
			must(c.t, d.Absorb(c.answer(d, 1000)))
		}
	}
	for _, d := range stations {
		got, whole, err := d.Digest()
		must(c.t, err)
		view(c.t, c.Core, func(s *Snapshot) error {
			want, err := s.Digest(d.Scopes())
			if got != want || !whole {
				c.t.Errorf("%s: digest %x, whole %v, the county has %x", d.opts.Site, got, whole, want)
			}
			return err
		})
		if w := must2(d.Waiting()); w.Count != [protocol.Lanes]uint64{} {
			c.t.Errorf("%s: %v still wait", d.opts.Site, w.Count)
		}
		must(c.t, d.Verify(c.t.Context()))
	}
}

func station(t testing.TB, site protocol.Site, dir string) *DB {
	o := stationOptions(dir)
	o.Site, o.Keys = site, keysOf(site)
	return openDB(t, o)
}

func (c *county) follow(site protocol.Site, scopes ...protocol.Scope) {
	for _, s := range scopes {
		f := follow(protocol.ID(fmt.Sprintf("%s.%d", site, c.cursor)), fmt.Sprintf(`{"scope":%q,"site":%q}`, s, site))
		f.Scopes = []protocol.Scope{protocol.SiteScope(site)}
		c.write(f)
	}
}
