package store

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"xiangyi/protocol"
)

// Stations write apart, deliver some, hear some, in any order; in the end all
// hold the same, and every revision is a head or an ancestor of one.
func TestSitesThatWroteApartEndEqual(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := openCounty(t)
		sites := []*DB{station(t, "v01", ""), station(t, "v02", "")}
		defer func() { must(t, errors.Join(sites[0].Close(), sites[1].Close())) }()
		c.follow("v01", "campus/c1", "p/p-1")
		written := map[protocol.ID]int{}
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			d := sites[rapid.IntRange(0, 1).Draw(rt, "site")]
			id := rapid.SampledFrom([]protocol.ID{"a", "b"}).Draw(rt, "record")
			switch rapid.IntRange(0, 4).Draw(rt, "what") {
			case 0, 1:
				lane := protocol.Lane(rapid.IntRange(0, protocol.Lanes-1).Draw(rt, "lane"))
				do(t, d, inLane(lane), func(tx protocol.Tx) error {
					_, err := tx.Put(protocol.Draft{Ref: visitRef(id), Subject: "p-1", Scopes: []protocol.Scope{"campus/c1"}, Value: visitValue("east", "2030-05-06T08:00:00Z")})
					return err
				})
				written[id]++
			case 2:
				must(t, c.take(d, rapid.IntRange(1, 3).Draw(rt, "most")))
			case 3:
				must(t, d.Absorb(c.answer(d, rapid.IntRange(0, 4).Draw(rt, "items"))))
			case 4:
				c.follow("v02", "campus/c1", "p/p-1")
			}
		}
		c.follow("v02", "campus/c1", "p/p-1")
		c.settle(sites...)
		for id, n := range written {
			var heads [][]protocol.Rev
			look := func(s *Snapshot) error {
				past, err := s.History(visitRef(id))
				if len(past) != n {
					rt.Errorf("%s: %s has %d revisions of %d", s.Site(), id, len(past), n)
				}
				row, _ := s.record(visitRef(id))
				heads = append(heads, sortedRevs(row.heads))
				mustFind(t, s, "east", slices.DeleteFunc([]protocol.ID{"a", "b"}, func(id protocol.ID) bool { return written[id] == 0 })...)
				return err
			}
			view(t, c.Core, look)
			must(t, sites[0].Snapshot(t.Context(), look))
			must(t, sites[1].Snapshot(t.Context(), look))
			if !slices.Equal(heads[0], heads[1]) || !slices.Equal(heads[0], heads[2]) {
				rt.Errorf("%s: heads differ: %v", id, heads)
			}
		}
	})
}

func TestWhatComesDownTheLineEntersTheFeedOnce(t *testing.T) {
	c, d := openCounty(t), station(t, "v01", t.TempDir())
	public := write("a", "east")
	public.Subject, public.Scopes = "", []protocol.Scope{protocol.CatalogueScope}
	made := c.write(write("private", "east"), public)
	do(t, d, order, putVisit("own", "east"))
	c.settle(d)
	items, err := d.Next(t.Context(), 0, 10, protocol.AllValues)
	if err != nil || len(items) != 2 || items[1].Change.Position != made.Position {
		t.Fatalf("feed %v, %v", items, err)
	}
	if w := items[1].Change.Writes; len(w) != 2 || !w[0].Ref.IsZero() || w[1].Ref.ID != "a" || items[1].Change.Rev(1) != made.Rev(1) {
		t.Errorf("the write out of scope is not empty: %v", w)
	}
	again := Arrival{From: must2(d.Position()), Position: must2(d.Position()) + 1, Changes: []protocol.Change{made}}
	must(t, d.Absorb(again))
	if err := d.Absorb(again); !errors.Is(err, ErrGap) {
		t.Errorf("the same answer twice: %v, want ErrGap", err)
	}
	if d.Last() != 2 {
		t.Errorf("feed stands at %d, want 2", d.Last())
	}
	must(t, d.Snapshot(t.Context(), func(s *Snapshot) error {
		mustHeads(t, s, "private", made.Rev(0)) // it came whole this time
		return nil
	}))
}

func TestAPoisonChangeParksAloneAtTheStation(t *testing.T) {
	d := station(t, "v01", "")
	bad, forged, good := change("county", 1, write("bad", "east")), change("county", 2, write("bad", "east")), change("county", 3, write("good", "east"))
	bad.Writes[0].Scopes = []protocol.Scope{"\x00"}
	forged.Writes[0].Value = visitValue("forged", "2030-05-06T08:00:00Z")
	must(t, d.Absorb(Arrival{Position: 3, Changes: []protocol.Change{bad, forged, good}}))
	must(t, d.Snapshot(t.Context(), func(s *Snapshot) error {
		mustFind(t, s, "east", "good")
		mustFind(t, s, "forged")
		return nil
	}))
	parked, err := d.Parked()
	if err != nil || len(parked) != 2 || parked[0].Change != bad.Position || parked[1].Change != forged.Position || parked[0].Reason == "" {
		t.Errorf("parked %v, %v", parked, err)
	}
	if at := must2(d.Position()); at != 3 {
		t.Errorf("position %d, want 3", at)
	}
}

// The county's marks of our lanes stand past their ends: this disk is an older
// copy, whatever else the answer says.
func TestMarksPastOurOwnEndAreAFork(t *testing.T) {
	d := station(t, "v01", "")
	mine := do(t, d, order, putVisit("own", "east")).Position
	at := Mark{mine.Incarnation, mine.Lane, mine.Seq}
	must(t, d.Absorb(Arrival{Held: []Mark{at}}))
	at.Seq++
	if err := d.Absorb(Arrival{Held: []Mark{at}}); !errors.Is(err, ErrFork) {
		t.Errorf("error %v, want ErrFork", err)
	}
}

// An answer too large for one transaction is stored in parts. A crash between
// them leaves the old position, and the repeat ends as if nothing had been.
func TestACutArrivalIsCompletedByItsRepeat(t *testing.T) {
	o := stationOptions(t.TempDir())
	d := openDB(t, o)
	must(t, d.Absorb(Arrival{Walks: []Walk{{Scope: protocol.CatalogueScope, Done: true}, {Scope: "s/v01", Done: true}}}))
	if _, whole, err := d.Digest(); !whole || err != nil {
		t.Fatalf("the digest is not whole before, %v", err)
	}
	a := Arrival{Position: 9}
	for i := range 40 {
		var writes []protocol.Write
		for n := range 3 {
			w := write(protocol.ID(fmt.Sprint("r", i, "-", n)), "east")
			w.Scopes = []protocol.Scope{protocol.CatalogueScope}
			text := make([]byte, 15000)
			_, _ = rand.Read(text)
			w.Value = protocol.Value(fmt.Sprintf(`{"at":"2030-05-06T08:00:00Z","text":"%x","ward":"east"}`, text))
			writes = append(writes, w)
		}
		a.Changes = append(a.Changes, change("county", protocol.Seq(i+1), writes...))
	}
	in := &intake{db: d, arrival: &a, now: noon, end: d.end}
	must(t, d.core.Update(in.part))
	if in.finished || in.changes == 0 {
		t.Fatalf("one part took %d of %d", in.changes, len(a.Changes))
	}
	must(t, d.Close())

	d = openDB(t, o)
	if _, whole, err := d.Digest(); whole || err != nil {
		t.Errorf("the digest is called whole, %v", err)
	}
	if at := must2(d.Position()); at != 0 {
		t.Errorf("position %d, want 0", at)
	}
	must(t, d.Absorb(a))
	sum, whole, err := d.Digest()
	var want protocol.Digest
	for i := range a.Changes {
		for n := range a.Changes[i].Writes {
			w := &a.Changes[i].Writes[n]
			want += protocol.Mark(protocol.CatalogueScope, w.Ref, a.Changes[i].Rev(n), w.Commit)
		}
	}
	if sum != want || !whole || err != nil {
		t.Errorf("digest %x, whole %v, %v, want %x", sum, whole, err, want)
	}
	if d.Last() != 40 {
		t.Errorf("feed stands at %d, want 40", d.Last())
	}
}

// Following ended and began again: what happened in between was not sent, so the
// scope is walked anew.
func TestAScopeThatEndedIsWalkedAgain(t *testing.T) {
	var later atomic.Int64 // the committer looks at the clock by itself
	o := stationOptions("")
	o.Now = func() time.Time { return noon.Add(time.Duration(later.Load())) }
	d := openDB(t, o)
	one := change("county", 1, follow("v01.1", `{"scope":"p/p-1","site":"v01","until":"2030-05-06T05:00:00Z"}`))
	must(t, d.Absorb(Arrival{Position: 1, Changes: []protocol.Change{one}}))
	state := func() (walks []Walk) {
		for _, w := range must2(d.Walks()) {
			if w.Scope == "p/p-1" {
				walks = append(walks, w)
			}
		}
		return walks
	}
	if w := state(); len(w) != 1 || w[0].Done {
		t.Fatalf("walks %+v, want one to do", w)
	}
	must(t, d.Absorb(Arrival{From: 1, Position: 1, Walks: []Walk{{Scope: "p/p-1", After: []byte("place")}}}))
	if w := state(); len(w) != 1 || w[0].Done || string(w[0].After) != "place" {
		t.Fatalf("walks %+v, want one half done", w)
	}
	must(t, d.Absorb(Arrival{From: 1, Position: 1, Walks: []Walk{{Scope: protocol.CatalogueScope, Done: true}, {Scope: "s/v01", Done: true}}}))
	if _, whole, err := d.Digest(); whole || err != nil {
		t.Errorf("the digest is called whole in the middle of a walk, %v", err)
	}
	must(t, d.Absorb(Arrival{From: 1, Position: 1, Walks: []Walk{{Scope: "p/p-1", Done: true}}}))
	if w := state(); len(w) != 1 || !w[0].Done {
		t.Fatalf("walks %+v, want one done", w)
	}
	later.Store(int64(2 * time.Hour))
	if w := state(); len(w) != 0 || len(d.Scopes()) != 2 {
		t.Errorf("after its end: %+v, scopes %v", w, d.Scopes())
	}
	two := change("county", 2, follow("v01.1", `{"scope":"p/p-1","site":"v01"}`, one.Rev(0)))
	must(t, d.Absorb(Arrival{From: 1, Position: 2, Changes: []protocol.Change{two}}))
	if w := state(); len(w) != 1 || w[0].Done || w[0].After != nil {
		t.Errorf("followed again: %+v, want one to do from the start", w)
	}
	three := change("county", 3, follow("v01.1", `{"ended":true,"scope":"p/p-1","site":"v01"}`, two.Rev(0)))
	must(t, d.Absorb(Arrival{From: 2, Position: 3, Changes: []protocol.Change{three}, Walks: []Walk{{Scope: "p/p-1", Done: true}}}))
	four := change("county", 4, follow("v01.1", `{"scope":"p/p-1","site":"v01"}`, three.Rev(0)))
	must(t, d.Absorb(Arrival{From: 3, Position: 4, Changes: []protocol.Change{four}}))
	if w := state(); len(w) != 1 || w[0].Done {
		t.Errorf("ended by a record and followed again: %+v, want one to do", w)
	}
}

// Two boxes believe to be v01. The second to arrive opens a new incarnation and
// journals again what only it holds: nothing is lost, nothing stands twice.
func TestAForkedStationJournalsItsOwnTailAgain(t *testing.T) {
	c := openCounty(t)
	o := stationOptions(t.TempDir())
	a := openDB(t, o)
	do(t, a, order, putVisit("before", "east"))
	must(t, c.take(a, 10))
	shared := do(t, a, order, putVisit("shared", "east")) // on both boxes, its receipt never seen
	must(t, a.Close())
	clone := t.TempDir()
	copyDir(t, o.Dir, clone)
	a, b := openDB(t, o), station(t, "v01", clone)

	do(t, a, order, putVisit("only-a", "east"))
	must(t, c.take(a, 10))
	tip := do(t, b, order, putVisit("only-b", "east"))
	do(t, b, inLane(protocol.Urgent), func(tx protocol.Tx) error {
		return errors.Join(putVisit("only-b", "west")(tx), putVisit("shared", "west")(tx))
	})
	if err := c.take(b, 10); !errors.Is(err, ErrFork) {
		t.Fatalf("error %v, want ErrFork", err)
	}
	old := b.Incarnation()
	must(t, b.Disown(t.Context(), old, map[protocol.Incarnation]Common{old: {protocol.Clinical: shared.Seq}}))
	mustAlarm(t, b, old, alarmForked)
	for _, l := range must2(b.Lines()) {
		if l.Incarnation == old {
			t.Errorf("the old incarnation still sends: %+v", l)
		}
	}
	must(t, b.Close())
	b = station(t, "v01", clone)
	must(t, b.Verify(t.Context()))
	c.settle(b)
	view(t, c.Core, func(s *Snapshot) error {
		mustFind(t, s, "east", "before", "only-a")
		mustFind(t, s, "west", "only-b", "shared")
		for _, id := range []protocol.ID{"before", "shared", "only-a", "only-b"} {
			if rec, err := s.Get(visitRef(id)); err != nil || rec.Conflicted() {
				t.Errorf("%s: %d heads, %v, want one", id, len(rec.Heads), err)
			}
		}
		now, ok, err := s.Successor(tip.Position)
		if err != nil || !ok || now.Incarnation != b.Incarnation() {
			t.Errorf("%s is now %s, %v, %v", tip.Position, now, ok, err)
		}
		if now, ok, err := s.Successor(shared.Position); ok || err != nil {
			t.Errorf("what both boxes have is journaled again as %s, %v", now, err)
		}
		return nil
	})
	must(t, b.Snapshot(t.Context(), func(s *Snapshot) error {
		mustFind(t, s, "west", "only-b", "shared")
		return nil
	}))
}

// A twin that heard of the fork first journaled its own Change again, under the
// old name that is another Change's here. What rests on ours does not come to rest
// on that.
func TestATwinsCopyIsNotTakenForOurOwn(t *testing.T) {
	d := station(t, "v01", t.TempDir())
	old := d.Incarnation()
	ground := do(t, d, inLane(protocol.Urgent), putVisit("a", "east"))
	do(t, d, order, putVisit("a", "west"))
	twin := change("v01", 5, write("b", "north"))
	twin.Incarnation, twin.Lane, twin.Was = 99, protocol.Urgent, ground.Position
	twin.Writes[0].Scopes = []protocol.Scope{protocol.SiteScope("v01")}
	protocol.CommitAll(keysOf("v01"), &twin)
	must(t, d.Absorb(Arrival{Position: 1, Changes: []protocol.Change{twin}}))
	must(t, d.Disown(t.Context(), old, map[protocol.Incarnation]Common{old: {protocol.Urgent: ground.Seq}}))
	must(t, d.Snapshot(t.Context(), func(s *Snapshot) error {
		c, err := s.Change(protocol.Position{Site: "v01", Incarnation: d.Incarnation(), Lane: protocol.Clinical, Seq: 1})
		if err != nil || len(c.Deps) != 0 || len(c.Writes[0].Parents) != 1 || c.Writes[0].Parents[0] != ground.Rev(0) {
			t.Errorf("journaled again, it rests on %v and %v, %v; want on what the county holds of ours alone", c.Deps, c.Writes, err)
		}
		return err
	}))
}
