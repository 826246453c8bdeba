package cluster

import (
	"context"
	"sync"
	"time"

	"xiangyi/cloud/connect"
	"xiangyi/cloud/connect/hospital"
	"xiangyi/cloud/connect/sms"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// lead serves what only the leader may, and runs the followers, while this node
// leads.
func (n *Node) lead(ctx context.Context) error {
	changes := n.ledger.LeaderChanges()
	stop := func() {}
	defer func() { stop() }()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case leads := <-changes:
			stop()
			stop = func() {}
			if leads {
				stop = n.begin(ctx)
			}
		}
	}
}

// begin starts what runs on the leader; the function that it gives ends it and
// waits.
func (n *Node) begin(ctx context.Context) func() {
	n.Log.Info("this node leads", "term", n.ledger.Term())
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	if err := n.gate.Lead(n.enter, n.stationBlobs, n.deeds); err != nil {
		n.Log.Error("cannot serve as leader", "err", err)
	}
	if len(n.Seed) > 0 {
		work.Go(func() { n.seed(ctx) })
	}
	work.Go(func() { n.react(ctx) })
	work.Go(func() {
		_ = (&care.Clerk{Engine: n.local, Store: n.ledger, Roster: n.roster, Pause: minute, Log: n.Log}).Run(ctx) // ends with ctx alone
	})
	work.Go(func() { (&warden{ledger: n.ledger, store: n.ledger, engine: n.local, log: n.Log}).run(ctx) })
	work.Go(func() { n.publish(ctx) })
	work.Go(func() { connect.Run(ctx, n.Log, n.loops()...) })
	return func() {
		n.gate.Follow()
		cancel()
		work.Wait()
	}
}

// seed does what a new county begins with, in order. What was done before is
// found by its key; what is refused is said and passed.
func (n *Node) seed(ctx context.Context) {
	for _, q := range n.Seed {
		for try := 0; ; try++ {
			_, err := n.local.Do(ctx, q)
			refusal, refused := protocol.AsRefusal(err)
			if refused {
				n.Log.Warn("first record refused", "action", string(q.Name), "code", string(refusal.Code))
			}
			if err == nil || refused {
				break
			}
			n.Log.Warn("first record will be tried again", "action", string(q.Name), "err", err)
			if backOff(ctx, try) != nil {
				return
			}
		}
	}
	n.Log.Info("the county's first records are there", "count", len(n.Seed))
}

// react runs the services' reactions; after a failure it begins again from its
// cursor.
func (n *Node) react(ctx context.Context) {
	for ctx.Err() == nil {
		r := care.Reactor{Engine: n.local, Store: n.ledger, Place: care.InCounty, Name: "county.reactions", Log: n.Log,
			Reactions: care.Reactions(n.roster, care.InCounty), Pause: backOff}
		if err := r.Run(ctx); ctx.Err() == nil {
			n.Log.Warn("reactions begin again", "err", err)
			pause(ctx, time.Second)
		}
	}
}

func minute(ctx context.Context) error {
	pause(ctx, time.Minute)
	return ctx.Err()
}

func backOff(ctx context.Context, try int) error {
	pause(ctx, min(10*time.Second, 100*time.Millisecond<<min(try, 7)))
	return ctx.Err()
}

// loops are the connectors of this county.
func (n *Node) loops() []*connect.Loop {
	var out []*connect.Loop
	add := func(c connect.Connector) {
		out = append(out, &connect.Loop{Connector: c, Engine: n.local, Store: n.ledger, Now: n.Now, Log: n.Log})
	}
	if n.Hospital.Addr != "" {
		add(hospital.New(hospital.Config{Addr: n.Hospital.Addr, Timeout: 10 * time.Second, Engine: n.local, Store: n.ledger, Now: n.Now, Log: n.Log}))
	}
	if n.SMSDir != "" {
		add(sms.New(sms.Config{Messenger: sms.Directory(n.SMSDir), Signature: "【乡医】"}))
	}
	return out
}
