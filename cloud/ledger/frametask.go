package ledger

import (
	"bytes"
	"errors"

	"github.com/hashicorp/raft"

	"xiangyi/protocol"
	"xiangyi/replication/frame"
)

// frameTask applies a station's frame: what is new of it, in order, each Change
// stored or parked. Nothing in a Change can stop the ones behind it.
type frameTask struct {
	*turn
	in     *opened
	raw    []byte // the frame as it came, for what parks
	id     laneID
	lane   *Lane
	k      int // next Change of the frame
	status protocol.Status
}

func (t *turn) newFrameTask(l *raft.Log, in *opened, done int) (*frameTask, error) {
	f := &in.frame
	task := &frameTask{turn: t, in: in, raw: l.Data[1:], k: done, id: laneID{f.Site, f.Incarnation, f.Lane}}
	if task.damaged() {
		return task, nil
	}
	var err error
	if task.lane, err = t.lane(task.id); err != nil {
		return nil, err
	}
	if done > 0 {
		task.status = protocol.OK
		return task, nil
	}
	task.status, err = task.join()
	return task, err
}

// damaged reports whether the frame proves nothing about its station: then
// nothing of it may move a lane, and the station sends it again.
func (t *frameTask) damaged() bool {
	return t.in.frame.Count == 0 || t.in.frame.Site == County ||
		errors.Is(t.in.err, frame.ErrSealed) || errors.Is(t.in.err, frame.ErrChain) || errors.Is(t.in.err, frame.ErrDictionary)
}

// join compares the frame with what is held of its lane.
func (t *frameTask) join() (protocol.Status, error) {
	f := &t.in.frame
	last := f.First + protocol.Seq(f.Count) - 1
	ground, err := t.ground(f)
	if err != nil || ground == protocol.Fork {
		return ground, err
	}
	status, err := t.continues(f, last)
	if status == protocol.OK && last > t.lane.Seq {
		status = ground
	}
	return status, err
}

// continues compares a frame with the lane alone.
func (t *frameTask) continues(f *protocol.Frame, last protocol.Seq) (protocol.Status, error) {
	switch {
	case f.First > t.lane.Seq+1:
		return protocol.Gap, nil
	case f.First == t.lane.Seq+1:
		return agreed(f.Prev == t.lane.Hash), nil
	case t.in.err != nil: // unreadable, so what overlaps cannot be compared
		return protocol.Gap, nil
	case last < t.lane.Seq:
		return t.compare(&t.in.changes[len(t.in.changes)-1])
	}
	hash := f.Prev
	for i := range t.in.changes {
		if t.in.changes[i].Seq > t.lane.Seq {
			break
		}
		hash = protocol.Chain(hash, &t.in.changes[i])
	}
	return agreed(hash == t.lane.Hash), nil
}

// ground tells whether what a frame rests on in other lanes is what stands here: a
// lane may have come from another box of the same name, and then it is a fork.
// While it did not come, nothing of the frame is taken: another box's Change could
// come under its name, and what waits for a name would take it for its own.
func (t *frameTask) ground(f *protocol.Frame) (protocol.Status, error) {
	status := protocol.OK
	for _, g := range f.Grounds {
		leaves, err := t.b.Leaves(f.Site, f.Incarnation, g.Lane, g.Seq-1, 1)
		if err != nil {
			return 0, err
		}
		if len(leaves) == 1 && leaves[0] != g.Leaf {
			return protocol.Fork, nil
		}
		lane, err := t.turn.lane(laneID{f.Site, f.Incarnation, g.Lane})
		if err != nil {
			return 0, err
		}
		if lane.Seq < g.Seq {
			status = protocol.Busy
		}
	}
	return status, nil
}

func agreed(same bool) protocol.Status {
	if same {
		return protocol.OK
	}
	return protocol.Fork
}

// compare looks at a repeat that ends before the high-water mark: its last
// Change must be the one that is stored. A parked one is not; the station
// compares the receipt's hash with its own journal.
func (t *frameTask) compare(c *protocol.Change) (protocol.Status, error) {
	stored, err := t.b.Change(c.Position)
	if errors.Is(err, protocol.ErrNotFound) {
		return protocol.OK, nil
	}
	if err != nil {
		return 0, err
	}
	return agreed(bytes.Equal(protocol.AppendEnvelope(nil, c), protocol.AppendEnvelope(nil, &stored))), nil
}

func (t *frameTask) step() (bool, error) {
	switch {
	case t.status != protocol.OK:
		return true, nil
	case t.in.err != nil:
		return true, t.parkWhole()
	case t.k == len(t.in.changes):
		return true, nil
	}
	c := &t.in.changes[t.k]
	if c.Seq > t.lane.Seq {
		if err := t.take(c, t.in.faults[t.k]); err != nil {
			return true, err
		}
		t.move(t.id, Lane{Seq: c.Seq, Hash: protocol.Chain(t.lane.Hash, c), Ledger: t.here(), HLC: max(t.lane.HLC, c.HLC)})
		t.observe(c.HLC)
	}
	t.k++
	return t.k == len(t.in.changes), nil
}

// take applies a Change or parks it. Either way the lane moves past it.
func (t *frameTask) take(c *protocol.Change, fault string) error {
	if fault != "" {
		return t.park(c.Position, parked{reason: ReasonContent, words: fault})
	}
	missing, err := t.missing(c)
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		return t.park(c.Position, parked{reason: ReasonWaits, waits: missing})
	}
	words, err := t.apply(c)
	if err != nil || words == "" {
		return err
	}
	return t.park(c.Position, parked{reason: ReasonContent, words: words})
}

// here is the newest place in the ledger, for a receipt.
func (t *frameTask) here() protocol.Cursor {
	return max(t.lane.Ledger, cursorOf(t.index(), max(t.n-1, 0)))
}

// park keeps the frame as it came, with the place of a Change in it.
func (t *frameTask) park(pos protocol.Position, row parked) error {
	row.frame, row.n = t.index(), uint16(pos.Seq-t.in.frame.First)
	row.since = cursorOf(row.frame, t.n)
	return t.turn.park(pos, row, t.raw)
}

// parkWhole parks all of a frame that is the station's own but cannot be read:
// its software and ours disagree. The hash that it claims is believed; should
// the next frame name another, the station forks, and nothing is lost.
func (t *frameTask) parkWhole() error {
	f := &t.in.frame
	for n := range f.Count {
		pos := t.id.at(f.First + protocol.Seq(n))
		if err := t.park(pos, parked{reason: ReasonFrame, words: t.in.err.Error()}); err != nil {
			return err
		}
	}
	t.move(t.id, Lane{Seq: f.First + protocol.Seq(f.Count) - 1, Hash: f.Last, Ledger: t.here(), HLC: t.lane.HLC})
	t.k = int(f.Count)
	return nil
}

func (t *frameTask) done() int { return t.k }

func (t *frameTask) verdict() verdict {
	if t.lane == nil { // damaged
		return frameVerdict{}
	}
	return frameVerdict{t.status, *t.lane}
}
