package ledger

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"
)

// A voter that lost its disk has forgotten what it acknowledged. If it voted
// again at once, it and a node that lags behind could elect a leader without
// entries that a quorum once held. So it comes back as an apprentice: it follows
// the log or takes an image, but neither votes nor stands for election until it
// holds an entry that the present leader committed in its own term, which stands
// behind everything that was ever acknowledged. A file marks the time, so that a
// restart does not end it.
const rejoinName = "REJOIN"

var errApprentice = errors.New("this node lost its disk and does not vote yet")

// apprenticed reports whether this node must come back as an apprentice, and
// marks it.
func apprenticed(o *Options, fresh bool) (bool, error) {
	name := filepath.Join(o.Dir, rejoinName)
	_, err := os.Stat(name)
	if err == nil {
		return true, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("ledger: look for %s: %w", rejoinName, err)
	}
	if !o.Rejoin || !fresh {
		return false, nil
	}
	if err := errors.Join(os.WriteFile(name, nil, 0o600), syncDir(o.Dir)); err != nil {
		return false, fmt.Errorf("ledger: mark %s: %w", rejoinName, err)
	}
	return true, nil
}

// apprentice is a transport that keeps votes from passing until it is released.
type apprentice struct {
	raft.Transport
	in   chan raft.RPC
	free atomic.Bool

	mu     sync.Mutex
	leader raft.AppendEntriesRequest // newest word of a leader: term and commit index

	stop context.CancelFunc
	work sync.WaitGroup
}

func newApprentice(t raft.Transport) *apprentice {
	ctx, stop := context.WithCancel(context.Background())
	a := &apprentice{Transport: t, in: make(chan raft.RPC), stop: stop}
	a.work.Go(func() { a.pass(ctx) })
	return a
}

func (a *apprentice) pass(ctx context.Context) {
	from := a.Transport.Consumer()
	for {
		select {
		case <-ctx.Done():
			return
		case rpc := <-from:
			if a.withheld(rpc) {
				continue
			}
			select {
			case a.in <- rpc:
			case <-ctx.Done():
				return
			}
		}
	}
}

// withheld answers what an apprentice has no say in.
func (a *apprentice) withheld(rpc raft.RPC) bool {
	if a.free.Load() {
		return false
	}
	switch c := rpc.Command.(type) {
	case *raft.RequestVoteRequest:
		rpc.Respond(&raft.RequestVoteResponse{}, nil)
	case *raft.RequestPreVoteRequest:
		rpc.Respond(&raft.RequestPreVoteResponse{}, nil)
	case *raft.TimeoutNowRequest:
		rpc.Respond(nil, errApprentice)
	case *raft.AppendEntriesRequest:
		a.mu.Lock()
		a.leader.Term, a.leader.LeaderCommitIndex = c.Term, c.LeaderCommitIndex
		a.mu.Unlock()
		return false
	default:
		return false
	}
	return true
}

// Consumer implements raft.Transport.
func (a *apprentice) Consumer() <-chan raft.RPC { return a.in }

// RequestVote implements raft.Transport.
func (a *apprentice) RequestVote(id raft.ServerID, at raft.ServerAddress, q *raft.RequestVoteRequest, r *raft.RequestVoteResponse) error {
	if !a.free.Load() {
		return errApprentice
	}
	return a.Transport.RequestVote(id, at, q, r)
}

// RequestPreVote implements raft.WithPreVote.
func (a *apprentice) RequestPreVote(id raft.ServerID, at raft.ServerAddress, q *raft.RequestPreVoteRequest, r *raft.RequestPreVoteResponse) error {
	t, ok := a.Transport.(raft.WithPreVote)
	if !ok || !a.free.Load() {
		return errApprentice
	}
	return t.RequestPreVote(id, at, q, r)
}

// Close implements raft.WithClose.
func (a *apprentice) Close() error {
	a.stop()
	a.work.Wait()
	if t, ok := a.Transport.(raft.WithClose); ok {
		return t.Close()
	}
	return nil
}

// learned reports whether the node holds all that was ever acknowledged.
func (n *node) learned() bool {
	a := n.apprentice
	a.mu.Lock()
	term, commit := a.leader.Term, a.leader.LeaderCommitIndex
	a.mu.Unlock()
	var entry raft.Log
	return commit > 0 && n.AppliedIndex() >= commit && n.log.GetLog(commit, &entry) == nil && entry.Term == term
}

// learn ends the apprenticeship when it may end.
func (l *Ledger) learn(ctx context.Context) {
	if l.node.apprentice == nil {
		return
	}
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for !l.node.learned() {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
	if err := os.Remove(filepath.Join(l.opts.Dir, rejoinName)); err != nil {
		l.log.Error("this node goes on without a vote", "error", err)
		return
	}
	l.node.apprentice.free.Store(true)
	l.log.Info("this node votes again")
}
