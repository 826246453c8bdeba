package cluster

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"xiangyi/cloud/gateway"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/fleet"
	"xiangyi/protocol/care/media"
	"xiangyi/replication/blobs"
	"xiangyi/replication/store"
)

// openBlobs opens this node's large bytes. The county has no budget but its
// disks: what it said it holds it keeps.
func (n *Node) openBlobs() (err error) {
	dir := filepath.Join(n.Dir, "blobs")
	n.blobs, err = blobs.Open(blobs.Options{Dir: dir, Keys: n.keys, Rand: n.Rand, Now: n.Now, Log: n.Log,
		Free: func() (uint64, uint64, error) { return store.FreeSpace(n.Dir) }})
	return err
}

// peers are the lines to the other nodes.
func (n *Node) peers() []blobs.Line {
	var out []blobs.Line
	for _, p := range n.Peers {
		if p.ID != n.Node() {
			out = append(out, within{gateway.Peer{Gateway: n.gate, Node: p.ID}, peerTime})
		}
	}
	return out
}

const peerTime = 5 * time.Second

// within bounds each request of a line.
type within struct {
	blobs.Line
	most time.Duration
}

func (w within) Ask(ctx context.Context, request []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, w.most)
	defer cancel()
	return w.Line.Ask(ctx, request)
}

// peerBlobs answers another node: one node's word is for itself alone.
func (n *Node) peerBlobs(ctx context.Context, request []byte) []byte {
	return (&blobs.Keeper{Store: n.blobs}).Answer(ctx, request)
}

// stationBlobs answers a station while this node leads. A station carries only
// what a photo's record lets it; the record may still be on its way, and then the
// station asks again. That a majority holds the blob is a Change before it is an
// answer.
func (n *Node) stationBlobs(ctx context.Context, site string, request []byte) ([]byte, error) {
	ref, reads, err := blobs.RefOf(request)
	if err != nil {
		return nil, fmt.Errorf("blobs: %w", err)
	}
	var about []care.ID
	offered := false
	err = n.ledger.View(ctx, func(r protocol.Reader) error {
		if offered, err = fleet.Offered(r, ref.String()); err != nil || offered {
			return err
		}
		about, err = media.Carries(r, protocol.Site(site), ref.String(), reads)
		return err
	})
	if err != nil {
		return nil, err
	}
	if offered && reads {
		return (&blobs.Keeper{Store: n.blobs, Peers: n.peers()}).Answer(ctx, request), nil
	}
	if len(about) == 0 {
		return blobs.Refused, nil
	}
	reply := (&blobs.Keeper{Store: n.blobs, Peers: n.peers()}).Answer(ctx, request)
	if !blobs.SaysHeld(reply) {
		return reply, nil
	}
	for _, id := range about {
		if err := n.hold(ctx, id); err != nil {
			n.Log.Warn("a blob is held, but not on record", "err", err)
			return blobs.Trouble, nil
		}
	}
	return reply, nil
}

func (n *Node) hold(ctx context.Context, id care.ID) error {
	input, err := protocol.Encode(media.Which{Media: id})
	if err != nil {
		return err
	}
	_, err = n.local.Do(ctx, care.Request{Actor: care.Machine("blobs"), Name: media.Hold, Input: input, Key: "held:" + string(id)})
	return err
}

// carry brings to this node what the others hold: a majority had it when the
// county said so, and every node should.
func (n *Node) carry(ctx context.Context) error {
	cursor := n.ledger.Last()
	c := blobs.Courier{
		Mover: blobs.Mover{Store: n.blobs, Line: others(n.peers()), Quiet: func(ctx context.Context) error { return ctx.Err() }},
		Look: func(ctx context.Context) (out []blobs.Errand, err error) {
			cursor = n.ledger.Last()
			err = n.ledger.View(ctx, func(r protocol.Reader) error {
				errands, err := media.Errands(r, "")
				for _, e := range errands {
					out = append(out, blobs.Errand(e))
				}
				if err != nil {
					return err
				}
				packages, err := fleet.Packages(r)
				for _, ref := range packages {
					out = append(out, blobs.Errand{Ref: ref})
				}
				return err
			})
			return out, err
		},
		Wait: func(ctx context.Context, fails int) error {
			if fails > 0 {
				return backOff(ctx, fails)
			}
			_, err := n.ledger.Next(ctx, cursor, 1, func(c *protocol.Change) bool { return c.Action == media.Hold || c.Action == fleet.Publish })
			return err
		},
		Log: n.Log,
	}
	for {
		// A node that is new, or behind, does not know the index of photos yet.
		if err := c.Run(ctx); ctx.Err() == nil {
			n.Log.Info("blobs begin again", "err", err)
		}
		if err := backOff(ctx, carryAgain); err != nil {
			return err
		}
	}
}

const carryAgain = 4 // a second and a half

// others asks each of several nodes until one has an answer.
type others []blobs.Line

func (o others) Ask(ctx context.Context, request []byte) ([]byte, error) {
	err := errors.New("there is no other node")
	reply := []byte(nil)
	for _, l := range o {
		b, failed := l.Ask(ctx, request)
		if failed == nil && !blobs.IsUnknown(b) {
			return b, nil
		}
		if failed == nil {
			reply = b
		}
		err = failed
	}
	if reply != nil {
		return reply, nil
	}
	return nil, err
}
