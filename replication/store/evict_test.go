package store

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"xiangyi/protocol"
)

const (
	lookedUp = protocol.Scope("p/p-9")
	campus   = protocol.Scope("campus/c1")
)

// follower writes the one Follow record of a station and a scope, again and
// again.
type follower struct {
	*county
	last map[protocol.Scope]protocol.Change
}

func newFollower(c *county) *follower { return &follower{c, map[protocol.Scope]protocol.Change{}} }

func (f *follower) says(scope protocol.Scope, value string) {
	var parents []protocol.Rev
	if was, ok := f.last[scope]; ok {
		parents = append(parents, was.Rev(0))
	}
	w := follow(protocol.ID(fmt.Sprintf("v01.%x", string(scope))), value, parents...)
	w.Scopes = []protocol.Scope{protocol.SiteScope("v01")}
	f.last[scope] = f.write(w)
}

func (f *follower) begin(scope protocol.Scope) {
	f.says(scope, fmt.Sprintf(`{"scope":%q,"site":"v01"}`, scope))
}

func (f *follower) end(scope protocol.Scope) {
	f.says(scope, fmt.Sprintf(`{"ended":true,"scope":%q,"site":"v01"}`, scope))
}

// about is a write that is in a person's scope, and in others.
func about(person protocol.ID, id protocol.ID, scopes []protocol.Scope, parents ...protocol.Rev) protocol.Write {
	w := write(id, "east", parents...)
	w.Subject, w.Scopes = person, scopes
	return w
}

// emptied waits until nothing is left to do for scopes that ended.
func emptied(t testing.TB, d *DB, scopes ...protocol.Scope) {
	t.Helper()
	for {
		changed, all := d.Changed(), true
		must(t, d.look(func(s *Snapshot) error {
			for _, scope := range scopes {
				b, err := s.get(walkKey(scope))
				all = all && err == nil && len(b) > 0 && b[0] == walkLeft
			}
			return nil
		}))
		if all {
			return
		}
		select {
		case <-changed:
		case <-time.After(10 * time.Second):
			t.Fatalf("%v are not left", scopes)
		}
	}
}

// A person was looked up; the time is over. What only that scope held is gone
// from records, indexes, feed and digests, and the journal is whole. The person
// is looked up again, and is there as in the county.
func TestWhoIsNoLongerFollowedLeavesTheStation(t *testing.T) {
	c := openCounty(t)
	f := newFollower(c)
	d := station(t, "v01", t.TempDir())
	f.begin(lookedUp)
	f.begin(campus)
	c.settle(d)
	c.write(about("p-9", "theirs", nil))
	both := c.write(about("p-9", "both", []protocol.Scope{campus}))
	first := c.write(about("p-9", "grown", nil))
	second := c.write(about("p-9", "grown", []protocol.Scope{campus}, first.Rev(0)))
	own := do(t, d, order, func(tx protocol.Tx) error {
		_, err := tx.Put(protocol.Draft{Ref: visitRef("own"), Subject: "p-9", Value: visitValue("east", "2030-05-06T08:00:00Z")})
		return err
	})
	c.write(about("p-9", "last", []protocol.Scope{protocol.SiteScope("v01")}))
	c.settle(d)
	all := []protocol.ID{"both", "grown", "last", "own", "theirs"}
	must(t, d.look(func(s *Snapshot) error { mustFind(t, s, "east", all...); return nil }))

	f.end(lookedUp)
	c.settle(d)
	emptied(t, d, lookedUp)
	must(t, d.look(func(s *Snapshot) error {
		mustFind(t, s, "east", "both", "grown", "last")
		mustHeads(t, s, "both", both.Rev(0))
		mustHeads(t, s, "grown", second.Rev(0))
		for _, id := range []protocol.ID{"theirs", "own"} {
			if _, err := s.Get(visitRef(id)); !errors.Is(err, protocol.ErrNotFound) {
				t.Errorf("%s is still there: %v", id, err)
			}
		}
		if _, err := s.Revision(first.Rev(0)); !errors.Is(err, protocol.ErrNotFound) {
			t.Errorf("an older revision is still there: %v", err)
		}
		if n, err := s.Change(own.Position); err != nil || len(n.Writes[0].Value) == 0 {
			t.Errorf("the journal lost a value: %v", err)
		}
		return nil
	}))
	c.settle(d) // compares digests and verifies the journal

	f.begin(lookedUp)
	c.settle(d)
	must(t, d.look(func(s *Snapshot) error {
		mustFind(t, s, "east", all...)
		mustHeads(t, s, "own", own.Rev(0))
		mustHeads(t, s, "grown", second.Rev(0)) // its parent came after it, and is no second head
		return nil
	}))
}

// What the county does not hold keeps its record here, until it does.
func TestOwnWorkThatDidNotArriveStays(t *testing.T) {
	c := openCounty(t)
	f := newFollower(c)
	o := stationOptions(t.TempDir())
	d := openDB(t, o)
	f.begin(lookedUp)
	theirs := c.write(about("p-9", "shared", nil))
	c.write(about("p-9", "other", nil))
	c.settle(d)
	mine := do(t, d, order, func(tx protocol.Tx) error {
		_, err := tx.Put(protocol.Draft{Ref: visitRef("shared"), Subject: "p-9", Value: visitValue("west", "2030-05-06T08:00:00Z")})
		return err
	})
	f.end(lookedUp)
	must(t, d.Absorb(c.answer(d, 1000)))
	for gone := false; !gone; {
		changed := d.Changed()
		must(t, d.look(func(s *Snapshot) error {
			_, err := s.Get(visitRef("other"))
			gone = errors.Is(err, protocol.ErrNotFound)
			return nil
		}))
		if !gone {
			<-changed
		}
	}
	there := func() {
		t.Helper()
		must(t, d.look(func(s *Snapshot) error {
			mustHeads(t, s, "shared", mine.Rev(0))
			_, err := s.Revision(theirs.Rev(0))
			return err
		}))
	}
	there()
	must(t, d.Close())
	d = openDB(t, o) // in the middle of leaving
	there()
	c.settle(d)
	emptied(t, d, lookedUp)
	must(t, d.look(func(s *Snapshot) error { mustFind(t, s, "west"); return nil }))
	must(t, d.Verify(t.Context()))
}

// The time of a looked-up person ends while the line is down and nobody writes,
// or while the box is off.
func TestATimeThatEndsNeedsNoLine(t *testing.T) {
	for _, off := range []bool{false, true} {
		t.Run(fmt.Sprintf("box off %v", off), func(t *testing.T) {
			c := openCounty(t)
			f := newFollower(c)
			began := time.Now()
			o := stationOptions(t.TempDir())
			o.Now = func() time.Time { return noon.Add(time.Since(began)) }
			d := openDB(t, o)
			until := noon.Add(time.Since(began) + 300*time.Millisecond).Format(time.RFC3339Nano)
			f.says(lookedUp, fmt.Sprintf(`{"scope":%q,"site":"v01","until":%q}`, lookedUp, until))
			c.write(about("p-9", "theirs", nil))
			must(t, d.Absorb(c.answer(d, 1000)))
			must(t, d.Absorb(c.answer(d, 1000)))
			must(t, d.look(func(s *Snapshot) error { mustFind(t, s, "east", "theirs"); return nil }))
			if off {
				must(t, d.Close())
				o.Now = func() time.Time { return noon.Add(time.Hour) }
				d = openDB(t, o)
			}
			emptied(t, d, lookedUp)
			must(t, d.look(func(s *Snapshot) error { mustFind(t, s, "east"); return nil }))
		})
	}
}

// An answer that was under way when a scope ended brings its records after they
// were removed.
func TestWhatComesAfterTheEndLeavesToo(t *testing.T) {
	c := openCounty(t)
	f := newFollower(c)
	d := station(t, "v01", "")
	f.begin(lookedUp)
	c.settle(d)
	f.end(lookedUp)
	c.settle(d)
	emptied(t, d, lookedUp)
	at := must2(d.Position())
	late := change("county", 900, about("p-9", "late", nil))
	must(t, d.Absorb(Arrival{From: at, Position: at, Changes: []protocol.Change{late}, Walks: []Walk{{Scope: lookedUp, Done: true}}}))
	emptied(t, d, lookedUp)
	must(t, d.look(func(s *Snapshot) error { mustFind(t, s, "east"); return nil }))
}

// Scopes come and go while all write; in the end the station holds what a new
// box of the same following is given, heads and digests alike.
func TestScopesThatComeAndGoLeaveNoTrace(t *testing.T) {
	scopes := []protocol.Scope{"campus/c1", "campus/c2", "campus/c3"}
	rapid.Check(t, func(rt *rapid.T) {
		c := openCounty(t)
		f := newFollower(c)
		d := station(t, "v01", "")
		defer func() { must(t, d.Close()) }()
		some := rapid.SliceOfNDistinct(rapid.SampledFrom(scopes), 1, 2, rapid.ID)
		ids := []protocol.ID{"a", "b"}
		ended := map[protocol.Scope]bool{}
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			id := rapid.SampledFrom(ids).Draw(rt, "record")
			scope := rapid.SampledFrom(scopes).Draw(rt, "scope")
			switch rapid.IntRange(0, 5).Draw(rt, "what") {
			case 0:
				var parents []protocol.Rev
				view(t, c.Core, func(s *Snapshot) error {
					row, err := s.record(visitRef(id))
					parents = row.heads
					return err
				})
				w := about("", id, some.Draw(rt, "scopes"), parents...)
				c.write(w)
			case 1:
				if !slices.Contains(d.Scopes(), scope) {
					continue
				}
				do(t, d, order, func(tx protocol.Tx) error {
					_, err := tx.Put(protocol.Draft{Ref: visitRef(id), Scopes: []protocol.Scope{scope}, Value: visitValue("east", "2030-05-06T08:00:00Z")})
					return err
				})
			case 2:
				must(t, c.take(d, rapid.IntRange(1, 3).Draw(rt, "most")))
			case 3:
				must(t, d.Absorb(c.answer(d, rapid.IntRange(0, 4).Draw(rt, "items"))))
			case 4:
				f.begin(scope)
				ended[scope] = false
			case 5:
				if _, ever := f.last[scope]; ever {
					f.end(scope)
					ended[scope] = true
				}
			}
		}
		c.settle(d)
		for scope, over := range ended {
			if over && must2(walkState(d, scope)) != walkBegun {
				emptied(t, d, scope)
			}
		}
		c.settle(d)
		fresh := station(t, "v01", "")
		defer func() { must(t, fresh.Close()) }()
		c.settle(fresh)
		for _, id := range ids {
			var heads [2][]protocol.Rev
			for n, s := range []*DB{d, fresh} {
				must(t, s.look(func(s *Snapshot) error {
					row, err := s.record(visitRef(id))
					heads[n] = sortedRevs(row.heads)
					return err
				}))
			}
			if !slices.Equal(heads[0], heads[1]) {
				rt.Errorf("%s: heads %v, a new box has %v", id, heads[0], heads[1])
			}
		}
	})
}

// walkState is the first byte of a walk's row, walkBegun when there is none.
func walkState(d *DB, scope protocol.Scope) (state byte, err error) {
	err = d.look(func(s *Snapshot) error {
		b, err := s.get(walkKey(scope))
		if len(b) > 0 {
			state = b[0]
		}
		return err
	})
	return state, err
}
