package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
)

// Options opens a station's store. Of CoreOptions, Dir is the station's data
// directory: the records, the witness and the ballast live in it.
type Options struct {
	CoreOptions
	Now     func() time.Time
	Clock   func() protocol.ClockState             // nil: never suspect
	Witness string                                 // file of the witness; "": in Dir. Better on another disk
	Free    func() (free, total uint64, err error) // nil: the file system of Dir
	Ballast int64                                  // bytes; 0: 64 MiB, negative: none
	// Inline has each call store in its caller's goroutine, and nothing happen
	// between calls but what Tidy does: for simulations that must run again alike.
	Inline bool
}

// DB is a station's protocol.Store, the journal of what was done there, and
// what came down the line. It is safe for concurrent use.
type DB struct {
	opts    Options
	core    *Core
	witness *witness
	space   *space

	queue   chan *job
	quit    chan struct{} // closed by Close
	stopped chan struct{} // closed when the committer ended
	closing sync.Once
	closed  error

	end   journal       // the committer's own
	last  atomic.Uint64 // cursor of the newest feed item
	state atomic.Pointer[condition]

	watch struct {
		sync.Mutex
		changed chan struct{}
	}
	disputed []protocol.Incarnation // under watch's lock
	follow   following
	leaving  leaving // the committer's own
	inline   sync.Mutex
}

var _ protocol.Store = (*DB)(nil)

// condition is under which number this station writes, and whether something
// is wrong with it.
type condition struct {
	incarnation protocol.Incarnation
	alarm       protocol.Code
}

// Open opens or creates a station's store: it finds or mints the incarnation,
// checks the journal against its witness, and finishes index rows that an update
// of the software asks for. A lost tail is no error: the station must go on.
// Frozen and Alarm say so.
func Open(o Options) (*DB, error) {
	o.CoreOptions = quiet(o.CoreOptions)
	if o.Now == nil {
		return nil, errors.New("open store: Now is required")
	}
	if o.Clock == nil {
		o.Clock = func() protocol.ClockState { return protocol.ClockState{} }
	}
	d := &DB{opts: o, queue: make(chan *job, maxRound), quit: make(chan struct{}), stopped: make(chan struct{})}
	d.watch.changed = make(chan struct{})
	if err := d.open(); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if o.Inline {
		close(d.stopped)
	} else {
		go d.run()
	}
	return d, nil
}

func (d *DB) open() (err error) {
	core := d.opts.CoreOptions
	path := d.opts.Witness
	if core.Dir != "" {
		if err := os.MkdirAll(core.Dir, 0o700); err != nil {
			return err
		}
		if path == "" {
			path = filepath.Join(core.Dir, "witness")
		}
		core.Dir = filepath.Join(core.Dir, "records")
	} else {
		path = ""
	}
	d.space = openSpace(&d.opts)
	if d.core, err = OpenCore(core); err != nil {
		return err
	}
	if core.Dir == "" && core.Disk != nil {
		d.witness = readWitness(&core.Disk.witness, core.Site)
	} else if d.witness, err = openWitness(path, core.Site); err != nil {
		return errors.Join(err, d.core.Close())
	}
	if err = d.recover(); err != nil {
		return errors.Join(err, d.witness.close(), d.core.Close())
	}
	return nil
}

// recover brings memory up to what the disk says.
func (d *DB) recover() error {
	if err := d.findIncarnation(); err != nil {
		return err
	}
	if err := d.loadJournal(); err != nil {
		return err
	}
	if err := d.witness.write(d.end.testimony()); err != nil {
		return err
	}
	if err := d.finishFork(); err != nil {
		return err
	}
	for done := false; !done; {
		err := d.core.Update(func(b *Batch) (err error) { done, err = b.Reindex(reindexStep); return err })
		if err != nil {
			return err
		}
	}
	if err := d.loadLeaving(); err != nil {
		return err
	}
	if err := d.sayEnded(); err != nil {
		return err
	}
	return d.core.View(d.now(), protocol.ClockState{}, func(s *Snapshot) error {
		d.last.Store(uint64(s.Last()))
		return d.follow.load(s)
	})
}

// Close ends the committer, answers what waits with ErrClosed, and closes the
// files. It may be called twice.
func (d *DB) Close() error {
	d.closing.Do(func() {
		close(d.quit)
		<-d.stopped
		d.closed = errors.Join(d.core.Close(), d.witness.close())
	})
	return d.closed
}

// Failed is closed when a write failed. Every call then gives ErrDisk, and the
// host ends the process.
func (d *DB) Failed() <-chan struct{} { return d.core.Failed() }

func (d *DB) now() time.Time { return d.opts.Now().UTC() }

// clock is the host's, but suspect while custody is frozen: nothing that other
// places rely on may be sold then.
func (d *DB) clock() protocol.ClockState {
	c := d.opts.Clock()
	c.Suspect = c.Suspect || d.Frozen()
	return c
}

// View implements protocol.Store.
func (d *DB) View(ctx context.Context, look func(protocol.Reader) error) error {
	return d.Snapshot(ctx, func(s *Snapshot) error { return look(s) })
}

// Snapshot is View with all that a Snapshot offers.
func (d *DB) Snapshot(ctx context.Context, look func(*Snapshot) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return d.core.View(d.now(), d.clock(), look)
}

// look is a Snapshot for a question that nobody gives up on.
func (d *DB) look(look func(*Snapshot) error) error { return d.Snapshot(context.Background(), look) }

// Do implements protocol.Store. The Change is on this disk and witnessed (A0)
// when it returns. Once an order was taken up, it is answered whatever ctx says.
func (d *DB) Do(ctx context.Context, o protocol.Order, act func(protocol.Tx) error) (protocol.Change, error) {
	return d.submit(ctx, &job{work: func(r *round) (protocol.Change, error) { return r.do(o, act) }})
}

// Note implements protocol.Store. A repeated key is answered like Do's.
func (d *DB) Note(ctx context.Context, o protocol.Order, outcome protocol.Outcome, code protocol.Code) (protocol.Change, error) {
	return d.submit(ctx, &job{work: func(r *round) (protocol.Change, error) { return r.note(o, outcome, code) }})
}

// Next implements protocol.Feed.
func (d *DB) Next(ctx context.Context, after protocol.Cursor, most int, open func(*protocol.Change) bool) ([]protocol.Item, error) {
	for {
		changed := d.Changed()
		var items []protocol.Item
		if d.Last() > after {
			err := d.Snapshot(ctx, func(s *Snapshot) (err error) { items, err = s.FeedAfter(after, most, open); return err })
			if err != nil || len(items) > 0 {
				return items, err
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-d.stopped:
			return nil, protocol.ErrClosed
		case <-d.core.Failed():
			return nil, d.core.Err()
		}
	}
}

// Last implements protocol.Feed.
func (d *DB) Last() protocol.Cursor { return protocol.Cursor(d.last.Load()) }

// Changed is closed after the next commit: new journal entries, receipts,
// arrivals. Take it before looking, then wait on it.
func (d *DB) Changed() <-chan struct{} {
	d.watch.Lock()
	defer d.watch.Unlock()
	return d.watch.changed
}

func (d *DB) wake() {
	d.watch.Lock()
	defer d.watch.Unlock()
	close(d.watch.changed)
	d.watch.changed = make(chan struct{})
}

// Incarnation is the one under which this station writes now.
func (d *DB) Incarnation() protocol.Incarnation { return d.state.Load().incarnation }

// Tail is the last Change of a lane of this incarnation, and the chain hash.
func (d *DB) Tail(lane protocol.Lane) (seq protocol.Seq, hash seal.Digest, err error) {
	err = d.look(func(s *Snapshot) (err error) {
		seq, hash, err = s.Tail(s.Site(), d.Incarnation(), lane)
		return err
	})
	return seq, hash, err
}
