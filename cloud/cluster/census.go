package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"xiangyi/protocol/seal"
)

// A census compares the nodes' states. Each follower tells the leader, every few
// seconds, what its state is after its newest command. A node that differs from a
// majority stops itself, and says so: it may have shown and given out what is not so,
// and it must not lead.

// ErrDiverged ends a node whose records are not those of a majority.
var ErrDiverged = errors.New("this node's records are not those of a majority: keep its directory for whoever looks into it, and let the node rejoin with an empty one")

const (
	censusTime  = 5 * time.Second
	censusStale = 6 * censusTime // a report that is older says nothing of now
)

// report is what a follower tells.
type report struct {
	Node    string
	Command uint64
	Hash    seal.Digest
}

// finding is the leader's answer.
type finding string

const (
	findingSame    finding = "same"
	findingUnknown finding = "unknown" // the leader cannot compare at that command
	findingDiffers finding = "differs" // and no majority is known
	findingOdd     finding = "odd"     // from a majority
)

// census is what the leader knows of the others.
type census struct {
	nodes int // in the county, the leader among them

	mu      sync.Mutex
	agrees  map[string]time.Time
	differs map[string]time.Time
}

func newCensus(nodes int) *census {
	return &census{nodes: nodes, agrees: map[string]time.Time{}, differs: map[string]time.Time{}}
}

// take compares a report with the leader's own state at that command. An error means
// that it is the leader who is odd.
func (c *census) take(r report, own seal.Digest, known bool, now time.Time) (finding, error) {
	if !known {
		return findingUnknown, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if own == r.Hash {
		c.agrees[r.Node] = now
		delete(c.differs, r.Node)
		return findingSame, nil
	}
	c.differs[r.Node] = now
	delete(c.agrees, r.Node)
	fresh := func(all map[string]time.Time) (n int) {
		for _, at := range all {
			if now.Sub(at) < censusStale {
				n++
			}
		}
		return n
	}
	switch majority := c.nodes/2 + 1; {
	case 1+fresh(c.agrees) >= majority:
		return findingOdd, nil
	case fresh(c.differs) >= majority:
		return findingDiffers, fmt.Errorf("%w (at command %d)", ErrDiverged, r.Command)
	}
	return findingDiffers, nil
}

// told answers a follower, on the leader.
func (n *Node) told(request []byte) ([]byte, error) {
	var r report
	if err := json.Unmarshal(request, &r); err != nil {
		return nil, fmt.Errorf("report of another node: %w", err)
	}
	own, known := n.ledger.StateAt(r.Command)
	f, err := n.census.take(r, own, known, n.Now())
	if f == findingDiffers || f == findingOdd {
		n.Log.Error("a node holds other records", "node", r.Node, "command", r.Command, "finding", string(f))
	}
	if err != nil {
		select {
		case n.odd <- err:
		default: // it was told already
		}
	}
	return json.Marshal(f)
}

// compare tells the leader this node's state from time to time, and ends when this
// node must stop.
func (n *Node) compare(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-n.odd:
			return err
		case <-time.After(censusTime):
		}
		if n.ledger.IsLeader() {
			continue
		}
		var r report
		r.Node = n.Node()
		if r.Command, r.Hash = n.ledger.State(); r.Command == 0 {
			continue
		}
		raw, err := json.Marshal(r)
		if err != nil {
			return err
		}
		asking, cancel := context.WithTimeout(ctx, censusTime)
		answer, err := n.gate.Ask(asking, "state", raw)
		cancel()
		var f finding
		if err != nil || json.Unmarshal(answer, &f) != nil {
			continue // there is no leader now, or not one of this version
		}
		if f == findingOdd {
			return fmt.Errorf("%w (at command %d)", ErrDiverged, r.Command)
		}
	}
}
