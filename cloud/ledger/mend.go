package ledger

import (
	"errors"
	"fmt"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication"
	"xiangyi/replication/store"
)

// A station compared digests, and the county lacks what its own marks say that
// it holds: a bad block, a defect. The station offers it again, and every node
// takes what it misses. Only below the mark of the lane, so that the journal's
// order and chain stay the sender's matter.

// Mend puts a station's offer into the log, on the leader.
func (l *Ledger) Mend(site protocol.Site, offer []byte) error {
	if !l.IsLeader() {
		return protocol.ErrNotLeader
	}
	b := append(appendText(nil, site), offer...)
	if _, err := decodeMend(l.opts.Keys, b); err != nil {
		return fmt.Errorf("ledger: mend: %w", errors.Join(ErrDamaged, err))
	}
	_, err := l.enter(command(mendCommand, b))
	return err
}

func decodeMend(keys seal.Keyring, b []byte) ([]protocol.Change, error) {
	c := &cutter{b: b}
	site := protocol.Site(c.text())
	if c.bad {
		return nil, errCut
	}
	return replication.Offered(keys, site, c.b)
}

// mendTask applies what an offer holds and this node misses. Each has its place
// in the feed whether it is needed or not, so that all nodes count alike.
type mendTask struct {
	*turn
	o  *opened
	at int
}

func (t *mendTask) step() (bool, error) {
	if t.o.err != nil || t.at >= len(t.o.changes) {
		return true, nil
	}
	c := &t.o.changes[t.at]
	at := cursorOf(t.index(), t.n)
	t.at, t.n = t.at+1, t.n+1
	id := laneID{c.Site, c.Incarnation, c.Lane}
	if c.Lane >= protocol.Lanes || fault(c) != "" {
		return false, nil
	}
	lane, err := t.lane(id)
	if err != nil || c.Seq > lane.Seq {
		return false, err
	}
	parked, err := readParked(t.b.Snapshot, c.Position)
	if err != nil || parked != nil {
		return false, err
	}
	if err = t.b.Apply(c, at, true); errors.Is(err, store.ErrContent) {
		t.log.Warn("an offered change cannot be stored", "position", c.Position.String(), "why", err)
		return false, nil
	}
	return false, err
}

func (t *mendTask) done() int        { return t.at }
func (t *mendTask) verdict() verdict { return plainVerdict{mendCommand, t.o.err == nil} }
