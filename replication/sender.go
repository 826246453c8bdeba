package replication

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication/frame"
	"xiangyi/replication/store"
)

// Journal is what a Sender needs of a station's store. store.DB is one.
type Journal interface {
	// Lines lists every lane of every incarnation, the oldest first: what an
	// earlier incarnation did not send yet still leaves.
	Lines() ([]store.Line, error)
	// JournalOf gives Changes after a Seq with their values, at least one if
	// there is one, and the chain hash before the first.
	JournalOf(inc protocol.Incarnation, lane protocol.Lane, after protocol.Seq, most, maxBytes int) ([]protocol.Change, seal.Digest, error)
	// Leaves gives the first 8 bytes of the leaves of Changes after a Seq.
	Leaves(inc protocol.Incarnation, lane protocol.Lane, after protocol.Seq, most int) ([]protocol.Digest, error)
	// Receipt remembers what the county holds, durably.
	Receipt(protocol.Receipt) error
	// Dispute notes that the county holds another journal under an incarnation:
	// the Downlink ends it.
	Dispute(protocol.Incarnation)
	// Changed is closed when the journal grows after the call.
	Changed() <-chan struct{}
}

// Line is how a Sender reaches the county. replication/link is one.
type Line interface {
	Submit(ctx context.Context, frame []byte) (protocol.Receipt, error)
}

// Verifier checks the county's signature on a receipt.
type Verifier interface{ Verify(msg, sig []byte) error }

// Sender sends some lanes of a journal over one connection. The lanes of
// another Sender that must go first are its Before: while they have something
// waiting, this one sends nothing.
type Sender struct {
	Journal Journal
	Line    Line
	Lanes   []protocol.Lane // most urgent first
	Before  []protocol.Lane
	Keys    seal.Keyring
	County  Verifier
	Rand    io.Reader
	Log     *slog.Logger
	// Dictionary is the newest of the line's dictionaries that the county said it
	// knows. Nil: only the oldest is known.
	Dictionary func() uint32
	Now        func() time.Time // nil: time.Now

	flow    flow
	results chan result
	fork    map[line]bool // lanes that stop until their incarnation is ended
	mu      sync.Mutex
	last    time.Time
}

// line names a lane of an incarnation.
type line struct {
	inc  protocol.Incarnation
	lane protocol.Lane
}

// State is how the sending stands, for the screens.
type State struct {
	LastReceipt time.Time // zero: none since the start
}

// State of the sending.
func (s *Sender) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return State{s.last}
}

// Departure is a frame that leaves. It is to be answered with Land, within its
// patience.
type Departure struct {
	Frame    []byte
	Patience time.Duration
	flight   *flight
}

// result is the end of a frame's flight.
type result struct {
	Departure
	receipt protocol.Receipt
	err     error
}

// Run sends until the context ends. It gives back only the context's error, or
// the disk's: the network is never fatal, the disk always is.
func (s *Sender) Run(ctx context.Context) error {
	s.results = make(chan result)
	s.Begin()
	var flying sync.WaitGroup
	defer flying.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for {
		changed := s.Journal.Changed()
		err := s.Fill(func(d Departure) { flying.Go(func() { s.fly(ctx, d) }) })
		if err != nil {
			return err
		}
		if len(s.flow.flights) > 0 {
			changed = s.whenRoom(changed)
		}
		if err := s.rest(ctx, changed); err != nil {
			return err
		}
	}
}

// fly waits for the answer to a frame.
func (s *Sender) fly(ctx context.Context, d Departure) {
	one, cancel := context.WithTimeout(ctx, d.Patience)
	defer cancel()
	r, err := s.Line.Submit(one, d.Frame)
	select {
	case s.results <- result{d, r, err}:
	case <-ctx.Done():
	}
}

// Begin, Fill and Land are Run's steps, for a host whose time and line are not
// those of this process. Begin forgets what was under way.
func (s *Sender) Begin() { s.flow.begin() }

// whenRoom keeps growth of the journal from waking a sender whose line is full.
func (s *Sender) whenRoom(changed <-chan struct{}) <-chan struct{} {
	if !s.flow.room(s.now(), true) {
		return nil
	}
	return changed
}

// rest waits for something to do: an answer, news in the journal, the end of a
// pause.
func (s *Sender) rest(ctx context.Context, changed <-chan struct{}) error {
	pause := idlePause
	if d := s.flow.until.Sub(s.now()); d > 0 {
		pause, changed = d, nil
	}
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case r := <-s.results:
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return s.Land(r.Departure, r.receipt, r.err)
	case <-changed:
	case <-t.C:
	}
	return nil
}

// Fill packs the frames that there is room for, and hands each to launch.
func (s *Sender) Fill(launch func(Departure)) error {
	for {
		next, waiting, err := s.next()
		if err != nil {
			return &DiskError{err}
		}
		if !waiting || !s.flow.room(s.now(), next.Lane == s.Lanes[0]) {
			return nil
		}
		d, err := s.pack(next)
		var disk *DiskError
		if errors.As(err, &disk) {
			return err
		}
		if err != nil { // a defect of ours: the journal is whole, and other lanes go on
			s.Log.Error("frame cannot be packed", "lane", int(next.Lane), "err", err)
			s.flow.until = s.now().Add(patience(s.flow.fails, s.Rand))
			s.flow.fails++
			return nil
		}
		launch(d)
	}
}

// Land acts on the end of a frame's flight.
func (s *Sender) Land(d Departure, r protocol.Receipt, err error) error {
	now, x := s.now(), d.flight
	if err == nil {
		err = s.take(x, r)
	}
	var disk *DiskError
	switch {
	case errors.As(err, &disk):
		return err
	case err != nil:
		s.Log.Debug("frame not answered", "lane", int(x.line.lane), "err", err)
		s.flow.failed(x, now, patience(s.flow.fails, s.Rand))
	case r.Status == protocol.Busy:
		s.flow.failed(x, now, time.Duration(max(r.RetryAfter, 50))*time.Millisecond)
	default:
		s.flow.landed(x, now)
		s.flow.credit = int(r.Credit)
	}
	return nil
}

// idlePause bounds how long a missed wake-up could delay a Change.
const idlePause = 5 * time.Second

// patience grows from a quarter of a second to fifteen, with jitter.
func patience(fails int, random io.Reader) time.Duration {
	most := min(15*time.Second, 250*time.Millisecond<<min(fails, 6))
	var b [2]byte
	_, _ = io.ReadFull(random, b[:]) // without it the pause is the shorter one
	return most/2 + most/2*time.Duration(binary.BigEndian.Uint16(b[:]))/(1<<16)
}

func (s *Sender) now() time.Time { return clock(s.Now) }

// clock reads a clock that may be the process's own.
func clock(now func() time.Time) time.Time {
	if now == nil {
		return time.Now()
	}
	return now()
}

func wait(ctx context.Context, wake <-chan struct{}, most time.Duration) error {
	t := time.NewTimer(most)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-wake:
	case <-t.C:
	}
	return nil
}

// DiskError is a failure to write at this site. The process must end.
type DiskError struct{ Err error }

func (e *DiskError) Error() string { return "disk: " + e.Err.Error() }
func (e *DiskError) Unwrap() error { return e.Err }

// next is the most urgent lane with something that the county does not hold;
// none while a lane that goes before has something waiting.
func (s *Sender) next() (best store.Line, found bool, err error) {
	lines, err := s.Journal.Lines()
	if err != nil {
		return store.Line{}, false, err
	}
	rank, order := len(s.Lanes), ordered{}
	for _, l := range lines {
		if order.waits(l) {
			continue
		}
		if l.Tail <= l.Held || s.fork[line{l.Incarnation, l.Lane}] {
			continue
		}
		if slices.Contains(s.Before, l.Lane) {
			return store.Line{}, false, nil
		}
		if l.Held = s.flow.after(line{l.Incarnation, l.Lane}, l.Held); l.Tail <= l.Held {
			continue // all of it is under way
		}
		if r := slices.Index(s.Lanes, l.Lane); r >= 0 && r < rank {
			best, found, rank = l, true, r
		}
	}
	return best, found, nil
}

// pack makes the next frame of a lane.
func (s *Sender) pack(l store.Line) (Departure, error) {
	changes, prev, err := s.Journal.JournalOf(l.Incarnation, l.Lane, l.Held, protocol.MaxFrameCount, s.flow.budget())
	if err != nil {
		return Departure{}, &DiskError{err}
	}
	if len(changes) == 0 {
		return Departure{}, &DiskError{fmt.Errorf("journal of lane %d says %d is not its end, and gives nothing after it", l.Lane, l.Held)}
	}
	// The day picks a line key that the county has; the journal's own clock
	// decides, so that a frame packed again is sealed under the same key.
	day := uint32(changes[0].HLC.Time().Unix() / 86400)
	grounds, err := s.grounds(changes)
	if err != nil {
		return Departure{}, &DiskError{err}
	}
	how := frame.Packing{Dictionary: s.dictionary(), Dense: s.flow.thin(), Grounds: grounds}
	f, err := frame.Pack(s.Keys, s.Rand, day, how, prev, changes)
	if err != nil {
		return Departure{}, err
	}
	b := protocol.AppendFrame(nil, &f)
	s.flow.packed(changes, len(b))
	x := s.flow.left(line{l.Incarnation, l.Lane}, f.First, changes[len(changes)-1].Seq, len(b), s.now())
	return Departure{b, s.flow.patience(), x}, nil
}

func (s *Sender) dictionary() uint32 {
	if s.Dictionary == nil {
		return frame.Oldest
	}
	return frame.Common(s.Dictionary())
}

// take acts on a receipt. One that is not the county's, or is about another
// journal, is worth nothing.
func (s *Sender) take(x *flight, r protocol.Receipt) error {
	if r.Status == protocol.Busy {
		return nil
	}
	if r.Incarnation != x.line.inc || r.Lane != x.line.lane {
		return fmt.Errorf("receipt is about %s/%d, not about this lane", r.Site, r.Lane)
	}
	if err := s.County.Verify(r.Statement(), r.Signature); err != nil {
		return fmt.Errorf("receipt is not signed by the county: %w", err)
	}
	s.heard()
	switch r.Status {
	case protocol.OK, protocol.Gap:
		if err := s.Journal.Receipt(r); errors.Is(err, store.ErrFork) {
			s.forked(x.line) // a restored box sends what it sent before
			return nil
		} else if err != nil {
			return &DiskError{err}
		}
		if r.Status == protocol.Gap && r.HighWater >= x.first && x.round == s.flow.sent[x.line].round {
			return fmt.Errorf("county reports a gap but holds up to %d", r.HighWater)
		}
		if r.Status == protocol.Gap && x.round == s.flow.sent[x.line].round {
			s.flow.again(x.line)
		}
	case protocol.Fork:
		s.forked(x.line)
	default:
		return fmt.Errorf("receipt with unknown status %d", r.Status)
	}
	return nil
}

// forked stops a lane under whose name somebody else writes too, or wrote on
// before a disk was put back.
func (s *Sender) forked(l line) {
	s.Log.Error("the county holds another journal under this name; this lane stops until its incarnation is ended", "lane", int(l.lane))
	if s.fork == nil {
		s.fork = map[line]bool{}
	}
	s.fork[l] = true
	s.Journal.Dispute(l.inc)
}

func (s *Sender) heard() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = s.now()
}
