package replication

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication/store"
)

// Shelf is what a Downlink needs of a station's store. store.DB is one.
type Shelf interface {
	Lines() ([]store.Line, error)
	Incarnation() protocol.Incarnation
	Position() (protocol.Cursor, error)
	AsOf() (protocol.Cursor, error)
	Scopes() []protocol.Scope
	NextWalks(again bool, most int) ([]store.Walk, error)
	Digest() (sum protocol.Digest, whole bool, err error)
	Absorb(store.Arrival) error
	Frozen() bool
	Thaw(context.Context) error
	Disown(context.Context, protocol.Incarnation, map[protocol.Incarnation]store.Common) error
	Since(protocol.Incarnation) ([]protocol.Incarnation, error)
	Disputed() []protocol.Incarnation
	Leaves(inc protocol.Incarnation, lane protocol.Lane, after protocol.Seq, most int) ([]protocol.Digest, error)
	Changed() <-chan struct{}
	Ledgers
}

// Puller is how a Downlink reaches the county. replication/link is one.
type Puller interface {
	Pull(ctx context.Context, request []byte) ([]byte, error)
}

// Downlink pulls what is new in a station's scopes.
type Downlink struct {
	Site   protocol.Site
	Shelf  Shelf
	Line   Puller
	Keys   seal.Keyring
	Log    *slog.Logger
	Rand   io.Reader
	Budget uint32 // bytes of one answer
	// Alarm hears of each difference that was found; nil: nobody does.
	Alarm func(context.Context, Difference)
	Now   func() time.Time // nil: time.Now
	// Apart says that Line takes a second request while one is under way. Without
	// it the second waits for its turn.
	Apart bool
	// MostWalks is how many scopes one pull names; 0: 64, two kilobytes of question.
	MostWalks int

	ahead      *question // a walk that was asked for before the answer of now came
	mu         sync.Mutex
	state      Fresh
	dictionary uint32
	walk       uint32           // bytes that an answer to a walk may have
	again      bool             // every scope is walked again, after a tail was lost
	differs    *protocol.Cursor // digests differed there, and nobody looked for it yet
	apart      time.Time        // since when the county sees another following; zero: it does not
	patience   time.Duration    // before that has every scope walked again
	looked     time.Time        // when a difference was last looked for; zero since digests were equal
}

// Fresh is what the station knows of its own freshness.
type Fresh struct {
	Heard    time.Time // of the last answer; zero: none since the start
	Level    bool      // the last answer had nothing more
	Compared bool      // digests were compared at Position
	Equal    bool      // and were equal
	Position protocol.Cursor
}

// Fresh gives a copy.
func (d *Downlink) Fresh() Fresh {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state
}

// overdue reports whether the county has named another following for a while,
// though nothing else is to come: a Follow that the one side knows may never have
// reached the other. The walks that answer it become rarer.
func (d *Downlink) overdue() bool {
	now := d.now()
	if d.apart.IsZero() {
		d.apart, d.patience = now, max(d.patience, lookPause)
	}
	if now.Sub(d.apart) < d.patience {
		return false
	}
	d.apart, d.patience = now, min(2*d.patience, 24*time.Hour)
	return true
}

// lookPause is how long a difference that looking for it did not end is left
// alone: what another site alone can heal is not asked for all day.
const lookPause = 10 * time.Minute

// Dictionary is the newest that the county said it knows; 0 before it spoke.
func (d *Downlink) Dictionary() uint32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dictionary
}

// pullTime is how long an answer may take: the county holds a pull until there
// is news.
const pullTime = 32 * time.Second

// Run pulls until the context ends. The network is never fatal, the disk is.
func (d *Downlink) Run(ctx context.Context) error {
	d.Begin()
	for fails := 0; ; {
		more, err := d.Step(ctx)
		var disk *DiskError
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &disk):
			return err
		case err != nil:
			d.Log.Debug("pull not answered", "err", err)
			if err := wait(ctx, nil, patience(fails, d.Rand)); err != nil {
				return err
			}
			fails++
			continue
		}
		fails = 0
		if !more {
			// The county answers when there is news or its patience ends; a
			// breath keeps a fault there from becoming a storm here.
			if err := wait(ctx, nil, 20*time.Millisecond); err != nil {
				return err
			}
		}
	}
}

// Begin and Step are Run's steps, for a host whose time is not that of this
// process. Begin decides whether scopes are walked again.
func (d *Downlink) Begin() { d.again = d.Shelf.Frozen() }

// Step is one answer and what it brings. more: there is more to ask for at once.
func (d *Downlink) Step(ctx context.Context) (more bool, err error) {
	if disputed := d.Shelf.Disputed(); len(disputed) > 0 {
		d.drop()
		return true, d.fork(ctx, disputed[0])
	}
	if at := d.differs; at != nil {
		d.drop()
		err := d.narrow(ctx, *at)
		if err == nil || errors.Is(err, errOther) {
			d.differs = nil // the next answers compare again
		}
		return true, err
	}
	f, err := d.depart(ctx)
	if err != nil {
		return false, &DiskError{err}
	}
	defer f.end()
	b, took, err := f.answer()
	d.learn(&f.pull, took, err)
	if err == nil {
		more, err = d.land(ctx, &f.pull, b)
	}
	if err != nil {
		d.drop()
	}
	return more || d.ahead != nil, err
}

func (d *Downlink) land(ctx context.Context, p *Pull, b []byte) (more bool, err error) {
	a, err := UnpackAnswer(d.Keys, d.Site, b)
	if err != nil {
		return false, err
	}
	d.mu.Lock()
	d.dictionary = a.Dictionary
	d.mu.Unlock()
	if len(a.Walks) == 0 {
		d.drop() // the position moves
	}
	return a.More, d.take(ctx, p, &a)
}

// day is that of the line key.
func (d *Downlink) day() uint32 { return uint32(d.now().Unix() / 86400) }

func (d *Downlink) now() time.Time { return clock(d.Now) }

// take applies an answer.
func (d *Downlink) take(ctx context.Context, p *Pull, a *Answer) error {
	arrival := store.Arrival{From: p.Position, Position: a.Position, AsOf: a.AsOf, Held: a.Held, Waits: a.Waits}
	if len(a.Walks) > 0 {
		arrival.Walked = a.Changes
		arrival.Walks = append(d.restart(), a.Walks...)
	} else {
		arrival.Changes = a.Changes
	}
	err := d.Shelf.Absorb(arrival)
	var forked *store.Forked
	switch {
	case errors.As(err, &forked):
		return d.fork(ctx, forked.Incarnation)
	case errors.Is(err, store.ErrDisk):
		return &DiskError{err}
	case err != nil:
		return err
	}
	return d.compare(ctx, p, a)
}

// restart begins every walk anew, once, when the journal could not prove its
// tail: what the county has and this disk lost comes back that way.
func (d *Downlink) restart() []store.Walk {
	if !d.again {
		return nil
	}
	d.again = false
	var out []store.Walk
	for _, s := range d.Shelf.Scopes() {
		out = append(out, store.Walk{Scope: s})
	}
	return out
}

// compare sets the digests side by side when both speak of the same scopes at
// the same position. A difference is an alarm, and narrowed down; healing is a
// union, never a deletion.
func (d *Downlink) compare(ctx context.Context, p *Pull, a *Answer) error {
	fresh := Fresh{Heard: d.now(), Level: !a.More, Position: a.Position}
	sum, whole, err := d.Shelf.Digest()
	if err != nil {
		return &DiskError{err}
	}
	whole = whole && d.follows() == p.Follows // a following may end while the answer is under way
	if a.Compared && whole {
		fresh.Compared, fresh.Equal = true, sum == a.Digest
	}
	d.mu.Lock()
	if !fresh.Compared {
		fresh.Compared, fresh.Equal = d.state.Compared && fresh.Position == d.state.Position, d.state.Equal
	}
	d.state = fresh
	d.mu.Unlock()
	if a.More || a.Compared || !whole || a.AsOf > a.Position {
		d.apart = time.Time{}
	} else if d.overdue() {
		d.again = true
	}
	switch {
	case !fresh.Compared || !a.Compared:
		return nil
	case !fresh.Equal:
		if d.now().Sub(d.looked) >= lookPause {
			d.differs, d.looked = &a.Position, d.now()
		}
		return nil
	}
	d.looked, d.patience = time.Time{}, 0
	if d.Shelf.Frozen() {
		if err := d.Shelf.Thaw(ctx); err != nil {
			return &DiskError{err}
		}
	}
	return nil
}
