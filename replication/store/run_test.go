package store

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"xiangyi/protocol"
)

// seats counts positions as a journal would.
type seats [protocol.Lanes]protocol.Seq

func (s *seats) next(lane protocol.Lane) protocol.Position {
	return protocol.Position{Site: "v01", Incarnation: 7, Lane: lane, Seq: s[lane] + 1}
}

func (s *seats) run(t *testing.T, look *Snapshot, o *Overlay, order protocol.Order, act func(protocol.Tx) error) (protocol.Change, Reads) {
	t.Helper()
	c, reads, err := Run(look, o, s.next, protocol.MakeHLC(noon, uint16(len(o.changes)+1)), order, act)
	must(t, err)
	s[c.Lane] = c.Seq
	return c, reads
}

func TestAChangeNeverOvertakesWhatItBuildsOn(t *testing.T) {
	core := openCore(t, "v01")
	view(t, core, func(s *Snapshot) error {
		var at seats
		over := &Overlay{}
		media, _ := at.run(t, s, over, inLane(protocol.Media), putVisit("image", "east"))
		clinical, _ := at.run(t, s, over, inLane(protocol.Clinical), putVisit("note", "east"))
		ran := 0
		both, _ := at.run(t, s, over, inLane(protocol.Urgent), func(tx protocol.Tx) error {
			ran++
			if id := tx.NewID(); !strings.Contains(string(id), ".3.") && ran == 2 {
				t.Errorf("the second run mints %s, not in the lane that it ends in", id)
			}
			return errors.Join(putVisit("note", "west")(tx), putVisit("image", "west")(tx))
		})
		if both.Lane != protocol.Media || ran != 2 {
			t.Errorf("lane %d after %d runs, want that of its least urgent parent after 2", both.Lane, ran)
		}
		if want := []protocol.Dep{{Lane: protocol.Clinical, Seq: clinical.Seq}}; !slices.Equal(both.Deps, want) {
			t.Errorf("deps %v, want %v", both.Deps, want)
		}
		if both.Seq != media.Seq+1 {
			t.Errorf("seq %d, want the next of its lane", both.Seq)
		}
		alone, _ := at.run(t, s, over, inLane(protocol.Urgent), putVisit("new", "east"))
		if alone.Lane != protocol.Urgent || alone.Deps != nil {
			t.Errorf("what builds on nothing went to lane %d", alone.Lane)
		}
		return nil
	})
	held := change("v01", 1, write("held", "east"))
	held.Lane = protocol.Media
	update(t, core, func(b *Batch) error {
		if _, err := b.Append(&held, 1, false); err != nil {
			return err
		}
		return b.Receive(7, protocol.Media, 1)
	})
	view(t, core, func(s *Snapshot) error {
		at := seats{3: 1}
		c, _ := at.run(t, s, &Overlay{}, inLane(protocol.Urgent), putVisit("held", "west"))
		if c.Lane != protocol.Urgent || len(c.Deps) > 0 {
			t.Errorf("a parent that the county holds still keeps it in lane %d, deps %v", c.Lane, c.Deps)
		}
		return nil
	})
}

func TestReadsSayWhatAnActionRestedOn(t *testing.T) {
	core := openCore(t, "v01")
	c := change("v02", 1, write("a", "east"))
	update(t, core, func(b *Batch) error { return b.Apply(&c, 1, true) })
	var reads Reads
	view(t, core, func(s *Snapshot) error {
		var at seats
		over := &Overlay{}
		first, _ := at.run(t, s, over, order, putVisit("b", "east"))
		_, reads = at.run(t, s, over, order, func(tx protocol.Tx) error {
			_, err := tx.Get(visitRef("nobody"))
			if !errors.Is(err, protocol.ErrNotFound) {
				t.Error(err)
			}
			found(t, tx.(*contractTx).Snapshot, "east")
			return errors.Join(putVisit("a", "west")(tx), putVisit("a", "south")(tx), putVisit("b", "west")(tx))
		})
		want := Reads{{visitRef("nobody"), []protocol.Rev{}}, {visitRef("a"), []protocol.Rev{c.Rev(0)}}, {visitRef("b"), []protocol.Rev{first.Rev(0)}}}
		if !slices.EqualFunc(reads, want, func(a, b Read) bool { return a.Ref == b.Ref && slices.Equal(a.Heads, b.Heads) }) {
			t.Errorf("reads %v, want %v", reads, want)
		}
		back, rest, err := DecodeReads(append(AppendReads(nil, reads), "rest"...))
		if err != nil || string(rest) != "rest" || !slices.EqualFunc(reads, back, func(a, b Read) bool { return a.Ref == b.Ref && slices.Equal(a.Heads, b.Heads) }) {
			t.Errorf("reads came back as %v, %q, %v", back, rest, err)
		}
		return nil
	})
	same := func(reads Reads) (same bool) {
		view(t, core, func(s *Snapshot) (err error) { same, err = s.Unchanged(reads); return err })
		return same
	}
	if !same(reads[:2]) {
		t.Error("nothing changed, and the reads do not hold")
	}
	if same(reads) {
		t.Error("a record of the overlay was never stored, and the reads hold")
	}
	next := change("v02", 2, write("a", "north", c.Rev(0)))
	update(t, core, func(b *Batch) error { return b.Apply(&next, 2, true) })
	if same(reads[1:2]) {
		t.Error("a record changed, and the reads hold")
	}
	born := change("v02", 3, write("nobody", "north"))
	update(t, core, func(b *Batch) error { return b.Apply(&born, 3, true) })
	if same(reads[:1]) {
		t.Error("a record that was not there is there now, and the reads hold")
	}
}

// contractTx lets the tests see behind the contract.
type contractTx = tx

func TestOnlyTheAuthorityTakesCustodyByForce(t *testing.T) {
	place := protocol.Write{Ref: protocol.Ref{Kind: "place", ID: "9"}, Class: protocol.ClassPublic, Custodian: "v02", Fence: 4, Value: protocol.Value(`{}`)}
	take := func(fence uint64) func(protocol.Tx) error {
		return func(tx protocol.Tx) error {
			_, err := tx.Put(protocol.Draft{Ref: place.Ref, Fence: fence, Custodian: tx.Site(), Value: protocol.Value(`{"n":1}`)})
			return err
		}
	}
	for _, authority := range []bool{false, true} {
		o := coreOptions("v01")
		o.Authority = authority
		core, err := OpenCore(o)
		must(t, err)
		t.Cleanup(func() { must(t, core.Close()) })
		c := change("v02", 1, place)
		update(t, core, func(b *Batch) error { return b.Apply(&c, 1, true) })
		view(t, core, func(s *Snapshot) error {
			var at seats
			for fence, allowed := range map[uint64]bool{0: false, 4: false, 3: false, 5: authority} {
				_, _, err := Run(s, nil, at.next, 1, order, take(fence))
				if allowed != (err == nil) || !allowed && !errors.Is(err, protocol.ErrNotAllowed) {
					t.Errorf("authority %v, fence %d: %v", authority, fence, err)
				}
			}
			return nil
		})
	}
}

func TestLimitsHoldWhereAChangeIsMade(t *testing.T) {
	core := openCore(t, "v01")
	big := protocol.Value(`{"text":"` + strings.Repeat("x", protocol.MaxValueBytes-20) + `"}`)
	put := func(n int, v protocol.Value) func(protocol.Tx) error {
		return func(tx protocol.Tx) error {
			for range n {
				if _, err := tx.Put(protocol.Draft{Ref: visitRef(tx.NewID()), Value: v}); err != nil {
					return err
				}
			}
			return nil
		}
	}
	for name, act := range map[string]func(protocol.Tx) error{
		"a value":  put(1, protocol.Value(`{"text":"`+strings.Repeat("x", protocol.MaxValueBytes)+`"}`)),
		"a change": put(5, big),
		"writes":   put(protocol.MaxWrites+1, protocol.Value(`{}`)),
	} {
		view(t, core, func(s *Snapshot) error {
			var at seats
			if _, _, err := Run(s, nil, at.next, 1, order, act); !errors.Is(err, protocol.ErrTooLarge) {
				t.Errorf("%s: %v, want ErrTooLarge", name, err)
			}
			if _, _, err := Run(s, nil, at.next, 1, order, put(3, big)); err != nil {
				t.Errorf("within the limits: %v", err)
			}
			long := order
			long.Key = strings.Repeat("k", 65)
			if _, _, err := Run(s, nil, at.next, 1, long, put(0, nil)); !errors.Is(err, protocol.ErrTooLarge) {
				t.Errorf("a key of 65 bytes: %v", err)
			}
			return nil
		})
	}
}

// An action may look away, the store does not: what it could not read ends it.
func TestAnActionCannotSwallowADamagedValue(t *testing.T) {
	core := openCore(t, "v01")
	c := change("v02", 1, write("a", "east"))
	update(t, core, func(b *Batch) error {
		must(t, b.Apply(&c, 1, true))
		row, err := b.revision(c.Rev(0))
		must(t, err)
		row.sealed = append([]byte{}, row.sealed...)
		row.sealed[len(row.sealed)-1] ^= 1
		return b.set(revisionKey(c.Rev(0)), row.append(nil))
	})
	view(t, core, func(s *Snapshot) error {
		var at seats
		_, _, err := Run(s, nil, at.next, 1, order, func(tx protocol.Tx) error { _, _ = tx.Get(visitRef("a")); return nil })
		if err == nil {
			t.Error("the action went on")
		}
		return nil
	})
}
