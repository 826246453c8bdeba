package ledger

import (
	"encoding/binary"
	"maps"
	"slices"
	"strconv"
	"strings"

	"xiangyi/protocol"
)

// A station that lost a part of its journal, or journaled it again elsewhere, says
// where the lanes of the old one end. What waits for something behind that waits
// no longer.

// ended takes in what a Change says of its site's earlier incarnations.
func (t *turn) ended(c *protocol.Change) error {
	for i := range c.Writes {
		var e protocol.Ended
		if c.Writes[i].Ref.Kind != protocol.KindEnded || protocol.Decode(c.Writes[i].Value, &e) != nil || e.Site != c.Site {
			continue
		}
		inc, err := strconv.ParseUint(e.Incarnation, 36, 64)
		if err != nil {
			continue // nothing that is waited for has such a name
		}
		for lane, tail := range e.Tails {
			if err := t.endLane(laneID{e.Site, protocol.Incarnation(inc), protocol.Lane(lane)}, tail); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *turn) endLane(id laneID, tail protocol.Seq) error {
	if end, known, err := t.laneEnd(id); err != nil || known && end <= tail {
		return err
	}
	if err := t.b.SetMeta(rowEnded+id.key(), binary.BigEndian.AppendUint64(nil, uint64(tail))); err != nil {
		return err
	}
	waited := slices.SortedFunc(maps.Keys(t.pending.waits), func(a, b protocol.Position) int {
		return strings.Compare(positionKey(a), positionKey(b))
	})
	for _, dep := range waited {
		if laneOf(dep) == id && dep.Seq > tail {
			if err := t.release(dep); err != nil {
				return err
			}
		}
	}
	return nil
}

// laneEnd is where a site said that a lane ends.
func (t *turn) laneEnd(id laneID) (end protocol.Seq, known bool, err error) {
	b, err := t.b.Meta(rowEnded + id.key())
	if b == nil || err != nil {
		return 0, false, err
	}
	c := &cutter{b: b}
	end = protocol.Seq(c.u64())
	return end, true, c.done()
}
