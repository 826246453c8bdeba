package store

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
)

// CoreOptions says where records live and for whom.
type CoreOptions struct {
	Dir   string // of Badger alone; "" keeps everything in memory
	Disk  *Disk  // the memory; nil: a new one
	Site  protocol.Site
	Keys  seal.Keyring
	Rand  io.Reader // nonces of sealed values
	Kinds []protocol.KindSpec
	// Authority lets this site take custody by force, by raising the fence: the
	// county.
	Authority bool
	Small     bool // the profile of a box with 2 GB
	Log       *slog.Logger
}

// Core holds the records of one site. Reads may run at once; Update is serial.
type Core struct {
	opts  CoreOptions
	index []byte // key of tokens
	db    engine

	writing sync.Mutex // one Update at a time
	specs   atomic.Pointer[specSet]

	state   sync.Mutex
	closing bool
	broken  error
	failed  chan struct{}
	users   sync.WaitGroup
}

// OpenCore opens or creates the records. Kinds whose spec differs from the
// stored one are noted for Reindex; until that is done, a new index answers
// ErrNoIndex rather than half of the records.
func OpenCore(o CoreOptions) (*Core, error) {
	if !o.Site.Valid() || o.Keys == nil || o.Rand == nil {
		return nil, errors.New("open records: site, keys and randomness are required")
	}
	o = quiet(o)
	db, err := openEngine(o)
	if err != nil {
		return nil, fmt.Errorf("open records: %w: %w", ErrDisk, err)
	}
	c := &Core{opts: o, index: o.Keys.Index(), db: db, failed: make(chan struct{})}
	if err := c.Update(func(b *Batch) error { return b.respecifyAll() }); err != nil {
		return nil, errors.Join(fmt.Errorf("open records: %w", err), db.close())
	}
	return c, nil
}

// quiet gives the options a log if they have none.
func quiet(o CoreOptions) CoreOptions {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Close waits for running looks and ends. It may be called twice.
func (c *Core) Close() error {
	c.state.Lock()
	again := c.closing
	c.closing = true
	c.state.Unlock()
	if again {
		return nil
	}
	c.users.Wait()
	if err := c.db.close(); err != nil {
		return fmt.Errorf("close records: %w: %w", ErrDisk, err)
	}
	return nil
}

// Failed is closed when a write failed; Err says how. The host ends the process.
func (c *Core) Failed() <-chan struct{} { return c.failed }

// Err is why the records can no longer be trusted, or nil.
func (c *Core) Err() error {
	c.state.Lock()
	defer c.state.Unlock()
	return c.broken
}

// Site is whose records these are.
func (c *Core) Site() protocol.Site { return c.opts.Site }

// View runs look against one snapshot. now and clock are what the snapshot
// answers when asked for the time.
func (c *Core) View(now time.Time, clock protocol.ClockState, look func(*Snapshot) error) error {
	if err := c.enter(); err != nil {
		return err
	}
	defer c.users.Done()
	txn := c.db.begin(false)
	defer txn.discard()
	s, err := c.snapshot(txn)
	if err != nil {
		return err
	}
	s.now, s.clock = now, clock
	return look(s)
}

// Update runs change and commits what it wrote in one fsynced transaction. An
// error of change stores nothing and is given back as it is. When the commit
// fails the error is ErrDisk, and so is every later call's.
func (c *Core) Update(change func(*Batch) error) error {
	if err := c.enter(); err != nil {
		return err
	}
	defer c.users.Done()
	c.writing.Lock()
	defer c.writing.Unlock()
	txn := c.db.begin(true)
	defer txn.discard()
	s, err := c.snapshot(txn)
	if err != nil {
		return err
	}
	b := &Batch{Snapshot: s, digests: map[protocol.Scope]protocol.Digest{}}
	s.batch = b
	if err := change(b); err != nil {
		return err
	}
	if err := b.finish(); err != nil {
		return err
	}
	if err := txn.commit(); err != nil {
		return c.fail(fmt.Errorf("commit: %w: %w", ErrDisk, err))
	}
	if b.respecified || c.specs.Load() == nil {
		c.specs.Store(b.specs)
	}
	return nil
}

// Room says how much one Update can hold: bytes and rows as Batch.Size counts.
func (c *Core) Room() (bytes, rows int) {
	return c.db.room()
}

// enter admits a user unless the records are closing or broken.
func (c *Core) enter() error {
	c.state.Lock()
	defer c.state.Unlock()
	switch {
	case c.broken != nil:
		return c.broken
	case c.closing:
		return protocol.ErrClosed
	}
	c.users.Add(1)
	return nil
}

func (c *Core) fail(err error) error {
	c.state.Lock()
	defer c.state.Unlock()
	if c.broken == nil {
		c.broken = err
		close(c.failed)
		c.opts.Log.Error("records are no longer trusted", "error", err)
	}
	return err
}

func (c *Core) snapshot(txn transaction) (*Snapshot, error) {
	s := &Snapshot{core: c, txn: txn}
	return s, s.loadSpecs()
}
