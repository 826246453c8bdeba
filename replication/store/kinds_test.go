package store

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/replication/store/storetest"
)

// reopen opens the records of a directory with other kinds.
func reopen(t *testing.T, dir string, kinds []protocol.KindSpec) *Core {
	t.Helper()
	o := coreOptions("v01")
	o.Dir, o.Kinds = dir, kinds
	c, err := OpenCore(o)
	must(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func byText(s *Snapshot, index string) (ids []protocol.ID, err error) {
	for rec, err := range s.Scan(protocol.Query{Kind: "visit", Index: index, Match: []string{"east"}}) {
		if err != nil {
			return nil, err
		}
		ids = append(ids, rec.Ref.ID)
	}
	return ids, nil
}

// rowsOf counts the stored index rows, to find those that nobody took away.
func rowsOf(t *testing.T, c *Core) (n int) {
	t.Helper()
	view(t, c, func(s *Snapshot) error {
		return s.each([]byte{rowIndex}, func(_, _ []byte) error { n++; return nil })
	})
	return n
}

func TestAnIndexThatSoftwareAddsAnswersOnlyWhenItIsWhole(t *testing.T) {
	dir := t.TempDir()
	old := storetest.Kinds()
	core := reopen(t, dir, old)
	for i := range 7 {
		c := change("v02", protocol.Seq(i+1), write(protocol.ID(fmt.Sprint("r", i)), "east"))
		update(t, core, func(b *Batch) error { return b.Apply(&c, protocol.Cursor(i+1), true) })
	}
	must(t, core.Close())

	newer := storetest.Kinds()
	newer[0].Indexes = []protocol.Index{{Name: "all"}, {Name: "ward", Fields: []string{"ward"}}}
	core = reopen(t, dir, newer)
	steps := 0
	for done := false; !done; steps++ {
		view(t, core, func(s *Snapshot) error {
			if ids, err := byText(s, "ward"); !errors.Is(err, protocol.ErrNoIndex) {
				t.Errorf("after %d steps the new index gave %v, %v", steps, ids, err)
			}
			var all []protocol.ID
			for rec, err := range s.Scan(protocol.Query{Kind: "visit", Index: "all"}) {
				must(t, err)
				all = append(all, rec.Ref.ID)
			}
			if len(all) < 7 {
				t.Errorf("an index that stayed as it was gives only %v", all)
			}
			return nil
		})
		if steps == 1 { // a record is written and one changed while the rows move
			c := change("v02", 20, write("r9", "east"),
				write("r0", "west", protocol.Rev{Position: change("v02", 1).Position}), // its rows moved already
				write("r6", "west", protocol.Rev{Position: change("v02", 7).Position})) // its rows did not
			update(t, core, func(b *Batch) error { return b.Apply(&c, 20, true) })
		}
		update(t, core, func(b *Batch) (err error) { done, err = b.Reindex(3); return err })
	}
	if steps != 3 {
		t.Errorf("8 records in steps of 3 took %d steps", steps)
	}
	view(t, core, func(s *Snapshot) error {
		ids, err := byText(s, "ward")
		if want := []protocol.ID{"r1", "r2", "r3", "r4", "r5", "r9"}; !slices.Equal(ids, want) {
			t.Errorf("the new index gives %v, want %v", ids, want)
		}
		if _, err := byText(s, "day"); !errors.Is(err, protocol.ErrNoIndex) {
			t.Errorf("the removed index answers: %v", err)
		}
		return err
	})
	if n := rowsOf(t, core); n != 16 {
		t.Errorf("%d rows for 8 records in 2 indexes", n)
	}
}

func TestAnIndexOfTheSameNameButOtherFieldsDoesNotMeetOldRows(t *testing.T) {
	dir := t.TempDir()
	core := reopen(t, dir, storetest.Kinds())
	c := change("v02", 1, write("a", "east"))
	update(t, core, func(b *Batch) error { return b.Apply(&c, 1, true) })
	must(t, core.Close())
	newer := storetest.Kinds()
	newer[0].Indexes[0] = protocol.Index{Name: "day", Fields: []string{"at"}, Time: "at"}
	core = reopen(t, dir, newer)
	for done := false; !done; {
		update(t, core, func(b *Batch) (err error) { done, err = b.Reindex(10); return err })
	}
	view(t, core, func(s *Snapshot) error {
		ids, err := byText(s, "day")
		if len(ids) > 0 {
			t.Errorf("the new declaration finds %v by what the old one meant", ids)
		}
		return err
	})
	if n := rowsOf(t, core); n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
}

// Rows of prefixes end at twelve characters; a longer text is compared whole.
func TestAPrefixLongerThanItsRowsIsStillExact(t *testing.T) {
	core := openCore(t, "v01")
	villager := func(id protocol.ID, keys string) protocol.Write {
		return protocol.Write{Ref: protocol.Ref{Kind: "villager", ID: id}, Class: protocol.ClassPersonal,
			Value: protocol.Value(`{"home":"7","keys":[` + keys + `]}`)}
	}
	c := change("v02", 1, villager("p-1", `"abdukerimjanoglu","x"`), villager("p-2", `"abdukerimjan"`), villager("p-3", `"阿卜杜克里木江奥格鲁买买提"`))
	update(t, core, func(b *Batch) error { return b.Apply(&c, 1, true) })
	for text, want := range map[string][]protocol.ID{
		"abdukerimjan": {"p-1", "p-2"}, "abdukerimjano": {"p-1"}, "abdukerimjanoglu": {"p-1"}, "abdukerimjanx": nil,
		"阿卜杜克里木江奥格鲁买": {"p-3"}, "阿卜杜克里木江奥格鲁买买提": {"p-3"}, "阿卜杜克里木江奥格鲁买买买": nil,
	} {
		view(t, core, func(s *Snapshot) error {
			var ids []protocol.ID
			for rec, err := range s.Scan(protocol.Query{Kind: "villager", Index: "name", Match: []string{"7", text}}) {
				must(t, err)
				ids = append(ids, rec.Ref.ID)
			}
			if !slices.Equal(ids, want) {
				t.Errorf("%s: %v, want %v", text, ids, want)
			}
			return nil
		})
	}
}

func kindWrite(t *testing.T, spec protocol.KindSpec, parents ...protocol.Rev) protocol.Write {
	v, err := protocol.Encode(&spec)
	must(t, err)
	return protocol.Write{Ref: protocol.Ref{Kind: protocol.KindKind, ID: protocol.ID(spec.Kind)}, Class: protocol.ClassPublic,
		Retention: protocol.RetainAudit, Scopes: []protocol.Scope{protocol.CatalogueScope}, Parents: parents, Value: v}
}

func TestAKindThatTheCountyDeclaresIsKept(t *testing.T) {
	dir := t.TempDir()
	core := reopen(t, dir, storetest.Kinds())
	drug := func(seq protocol.Seq, id protocol.ID) protocol.Change {
		return change("v02", seq, protocol.Write{Ref: protocol.Ref{Kind: "drug", ID: id}, Class: protocol.ClassPublic, Value: protocol.Value(`{"group":"east"}`)})
	}
	early := drug(1, "early") // of a kind that nobody declared here yet
	update(t, core, func(b *Batch) error { return b.Apply(&early, 1, true) })
	spec := protocol.KindSpec{Kind: "drug", Class: protocol.ClassPublic, Retention: protocol.RetainProcess,
		Indexes: []protocol.Index{{Name: "group", Fields: []string{"group"}}}}
	declared := change("county", 1, kindWrite(t, spec), protocol.Write{Ref: protocol.Ref{Kind: "drug", ID: "with"},
		Class: protocol.ClassPublic, Value: protocol.Value(`{"group":"east"}`)})
	herb := kindWrite(t, protocol.KindSpec{Kind: "herb", Class: protocol.ClassPublic, Retention: protocol.RetainProcess, Indexes: []protocol.Index{{Name: "all"}}})
	both := change("county", 2, herb, protocol.Write{Ref: protocol.Ref{Kind: "herb", ID: "first"}, Class: protocol.ClassPublic, Value: protocol.Value(`{}`)})
	update(t, core, func(b *Batch) error { return b.Apply(&both, 9, true) })
	view(t, core, func(s *Snapshot) error {
		n := 0
		for _, err := range s.Scan(protocol.Query{Kind: "herb", Index: "all"}) {
			must(t, err)
			n++
		}
		if n != 1 {
			t.Errorf("a record that came with its kind has %d rows", n)
		}
		return nil
	})
	later := drug(2, "later")
	update(t, core, func(b *Batch) error {
		must(t, b.Apply(&declared, 2, true))
		must(t, b.Apply(&later, 3, true))
		_, err := b.Reindex(10)
		return err
	})
	for range 2 {
		view(t, core, func(s *Snapshot) error {
			var ids []protocol.ID
			for rec, err := range s.Scan(protocol.Query{Kind: "drug", Index: "group", Match: []string{"east"}}) {
				must(t, err)
				ids = append(ids, rec.Ref.ID)
			}
			if want := []protocol.ID{"early", "later", "with"}; !slices.Equal(ids, want) {
				t.Errorf("found %v, want %v", ids, want)
			}
			if got, ok := s.Kind("drug"); !ok || got.Retention != protocol.RetainProcess {
				t.Errorf("spec in force: %+v", got)
			}
			return nil
		})
		must(t, core.Close())
		core = reopen(t, dir, nil) // it is in the records, not only in the software
	}
	// The record decides; an index that only this software needs is added to it.
	spec.Retention, spec.Indexes = protocol.RetainOperational, []protocol.Index{{Name: "own", Fields: []string{"group"}}}
	must(t, core.Close())
	core = reopen(t, dir, []protocol.KindSpec{spec})
	view(t, core, func(s *Snapshot) error {
		got, _ := s.Kind("drug")
		if got.Retention != protocol.RetainProcess || indexOf(&got, "own") == nil || indexOf(&got, "group") == nil {
			t.Errorf("spec in force: %+v", got)
		}
		return nil
	})
}

func follow(id protocol.ID, value string, parents ...protocol.Rev) protocol.Write {
	return protocol.Write{Ref: protocol.Ref{Kind: protocol.KindFollow, ID: id}, Class: protocol.ClassInternal, Parents: parents, Value: protocol.Value(value)}
}

func TestAStationFollowsWhatRecordsSay(t *testing.T) {
	core := openCore(t, "county")
	one := change("county", 1,
		follow("v01.1", `{"scope":"p/p-1","site":"v01"}`),
		follow("v01.2", `{"scope":"p/p-2","site":"v01","until":"2030-05-07T00:00:00Z"}`),
		follow("v01.3", `{"scope":"p/p-1","site":"v01","until":"2030-05-07T00:00:00Z"}`),
		follow("v02.1", `{"scope":"p/p-9","site":"v02"}`),
		follow("v01.4", `{"ended":true,"scope":"p/p-4","site":"v01"}`))
	update(t, core, func(b *Batch) error { return b.Apply(&one, 1, true) })
	expect := func(at time.Time, want ...protocol.Scope) {
		t.Helper()
		must(t, core.View(at, protocol.ClockState{}, func(s *Snapshot) error {
			got, err := s.Following("v01")
			if !slices.Equal(got, want) {
				t.Errorf("follows %v, want %v", got, want)
			}
			yes, _ := s.Follows("v01", "p/p-2")
			if yes != slices.Contains(want, "p/p-2") {
				t.Errorf("Follows says %v", yes)
			}
			return err
		}))
	}
	expect(noon, "p/p-1", "p/p-2")
	expect(noon.AddDate(0, 0, 2), "p/p-1")
	two := change("county", 2, follow("v01.1", `{"ended":true,"scope":"p/p-1","site":"v01"}`, one.Rev(0)))
	update(t, core, func(b *Batch) error { return b.Apply(&two, 2, true) })
	expect(noon, "p/p-1", "p/p-2") // v01.3 still does
	expect(noon.AddDate(0, 0, 2))
	apart := change("v01", 1, follow("v01.4", `{"scope":"p/p-4","site":"v01"}`))
	update(t, core, func(b *Batch) error { return b.Apply(&apart, 3, true) })
	expect(noon, "p/p-1", "p/p-2", "p/p-4") // where heads differ it rather follows
}

func TestAWalkGivesEveryRevisionOfAScopeOnce(t *testing.T) {
	core := openCore(t, "county")
	var want []protocol.Rev
	parent := []protocol.Rev{}
	for i := range 5 {
		w := write("a", "east", parent...)
		other := write(protocol.ID(fmt.Sprint("b", i)), "east")
		outside := write("c", "east")
		outside.Scopes = nil
		c := change("v02", protocol.Seq(i+1), outside, w, other)
		update(t, core, func(b *Batch) error { return b.Apply(&c, protocol.Cursor(i+1), true) })
		parent, want = []protocol.Rev{c.Rev(1)}, append(want, c.Rev(1), c.Rev(2))
	}
	for _, size := range []int{1, 3, 100} {
		var got []protocol.Rev
		target := openCore(t, "v01")
		view(t, core, func(s *Snapshot) error {
			var place []byte
			for {
				found, next, err := s.WalkScope("campus/c1", place, size, 1<<20)
				must(t, err)
				for i := range found {
					for n := range found[i].Writes {
						if !found[i].Writes[n].Ref.IsZero() {
							got = append(got, found[i].Rev(n))
						}
					}
					update(t, target, func(b *Batch) error { return b.Apply(&found[i], 0, true) })
				}
				if next == nil {
					break
				}
				place = next
			}
			sum, err := s.ScopeDigest("campus/c1")
			view(t, target, func(s *Snapshot) error {
				if copied, _ := s.ScopeDigest("campus/c1"); copied != sum {
					t.Errorf("the copy's digest is %x, want %x", copied, sum)
				}
				mustHeads(t, s, "a", parent...)
				return nil
			})
			return err
		})
		if !slices.Equal(sortedRevs(got), sortedRevs(want)) {
			t.Errorf("in steps of %d: %d revisions, want %d", size, len(got), len(want))
		}
	}
}
