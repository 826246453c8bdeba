package ledger

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"xiangyi/protocol"
)

// benchCounty is three nodes on this disk with the default timeouts.
func benchCounty(b *testing.B) (*cluster, *member) {
	b.Helper()
	c := newCluster(b, 3, func(o *Options) { o.Timeouts, o.Small = Timeouts{}, false })
	for _, p := range c.peers {
		c.start(p.ID)
	}
	return c, c.leader()
}

// BenchmarkSubmit is what stations send: frames of 64 Changes, durable on a
// majority and applied when the receipt comes.
func BenchmarkSubmit(b *testing.B) {
	for _, stations := range []int{1, 8} {
		b.Run(fmt.Sprintf("stations-%d", stations), func(b *testing.B) {
			c, leader := benchCounty(b)
			var next atomic.Int64
			b.SetParallelism(stations)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				n := next.Add(1)
				v := c.village(protocol.Site(fmt.Sprintf("v%03d", n)), 7)
				for pb.Next() {
					first := len(v.lanes[protocol.Clinical]) + 1
					for range 64 {
						v.note(protocol.Clinical, "血压 128/82 mmHg")
					}
					if r, err := leader.Submit(b.Context(), v.frame(protocol.Clinical, first, first+63)); err != nil || r.Status != protocol.OK {
						b.Errorf("status %d: %v", r.Status, err)
						return
					}
				}
			})
			b.ReportMetric(64*float64(b.N)/b.Elapsed().Seconds(), "changes/s")
		})
	}
}

// BenchmarkDo is what the county's own people do.
func BenchmarkDo(b *testing.B) {
	for _, clients := range []int{1, 64} {
		b.Run(fmt.Sprintf("clients-%d", clients), func(b *testing.B) {
			_, leader := benchCounty(b)
			b.SetParallelism(clients)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					_, err := leader.Do(b.Context(), protocol.Order{Action: "note.write", Lane: protocol.Clinical}, func(tx protocol.Tx) error {
						_, err := tx.Put(protocol.Draft{Ref: protocol.Ref{Kind: "note", ID: tx.NewID()},
							Value: protocol.Value(`{"at":"2031-05-04","text":"血压 128/82 mmHg","ward":"east"}`)})
						return err
					})
					if err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "changes/s")
		})
	}
}

// BenchmarkFailover is how long nobody answers after a leader died.
func BenchmarkFailover(b *testing.B) {
	c, leader := benchCounty(b)
	var worst time.Duration
	for range b.N {
		id := leader.opts.Node
		c.stop(id)
		began := time.Now()
		leader = c.leader()
		worst = max(worst, time.Since(began))
		b.StopTimer()
		c.start(id)
		c.settled()
		b.StartTimer()
	}
	b.ReportMetric(float64(worst.Milliseconds()), "worst-ms")
}
