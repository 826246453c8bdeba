package connect

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/delivery"
)

// Loop runs one connector on the leader.
type Loop struct {
	Connector Connector
	// Engine must refuse where this node does not lead, and never pass on: a
	// leader that was voted out has to stop sending, not to go on through the
	// next one.
	Engine *care.Engine
	Store  protocol.Store
	Now    func() time.Time
	Log    *slog.Logger
	// SaveEvery is how far the cursor moves between two saves; zero is about
	// 200 entries of the ledger. A save is an entry itself: never as little as
	// one.
	SaveEvery protocol.Cursor

	cursor  protocol.Cursor // read up to here
	saved   protocol.Cursor
	waiting []*work
	away    pause
}

// work is an item under way.
type work struct {
	Item
	pause
	asked  bool
	spared bool // it was marked as sent, and the far side said that it did nothing
	unfit  int  // how often no letter could be made of it
}

// pause is when to try again.
type pause struct {
	next  time.Time
	fails int
}

const (
	// mostWaiting bounds the items under way; the feed waits beyond it.
	mostWaiting = 1000
	batch       = 256
	// ledgerSaves is in cursors of the ledger, which counts each raft entry as
	// 1<<16.
	ledgerSaves = 200 << 16
)

// fail moves the next try away: ¼ s, ½ s, … 30 s.
func (p *pause) fail(now time.Time) {
	p.next = now.Add(min(30*time.Second, 250*time.Millisecond<<min(p.fails, 7)))
	p.fails++
}

// Run follows until the context ends, this node no longer leads, or its store
// is closed. It may be called again.
func (l *Loop) Run(ctx context.Context) error {
	defer l.Connector.Close()
	at, err := loadCursor(ctx, l.Store, l.cursorID())
	if err != nil {
		return err
	}
	l.cursor, l.saved, l.waiting, l.away = at, at, nil, pause{}
	for {
		due, err := l.round(ctx)
		if err != nil {
			return err
		}
		if err := l.save(ctx); err != nil {
			return err
		}
		if err := l.read(ctx, due); err != nil {
			return err
		}
	}
}

// round attends to everything that is due, and says when the next thing is;
// zero when nothing waits. What concerns one record goes in order: a
// cancellation waits for its booking.
func (l *Loop) round(ctx context.Context) (due time.Time, err error) {
	kept := l.waiting[:0]
	behind := map[protocol.Ref]bool{}
	for _, w := range l.waiting {
		if !behind[w.Ref] {
			done, err := l.try(ctx, w)
			if err != nil {
				return due, err
			}
			if done {
				continue
			}
			if next := later(w.next, l.away.next); due.IsZero() || next.Before(due) {
				due = next
			}
		}
		behind[w.Ref] = true
		kept = append(kept, w)
	}
	clear(l.waiting[len(kept):])
	l.waiting = kept
	return due, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// try attends to one item if it is due. Only what ends the loop is an error;
// everything else is the item's own trouble, or the far side's.
func (l *Loop) try(ctx context.Context, w *work) (done bool, err error) {
	now := l.Now()
	if now.Before(w.next) || now.Before(l.away.next) {
		return false, nil
	}
	done, err = l.attend(ctx, w)
	switch {
	case err == nil:
		return done, nil
	case ctx.Err() != nil:
		return false, ctx.Err()
	case errors.Is(err, protocol.ErrNotLeader), errors.Is(err, protocol.ErrClosed):
		return false, err
	case errors.Is(err, ErrAway):
		l.away.fail(l.Now())
		l.Log.Info("far side is away", "to", l.Connector.Name(), "fails", l.away.fails, "err", err)
	default:
		w.fail(l.Now())
		l.Log.Info("delivery will be tried again", "to", l.Connector.Name(), "rev", w.Rev.String(), "fails", w.fails, "err", err)
	}
	return false, nil
}

// read takes new items from the feed. It waits when there is nothing to do,
// and no longer than until the next try is due.
func (l *Loop) read(ctx context.Context, due time.Time) error {
	until, cancel := ctx, context.CancelFunc(func() {})
	if !due.IsZero() {
		until, cancel = context.WithTimeout(ctx, due.Sub(l.Now()))
	}
	defer cancel()
	if len(l.waiting) >= mostWaiting {
		<-until.Done()
		return ctx.Err()
	}
	items, err := l.Store.Next(until, l.cursor, batch, protocol.AllValues)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil && until.Err() != nil {
		return nil
	}
	if err != nil {
		return err
	}
	for i := range items {
		l.cursor = items[i].Cursor
		l.take(&items[i])
	}
	return nil
}

func (l *Loop) take(it *protocol.Item) {
	c := &it.Change
	if c.Outcome != protocol.Done {
		return
	}
	for _, n := range l.Connector.Wants(c) {
		w := &c.Writes[n]
		l.waiting = append(l.waiting, &work{Item: Item{Cursor: it.Cursor, Rev: c.Rev(n), Ref: w.Ref, Subject: w.Subject}})
	}
	if c.Action == delivery.Retry {
		l.again(it)
	}
}

// again takes up what a person let be tried once more.
func (l *Loop) again(it *protocol.Item) {
	for i := range it.Change.Writes {
		w := &it.Change.Writes[i]
		var d care.Delivery
		if w.Ref.Kind != care.KindDelivery || protocol.Decode(w.Value, &d) != nil || d.To != l.Connector.Name() {
			continue
		}
		if rev, err := protocol.ParseRev(d.Source); err == nil {
			l.waiting = append(l.waiting, &work{Item: Item{Cursor: it.Cursor, Rev: rev, Ref: d.About, Subject: w.Subject}})
		}
	}
}
