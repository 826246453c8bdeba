package ledger

import (
	"encoding/binary"
	"runtime"
	"sync"

	"github.com/hashicorp/raft"

	"xiangyi/protocol"
	"xiangyi/replication/frame"
	"xiangyi/replication/store"
)

// opened is an entry of the log as the cores made it ready: opened, decompressed
// and checked, which needs no records.
type opened struct {
	frame   protocol.Frame
	changes []protocol.Change
	faults  []string // for each Change, why it cannot be applied; "" it may
	parts   []part
	reads   []store.Reads
	err     error
}

// openAll opens the entries, each core its share.
func (m *machine) openAll(logs []*raft.Log) []opened {
	out := make([]opened, len(logs))
	var work sync.WaitGroup
	share := make(chan int, len(logs))
	for i := range logs {
		share <- i
	}
	close(share)
	for range min(len(logs), runtime.GOMAXPROCS(0)) {
		work.Go(func() {
			for i := range share {
				out[i] = m.open(logs[i])
			}
		})
	}
	work.Wait()
	return out
}

func (m *machine) open(l *raft.Log) (o opened) {
	if l.Type != raft.LogCommand || len(l.Data) == 0 {
		return o
	}
	switch commandKind(l.Data[0]) {
	case frameCommand:
		if o.frame, o.err = protocol.DecodeFrame(l.Data[1:]); o.err == nil {
			o.changes, o.err = frame.Unpack(m.keys, &o.frame)
		}
		o.faults = make([]string, len(o.changes))
		for i := range o.changes {
			o.faults[i] = fault(&o.changes[i])
		}
	case batchCommand:
		o.parts, o.reads, o.err = decodeBatch(m.keys, l.Data[1:])
	case mendCommand:
		o.changes, o.err = decodeMend(m.keys, l.Data[1:])
	}
	return o
}

// turn is one ApplyBatch under way. It may need several transactions, and keeps
// its place between them.
type turn struct {
	*machine
	b       *store.Batch // the transaction of the moment
	logs    []*raft.Log
	opened  []opened
	answers []any
	at      int  // entry under way
	task    task // its work, nil before the first step
	n       int  // next place in the feed within the entry
	marked  bool // its progress was stored

	lanes  map[laneID]*Lane             // as far as this turn moved or asked for them
	moved  map[laneID]bool              // to be written
	frames map[uint64][]protocol.Change // of parked Changes, opened again
	tree   tree                         // the proof log
	states []applied                    // after each command of this transaction
}

// task is the work of one command, a Change at a time, so that a transaction can
// end between any two of them.
type task interface {
	step() (done bool, err error)
	done() int // how far it came, to go on there after a crash
	verdict() verdict
}

// mostPlaces bounds the places that one entry takes in the feed: a cursor has
// 16 bits for them. What is ready beyond waits for the next command.
const mostPlaces = 60_000

func (t *turn) finished() bool { return t.at == len(t.logs) }

func (t *turn) index() uint64 {
	if t.finished() {
		return 0
	}
	return t.logs[t.at].Index
}

// fill works entries off until the transaction is full. It gives the state to
// store with it.
func (t *turn) fill(b *store.Batch, state applied) (applied, error) {
	t.b = b
	for !t.finished() && !b.Full() {
		next, done, err := t.entry(state)
		if err != nil {
			return state, err
		}
		if !done {
			break
		}
		state = next
		t.at, t.task, t.n = t.at+1, nil, 0
	}
	if err := t.tree.save(b); err != nil {
		return state, err
	}
	return state, b.SetMeta(rowApplied, state.encode())
}

// entry works one entry off, or as much of it as fits.
func (t *turn) entry(state applied) (applied, bool, error) {
	l := t.logs[t.at]
	switch {
	case l.Index <= state.Index: // before a restart, or within a snapshot
		return state, true, nil
	case l.Type == raft.LogConfiguration:
		return state.after(l), true, t.b.SetMeta(rowMembers, members{l.Index, l.Data}.encode())
	case l.Type != raft.LogCommand:
		return state.after(l), true, nil
	}
	if t.task == nil {
		if err := t.begin(l); err != nil {
			return state, false, err
		}
	}
	done, err := t.work()
	if err != nil {
		return state, false, err
	}
	if err := t.saveLanes(); err != nil {
		return state, false, err
	}
	if !done {
		t.marked = true
		return state, false, t.b.SetMeta(rowProgress, progress{l.Index, t.task.done(), t.n}.encode())
	}
	if t.marked {
		t.marked = false
		if err := t.b.SetMeta(rowProgress, nil); err != nil {
			return state, false, err
		}
	}
	v := t.task.verdict()
	t.answers[t.at] = v
	next := state.next(l, v)
	t.states = append(t.states, next)
	return next, true, nil
}

// work takes steps until the command is done or the transaction full. Parked
// Changes that have become ready go first: they stand right behind what they
// waited for.
func (t *turn) work() (done bool, err error) {
	for !t.b.Full() {
		if p, ok := t.pending.nextReady(); ok && t.n < mostPlaces {
			if err := t.again(p); err != nil {
				return false, err
			}
			continue
		}
		if done {
			return true, nil
		}
		if done, err = t.task.step(); err != nil {
			return false, err
		}
	}
	return false, nil
}

// begin makes the task of a command, and puts it where a crash left it.
func (t *turn) begin(l *raft.Log) (err error) {
	var p progress
	if p, err = readProgress(t.b.Snapshot); err != nil {
		return err
	}
	if t.marked = p.index == l.Index; !t.marked {
		p = progress{}
	}
	t.n = p.n
	kind := commandKind(0)
	if len(l.Data) > 0 {
		kind = commandKind(l.Data[0])
	}
	switch kind {
	case frameCommand:
		t.task, err = t.newFrameTask(l, &t.opened[t.at], p.done)
	case batchCommand:
		t.task, err = t.newBatchTask(&t.opened[t.at], p.done)
	case foundCommand:
		t.task = &foundTask{turn: t, c: cutter{b: l.Data[1:]}, did: p.done > 0}
	case retryCommand:
		t.task = &retryTask{turn: t, c: cutter{b: l.Data[1:]}, did: p.done > 0}
	case mendCommand:
		t.task = &mendTask{turn: t, o: &t.opened[t.at], at: p.done}
	case asideCommand:
		t.task = &asideTask{turn: t, c: cutter{b: l.Data[1:]}, did: p.done > 0}
	default: // of a newer version, or nothing at all: the same no on every node
		t.task = unknownTask{kind}
	}
	return err
}

// lane gives how far a lane is, this turn's own steps included.
func (t *turn) lane(id laneID) (*Lane, error) {
	if l := t.lanes[id]; l != nil {
		return l, nil
	}
	l, err := readLane(t.b.Snapshot, id)
	if err != nil {
		return nil, err
	}
	t.lanes[id] = &l
	return &l, nil
}

// move sets a lane one Change further, or past several that parked.
func (t *turn) move(id laneID, to Lane) {
	*t.lanes[id] = to
	t.moved[id] = true
}

func (t *turn) saveLanes() error {
	for id := range t.moved {
		if err := t.b.SetMeta(rowLane+id.key(), t.lanes[id].encode()); err != nil {
			return err
		}
	}
	clear(t.moved)
	return nil
}

func cursorOf(index uint64, n int) protocol.Cursor { return protocol.Cursor(index<<16 | uint64(n)) }

// progress is how far a command came that did not fit into one transaction.
type progress struct {
	index   uint64
	done, n int
}

func (p progress) encode() []byte {
	b := binary.BigEndian.AppendUint64(nil, p.index)
	b = binary.BigEndian.AppendUint64(b, uint64(p.done))
	return binary.BigEndian.AppendUint64(b, uint64(p.n))
}

func readProgress(s *store.Snapshot) (progress, error) {
	b, err := s.Meta(rowProgress)
	if b == nil || err != nil {
		return progress{}, err
	}
	c := &cutter{b: b}
	p := progress{c.u64(), int(c.u64()), int(c.u64())}
	return p, c.done()
}
