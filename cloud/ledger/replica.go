package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/raft"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication"
	"xiangyi/replication/store"
)

// Group is what a node needs of consensus to lead.
type Group interface {
	// Propose puts a command into the log and gives this node's answer when a
	// majority holds it. ErrNotLeader: it never entered. ErrUnknown: it may have.
	Propose(command []byte) (answer any, err error)
	// Settle is nil when nothing that was proposed before can happen any more
	// without having been applied here.
	Settle() error
	// Leads reports whether this node leads, and in which term.
	Leads() (term uint64, yes bool)
}

// Replica is a node of the county without the consensus library, the network
// and the goroutines around it: the state machine, and what a leader does, a
// step at a time. Simulations move it by hand.
type Replica struct{ ledger *Ledger }

// OpenReplica opens the records on a disk in memory. Of the options Dir, Bind,
// Peers and Transport are not looked at.
func OpenReplica(o Options, disk *store.Disk, g Group) (*Replica, error) {
	l := &Ledger{opts: o, log: o.Log, stopped: make(chan struct{}), halted: make(chan struct{}), inline: true}
	if l.opts.Clock == nil {
		l.opts.Clock = func() protocol.ClockState { return protocol.ClockState{} }
	}
	l.opts.Timeouts = o.Timeouts.orDefaults()
	core := l.coreOptions("")
	core.Disk = disk
	records, err := store.OpenCore(core)
	if err != nil {
		return nil, fmt.Errorf("ledger: open records: %w", err)
	}
	l.shelf = &shelf{at: func(string) {}}
	l.shelf.current = l.shelf.hold(records, "")
	l.group = stepped{g}
	l.machine = newMachine(l.shelf, o.Keys, l.log)
	l.machine.observe = l.clock.observe
	l.machine.applied = l.grown.fire
	if err := l.machine.load(); err != nil {
		return nil, errors.Join(err, l.shelf.close())
	}
	return &Replica{l}, nil
}

// Apply applies one entry of the log. The answer is for whoever proposed it; an
// error means that this node must stop.
func (r *Replica) Apply(index, term uint64, command []byte) (answer any, err error) {
	answer = r.ledger.machine.Apply(&raft.Log{Index: index, Term: term, Type: raft.LogCommand, Data: command})
	return answer, r.ledger.machine.failure()
}

// Tidy brings index rows up to their kinds.
func (r *Replica) Tidy() error {
	if !r.ledger.reindexing() {
		return nil
	}
	_, err := r.ledger.machine.reindex(200)
	return err
}

// TakeOver makes a node that was elected serve.
func (r *Replica) TakeOver(ctx context.Context) error {
	term, _ := r.ledger.group.(stepped).Leads()
	if err := r.ledger.prepare(ctx, term); err != nil {
		return err
	}
	r.ledger.serving.Store(term)
	return nil
}

// Applied is the newest entry in the records; nodes of equal command have equal
// hashes.
func (r *Replica) Applied() (index, command uint64, hash seal.Digest) {
	a := r.ledger.machine.now()
	return a.Index, a.Command, a.Hash
}

// Submit is Ledger.Submit.
func (r *Replica) Submit(ctx context.Context, frame []byte) (protocol.Receipt, error) {
	return r.ledger.Submit(ctx, frame)
}

// Do is Ledger.Do.
func (r *Replica) Do(ctx context.Context, o protocol.Order, act func(protocol.Tx) error) (protocol.Change, error) {
	return r.ledger.Do(ctx, o, act)
}

// Store is the county's store, as its Engine has it.
func (r *Replica) Store() protocol.Store { return r.ledger }

// Snapshot is Ledger.Snapshot.
func (r *Replica) Snapshot(ctx context.Context, look func(*store.Snapshot) error) error {
	return r.ledger.Snapshot(ctx, look)
}

// Mend is Ledger.Mend.
func (r *Replica) Mend(site protocol.Site, offer []byte) error { return r.ledger.Mend(site, offer) }

// Quarantine is Ledger.Quarantine, Violations Ledger.Violations.
func (r *Replica) Quarantine() ([]Parked, error) { return r.ledger.Quarantine() }

// Sites is Sites, for who may not name this package.
func (r *Replica) Sites() replication.Ledger { return Sites }

// group is what the ledger asks of the consensus library while it leads.
type group interface {
	Apply(command []byte, wait time.Duration) raft.ApplyFuture
	Barrier(wait time.Duration) raft.Future
	State() raft.RaftState
	CurrentTerm() uint64
}

// stepped is a Group in the consensus library's words.
type stepped struct{ Group }

func (g stepped) Apply(command []byte, _ time.Duration) raft.ApplyFuture {
	answer, err := g.Propose(command)
	if errors.Is(err, protocol.ErrNotLeader) {
		err = raft.ErrNotLeader
	}
	return settled{answer, err}
}

func (g stepped) Barrier(time.Duration) raft.Future { return settled{err: g.Settle()} }

func (g stepped) State() raft.RaftState {
	if _, leads := g.Leads(); leads {
		return raft.Leader
	}
	return raft.Follower
}

func (g stepped) CurrentTerm() uint64 {
	term, _ := g.Leads()
	return term
}

// settled is a future that is over.
type settled struct {
	answer any
	err    error
}

func (s settled) Error() error  { return s.err }
func (s settled) Response() any { return s.answer }
func (s settled) Index() uint64 { return 0 }
