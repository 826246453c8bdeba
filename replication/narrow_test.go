package replication_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"xiangyi/protocol"
	"xiangyi/replication"
	"xiangyi/replication/store"
)

// compare answers a comparison as the county does. What is offered is applied
// where it is missing.
func (c *county) compare(request []byte) ([]byte, error) {
	q, err := replication.DecodeCompare(request)
	if err != nil {
		return nil, err
	}
	var a replication.Compared
	if q.What == replication.AskOffer {
		changes, err := replication.Offered(c.keys, q.Site, q.Offer)
		if err != nil {
			return nil, err
		}
		err = c.core.Update(func(b *store.Batch) error {
			for i := range changes {
				if err := b.Apply(&changes[i], 0, true); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	} else {
		err = c.core.View(time.Now(), protocol.ClockState{}, func(s *store.Snapshot) (err error) {
			a, err = replication.ServeCompare(s, q)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return a.Answer(c.keys, c.rand, q.Site, 21921)
}

// One revision is missing at one side. It is found by few small messages and
// only it is brought; no scope is walked again, and somebody hears of it.
func TestADifferenceIsLocatedAndHealed(t *testing.T) {
	for _, tc := range []struct {
		name             string
		atCounty         bool
		fetched, offered int
	}{
		{"missing at the station", false, 1, 0},
		{"missing in the county", true, 0, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				var run sync.WaitGroup
				c := newCounty(t)
				a, b := c.station(ctx, "v01", &run), c.station(ctx, "v02", &run)
				var found []replication.Difference
				a.down.Alarm = func(_ context.Context, d replication.Difference) { found = append(found, d) }
				for p := range 40 {
					person := protocol.ID(fmt.Sprintf("p%d", p))
					a.follow(t, person)
					a.write(t, protocol.Clinical, person, "one of few")
				}
				b.follow(t, "p7")
				for i := range 500 {
					b.write(t, protocol.Clinical, "p7", fmt.Sprintf("one of many %d", i))
					if i%5 == 0 {
						a.write(t, protocol.Clinical, "p7", fmt.Sprintf("own %d", i))
					}
				}
				time.Sleep(10 * time.Minute)
				if f := a.down.Fresh(); !f.Equal || len(found) > 0 {
					t.Fatalf("not level before: %+v %v", f, found)
				}
				c.mu.Lock()
				c.walks, c.bytes = 0, 0
				if tc.atCounty {
					c.forget = "v01"
				} else {
					c.withhold = "v02"
				}
				c.mu.Unlock()
				a.write(t, protocol.Clinical, "p7", "lost on the way up")
				b.write(t, protocol.Clinical, "p7", "lost on the way down")
				time.Sleep(10 * time.Minute)
				if f := a.down.Fresh(); !f.Compared || !f.Equal {
					t.Errorf("not healed: %+v", f)
				}
				if len(found) != 1 || found[0].Scopes != 1 || found[0].Fetched != tc.fetched || found[0].Offered != tc.offered || found[0].Walk {
					t.Errorf("found %+v", found)
				}
				c.mu.Lock()
				t.Logf("%d bytes both ways", c.bytes)
				if c.walks > 0 || c.bytes > 4000 || c.bytes == 0 {
					t.Errorf("%d pieces of walks, %d bytes", c.walks, c.bytes)
				}
				c.mu.Unlock()
				cancel()
				run.Wait()
				_ = a.Close()
				_ = b.Close()
			})
		})
	}
}
