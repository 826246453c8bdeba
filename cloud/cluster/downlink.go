package cluster

import (
	"context"
	"errors"
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
	if replication.IsCompare(request) {
		return n.compare(ctx, site, request)
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
		var a replication.Answer
		err := n.ledger.Snapshot(ctx, func(s *store.Snapshot) (err error) {
			a, err = replication.Serve(s, ledger.Sites, p)
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

// compare answers a station whose digest differs from the county's. What it
// offers goes into the log like a frame; only the leader takes it.
func (n *Node) compare(ctx context.Context, site protocol.Site, request []byte) ([]byte, error) {
	q, err := replication.DecodeCompare(request)
	if err != nil {
		return nil, err
	}
	q.Site = site // the connection says who asks, not the message
	var a replication.Compared
	if q.What == replication.AskOffer {
		if a.Status, err = n.mend(q); err != nil {
			return nil, err
		}
	} else {
		err = n.ledger.Snapshot(ctx, func(s *store.Snapshot) (err error) {
			a, err = replication.ServeCompare(s, q)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return a.Answer(n.keys, n.Rand, site, uint32(n.Now().Unix()/86400))
}

// mend hands an offer to the ledger. A node that does not lead says that the
// station should ask again: another one may answer.
func (n *Node) mend(q replication.Compare) (replication.CompareStatus, error) {
	err := n.ledger.Mend(q.Site, q.Offer)
	if errors.Is(err, protocol.ErrNotLeader) {
		return replication.CompareOther, nil
	}
	return replication.CompareOK, err
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
