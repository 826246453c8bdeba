package ledger

import (
	"context"
	"fmt"
	mrand "math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"xiangyi/protocol"
)

// A stretch of a county's life under a clock that jumps from event to event:
// leaders cut off for minutes, whole nodes gone, everything sent again and again.
func TestCutLinesLoseAndDoubleNothing(t *testing.T) {
	warm(t)
	seed := mrand.Uint64()
	t.Logf("seed %d", seed)
	synctest.Test(t, func(t *testing.T) { cutLines(t, seed) })
}

// warm lets the libraries make what they keep for the life of the process before
// the clock is replaced: it may not be shared with the world outside the bubble.
func warm(t *testing.T) {
	c := county(t, 1)
	v := c.village("v00", 1)
	v.note(protocol.Urgent, "warm")
	c.expect(c.submit(c.leader(), v.frame(protocol.Urgent, 1, 1)), protocol.OK, 1)
	c.stopAll()
	c.start("n1")
	c.leader()
}

func cutLines(t *testing.T, seed uint64) {
	draw := mrand.New(mrand.NewPCG(seed, 3))
	c := newCluster(t, 3, func(o *Options) { o.Timeouts = Timeouts{} })
	for _, p := range c.peers {
		c.start(p.ID)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	began := time.Now()
	var work sync.WaitGroup
	const each = 60
	for n := range 3 {
		v := c.village(protocol.Site(fmt.Sprintf("v%02d", n)), 7)
		for range each {
			v.note(protocol.Clinical, "day and night")
		}
		pace := rpace(seed, n)
		work.Go(func() {
			err := c.sender(ctx, v, func(protocol.Receipt) { time.Sleep(pace()) })
			if err != nil {
				t.Errorf("%s: %v", v.site, err)
			}
		})
	}
	for range 8 {
		time.Sleep(time.Duration(draw.IntN(60)) * time.Second)
		id := c.peers[draw.IntN(3)].ID
		if draw.IntN(2) == 0 {
			id = c.leader().opts.Node
		}
		if draw.IntN(3) == 0 {
			c.stop(id)
			time.Sleep(time.Duration(draw.IntN(120)) * time.Second)
			c.start(id)
		} else {
			c.cut(id)
			time.Sleep(time.Duration(draw.IntN(120)) * time.Second)
			c.heal(id)
		}
	}
	work.Wait()
	c.settled()
	for id, m := range c.members {
		for n := range 3 {
			site := protocol.Site(fmt.Sprintf("v%02d", n))
			if got := c.feed(m, site); len(got) != each {
				t.Errorf("%s holds %d changes of %s, want %d", id, len(got), site, each)
			}
		}
	}
	t.Logf("%v of the county's time", time.Since(began).Round(time.Minute))
}

// rpace gives each station its own pauses.
func rpace(seed uint64, n int) func() time.Duration {
	draw := mrand.New(mrand.NewPCG(seed, uint64(100+n)))
	return func() time.Duration { return time.Duration(draw.IntN(60)) * time.Second }
}
