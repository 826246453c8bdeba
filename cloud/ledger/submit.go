package ledger

import (
	"context"
	"errors"
	"fmt"

	"xiangyi/protocol"
	"xiangyi/replication"
	"xiangyi/replication/store"
)

// ErrDamaged: what came is no frame of a station, or not as it left it. Nothing
// was done; the station sends it again.
var ErrDamaged = errors.New("ledger: damaged frame")

// Submit puts a station's frame into the ledger as it came, on the leader, and
// answers with a signed receipt when a majority holds it. After ErrUnknown, as
// after any error, the station sends it again: what is held already counts once.
func (l *Ledger) Submit(ctx context.Context, raw []byte) (protocol.Receipt, error) {
	wait, err := l.Enter(raw)
	if err != nil {
		return protocol.Receipt{}, err
	}
	return wait(ctx)
}

// Enter is the first half of Submit: the frame has its place in the log when it
// returns, and wait gives the receipt. Who enters the frames of a lane one after
// the other, and waits for them elsewhere, keeps several under way without a gap;
// the log folds what is under way into few writes.
func (l *Ledger) Enter(raw []byte) (wait func(context.Context) (protocol.Receipt, error), err error) {
	if !l.IsLeader() {
		return nil, protocol.ErrNotLeader
	}
	if len(raw) > MaxFrame {
		return nil, fmt.Errorf("ledger: frame of %d bytes: %w", len(raw), protocol.ErrTooLarge)
	}
	f, err := protocol.DecodeFrame(raw)
	if err != nil || f.Site == County {
		return nil, errors.Join(ErrDamaged, err)
	}
	id := laneID{f.Site, f.Incarnation, f.Lane}
	lane, err := l.lane(id)
	if err != nil {
		return nil, err
	}
	if f.First+protocol.Seq(f.Count)-1 == lane.Seq && f.Last == lane.Hash { // a repeat of the newest
		return func(context.Context) (protocol.Receipt, error) { return l.receipt(id, protocol.OK, lane) }, nil
	}
	entered := l.apply(command(frameCommand, raw))
	return func(ctx context.Context) (protocol.Receipt, error) {
		v, err := entered.within(ctx)
		if err != nil {
			return protocol.Receipt{}, err
		}
		held, ok := v.(frameVerdict)
		if !ok || held.status == 0 {
			return protocol.Receipt{}, ErrDamaged
		}
		r, err := l.receipt(id, held.status, held.lane)
		if held.status == protocol.Busy {
			r.RetryAfter = groundTime
		}
		return r, err
	}, nil
}

// groundTime is how many milliseconds a frame waits whose ground has not come: it is
// more urgent, and on its way.
const groundTime = 500

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

// Sites says of stations what pulls are answered with.
var Sites = replication.Ledger{Lanes: lanesOf, Parked: parkedOf}

func lanesOf(s *store.Snapshot, site protocol.Site, inc protocol.Incarnation) (out [protocol.Lanes]protocol.Seq, err error) {
	all, err := HighWater(s, site, inc)
	for i := range all {
		out[i] = all[i].Seq
	}
	return out, err
}

func parkedOf(s *store.Snapshot, site protocol.Site) (out []protocol.Position, err error) {
	prefix := string(append([]byte(site), 0))
	err = s.EachMeta(rowParked+prefix, func(rest string, _ []byte) error {
		c := &cutter{b: []byte(prefix + rest)}
		out = append(out, c.positionKey())
		return c.done()
	})
	return out, err
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
