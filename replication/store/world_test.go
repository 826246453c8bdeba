package store

import (
	"crypto/rand"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication/store/storetest"
)

// Short words for the tests of this package.

var (
	noon  = time.Date(2030, 5, 6, 4, 0, 0, 0, time.UTC)
	order = protocol.Order{
		Actor:  protocol.Actor{ID: "st-chen", Role: "doctor", Terminal: "desk-1"},
		Action: "visit.write", Purpose: "care", Lane: protocol.Clinical,
	}
)

func keysOf(site protocol.Site) seal.Keyring {
	return seal.Derived(seal.Secrets{County: [32]byte{1}, Site: [32]byte(seal.Sum([]byte(site)))})
}

func coreOptions(site protocol.Site) CoreOptions {
	return CoreOptions{Site: site, Keys: keysOf(site), Rand: rand.Reader, Kinds: storetest.Kinds(), Small: true}
}

func openCore(t testing.TB, site protocol.Site) *Core {
	t.Helper()
	c, err := OpenCore(coreOptions(site))
	must(t, err)
	t.Cleanup(func() { must(t, c.Close()) })
	return c
}

func stationOptions(dir string) Options {
	o := Options{CoreOptions: coreOptions("v01"), Now: func() time.Time { return noon }, Ballast: -1}
	o.Dir = dir
	return o
}

func openDB(t testing.TB, o Options) *DB {
	t.Helper()
	d, err := Open(o)
	must(t, err)
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func update(t testing.TB, c *Core, change func(*Batch) error) {
	t.Helper()
	must(t, c.Update(change))
}

func view(t testing.TB, c *Core, look func(*Snapshot) error) {
	t.Helper()
	must(t, c.View(noon, protocol.ClockState{}, look))
}

func visitRef(id protocol.ID) protocol.Ref { return protocol.Ref{Kind: "visit", ID: id} }

func visitValue(ward, at string) protocol.Value {
	return protocol.Value(fmt.Sprintf(`{"at":%q,"ward":%q}`, at, ward))
}

func putVisit(id protocol.ID, ward string) func(protocol.Tx) error {
	return func(tx protocol.Tx) error {
		_, err := tx.Put(protocol.Draft{Ref: visitRef(id), Subject: "p-1", Value: visitValue(ward, "2030-05-06T08:00:00Z")})
		return err
	}
}

func do(t testing.TB, d *DB, o protocol.Order, act func(protocol.Tx) error) protocol.Change {
	t.Helper()
	c, err := d.Do(t.Context(), o, act)
	must(t, err)
	return c
}

func inLane(lane protocol.Lane) protocol.Order {
	o := order
	o.Lane = lane
	return o
}

// change makes a Change as another site would, commitments filled in.
func change(site protocol.Site, seq protocol.Seq, writes ...protocol.Write) protocol.Change {
	c := protocol.Change{
		Position: protocol.Position{Site: site, Incarnation: 7, Lane: protocol.Clinical, Seq: seq},
		HLC:      protocol.MakeHLC(noon, uint16(seq)), Action: "visit.write", Outcome: protocol.Done, Writes: writes,
	}
	protocol.CommitAll(keysOf(site), &c)
	return c
}

func write(id protocol.ID, ward string, parents ...protocol.Rev) protocol.Write {
	return protocol.Write{Ref: visitRef(id), Subject: "p-1", Class: protocol.ClassHealth, Retention: protocol.RetainClinical,
		Scopes: []protocol.Scope{"campus/c1"}, Parents: parents, Value: visitValue(ward, "2030-05-06T08:00:00Z")}
}

// found lists the identifiers of an index, as "west", "east" of visits.
func found(t testing.TB, s *Snapshot, ward string) (ids []protocol.ID) {
	t.Helper()
	for rec, err := range s.Scan(protocol.Query{Kind: "visit", Index: "day", Match: []string{ward}}) {
		must(t, err)
		ids = append(ids, rec.Ref.ID)
	}
	return ids
}

func mustFind(t testing.TB, s *Snapshot, ward string, want ...protocol.ID) {
	t.Helper()
	if got := found(t, s, ward); !slices.Equal(got, want) {
		t.Errorf("%s: found %v, want %v", ward, got, want)
	}
}

func mustHeads(t testing.TB, s *Snapshot, id protocol.ID, want ...protocol.Rev) {
	t.Helper()
	rec, err := s.Get(visitRef(id))
	must(t, err)
	var got []protocol.Rev
	for _, h := range rec.Heads {
		got = append(got, h.Rev)
	}
	if !slices.Equal(sortedRevs(got), sortedRevs(want)) {
		t.Errorf("%s: heads %v, want %v", id, got, want)
	}
}

// copyDir copies the records of a closed store.
func copyDir(t testing.TB, from, to string) {
	t.Helper()
	must(t, copyFS(filepath.Clean(from), to))
}
