package cluster

import (
	"context"
	"time"

	"xiangyi/cloud/ledger"
	"xiangyi/protocol"
	"xiangyi/replication"
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
	answering := n.answering()
	if replication.IsCompare(request) {
		return answering.Compare(ctx, site, request)
	}
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
		a, err := answering.Serve(ctx, p)
		if err != nil {
			return nil, err
		}
		// News is also that a station which walked has come to where digests mean something.
		news := a.More || len(a.Changes) > 0 || len(a.Walks) > 0 || p.AsOf > 0 && p.Position < p.AsOf && a.Position >= p.AsOf
		// That the ledger went on without the station is news too, but patient.
		stale := a.Position > p.Position && n.Now().Sub(began) >= levelTime
		if news || stale || waiting.Err() != nil {
			return answering.Pack(site, &a)
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

func (n *Node) answering() *replication.Answering {
	return &replication.Answering{Look: n.ledger.Snapshot, Mend: n.ledger.Mend, Ledger: ledger.Sites, Keys: n.keys, Rand: n.Rand, Now: n.Now}
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
