package ledger

import (
	"errors"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication/store"
)

// batchTask applies the county's own Changes: the longest run of them of which
// nothing that they read has changed since. The rest runs again.
type batchTask struct {
	*turn
	in      *opened
	county  protocol.Incarnation
	order   []*protocol.Change // through all frames
	prev    []seal.Digest      // for each Change the hash that its frame names before it, if it is the first
	applied int
	why     batchEnd
}

func (t *turn) newBatchTask(in *opened, done int) (*batchTask, error) {
	county, err := readCounty(t.b.Snapshot)
	if err != nil {
		return nil, err
	}
	b := &batchTask{turn: t, in: in, county: county, applied: done}
	if in.err != nil {
		b.why = batchDamaged
		return b, nil
	}
	for p := range in.parts {
		for i := range in.parts[p].changes {
			prev := seal.Digest{}
			if i == 0 {
				prev = in.parts[p].frame.Prev
			}
			b.order, b.prev = append(b.order, &in.parts[p].changes[i]), append(b.prev, prev)
		}
	}
	return b, nil
}

func (t *batchTask) step() (bool, error) {
	if t.why != batchWhole || t.applied == len(t.order) {
		return true, nil
	}
	c := t.order[t.applied]
	id := laneOf(c.Position)
	lane, err := t.lane(id)
	if err != nil {
		return true, err
	}
	ok, err := t.stands(c, lane)
	if err != nil {
		return true, err
	}
	if !ok {
		t.why = batchConflict
		return true, nil
	}
	at := cursorOf(t.index(), t.n)
	switch err := t.b.Apply(c, at, true); {
	case errors.Is(err, store.ErrContent):
		t.why = batchContent
		return true, nil
	case err != nil:
		return true, err
	}
	if err := t.tree.add(t.b, c, at); err != nil {
		return true, err
	}
	t.move(id, Lane{Seq: c.Seq, Hash: protocol.Chain(lane.Hash, c), Ledger: at, HLC: max(lane.HLC, c.HLC)})
	t.n++
	t.applied++
	return t.applied == len(t.order), nil
}

// stands reports whether a Change continues the county's journal, its key is
// new, and all that it read is as it was.
func (t *batchTask) stands(c *protocol.Change, lane *Lane) (bool, error) {
	prev := t.prev[t.applied]
	if c.Site != County || c.Incarnation != t.county || c.Seq != lane.Seq+1 || !prev.IsZero() && prev != lane.Hash {
		return false, nil
	}
	if _, used, err := t.b.KeyUsed(c.Key); used || err != nil {
		return false, err
	}
	return t.b.Unchanged(t.in.reads[t.applied])
}

func (t *batchTask) done() int        { return t.applied }
func (t *batchTask) verdict() verdict { return batchVerdict{t.applied, t.why} }
