package ledger

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"github.com/hashicorp/raft"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication/store"
)

// errDead answers commands after a failed write: this node does not know what
// it holds and stops. The command itself may well be committed.
var errDead = errors.New("ledger: this node stopped applying")

// machine is the deterministic state machine: equal commands in equal order
// make equal records on every node. It reads no clock and no randomness but the
// nonces of sealed values, which nothing compares.
type machine struct {
	shelf   *shelf
	keys    seal.Keyring
	log     *slog.Logger
	observe func(protocol.HLC) // newest reading of a frame; for the leader's clock only
	applied func()             // after each commit

	mu      sync.Mutex // one writer of the records at a time
	state   applied
	pending pending // mirror of the rows of parked Changes that wait or are ready
	dead    error
	died    chan struct{}

	past past
}

func newMachine(s *shelf, keys seal.Keyring, log *slog.Logger) *machine {
	return &machine{shelf: s, keys: keys, log: log, died: make(chan struct{}),
		observe: func(protocol.HLC) {}, applied: func() {}}
}

// load reads from the records what the machine keeps in memory.
func (m *machine) load() error {
	if err := m.plant(); err != nil {
		return err
	}
	return m.shelf.view(func(s *store.Snapshot) (err error) {
		if m.state, err = readApplied(s); err != nil {
			return err
		}
		m.pending, err = readPending(s)
		return err
	})
}

// Apply implements raft.FSM.
func (m *machine) Apply(l *raft.Log) any { return m.ApplyBatch([]*raft.Log{l})[0] }

// ApplyBatch implements raft.BatchingFSM. The answers are verdicts, or errDead.
func (m *machine) ApplyBatch(logs []*raft.Log) []any {
	opened := m.openAll(logs)
	m.mu.Lock()
	defer m.mu.Unlock()
	answers := make([]any, len(logs))
	if err := m.applyAll(logs, opened, answers); err != nil {
		m.die(err)
	}
	if m.dead != nil {
		for i := range answers {
			answers[i] = errDead
		}
	}
	m.applied()
	return answers
}

// die stops this node: what is in memory may differ from the disk. The host
// ends the process, and it starts again from what is true.
func (m *machine) die(err error) {
	if m.dead == nil {
		m.dead = err
		close(m.died)
		m.log.Error("the ledger stops on this node", "error", err)
	}
}

// stop is die for whoever does not hold the records.
func (m *machine) stop(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.die(err)
}

// failure is why this node stopped.
func (m *machine) failure() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.dead
}

// now is how far the machine has come.
func (m *machine) now() applied {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state
}

// applyAll works the entries off, in as few transactions as their size allows;
// usually one.
func (m *machine) applyAll(logs []*raft.Log, opened []opened, answers []any) error {
	if m.dead != nil {
		return m.dead
	}
	h, err := m.shelf.take()
	if err != nil {
		return err
	}
	defer h.give()
	turn := &turn{machine: m, logs: logs, opened: opened, answers: answers,
		lanes: map[laneID]*Lane{}, moved: map[laneID]bool{}}
	for !turn.finished() {
		state := m.state
		err := h.Update(func(b *store.Batch) error {
			state, err = turn.fill(b, state)
			return err
		})
		if err != nil {
			return fmt.Errorf("ledger: apply entry %d: %w", turn.index(), err)
		}
		m.state = state
		m.past.add(turn.states)
		turn.states = nil
		m.shelf.at("applied")
	}
	return nil
}

// reached remembers that raft trims its log up to an entry that the machine
// never saw, because it is no command.
func (m *machine) reached(index, term uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead != nil {
		return m.dead
	}
	if index <= m.state.Index {
		return nil
	}
	h, err := m.shelf.take()
	if err != nil {
		return err
	}
	defer h.give()
	next := m.state.after(&raft.Log{Index: index, Term: term})
	if err := h.Update(func(b *store.Batch) error { return b.SetMeta(rowApplied, next.encode()) }); err != nil {
		m.die(err)
		return fmt.Errorf("ledger: mark entry %d: %w", index, err)
	}
	m.state = next
	return nil
}

// reindex follows up a changed index, a piece at a time between commands. Index
// rows are each node's own affair: nothing that is compared depends on them.
func (m *machine) reindex(most int) (done bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead != nil {
		return true, nil
	}
	h, err := m.shelf.take()
	if err != nil {
		return true, err
	}
	defer h.give()
	if err = h.Update(func(b *store.Batch) (err error) { done, err = b.Reindex(most); return err }); err != nil {
		m.die(err)
	}
	return done, err
}

// Snapshot implements raft.FSM: there is nothing to write, the records are the
// snapshot.
func (m *machine) Snapshot() (raft.FSMSnapshot, error) { return nothing{}, nil }

type nothing struct{}

func (nothing) Persist(raft.SnapshotSink) error { return nil }
func (nothing) Release()                        {}

// Restore implements raft.FSM: it lets the records that were received count,
// unless those of this node have come further in the meantime.
func (m *machine) Restore(source io.ReadCloser) error {
	in, ok := findStaged(source)
	if !ok {
		return errors.New("ledger: restore: not a received snapshot")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead != nil {
		return m.dead
	}
	if in.meta.Index <= m.state.Index {
		return nil
	}
	if err := in.install(); err != nil {
		return fmt.Errorf("ledger: restore: %w", err)
	}
	if err := m.load(); err != nil {
		m.die(err)
		return fmt.Errorf("ledger: restore: %w", err)
	}
	m.applied()
	return nil
}
