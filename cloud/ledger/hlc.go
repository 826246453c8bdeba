package ledger

import (
	"fmt"
	"sync"
	"time"

	"xiangyi/protocol"
	"xiangyi/replication/store"
)

// mostAhead is how far a station's clock may pull the county's.
const mostAhead = time.Minute

// hlc is the county's hybrid clock at this node. It is wound when the node
// takes over, and follows what stations wrote within reason.
type hlc struct {
	mu   sync.Mutex
	last protocol.HLC
	seen protocol.HLC // newest of a station, not yet followed
}

// observe remembers a station's reading. The state machine calls it; following
// it is the leader's affair, who has a wall clock.
func (h *hlc) observe(r protocol.HLC) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seen = r
}

func (h *hlc) next(now time.Time) protocol.HLC {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last = h.last.Observe(h.seen, now, mostAhead).Next(now)
	return h.last
}

func (h *hlc) wind(to protocol.HLC) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last = max(h.last, to)
}

// windClock sets the clock behind all that the county wrote under earlier
// leaders.
func (l *Ledger) windClock() error {
	err := l.shelf.view(func(s *store.Snapshot) error {
		inc, err := readCounty(s)
		for lane := protocol.Lane(0); lane < protocol.Lanes && err == nil; lane++ {
			var tail Lane
			if tail, err = readLane(s, laneID{County, inc, lane}); err == nil {
				l.clock.wind(tail.HLC)
			}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("wind clock: %w", err)
	}
	return nil
}
