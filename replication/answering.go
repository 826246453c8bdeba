package replication

import (
	"context"
	"errors"
	"io"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication/store"
)

// Answering is a node of the county as stations ask it.
type Answering struct {
	Look   func(context.Context, func(*store.Snapshot) error) error
	Mend   func(site protocol.Site, offer []byte) error // ErrNotLeader: another node may take it
	Ledger Ledger
	Keys   seal.Keyring
	Rand   io.Reader
	Now    func() time.Time
}

// Serve answers a pull as the records are now.
func (n *Answering) Serve(ctx context.Context, p Pull) (a Answer, err error) {
	err = n.Look(ctx, func(s *store.Snapshot) (err error) {
		a, err = Serve(s, n.Ledger, p)
		return err
	})
	return a, err
}

// Pack makes what travels of an answer.
func (n *Answering) Pack(site protocol.Site, a *Answer) ([]byte, error) {
	return PackAnswer(n.Keys, n.Rand, site, n.day(), a)
}

// Compare answers a station whose digest differs from the county's, or that asks
// how far a journal is its own. What it offers goes into the log like a frame. The
// connection says who asks, not the message.
func (n *Answering) Compare(ctx context.Context, site protocol.Site, request []byte) ([]byte, error) {
	q, err := DecodeCompare(request)
	if err != nil {
		return nil, err
	}
	q.Site = site
	var a Compared
	if q.What == AskOffer {
		err = n.Mend(site, q.Offer)
		if errors.Is(err, protocol.ErrNotLeader) {
			a.Status, err = CompareOther, nil
		}
	} else {
		err = n.Look(ctx, func(s *store.Snapshot) (err error) {
			a, err = ServeCompare(s, q)
			return err
		})
	}
	if err != nil {
		return nil, err
	}
	return a.Answer(n.Keys, n.Rand, site, n.day())
}

// AtOnce answers either without waiting for news; news says whether there was some.
func (n *Answering) AtOnce(ctx context.Context, site protocol.Site, request []byte) (answer []byte, news bool, err error) {
	if IsCompare(request) {
		answer, err = n.Compare(ctx, site, request)
		return answer, true, err
	}
	p, err := DecodePull(request)
	if err != nil {
		return nil, false, err
	}
	p.Site = site
	a, err := n.Serve(ctx, p)
	if err != nil {
		return nil, false, err
	}
	answer, err = n.Pack(site, &a)
	return answer, a.More || a.Position > p.Position, err
}

func (n *Answering) day() uint32 { return uint32(n.Now().Unix() / 86400) }
