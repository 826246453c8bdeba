package replication_test

import (
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/replication"
	"xiangyi/replication/store"
)

// A box that was told nothing yet gets its place in the feed with its first walk,
// just before the newest entry; one that was told something keeps its place.
func TestANewBoxsFeedBeginsWhereItsWalksWereRead(t *testing.T) {
	c := newCounty(t)
	nobody := replication.Ledger{Lanes: func(*store.Snapshot, protocol.Site, protocol.Incarnation) (all [protocol.Lanes]protocol.Seq, err error) {
		return all, nil
	}}
	ask := func(position, asOf protocol.Cursor) (a replication.Answer) {
		t.Helper()
		err := c.core.View(time.Now(), protocol.ClockState{}, func(s *store.Snapshot) (err error) {
			a, err = replication.Serve(s, nobody, replication.Pull{Site: "v01", Position: position, AsOf: asOf, Budget: 1 << 16,
				Walks: []store.Walk{{Scope: protocol.CatalogueScope}}})
			return err
		})
		if err != nil || len(a.Walks) != 1 || !a.More {
			t.Fatalf("%+v, %v", a, err)
		}
		return a
	}
	if a := ask(0, 0); a.Position != 0 {
		t.Errorf("of an empty ledger: %d", a.Position)
	}
	if err := c.core.Update(func(b *store.Batch) error {
		for i := range 5 {
			change := protocol.Change{Position: protocol.Position{Site: "v02", Incarnation: 1, Lane: protocol.Clinical, Seq: protocol.Seq(i + 1)},
				HLC: protocol.HLC(i + 1), Action: "note.write", Outcome: protocol.Done}
			if err := b.Apply(&change, protocol.Cursor(i+1)<<16, true); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ position, asOf, want protocol.Cursor }{{0, 0, 5<<16 - 1}, {0, 3 << 16, 0}, {2 << 16, 2 << 16, 2 << 16}} {
		if a := ask(tt.position, tt.asOf); a.Position != tt.want || a.AsOf != 5<<16 {
			t.Errorf("who stands at %d, told as of %d: now %d as of %d, want %d", tt.position, tt.asOf, a.Position, a.AsOf, tt.want)
		}
	}
}
