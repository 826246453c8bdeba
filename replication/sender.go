package replication

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
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
	// Receipt remembers what the county holds, durably.
	Receipt(protocol.Receipt) error
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

	pace pace
	mu   sync.Mutex
	fork map[line]bool
	last time.Time
}

// line names a lane of an incarnation.
type line struct {
	inc  protocol.Incarnation
	lane protocol.Lane
}

// State is how the sending stands, for the screens.
type State struct {
	Forked      bool      // the county holds another journal under one of our names
	LastReceipt time.Time // zero: none since the start
}

// State of the sending.
func (s *Sender) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return State{len(s.fork) > 0, s.last}
}

// Run sends until the context ends. It gives back only the context's error, or
// the disk's: the network is never fatal, the disk always is.
func (s *Sender) Run(ctx context.Context) error {
	for fails := 0; ; {
		changed := s.Journal.Changed()
		next, waiting, err := s.next()
		if err != nil {
			return &DiskError{err}
		}
		if !waiting {
			if err := wait(ctx, changed, idlePause); err != nil {
				return err
			}
			continue
		}
		err = s.send(ctx, next)
		var disk *DiskError
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &disk):
			return err
		case err != nil:
			s.Log.Debug("frame not answered", "lane", int(next.Lane), "err", err)
			if err := wait(ctx, nil, patience(fails)); err != nil {
				return err
			}
			fails++
		default:
			fails = 0
		}
	}
}

// idlePause bounds how long a missed wake-up could delay a Change.
const idlePause = 5 * time.Second

// patience grows from a quarter of a second to fifteen, with jitter.
func patience(fails int) time.Duration {
	most := min(15*time.Second, 250*time.Millisecond<<min(fails, 6))
	return most/2 + rand.N(most/2)
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
	rank := len(s.Lanes)
	for _, l := range lines {
		if l.Tail <= l.Held || s.forked(l) {
			continue
		}
		if slices.Contains(s.Before, l.Lane) {
			return store.Line{}, false, nil
		}
		if r := slices.Index(s.Lanes, l.Lane); r >= 0 && r < rank {
			best, found, rank = l, true, r
		}
	}
	return best, found, nil
}

func (s *Sender) forked(l store.Line) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fork[line{l.Incarnation, l.Lane}]
}

// send packs what comes next in a lane and takes the county's answer.
func (s *Sender) send(ctx context.Context, l store.Line) error {
	changes, prev, err := s.Journal.JournalOf(l.Incarnation, l.Lane, l.Held, protocol.MaxFrameCount, s.pace.frame()*expansion)
	if err != nil {
		return &DiskError{err}
	}
	if len(changes) == 0 {
		return fmt.Errorf("journal of lane %d says %d is not its end, and gives nothing after it", l.Lane, l.Held)
	}
	// The day picks a line key that the county has; the journal's own clock
	// decides, so that a frame packed again is sealed under the same key.
	day := uint32(changes[0].HLC.Time().Unix() / 86400)
	f, err := frame.Pack(s.Keys, s.Rand, day, prev, changes)
	if err != nil {
		return err
	}
	b := protocol.AppendFrame(nil, &f)
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, s.pace.patience(len(b)))
	defer cancel()
	r, err := s.Line.Submit(ctx, b)
	if err != nil {
		s.pace.failed()
		return err
	}
	s.pace.took(len(b), time.Since(began))
	return s.take(ctx, &f, r)
}

// expansion is how much larger Changes are before compression: the budget of a
// frame counts bytes on the line.
const expansion = 4

// take acts on a receipt. One that is not the county's, or is about another
// journal, is worth nothing.
func (s *Sender) take(ctx context.Context, f *protocol.Frame, r protocol.Receipt) error {
	if r.Status == protocol.Busy {
		return wait(ctx, nil, time.Duration(max(r.RetryAfter, 50))*time.Millisecond)
	}
	if r.Site != f.Site || r.Incarnation != f.Incarnation || r.Lane != f.Lane {
		return fmt.Errorf("receipt is about %s/%d, not about this lane", r.Site, r.Lane)
	}
	if err := s.County.Verify(r.Statement(), r.Signature); err != nil {
		return fmt.Errorf("receipt is not signed by the county: %w", err)
	}
	s.heard(line{f.Incarnation, f.Lane}, r.Status == protocol.Fork)
	switch r.Status {
	case protocol.OK, protocol.Gap:
		if err := s.Journal.Receipt(r); errors.Is(err, store.ErrFork) {
			s.heard(line{f.Incarnation, f.Lane}, true) // a restored box sends what it sent before
			return nil
		} else if err != nil {
			return &DiskError{err}
		}
		if r.Status == protocol.Gap && r.HighWater >= f.First {
			return fmt.Errorf("county reports a gap but holds up to %d", r.HighWater)
		}
	case protocol.Fork:
		s.Log.Error("the county holds another journal under this name; this lane stops until a new incarnation is opened", "lane", int(f.Lane))
	default:
		return fmt.Errorf("receipt with unknown status %d", r.Status)
	}
	return nil
}

func (s *Sender) heard(l line, forked bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = time.Now()
	if forked {
		if s.fork == nil {
			s.fork = map[line]bool{}
		}
		s.fork[l] = true
	}
}
