package ledger

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"xiangyi/protocol"
)

// slot is a slot of a clinic, as one place writes it.
func slot(id protocol.ID, custodian protocol.Site, fence uint64, sold string, parents ...protocol.Rev) protocol.Write {
	return protocol.Write{Ref: protocol.Ref{Kind: "slot", ID: id}, Parents: parents, Class: protocol.ClassPublic,
		Retention: protocol.RetainOperational, Custodian: custodian, Fence: fence,
		Value: protocol.Value(fmt.Sprintf(`{"sold":%q}`, sold))}
}

// grant makes a slot in the custody of a site.
func (c *cluster) grant(m *member, id protocol.ID, to protocol.Site) protocol.Rev {
	c.Helper()
	ch, err := m.Do(c.Context(), protocol.Order{Action: "slot.grant", Lane: protocol.Clinical}, func(tx protocol.Tx) error {
		_, err := tx.Put(protocol.Draft{Ref: protocol.Ref{Kind: "slot", ID: id}, Value: protocol.Value(`{"sold":""}`), Custodian: to})
		return err
	})
	if err != nil {
		c.Fatal(err)
	}
	return ch.Rev(0)
}

func TestASaleWithoutCustodyIsKeptAndReported(t *testing.T) {
	c := county(t, 3)
	leader := c.leader()
	v := c.village("v01", 7)
	mine, theirs, taken := c.grant(leader, "mine", "v01"), c.grant(leader, "theirs", "v02"), c.grant(leader, "taken", "v01")
	_, err := leader.Do(t.Context(), protocol.Order{Action: "slot.seize"}, func(tx protocol.Tx) error {
		_, err := tx.Put(protocol.Draft{Ref: protocol.Ref{Kind: "slot", ID: "taken"}, Value: protocol.Value(`{"sold":""}`),
			Custodian: County, Fence: 1})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	sale := v.journal(protocol.Clinical, protocol.Change{Writes: []protocol.Write{slot("mine", "v01", 0, "pa", mine)}})
	v.journal(protocol.Clinical, protocol.Change{Writes: []protocol.Write{slot("theirs", "v01", 0, "pb", theirs)}})
	v.journal(protocol.Clinical, protocol.Change{Writes: []protocol.Write{slot("taken", "v01", 0, "pc", taken)}})
	v.journal(protocol.Clinical, protocol.Change{Writes: []protocol.Write{slot("mine", "v01", 0, "pd", mine)}}) // sold before
	v.journal(protocol.Clinical, protocol.Change{Writes: []protocol.Write{slot("mine", "v01", 0, "pe", sale.Rev(0))}})
	c.expect(c.submit(leader, v.frame(protocol.Clinical, 1, 5)), protocol.OK, 5)
	c.settled()

	want := map[protocol.Seq]Breach{2: BreachCustodian, 3: BreachFence, 4: BreachParent, 5: BreachParent}
	for id, m := range c.members {
		all, err := m.Violations(0)
		if err != nil {
			t.Fatal(err)
		}
		got := map[protocol.Seq]Breach{}
		for _, v := range all {
			got[v.Rev.Seq] = v.Breach
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s reports %v, want %v", id, got, want)
		}
	}
	heads := map[protocol.ID]int{"mine": 2, "theirs": 1, "taken": 2}
	err = leader.View(t.Context(), func(r protocol.Reader) error {
		for id, want := range heads {
			rec, err := r.Get(protocol.Ref{Kind: "slot", ID: id})
			if err != nil {
				return err
			}
			if len(rec.Heads) != want {
				t.Errorf("%s has %d heads, want %d: nothing may be lost", id, len(rec.Heads), want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

var errGone = protocol.Refuse("slot-gone", "这个号刚被约走了")

// sell books a slot for somebody, or refuses when it is gone.
func sell(id protocol.ID, to string) func(protocol.Tx) error {
	return func(tx protocol.Tx) error {
		ref := protocol.Ref{Kind: "slot", ID: id}
		rec, err := tx.Get(ref)
		if err != nil {
			return err
		}
		if string(rec.Head().Value) != `{"sold":""}` {
			return errGone
		}
		_, err = tx.Put(protocol.Draft{Ref: ref, Value: protocol.Value(fmt.Sprintf(`{"sold":%q}`, to))})
		return err
	}
}

func TestOfManyWhoWantOneSlotExactlyOneGetsIt(t *testing.T) {
	c := county(t, 3)
	leader := c.leader()
	for n := range 5 {
		id := protocol.ID(fmt.Sprintf("slot%d", n))
		c.grant(leader, id, County)
		var won, lost atomic.Int32
		var work sync.WaitGroup
		for who := range 20 {
			work.Go(func() {
				ch, err := leader.Do(t.Context(), protocol.Order{Action: "slot.sell", Lane: protocol.Lane(who % 4)}, sell(id, fmt.Sprint(who)))
				switch {
				case err == nil && ch.Outcome == protocol.Done:
					won.Add(1)
				case errors.As(err, new(*protocol.Refusal)) && ch.Outcome == protocol.Refused:
					lost.Add(1)
				default:
					t.Errorf("neither sold nor refused: %v", err)
				}
			})
		}
		work.Wait()
		if won.Load() != 1 || lost.Load() != 19 {
			t.Errorf("%d won and %d were refused, want 1 and 19", won.Load(), lost.Load())
		}
	}
	c.settled()
}

// A station's frame arrives while the county decides about the same record: the
// county's action must see it.
func TestTheCountyNeverDecidesOnAStaleRecord(t *testing.T) {
	c := county(t, 3)
	leader := c.leader()
	v := c.village("v01", 7)
	head := c.grant(leader, "counter", "v01")
	const rounds = 30
	var work sync.WaitGroup
	work.Go(func() {
		for i := range rounds {
			w := slot("counter", "v01", 0, fmt.Sprint(i), head)
			ch := v.journal(protocol.Clinical, protocol.Change{Writes: []protocol.Write{w}})
			head = ch.Rev(0)
			if r, err := leader.Submit(t.Context(), v.frame(protocol.Clinical, i+1, i+1)); err != nil || r.Status != protocol.OK {
				t.Errorf("frame %d: %v", i, err)
			}
		}
	})
	work.Go(func() {
		for range rounds { // writes beside the station what it saw of the record
			_, err := leader.Do(t.Context(), protocol.Order{Action: "note.copy"}, func(tx protocol.Tx) error {
				rec, err := tx.Get(protocol.Ref{Kind: "slot", ID: "counter"})
				if err != nil {
					return err
				}
				_, err = tx.Put(protocol.Draft{Ref: protocol.Ref{Kind: "note", ID: tx.NewID()}, Value: rec.Head().Value})
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
	work.Wait()
	c.settled()
	var now string // what the record was at each place of the ledger
	items, err := leader.Next(t.Context(), 0, 1000, protocol.AllValues)
	if err != nil {
		t.Fatal(err)
	}
	copies := 0
	for _, it := range items {
		for _, w := range it.Change.Writes {
			switch {
			case w.Ref.Kind == "slot":
				now = string(w.Value)
			case it.Change.Action == "note.copy":
				copies++
				if string(w.Value) != now {
					t.Errorf("at %d the county wrote %s, the record was %s", it.Cursor, w.Value, now)
				}
			}
		}
	}
	if copies != rounds {
		t.Errorf("%d copies, want %d", copies, rounds)
	}
}

func TestOnlyTheLeaderWrites(t *testing.T) {
	c := county(t, 3)
	leader := c.leader()
	other := c.follower(leader)
	if _, err := other.Do(t.Context(), protocol.Order{}, func(protocol.Tx) error { return nil }); !errors.Is(err, protocol.ErrNotLeader) {
		t.Errorf("do: %v", err)
	}
	if _, err := other.Note(t.Context(), protocol.Order{}, protocol.Seen, ""); !errors.Is(err, protocol.ErrNotLeader) {
		t.Errorf("note: %v", err)
	}
	v := c.village("v01", 7)
	v.note(protocol.Clinical, "x")
	if _, err := other.Submit(t.Context(), v.frame(protocol.Clinical, 1, 1)); !errors.Is(err, protocol.ErrNotLeader) {
		t.Errorf("submit: %v", err)
	}
	if err := other.Fresh(t.Context()); !errors.Is(err, protocol.ErrNotLeader) {
		t.Errorf("fresh: %v", err)
	}
	if id, addr := other.Leader(); id != leader.opts.Node || addr != leader.opts.Node {
		t.Errorf("it names %s at %s, the leader is %s", id, addr, leader.opts.Node)
	}
	if err := leader.Fresh(t.Context()); err != nil {
		t.Errorf("fresh on the leader: %v", err)
	}
}

func TestAnActionThatPanicsFailsAlone(t *testing.T) {
	c := county(t, 1)
	leader := c.leader()
	_, err := leader.Do(t.Context(), protocol.Order{Action: "bad"}, func(protocol.Tx) error { panic("defect") })
	if err == nil {
		t.Error("no error")
	}
	c.grant(leader, "after", County)
}
