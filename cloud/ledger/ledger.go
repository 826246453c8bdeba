package ledger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"

	"xiangyi/protocol"
	"xiangyi/replication/store"
)

// Ledger is one node of the county. Reads are answered from its own disk; what
// is written goes through the leader. All methods may be called at once.
type Ledger struct {
	opts    Options
	log     *slog.Logger
	shelf   *shelf
	machine *machine
	node    *node
	group   group // the node's, or a simulation's

	inline  bool // no goroutine proposes: each order is a batch of its own
	orders  chan *order
	halted  chan struct{} // closed when nobody proposes any more
	stopped chan struct{} // closed when Close begins
	serving atomic.Uint64 // term in which this node leads and answers; 0 otherwise
	leading atomic.Uint64 // term in which it leads and holds all of the past
	clock   hlc
	grown   signal
	fresh   chan struct{} // something may need reindexing

	watchers watchers
	closing  sync.Once
	closed   error
}

var _ protocol.Store = (*Ledger)(nil)

// Open makes this node ready to take part. Nothing is promised by it alone: the
// group answers when a majority runs.
func Open(o Options) (*Ledger, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Clock == nil {
		o.Clock = func() protocol.ClockState { return protocol.ClockState{} }
	}
	o.Timeouts = o.Timeouts.orDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("ledger: make directory: %w", err)
	}
	l := &Ledger{opts: o, log: o.Log.With("node", o.Node), orders: make(chan *order, mostOrders),
		halted: make(chan struct{}), stopped: make(chan struct{}), fresh: make(chan struct{}, 1)}
	if err := l.open(); err != nil {
		return nil, err
	}
	return l, nil
}

func (l *Ledger) open() (err error) {
	if l.shelf, err = openShelf(l.opts.Dir, l.openRecords, l.step); err != nil {
		return err
	}
	l.machine = newMachine(l.shelf, l.opts.Keys, l.log)
	l.machine.observe = l.clock.observe
	l.machine.applied = l.committed
	if err := l.machine.load(); err != nil {
		return errors.Join(err, l.shelf.close())
	}
	snaps := &snapshots{shelf: l.shelf, machine: l.machine}
	if l.node, err = start(&l.opts, l.machine, snaps); err != nil {
		return errors.Join(err, l.shelf.close())
	}
	l.group = l.node.Raft
	return nil
}

// coreOptions gives no kinds: what is in force is what the ledger says, the
// same on every node whatever its version.
func (l *Ledger) coreOptions(dir string) store.CoreOptions {
	return store.CoreOptions{Dir: dir, Site: County, Keys: l.opts.Keys, Rand: l.opts.Rand, Authority: true,
		Small: l.opts.Small, Log: l.log}
}

func (l *Ledger) openRecords(dir string) (*store.Core, error) {
	return store.OpenCore(l.coreOptions(dir))
}

// step is where a test looks at the disk as a crash would leave it.
func (l *Ledger) step(name string) {
	if l.opts.step != nil {
		l.opts.step(name)
	}
}

// committed tells those who wait that the records have grown.
func (l *Ledger) committed() {
	l.grown.fire()
	select {
	case l.fresh <- struct{}{}:
	default:
	}
}

// Run takes part until the context ends or this node's disk fails, and waits for
// what it started. Close is still to be called.
func (l *Ledger) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var work sync.WaitGroup
	work.Go(func() { l.lead(ctx) })
	work.Go(func() { l.propose(ctx) })
	work.Go(func() { l.keepIndexed(ctx) })
	work.Go(func() { l.learn(ctx) })
	var err error
	select {
	case <-ctx.Done():
		err = ctx.Err()
	case <-l.stopped:
		err = protocol.ErrClosed
	case <-l.machine.died:
		err = l.machine.failure()
	}
	cancel()
	work.Wait()
	return err
}

// keepIndexed brings index rows up to a kind that changed, a piece at a time.
func (l *Ledger) keepIndexed(ctx context.Context) {
	const piece = 200
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.fresh:
		}
		for ctx.Err() == nil && l.reindexing() {
			if done, err := l.machine.reindex(piece); done || err != nil {
				break
			}
		}
	}
}

func (l *Ledger) reindexing() (yes bool) {
	err := l.shelf.view(func(s *store.Snapshot) error {
		yes = s.Reindexing()
		return nil
	})
	return yes && err == nil
}

// Close leaves the group and closes the records, after those who read are done.
// It may be called twice.
func (l *Ledger) Close() error {
	l.closing.Do(func() {
		close(l.stopped)
		l.closed = errors.Join(l.node.close(), l.shelf.close())
	})
	return l.closed
}
