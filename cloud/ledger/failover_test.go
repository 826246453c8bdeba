package ledger

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/replication/store"
)

// sender is a station that sends until all is held, as the real one does: any
// error means to try again, whoever leads.
func (c *cluster) sender(ctx context.Context, v *village, held func(protocol.Receipt)) error {
	lane := protocol.Clinical
	for at := 1; at <= len(v.lanes[lane]); {
		last := min(at+3, len(v.lanes[lane]))
		r, err := c.somebody(ctx, func(m *member) (protocol.Receipt, error) { return m.Submit(ctx, v.frame(lane, at, last)) })
		if err != nil {
			return err
		}
		if r.Status == protocol.Fork {
			return errors.New("fork")
		}
		held(r)
		at = int(r.HighWater) + 1
	}
	return nil
}

// somebody asks the nodes in turn until one answers.
func (c *cluster) somebody(ctx context.Context, ask func(*member) (protocol.Receipt, error)) (protocol.Receipt, error) {
	for ctx.Err() == nil {
		for _, p := range c.peers {
			c.lock.Lock()
			m := c.members[p.ID]
			c.lock.Unlock()
			if m == nil {
				continue
			}
			if r, err := ask(m); err == nil {
				return r, nil
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(5 * time.Millisecond):
		}
	}
	return protocol.Receipt{}, ctx.Err()
}

func TestEveryReceiptOutlivesTheLeaderThatGaveIt(t *testing.T) {
	c := county(t, 3)
	c.leader()
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	var work sync.WaitGroup
	var lock sync.Mutex
	receipts := map[protocol.Site]protocol.Receipt{}
	progress := make(chan int, 10_000)
	const each = 120
	for n := range 4 {
		v := c.village(protocol.Site(fmt.Sprintf("v%02d", n)), 7)
		for range each {
			v.note(protocol.Clinical, "on a bad day")
		}
		work.Go(func() {
			err := c.sender(ctx, v, func(r protocol.Receipt) {
				lock.Lock()
				defer lock.Unlock()
				if r.HighWater < receipts[v.site].HighWater {
					t.Errorf("%s: the high-water mark went back from %d to %d", v.site, receipts[v.site].HighWater, r.HighWater)
				}
				if r.Hash != v.chain[protocol.Clinical][r.HighWater] {
					t.Errorf("%s: a receipt at %d with another hash", v.site, r.HighWater)
				}
				receipts[v.site] = r
				progress <- 1
			})
			if err != nil {
				t.Errorf("%s: %v", v.site, err)
			}
		})
	}
	var written []protocol.Position
	stopWriting := make(chan struct{})
	var writing sync.WaitGroup
	writing.Go(func() { written = c.clerk(ctx, stopWriting) })
	for range 3 { // three leaders die under load, and come back
		for range 12 {
			<-progress
		}
		leader := c.leader()
		id := leader.opts.Node
		c.stop(id)
		began := time.Now()
		c.leader()
		t.Logf("%s gone, the next one after %v", id, time.Since(began).Round(time.Millisecond))
		c.start(id)
	}
	work.Wait()
	close(stopWriting)
	writing.Wait()
	c.settled()
	for id, m := range c.members {
		for n := range 4 {
			site := protocol.Site(fmt.Sprintf("v%02d", n))
			if got := c.feed(m, site); len(got) != each {
				t.Errorf("%s holds %d changes of %s, want %d", id, len(got), site, each)
			}
		}
	}
	c.allHeld(written)
}

// clerk books in the county with a key for each deed, repeats what is unknown,
// and says what was written.
func (c *cluster) clerk(ctx context.Context, stop chan struct{}) (written []protocol.Position) {
	for n := 0; ; n++ {
		select {
		case <-stop:
			return written
		default:
		}
		key := fmt.Sprintf("deed-%d", n)
		var done protocol.Change
		_, err := c.somebody(ctx, func(m *member) (protocol.Receipt, error) {
			var err error
			done, err = m.Do(ctx, protocol.Order{Action: "note.write", Key: key, Lane: protocol.Lane(n % 4)}, func(tx protocol.Tx) error {
				_, err := tx.Put(protocol.Draft{Ref: protocol.Ref{Kind: "note", ID: tx.NewID()}, Value: protocol.Value(`{"text":"x"}`)})
				return err
			})
			return protocol.Receipt{}, err
		})
		if err != nil {
			return written
		}
		written = append(written, done.Position)
	}
}

// allHeld checks that what was acknowledged is there, once each, on every node.
func (c *cluster) allHeld(all []protocol.Position) {
	c.Helper()
	keys := map[string]int{}
	for id, m := range c.members {
		err := m.Snapshot(c.Context(), func(s *store.Snapshot) error {
			for _, p := range all {
				ch, err := s.Change(p)
				if err != nil {
					c.Errorf("%s: %v", id, err)
					continue
				}
				keys[ch.Key]++
			}
			return nil
		})
		if err != nil {
			c.Fatal(err)
		}
		county := 0
		for _, p := range c.feed(m, County) {
			_ = p
			county++
		}
		if extra := county - len(all) - len(c.kinds); extra != 0 {
			c.Errorf("%s holds %d county changes beside the %d that were acknowledged", id, extra, len(all))
		}
	}
	for key, n := range keys {
		if n != len(c.members) {
			c.Errorf("key %s stands %d times on %d nodes", key, n, len(c.members))
		}
	}
}

func TestALeaderCutOffPromisesNothing(t *testing.T) {
	c := county(t, 3)
	old := c.leader()
	c.cut(old.opts.Node)
	v := c.village("v01", 7)
	v.note(protocol.Clinical, "to the wrong one")
	_, err := old.Submit(t.Context(), v.frame(protocol.Clinical, 1, 1))
	if !errors.Is(err, protocol.ErrUnknown) && !errors.Is(err, protocol.ErrNotLeader) {
		t.Errorf("it answers %v", err)
	}
	_, err = old.Do(t.Context(), protocol.Order{Action: "note.write"}, func(tx protocol.Tx) error {
		_, err := tx.Put(protocol.Draft{Ref: protocol.Ref{Kind: "note", ID: tx.NewID()}, Value: protocol.Value(`{}`)})
		return err
	})
	if !errors.Is(err, protocol.ErrUnknown) && !errors.Is(err, protocol.ErrNotLeader) {
		t.Errorf("it answers %v", err)
	}
	next := c.leader(old.opts.Node)
	c.expect(c.submit(next, v.frame(protocol.Clinical, 1, 1)), protocol.OK, 1)
	c.heal(old.opts.Node)
	c.settled()
	if got := c.feed(old, "v01"); len(got) != 1 {
		t.Errorf("the old leader holds it %d times", len(got))
	}
}

func TestAWholeCountyRestartsFromItsDisks(t *testing.T) {
	c := county(t, 3)
	leader := c.leader()
	v := c.village("v01", 7)
	for range 20 {
		v.note(protocol.Clinical, "kept")
	}
	c.expect(c.submit(leader, v.frame(protocol.Clinical, 1, 20)), protocol.OK, 20)
	before := c.settled()
	for range 2 {
		c.stopAll()
		for _, p := range c.peers {
			c.start(p.ID)
		}
		if got := c.settled(); got != before {
			t.Errorf("state %s after the restart, %s before", got, before)
		}
	}
	leader = c.leader()
	c.expect(c.submit(leader, v.frame(protocol.Clinical, 11, 20)), protocol.OK, 20)
	if got := c.feed(leader, "v01"); len(got) != 20 {
		t.Errorf("%d changes, want 20", len(got))
	}
}
