package ledger

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"xiangyi/protocol"
	"xiangyi/replication/store"
)

// feed lists the positions in a node's feed that a site wrote.
func (c *cluster) feed(m *member, site protocol.Site) []protocol.Position {
	c.Helper()
	var out []protocol.Position
	last := protocol.Cursor(0)
	err := m.Snapshot(c.Context(), func(s *store.Snapshot) error {
		return s.EachFeed(0, func(at protocol.Cursor, ch protocol.Change) (bool, error) {
			if at <= last {
				c.Errorf("the feed goes back from %d to %d", last, at)
			}
			last = at
			if ch.Site == site {
				out = append(out, ch.Position)
			}
			return true, nil
		})
	})
	if err != nil {
		c.Fatal(err)
	}
	return out
}

func TestFramesTakeEffectOnceHoweverTheyCome(t *testing.T) {
	c := county(t, 3)
	leader := c.leader()
	v := c.village("v01", 7)
	const most = 40
	for i := range most {
		v.note(protocol.Clinical, fmt.Sprintf("note %d", i))
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	draw := rand.New(rand.NewPCG(seed, 1))
	for done := 0; done < most; {
		first := 1 + draw.IntN(done+2) // overlaps, repeats, sometimes a gap
		last := min(first+draw.IntN(8), most)
		if first > most {
			continue
		}
		raw := v.frame(protocol.Clinical, first, last)
		for range 1 + draw.IntN(3) {
			r := c.submit(leader, raw)
			switch {
			case first > done+1:
				c.expect(r, protocol.Gap, protocol.Seq(done))
			default:
				done = max(done, last)
				c.expect(r, protocol.OK, protocol.Seq(done))
				if r.Hash != v.chain[protocol.Clinical][done] {
					t.Fatal("the receipt names another hash than the journal")
				}
			}
		}
	}
	c.settled()
	for id, m := range c.members {
		got := c.feed(m, "v01")
		if len(got) != most {
			t.Errorf("%s has %d changes, want %d", id, len(got), most)
		}
		for i, p := range got {
			if p != v.lanes[protocol.Clinical][i].Position {
				t.Errorf("%s has %s at place %d", id, p, i)
			}
		}
	}
}

func TestFramesEnteredInOrderMayAllBeUnderWay(t *testing.T) {
	c := county(t, 3)
	leader := c.leader()
	v := c.village("v01", 7)
	var waits []func(context.Context) (protocol.Receipt, error)
	for n := range 50 {
		v.note(protocol.Clinical, "one after the other")
		wait, err := leader.Enter(v.frame(protocol.Clinical, n+1, n+1))
		if err != nil {
			t.Fatal(err)
		}
		waits = append(waits, wait)
	}
	for n, wait := range waits {
		r, err := wait(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		c.expect(r, protocol.OK, protocol.Seq(n+1))
	}
}

func TestAGapIsSentAgainFromTheHighWaterMark(t *testing.T) {
	c := county(t, 1)
	leader := c.leader()
	v := c.village("v01", 7)
	for range 5 {
		v.note(protocol.Urgent, "pulse")
	}
	c.expect(c.submit(leader, v.frame(protocol.Urgent, 1, 2)), protocol.OK, 2)
	c.expect(c.submit(leader, v.frame(protocol.Urgent, 4, 5)), protocol.Gap, 2)
	c.expect(c.submit(leader, v.frame(protocol.Urgent, 3, 5)), protocol.OK, 5)
}

func TestAnotherPastUnderTheSameNameIsAFork(t *testing.T) {
	c := county(t, 1)
	leader := c.leader()
	v, clone := c.village("v01", 7), c.village("v01", 7)
	for range 3 {
		v.note(protocol.Clinical, "as it was")
		clone.note(protocol.Clinical, "as the clone has it")
	}
	clone.note(protocol.Clinical, "later")
	c.expect(c.submit(leader, v.frame(protocol.Clinical, 1, 3)), protocol.OK, 3)
	c.expect(c.submit(leader, clone.frame(protocol.Clinical, 4, 4)), protocol.Fork, 3) // does not follow
	c.expect(c.submit(leader, clone.frame(protocol.Clinical, 2, 4)), protocol.Fork, 3) // overlaps
	c.expect(c.submit(leader, clone.frame(protocol.Clinical, 1, 2)), protocol.Fork, 3) // lies before
	c.expect(c.submit(leader, clone.frame(protocol.Clinical, 1, 3)), protocol.Fork, 3)
	if got := c.feed(leader, "v01"); len(got) != 3 {
		t.Errorf("%d changes are held, want the first three", len(got))
	}
	next := c.village("v01", 8) // what a forked station does
	next.note(protocol.Clinical, "under a new incarnation")
	c.expect(c.submit(leader, next.frame(protocol.Clinical, 1, 1)), protocol.OK, 1)
	v.note(protocol.Clinical, "late, from the old box")
	c.expect(c.submit(leader, v.frame(protocol.Clinical, 4, 4)), protocol.OK, 4)
}

// Two boxes of one name wrote in lane 0, and one of them something in lane 1 that
// rests on it. That comes first: it must not come to rest on the other box's.
func TestAFrameWhoseGroundHasNotComeWaitsAtItsStation(t *testing.T) {
	c := county(t, 1)
	leader := c.leader()
	v, clone := c.village("v01", 7), c.village("v01", 7)
	own := v.note(protocol.Urgent, "what it rests on")
	v.note(protocol.Clinical, "rests", protocol.Dep{Lane: protocol.Urgent, Seq: own.Seq})
	other := clone.note(protocol.Urgent, "another box's")
	clone.note(protocol.Clinical, "rests on that", protocol.Dep{Lane: protocol.Urgent, Seq: other.Seq})

	r := c.submit(leader, v.frame(protocol.Clinical, 1, 1, ground(&own)))
	c.expect(r, protocol.Busy, 0)
	if r.RetryAfter == 0 {
		t.Error("it is asked again without a pause")
	}
	c.expect(c.submit(leader, clone.frame(protocol.Urgent, 1, 1)), protocol.OK, 1)
	c.expect(c.submit(leader, v.frame(protocol.Clinical, 1, 1, ground(&own))), protocol.Fork, 0)
	c.expect(c.submit(leader, clone.frame(protocol.Clinical, 1, 1, ground(&other))), protocol.OK, 1)
	// A repeat brings nothing new, whatever it rests on.
	c.expect(c.submit(leader, clone.frame(protocol.Clinical, 1, 1, protocol.Ground{Lane: protocol.Urgent, Seq: 9})), protocol.OK, 1)
	if got := c.feed(leader, "v01"); len(got) != 2 {
		t.Errorf("%d changes are held, want the other box's two", len(got))
	}
}

func TestAFrameThatProvesNothingMovesNothing(t *testing.T) {
	c := county(t, 1)
	leader := c.leader()
	v := c.village("v01", 7)
	v.note(protocol.Clinical, "whole")
	raw := v.frame(protocol.Clinical, 1, 1)
	for at := range raw {
		bad := append([]byte(nil), raw...)
		bad[at] ^= 0x20
		if r, err := leader.Submit(t.Context(), bad); err == nil && r.Status == protocol.OK {
			t.Fatalf("a flipped bit in byte %d was taken", at)
		}
	}
	if high, err := leader.HighWater("v01", 7); err != nil || high[protocol.Clinical].Seq != 0 {
		t.Errorf("the lane moved to %d (%v)", high[protocol.Clinical].Seq, err)
	}
	c.expect(c.submit(leader, raw), protocol.OK, 1)
}

func TestFramesOfManyStationsAtOnce(t *testing.T) {
	c := county(t, 3)
	leader := c.leader()
	var work sync.WaitGroup
	for n := range 8 {
		v := c.village(protocol.Site(fmt.Sprintf("v%02d", n)), 7)
		for range 30 {
			v.note(protocol.Clinical, "busy day")
		}
		work.Go(func() {
			for at := 1; at <= 30; at += 3 {
				r, err := leader.Submit(t.Context(), v.frame(protocol.Clinical, at, at+2))
				if err != nil || r.Status != protocol.OK || r.HighWater != protocol.Seq(at+2) {
					t.Errorf("%s: %v, status %d at %d", v.site, err, r.Status, r.HighWater)
					return
				}
			}
		})
	}
	work.Wait()
	c.settled()
	sites, err := c.follower(leader).Sites()
	if err != nil {
		t.Fatal(err)
	}
	held := 0
	for _, s := range sites {
		if s.Site != County {
			held += int(s.Held.Seq)
		}
	}
	if held != 8*30 {
		t.Errorf("%d changes are held, want %d", held, 8*30)
	}
}
