package ledger

import (
	"context"
	"fmt"
	"sync"

	"xiangyi/protocol"
	"xiangyi/replication/store"
)

// View implements protocol.Store on this node's own records. They may be behind
// the group's by what is under way; Fresh waits for that.
func (l *Ledger) View(ctx context.Context, look func(protocol.Reader) error) error {
	return l.Snapshot(ctx, func(s *store.Snapshot) error { return look(s) })
}

// Snapshot is View with all that a Core can tell: the feed, scopes with their
// digests, walks. The snapshot is valid inside look.
func (l *Ledger) Snapshot(ctx context.Context, look func(*store.Snapshot) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	h, err := l.shelf.take()
	if err != nil {
		return err
	}
	defer h.give()
	return h.View(l.opts.Now(), l.opts.Clock(), look)
}

// Do implements protocol.Store, on the leader. The Change is on the disks of a
// majority when it returns.
func (l *Ledger) Do(ctx context.Context, o protocol.Order, act func(protocol.Tx) error) (protocol.Change, error) {
	if !l.IsLeader() {
		return protocol.Change{}, protocol.ErrNotLeader
	}
	return l.do(ctx, &order{Order: o, act: act})
}

// Note implements protocol.Store, on the leader.
func (l *Ledger) Note(ctx context.Context, o protocol.Order, outcome protocol.Outcome, code protocol.Code) (protocol.Change, error) {
	if !l.IsLeader() {
		return protocol.Change{}, protocol.ErrNotLeader
	}
	if o.Lane >= protocol.Lanes {
		return protocol.Change{}, fmt.Errorf("note %s: lane %d does not exist", o.Action, o.Lane)
	}
	return l.do(ctx, &order{Order: o, outcome: outcome, code: code})
}

// do hands an order to the proposer and waits. Who stops waiting does not know
// what becomes of it.
func (l *Ledger) do(ctx context.Context, o *order) (protocol.Change, error) {
	o.ctx, o.done = ctx, make(chan answer, 1)
	if l.inline {
		for waiting := []*order{o}; len(waiting) > 0; {
			waiting = l.round(waiting)
		}
		a := <-o.done
		return a.change, a.err
	}
	select {
	case l.orders <- o:
	case <-ctx.Done():
		return protocol.Change{}, ctx.Err()
	case <-l.halted:
		return protocol.Change{}, protocol.ErrClosed
	}
	select {
	case a := <-o.done:
		return a.change, a.err
	case <-ctx.Done():
		return protocol.Change{}, fmt.Errorf("%w: %w", protocol.ErrUnknown, ctx.Err())
	case <-l.halted:
	}
	select {
	case a := <-o.done:
		return a.change, a.err
	default:
		return protocol.Change{}, fmt.Errorf("%w: %w", protocol.ErrUnknown, protocol.ErrClosed)
	}
}

// Next implements protocol.Feed on this node's own records.
func (l *Ledger) Next(ctx context.Context, after protocol.Cursor, most int, open func(*protocol.Change) bool) ([]protocol.Item, error) {
	for {
		grown := l.grown.wait()
		var items []protocol.Item
		err := l.Snapshot(ctx, func(s *store.Snapshot) (err error) {
			items, err = s.FeedAfter(after, max(most, 1), open)
			return err
		})
		if err != nil || len(items) > 0 {
			return items, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-l.stopped:
			return nil, protocol.ErrClosed
		case <-grown:
		}
	}
}

// Last implements protocol.Feed: the newest item that this node holds.
func (l *Ledger) Last() (last protocol.Cursor) {
	err := l.shelf.view(func(s *store.Snapshot) error {
		last = s.Last()
		return nil
	})
	if err != nil {
		return 0
	}
	return last
}

// signal wakes all who wait, each time that it fires.
type signal struct {
	mu sync.Mutex
	ch chan struct{}
}

func (s *signal) wait() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ch == nil {
		s.ch = make(chan struct{})
	}
	return s.ch
}

func (s *signal) fire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ch != nil {
		close(s.ch)
		s.ch = nil
	}
}
