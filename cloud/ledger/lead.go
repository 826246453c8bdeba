package ledger

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/raft"

	"xiangyi/protocol"
	"xiangyi/replication/store"
)

// lead follows the group's elections. A node that was elected serves when it
// has applied all of the past (a barrier), and the ledger is founded and knows
// this software's kinds.
func (l *Ledger) lead(ctx context.Context) {
	defer l.resign()
	for {
		select {
		case <-ctx.Done():
			return
		case elected := <-l.node.LeaderCh():
			l.resign()
			if elected {
				l.takeOver(ctx)
			}
		}
	}
}

func (l *Ledger) resign() {
	l.leading.Store(0)
	if l.serving.Swap(0) != 0 {
		l.watchers.tell(false)
	}
}

// takeOver tries until it serves or does not lead any more.
func (l *Ledger) takeOver(ctx context.Context) {
	for ctx.Err() == nil && l.group.State() == raft.Leader {
		term := l.group.CurrentTerm()
		err := l.prepare(ctx, term)
		if err == nil {
			l.serving.Store(term)
			l.watchers.tell(true)
			l.log.Info("this node leads the county", "term", term)
			return
		}
		l.leading.Store(0)
		l.log.Warn("elected, but not ready to serve", "term", term, "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (l *Ledger) prepare(ctx context.Context, term uint64) error {
	if err := l.group.Barrier(l.opts.Timeouts.IO).Error(); err != nil {
		return fmt.Errorf("barrier: %w", err)
	}
	if err := l.found(); err != nil {
		return err
	}
	if err := l.windClock(); err != nil {
		return err
	}
	l.leading.Store(term)
	return l.publish(ctx)
}

// found gives the county's journal its incarnation, if it has none.
func (l *Ledger) found() error {
	inc, err := l.county()
	if err != nil || inc != 0 {
		return err
	}
	var b [8]byte
	for binary.BigEndian.Uint64(b[:]) == 0 {
		if _, err := io.ReadFull(l.opts.Rand, b[:]); err != nil {
			return fmt.Errorf("found the ledger: %w", err)
		}
	}
	_, err = l.enter(command(foundCommand, b[:]))
	return err
}

func (l *Ledger) county() (inc protocol.Incarnation, err error) {
	err = l.shelf.view(func(s *store.Snapshot) error {
		inc, err = readCounty(s)
		return err
	})
	return inc, err
}

// publish puts this software's kinds into the ledger: those that it does not
// know, and indexes that a known one lacks. It takes nothing away, so that
// nodes of two versions that lead in turn do not undo each other.
func (l *Ledger) publish(ctx context.Context) error {
	for _, spec := range l.opts.Kinds {
		due, err := l.due(spec)
		if err != nil {
			return err
		}
		if due == nil {
			continue
		}
		value, err := protocol.Encode(due)
		if err != nil {
			return fmt.Errorf("publish kind %s: %w", spec.Kind, err)
		}
		_, err = l.do(ctx, &order{
			Order: protocol.Order{Actor: protocol.Actor{ID: "ledger", Role: "system"}, Action: "ledger.publish",
				Purpose: "operations", Lane: protocol.Administrative},
			act: func(tx protocol.Tx) error {
				_, err := tx.Put(protocol.Draft{Ref: kindRef(spec.Kind), Value: value,
					Scopes: []protocol.Scope{protocol.CatalogueScope}})
				return err
			},
		})
		if err != nil {
			return fmt.Errorf("publish kind %s: %w", spec.Kind, err)
		}
	}
	return nil
}

func kindRef(k protocol.Kind) protocol.Ref {
	return protocol.Ref{Kind: protocol.KindKind, ID: protocol.ID(k)}
}

// due is the spec to be published, nil when the ledger has all of it.
func (l *Ledger) due(spec protocol.KindSpec) (due *protocol.KindSpec, err error) {
	err = l.shelf.view(func(s *store.Snapshot) error {
		record, err := s.Get(kindRef(spec.Kind))
		if errors.Is(err, protocol.ErrNotFound) {
			due = &spec
			return nil
		}
		if err != nil {
			return err
		}
		var known protocol.KindSpec
		if err := protocol.Decode(record.Head().Value, &known); err != nil {
			return err
		}
		before := len(known.Indexes)
		for _, x := range spec.Indexes {
			if !slices.ContainsFunc(known.Indexes, func(k protocol.Index) bool { return k.Name == x.Name }) {
				known.Indexes = append(known.Indexes, x)
			}
		}
		if len(known.Indexes) > before || record.Conflicted() {
			due = &known
		}
		return nil
	})
	return due, err
}

// IsLeader reports whether this node leads and serves.
func (l *Ledger) IsLeader() bool { return l.leads(l.serving.Load()) }

// leads reports whether a term that this node serves in is still the one.
func (l *Ledger) leads(term uint64) bool {
	return term != 0 && l.group.State() == raft.Leader && l.group.CurrentTerm() == term
}

// Leader is the node that leads as far as this one knows; both empty when it
// knows none.
func (l *Ledger) Leader() (id, addr string) {
	a, i := l.node.LeaderWithID()
	return string(i), string(a)
}

// Term is the present term of the group. What acts outside for the county
// carries it, so that an old leader is told apart from the new.
func (l *Ledger) Term() uint64 { return l.group.CurrentTerm() }

// LeaderChanges gives a channel of its own that tells whether this node leads
// and serves: at once, and at each change. A slow reader misses what was
// overtaken, never the newest.
func (l *Ledger) LeaderChanges() <-chan bool { return l.watchers.add(l.IsLeader) }

// watchers are the channels of LeaderChanges.
type watchers struct {
	mu  sync.Mutex
	all []chan bool
}

func (w *watchers) add(now func() bool) <-chan bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := make(chan bool, 1)
	c <- now()
	w.all = append(w.all, c)
	return c
}

func (w *watchers) tell(leads bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.all {
		select {
		case <-c:
		default:
		}
		c <- leads
	}
}
