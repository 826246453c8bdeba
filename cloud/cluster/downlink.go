package cluster

import (
	"context"
	"time"

	"xiangyi/cloud/ledger"
	"xiangyi/protocol"
	"xiangyi/replication"
	"xiangyi/replication/store"
)

const (
	// newsTime is how long a pull waits for news before it is answered with
	// nothing new.
	newsTime = 25 * time.Second
	// levelTime is how long a station may be behind in position alone.
	levelTime = 2 * time.Second
	// breath bounds how often one waiting pull looks again in a busy county.
	breath = 100 * time.Millisecond
)

// pull answers a station: at once when there is something new in its scopes,
// else when there is, or when newsTime is over.
func (n *Node) pull(ctx context.Context, site protocol.Site, request []byte) ([]byte, error) {
	p, err := replication.DecodePull(request)
	if err != nil {
		return nil, err
	}
	p.Site = site // the connection says who asks, not the message
	p.Budget = min(max(p.Budget, minBudget), maxBudget)
	began := n.Now()
	waiting, cancel := context.WithTimeout(ctx, newsTime)
	defer cancel()
	for {
		seen := n.ledger.Last()
		var a replication.Answer
		err := n.ledger.Snapshot(ctx, func(s *store.Snapshot) (err error) {
			a, err = replication.Serve(s, lanes, p)
			return err
		})
		if err != nil {
			return nil, err
		}
		news := a.More || len(a.Changes) > 0 || a.Walk != ""
		// That the ledger went on without the station is news too, but patient.
		stale := a.Position > p.Position && n.Now().Sub(began) >= levelTime
		if news || stale || waiting.Err() != nil {
			day := uint32(n.Now().Unix() / 86400)
			return replication.PackAnswer(n.keys, n.Rand, site, day, &a)
		}
		looking, stop := waiting, context.CancelFunc(func() {})
		if a.Position > p.Position {
			looking, stop = context.WithTimeout(waiting, levelTime)
		}
		_, err = n.ledger.Next(looking, seen, 1, nil)
		stop()
		if err != nil && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		pause(waiting, breath)
	}
}

// lanes gives the ledger's high-water marks of one incarnation.
func lanes(s *store.Snapshot, site protocol.Site, inc protocol.Incarnation) (out [protocol.Lanes]protocol.Seq, err error) {
	all, err := ledger.HighWater(s, site, inc)
	for i := range all {
		out[i] = all[i].Seq
	}
	return out, err
}

const (
	minBudget = 4 << 10
	maxBudget = 512 << 10
)

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
