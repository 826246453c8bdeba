package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"xiangyi/protocol"
)

// Three sites write two records, each building on some of what it has seen.
// However the Changes arrive, and however often, a store ends with the heads that
// a slow obvious look at all revisions finds, with the same digest, and with the
// index rows of those heads.
func TestWhateverTheOrderOfArrivalTheStoresAgree(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		changes := drawChanges(rt)
		first := arrive(t, changes, slices.Collect(indexes(len(changes))))
		order := append(rapid.Permutation(slices.Collect(indexes(len(changes)))).Draw(rt, "order"),
			rapid.SliceOfN(rapid.IntRange(0, len(changes)-1), 0, 5).Draw(rt, "again")...)
		if other := arrive(t, changes, order); other != first {
			rt.Fatalf("stores differ:\n%s\n%s", first, other)
		}
		if want := obvious(changes); !strings.HasPrefix(first, want) {
			rt.Fatalf("store has\n%s\nwant\n%s", first, want)
		}
	})
}

func indexes(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

func drawChanges(rt *rapid.T) (changes []protocol.Change) {
	heads := map[protocol.ID][]protocol.Rev{}
	for i := range rapid.IntRange(1, 12).Draw(rt, "changes") {
		id := rapid.SampledFrom([]protocol.ID{"a", "b"}).Draw(rt, "record")
		var parents []protocol.Rev
		for _, rev := range heads[id] {
			if rapid.Bool().Draw(rt, "parent") {
				parents = append(parents, rev)
			}
		}
		site := rapid.SampledFrom([]protocol.Site{"v02", "v03", "v04"}).Draw(rt, "site")
		ward := rapid.SampledFrom([]string{"east", "west"}).Draw(rt, "ward")
		c := change(site, protocol.Seq(i+1), write(id, ward, parents...))
		changes = append(changes, c)
		heads[id] = append(heads[id], c.Rev(0))
	}
	return changes
}

// arrive applies changes in an order and describes the store.
func arrive(t *testing.T, changes []protocol.Change, order []int) string {
	t.Helper()
	core := openCore(t, "v01")
	for n, i := range order {
		update(t, core, func(b *Batch) error { return b.Apply(&changes[i], protocol.Cursor(n+1), true) })
	}
	var out strings.Builder
	view(t, core, func(s *Snapshot) error {
		for _, id := range []protocol.ID{"a", "b"} {
			row, err := s.record(visitRef(id))
			fmt.Fprintln(&out, id, sortedRevs(row.heads))
			must(t, err)
			if len(row.awaited) > 0 {
				t.Errorf("%s still awaits %v", id, row.awaited)
			}
		}
		sum, err := s.Digest([]protocol.Scope{"campus/c1", "p/p-1"})
		fmt.Fprintln(&out, sum, found(t, s, "east"), found(t, s, "west"))
		return err
	})
	return out.String()
}

// obvious finds the heads by looking at every pair.
func obvious(changes []protocol.Change) string {
	var out strings.Builder
	for _, id := range []protocol.ID{"a", "b"} {
		var heads []protocol.Rev
		for i := range changes {
			rev := changes[i].Rev(0)
			child := slices.ContainsFunc(changes, func(c protocol.Change) bool { return slices.Contains(c.Writes[0].Parents, rev) })
			if changes[i].Writes[0].Ref.ID == id && !child {
				heads = append(heads, rev)
			}
		}
		fmt.Fprintln(&out, id, sortedRevs(heads))
	}
	return out.String()
}

func TestAChangeThatCameInPartIsCompletedLater(t *testing.T) {
	core := openCore(t, "v01")
	whole := change("v02", 1, write("a", "east"), write("b", "east"), write("c", "east"))
	part := func(keep int) protocol.Change {
		c := whole
		c.Writes = make([]protocol.Write, 3)
		c.Writes[keep] = whole.Writes[keep]
		return c
	}
	for _, n := range []int{1, 2, 1} {
		c := part(n)
		update(t, core, func(b *Batch) error { return b.Apply(&c, 0, true) })
	}
	view(t, core, func(s *Snapshot) error {
		c, err := s.Change(whole.Position)
		must(t, err)
		if !c.Writes[0].Ref.IsZero() || c.Writes[1].Ref.ID != "b" || c.Writes[2].Ref.ID != "c" {
			t.Errorf("writes %v", c.Writes)
		}
		if s.Last() != 0 {
			t.Error("history entered the feed")
		}
		mustHeads(t, s, "b", whole.Rev(1))
		return nil
	})
	update(t, core, func(b *Batch) error { return b.Apply(&whole, 5, true) })
	update(t, core, func(b *Batch) error { return b.Apply(&whole, 6, true) })
	view(t, core, func(s *Snapshot) error {
		items, err := s.FeedAfter(0, 10, protocol.AllValues)
		if len(items) != 1 || items[0].Cursor != 5 || items[0].Change.Writes[0].Ref.ID != "a" {
			t.Errorf("feed %v", items)
		}
		if chained := protocol.Chain(protocol.Genesis("v02", 7, 1), &items[0].Change); chained != protocol.Chain(protocol.Genesis("v02", 7, 1), &whole) {
			t.Error("the envelope that was put together again has another hash")
		}
		sum, _ := s.ScopeDigest("campus/c1")
		var want protocol.Digest
		for n := range whole.Writes {
			want += protocol.Mark("campus/c1", whole.Writes[n].Ref, whole.Rev(n), whole.Writes[n].Commit)
		}
		if sum != want {
			t.Errorf("digest %x, want %x", sum, want)
		}
		return err
	})
}

func TestAKeyOfAnotherSiteIsTheirs(t *testing.T) {
	core := openCore(t, "v01")
	theirs, ours := change("v02", 1), change("v01", 1)
	theirs.Key, ours.Key = "v09.1.1.1", "v09.1.1.1"
	used := func() (p protocol.Position, ok bool) {
		view(t, core, func(s *Snapshot) (err error) { p, ok, err = s.KeyUsed("v09.1.1.1"); return err })
		return p, ok
	}
	update(t, core, func(b *Batch) error { return b.Apply(&theirs, 1, true) })
	if p, ok := used(); ok {
		t.Errorf("a reaction here counts as done by %s", p)
	}
	update(t, core, func(b *Batch) error { return b.Apply(&ours, 2, false) })
	if p, ok := used(); !ok || p != ours.Position {
		t.Errorf("the key leads to %s, %v", p, ok)
	}
}

func TestAChangeGrowsWhenItsLastWritesComeLater(t *testing.T) {
	core := openCore(t, "v01")
	whole := change("v02", 1, write("a", "east"), write("b", "east"))
	short := whole
	short.Writes = whole.Writes[:1]
	update(t, core, func(b *Batch) error { return errors.Join(b.Apply(&short, 1, true), b.Apply(&whole, 2, true)) })
	view(t, core, func(s *Snapshot) error {
		items, err := s.FeedAfter(0, 10, protocol.AllValues)
		if len(items) != 1 || items[0].Cursor != 1 || len(items[0].Change.Writes) != 2 {
			t.Errorf("feed %v", items)
		}
		return err
	})
}

// Whoever can write to the disk cannot put one value in another's place, nor an
// older one of the same record.
func TestASealedValueOpensOnlyWhereItBelongs(t *testing.T) {
	core := openCore(t, "v01")
	c := change("v02", 1, write("a", "east"), write("b", "west"), write("a", "north", protocol.Rev{Position: change("v02", 1).Position}))
	update(t, core, func(b *Batch) error {
		must(t, b.Apply(&c, 1, true))
		from, err := b.revision(c.Rev(0))
		must(t, err)
		for n := 1; n <= 2; n++ {
			to, err := b.revision(c.Rev(n))
			must(t, err)
			to.sealed = from.sealed
			must(t, b.set(revisionKey(c.Rev(n)), to.append(nil)))
		}
		return nil
	})
	view(t, core, func(s *Snapshot) error {
		if _, err := s.Revision(c.Rev(0)); err != nil {
			t.Errorf("its own place: %v", err)
		}
		for n := 1; n <= 2; n++ {
			if head, err := s.Revision(c.Rev(n)); err == nil {
				t.Errorf("the place of write %d: %s", n, head.Value)
			}
		}
		return nil
	})
}

// What cannot be stored leaves no row behind, and what follows goes on.
func TestContentThatCannotBeStoredIsRefusedWhole(t *testing.T) {
	many := make([]string, 600)
	for i := range many {
		many[i] = fmt.Sprintf(`"k%d"`, i)
	}
	villager := func(value string) protocol.Write {
		return protocol.Write{Ref: protocol.Ref{Kind: "villager", ID: "p-1"}, Class: protocol.ClassPersonal, Value: protocol.Value(value)}
	}
	spoil := func(spoil func(*protocol.Write)) protocol.Write { w := write("bad", "east"); spoil(&w); return w }
	poison := map[string]protocol.Write{
		"a value over the limit":    spoil(func(w *protocol.Write) { w.Value = make(protocol.Value, protocol.MaxValueBytes+1) }),
		"a value that is no JSON":   spoil(func(w *protocol.Write) { w.Value = protocol.Value("\x00{") }),
		"a zero byte in a name":     spoil(func(w *protocol.Write) { w.Ref.ID = "a\x00b" }),
		"a zero byte in a scope":    spoil(func(w *protocol.Write) { w.Scopes = []protocol.Scope{"a\x00b"} }),
		"a subject that is no name": spoil(func(w *protocol.Write) { w.Subject = "某人" }),
		"a parent without a site":   spoil(func(w *protocol.Write) { w.Parents = []protocol.Rev{{}} }),
		"index rows without end":    villager(`{"home":"7","keys":[` + strings.Join(many, ",") + `]}`),
		"a kind that is no spec":    {Ref: protocol.Ref{Kind: protocol.KindKind, ID: "visit"}, Value: protocol.Value(`{"indexes":7}`)},
		"a follow that is none":     {Ref: protocol.Ref{Kind: protocol.KindFollow, ID: "x"}, Value: protocol.Value(`{"scope":7}`)},
	}
	for name, bad := range poison {
		t.Run(name, func(t *testing.T) {
			core := openCore(t, "v01")
			c := change("v02", 1, write("good", "east"), bad)
			good := change("v02", 2, write("later", "east"))
			update(t, core, func(b *Batch) error {
				if err := b.Apply(&c, 1, true); !errors.Is(err, ErrContent) {
					t.Errorf("error %v, want ErrContent", err)
				}
				return b.Apply(&good, 2, true)
			})
			view(t, core, func(s *Snapshot) error {
				mustFind(t, s, "east", "later")
				if _, err := s.Change(c.Position); !errors.Is(err, protocol.ErrNotFound) {
					t.Errorf("half of the change is stored: %v", err)
				}
				return nil
			})
		})
	}
	core := openCore(t, "v01")
	for _, p := range []protocol.Position{{}, {Site: "v02", Lane: 9, Seq: 1}, {Site: "V\x00", Seq: 1}, {Site: "v02"}} {
		update(t, core, func(b *Batch) error {
			if err := b.Apply(&protocol.Change{Position: p}, 1, true); !errors.Is(err, ErrContent) {
				t.Errorf("position %v: %v", p, err)
			}
			return nil
		})
	}
}

// A forged circle of parents must not make a record disappear or loop.
func TestAForgedCircleOfParentsStaysReadable(t *testing.T) {
	core := openCore(t, "v01")
	a, b := change("v02", 1), change("v02", 2)
	one := change("v02", 1, write("x", "east", b.Rev(0), a.Rev(0)))
	two := change("v02", 2, write("x", "west", a.Rev(0)))
	update(t, core, func(b *Batch) error { return errors.Join(b.Apply(&one, 1, true), b.Apply(&two, 2, true)) })
	view(t, core, func(s *Snapshot) error {
		past, err := s.History(visitRef("x"))
		if len(past) != 2 {
			t.Errorf("history has %d revisions, want 2", len(past))
		}
		return err
	})
}

func TestOwnRevisionsJoinTheDigestOnceAndOnlyWhenTheCountyHasThem(t *testing.T) {
	core := openCore(t, "v01")
	const scope protocol.Scope = "campus/c1"
	var changes []protocol.Change
	for seq := range protocol.Seq(4) {
		changes = append(changes, change("v01", seq+1, write(protocol.ID(fmt.Sprint("r", seq)), "east")))
	}
	mark := func(i int) protocol.Digest {
		return protocol.Mark(scope, changes[i].Writes[0].Ref, changes[i].Rev(0), changes[i].Writes[0].Commit)
	}
	expect := func(what string, want protocol.Digest) {
		t.Helper()
		view(t, core, func(s *Snapshot) error {
			got, err := s.ScopeDigest(scope)
			if got != want {
				t.Errorf("%s: digest %x, want %x", what, got, want)
			}
			return err
		})
	}
	update(t, core, func(b *Batch) error {
		for i := range changes {
			if _, err := b.Append(&changes[i], protocol.Cursor(i+1), false); err != nil {
				return err
			}
		}
		return nil
	})
	expect("nothing is held", 0)
	update(t, core, func(b *Batch) error { return b.Apply(&changes[2], 0, true) })
	expect("the third came back by a walk", mark(2))
	for range 2 {
		update(t, core, func(b *Batch) error { return b.Hold(7, protocol.Clinical, 3) })
		expect("three are held", mark(0)+mark(1)+mark(2))
	}
	update(t, core, func(b *Batch) error {
		must(t, b.Apply(&changes[0], 0, true))
		return b.Hold(7, protocol.Clinical, 99)
	})
	expect("all are held, and the county claims more", mark(0)+mark(1)+mark(2)+mark(3))
	shown := func(want protocol.Level) {
		t.Helper()
		view(t, core, func(s *Snapshot) error {
			rec, err := s.Get(visitRef("r3"))
			if rec.Head().Level != want {
				t.Errorf("the fourth is shown at level %d, want %d", rec.Head().Level, want)
			}
			return err
		})
	}
	shown(protocol.SavedHere) // a mark without a hash may be another box's
	update(t, core, func(b *Batch) error { return b.Receive(7, protocol.Clinical, 4) })
	shown(protocol.HeldBy)
	lost := change("v01", 5, write("lost", "east"))
	update(t, core, func(b *Batch) error { return b.Apply(&lost, 0, true) })
	expect("one that this disk lost came back", mark(0)+mark(1)+mark(2)+mark(3)+
		protocol.Mark(scope, lost.Writes[0].Ref, lost.Rev(0), lost.Writes[0].Commit))
}

func TestALaneTakesOnlyItsNextChange(t *testing.T) {
	core := openCore(t, "v01")
	one, three := change("v01", 1, write("a", "east")), change("v01", 3, write("b", "east"))
	update(t, core, func(b *Batch) error {
		hash, err := b.Append(&one, 1, false)
		must(t, err)
		if want := protocol.Chain(protocol.Genesis("v01", 7, protocol.Clinical), &one); hash != want {
			t.Errorf("chain %s, want %s", hash, want)
		}
		for _, wrong := range []*protocol.Change{&one, &three} {
			if _, err := b.Append(wrong, 2, false); !errors.Is(err, ErrGap) {
				t.Errorf("%s was appended after seq 1: %v", wrong.Position, err)
			}
		}
		return nil
	})
}

func TestRowsThatAreDamagedAreErrorsNotPanics(t *testing.T) {
	c := change("v02", 1, write("a", "east"))
	change := changeRow{cursor: 7, chained: true, writes: 1, change: c}
	revision := revisionRow{counted: true, hlc: 5, write: c.Writes[0], sealed: []byte("sealed")}
	record := recordRow{heads: []protocol.Rev{c.Rev(0)}, awaited: []protocol.Rev{c.Rev(1)}}
	reads := AppendReads(nil, Reads{{visitRef("a"), []protocol.Rev{c.Rev(0)}}, {visitRef("b"), nil}})
	rows := map[string]struct {
		bytes []byte
		parse func([]byte) error
	}{
		"change":   {change.append(nil), func(b []byte) error { _, err := parseChangeRow(b); return err }},
		"revision": {revision.append(nil), func(b []byte) error { _, err := parseRevisionRow(b); return err }},
		"record":   {record.append(nil), func(b []byte) error { _, err := parseRecordRow(b); return err }},
		"reads":    {reads, func(b []byte) error { _, _, err := DecodeReads(b); return err }},
		"rev":      {appendRev(nil, c.Rev(0)), func(b []byte) error { _, _, err := parseRev(b); return err }},
		"scope key": {scopeKey("s", visitRef("a"), c.Rev(0))[3:], func(b []byte) error {
			_, _, err := parseScopeKey(b)
			return err
		}},
	}
	random := rand.New(rand.NewPCG(1, 2))
	for name, row := range rows {
		must(t, row.parse(row.bytes))
		for cut := range row.bytes {
			if err := row.parse(row.bytes[:cut]); err == nil && name != "revision" {
				t.Errorf("%s: %d of %d bytes were taken for a row", name, cut, len(row.bytes))
			}
		}
		for range 2000 {
			b := slices.Clone(row.bytes)
			b[random.IntN(len(b))] ^= byte(1 + random.IntN(255))
			_ = row.parse(b)
		}
	}
}
