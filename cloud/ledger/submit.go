package ledger

import (
	"context"
	"errors"
	"fmt"

	"xiangyi/protocol"
	"xiangyi/replication/store"
)

// ErrDamaged: what came is no frame of a station, or not as it left it. Nothing
// was done; the station sends it again.
var ErrDamaged = errors.New("ledger: damaged frame")

// Submit puts a station's frame into the ledger as it came, on the leader, and
// answers with a signed receipt when a majority holds it. Frames of one lane may
// be submitted at once in the order of their numbers; the library folds what
// waits into one write. After ErrUnknown, as after any error, the station sends
// it again: what is held already counts once.
func (l *Ledger) Submit(ctx context.Context, raw []byte) (protocol.Receipt, error) {
	if !l.IsLeader() {
		return protocol.Receipt{}, protocol.ErrNotLeader
	}
	if len(raw) > MaxFrame {
		return protocol.Receipt{}, fmt.Errorf("ledger: frame of %d bytes: %w", len(raw), protocol.ErrTooLarge)
	}
	f, err := protocol.DecodeFrame(raw)
	if err != nil || f.Site == County {
		return protocol.Receipt{}, errors.Join(ErrDamaged, err)
	}
	id := laneID{f.Site, f.Incarnation, f.Lane}
	lane, err := l.lane(id)
	if err != nil {
		return protocol.Receipt{}, err
	}
	if f.First+protocol.Seq(f.Count)-1 == lane.Seq && f.Last == lane.Hash { // a repeat of the newest
		return l.receipt(id, protocol.OK, lane)
	}
	v, err := l.submit(ctx, raw)
	if err != nil {
		return protocol.Receipt{}, err
	}
	if v.status == 0 {
		return protocol.Receipt{}, ErrDamaged
	}
	return l.receipt(id, v.status, v.lane)
}

// submit waits for the group no longer than the context lasts.
func (l *Ledger) submit(ctx context.Context, raw []byte) (frameVerdict, error) {
	type outcome struct {
		verdict
		err error
	}
	done := make(chan outcome, 1)
	go func() { // ends by itself: a leader that lost its followers gives up within its lease
		v, err := l.enter(command(frameCommand, raw))
		done <- outcome{v, err}
	}()
	select {
	case o := <-done:
		v, _ := o.verdict.(frameVerdict)
		return v, o.err
	case <-ctx.Done():
		return frameVerdict{}, fmt.Errorf("%w: %w", protocol.ErrUnknown, ctx.Err())
	}
}

func (l *Ledger) receipt(id laneID, status protocol.Status, lane Lane) (protocol.Receipt, error) {
	r := protocol.Receipt{Status: status, Site: id.site, Incarnation: id.inc, Lane: id.lane,
		HighWater: lane.Seq, Hash: lane.Hash, Ledger: lane.Ledger}
	signature, err := l.opts.Keys.Sign(l.opts.Rand, r.Statement())
	if err != nil {
		return protocol.Receipt{}, fmt.Errorf("ledger: sign receipt: %w", err)
	}
	r.Signature = signature
	return r, nil
}

// Receipt says, signed, what this node knows to be held of a lane: the answer
// to a station that asks before it sends.
func (l *Ledger) Receipt(site protocol.Site, inc protocol.Incarnation, lane protocol.Lane) (protocol.Receipt, error) {
	id := laneID{site, inc, lane}
	held, err := l.lane(id)
	if err != nil {
		return protocol.Receipt{}, err
	}
	return l.receipt(id, protocol.OK, held)
}

func (l *Ledger) lane(id laneID) (lane Lane, err error) {
	err = l.shelf.view(func(s *store.Snapshot) error {
		lane, err = readLane(s, id)
		return err
	})
	return lane, err
}

// HighWater is what this node holds of each lane of an incarnation.
func (l *Ledger) HighWater(site protocol.Site, inc protocol.Incarnation) (all [protocol.Lanes]Lane, err error) {
	err = l.shelf.view(func(s *store.Snapshot) error {
		all, err = HighWater(s, site, inc)
		return err
	})
	return all, err
}

// HighWater is Ledger.HighWater within a look that the caller has open.
func HighWater(s *store.Snapshot, site protocol.Site, inc protocol.Incarnation) (all [protocol.Lanes]Lane, err error) {
	for lane := range all {
		if all[lane], err = readLane(s, laneID{site, inc, protocol.Lane(lane)}); err != nil {
			return all, err
		}
	}
	return all, nil
}
