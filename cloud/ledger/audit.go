package ledger

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/proof"
	"xiangyi/protocol/seal"
	"xiangyi/replication/store"
)

// Head signs how the proof log stands on this node. Every node holds the county's key;
// one that is behind signs an earlier head, which later ones continue.
func (l *Ledger) Head(ctx context.Context) (h proof.Head, err error) {
	err = l.Snapshot(ctx, func(s *store.Snapshot) (err error) { h, err = l.headOf(s); return err })
	return h, err
}

func (l *Ledger) headOf(s *store.Snapshot) (proof.Head, error) {
	h := proof.Head{Log: string(County), At: l.opts.Now()}
	var err error
	if h.Size, err = treeSize(s); err != nil {
		return h, err
	}
	if h.Root, err = rootOf(s, h.Size); err != nil {
		return h, err
	}
	if h.Size > 0 {
		tile, err := readTile(s, (h.Size-1)/tileSize)
		if err != nil {
			return h, err
		}
		h.Cursor = uint64(tile[len(tile)-1].cursor)
	}
	return h, h.Sign(l.opts.Keys, l.opts.Rand)
}

// HeadSince is Head, with the proof that the log continues that of an earlier size.
func (l *Ledger) HeadSince(ctx context.Context, since uint64) (h proof.Head, grown []seal.Digest, err error) {
	err = l.Snapshot(ctx, func(s *store.Snapshot) error {
		if h, err = l.headOf(s); err != nil {
			return err
		}
		grown, err = proof.Consistency(since, h.Size, sums(s))
		return err
	})
	return h, grown, err
}

// Prove says that a Change is in the log. since is the size of an earlier head that
// the log must continue; 0 for none. ErrNotFound: it has no place here.
func (l *Ledger) Prove(ctx context.Context, p protocol.Position, since uint64) (out proof.Proof, err error) {
	err = l.Snapshot(ctx, func(s *store.Snapshot) error {
		out.Entry = p.String()
		if out.Head, err = l.headOf(s); err != nil {
			return err
		}
		at, err := s.CursorOf(p)
		if err != nil {
			return err
		}
		if out.Index, out.Leaf, err = indexOf(s, at, out.Head.Size); err != nil {
			return err
		}
		if out.Path, err = proof.Inclusion(out.Index, out.Head.Size, sums(s)); err != nil || since == 0 {
			return err
		}
		out.Since = since
		out.Grown, err = proof.Consistency(since, out.Head.Size, sums(s))
		return err
	})
	if err != nil {
		return proof.Proof{}, fmt.Errorf("prove %s: %w", p, err)
	}
	return out, nil
}

// Fault is the first entry of a node's records that is not what it was.
type Fault struct {
	Index uint64 // in the log, from 0
	Entry string // position of the Change that stands there, if one does
	Words string
}

func (f *Fault) Error() string {
	if f.Entry == "" {
		return fmt.Sprintf("entry %d: %s", f.Index, f.Words)
	}
	return fmt.Sprintf("entry %d (%s): %s", f.Index, f.Entry, f.Words)
}

// Audit compares all that this node stores with its proof log, entry by entry, and
// the log with a head that somebody kept. A *Fault names the first entry that
// differs.
func (l *Ledger) Audit(ctx context.Context, head *proof.Head, key seal.PublicKey) error {
	return l.Snapshot(ctx, func(s *store.Snapshot) error { return audit(s, head, key) })
}

func audit(s *store.Snapshot, head *proof.Head, key seal.PublicKey) error {
	if head != nil {
		if err := head.Check(key); err != nil {
			return err
		}
	}
	size, err := treeSize(s)
	if err != nil {
		return err
	}
	a := &auditor{s: s, size: size}
	if err := s.EachFeed(0, a.entry); err != nil {
		return err
	}
	switch {
	case a.next < size:
		return a.fault("it is missing, and so is all behind it")
	case head != nil && head.Size > size:
		a.next = size
		return a.fault(fmt.Sprintf("the log ends before it; the head that was kept speaks of %d entries", head.Size))
	}
	if err := a.nodes(); err != nil || head == nil {
		return err
	}
	root, err := rootOf(s, head.Size)
	if err == nil && root != head.Root {
		a.next = 0
		return a.fault("somewhere from here to the head that was kept, entries and log were changed together")
	}
	return err
}

// auditor walks entries and tiles side by side.
type auditor struct {
	s    *store.Snapshot
	size uint64
	next uint64
	tile []leafAt
}

func (a *auditor) fault(words string) error { return &Fault{Index: a.next, Words: words} }

func (a *auditor) entry(at protocol.Cursor, c protocol.Change) (bool, error) {
	if a.next >= a.size {
		return false, &Fault{a.next, c.Position.String(), "stands behind the end of the log"}
	}
	if a.next%tileSize == 0 {
		var err error
		if a.tile, err = readTile(a.s, a.next/tileSize); err != nil {
			if errors.Is(err, errState) {
				return false, a.fault("the log's own entry is gone or damaged")
			}
			return false, err
		}
	}
	n := int(a.next % tileSize)
	if n >= len(a.tile) {
		return false, a.fault("the log's own entry is gone")
	}
	switch want := a.tile[n]; {
	case at > want.cursor:
		return false, a.fault("it is missing")
	case at < want.cursor:
		return false, &Fault{a.next, c.Position.String(), "stands where another one did"}
	case protocol.Leaf(&c) != want.leaf:
		return false, &Fault{a.next, c.Position.String(), "is not what it was"}
	}
	for i := range c.Writes {
		if w := &c.Writes[i]; w.Value != nil && !a.s.Committed(c.Rev(i), w) {
			return false, &Fault{a.next, c.Position.String(), "a value is not the one that was committed to"}
		}
	}
	a.next++
	return true, nil
}

// nodes compares the roots of complete trees with what is below them.
func (a *auditor) nodes() error {
	for height, span := byte(tileHeight), uint64(tileSize); span <= a.size; height, span = height+tileHeight, span*tileSize {
		for index := range a.size / span {
			stored, err := readNode(a.s, height, index)
			if err != nil {
				return err
			}
			below, err := a.below(height, index)
			if err != nil {
				return err
			}
			if proof.Root(below) != stored {
				return &Fault{Index: index * span, Words: fmt.Sprintf("it or one of the %d behind it was changed together with the log", span-1)}
			}
		}
	}
	return nil
}

func (a *auditor) below(height byte, index uint64) (out []seal.Digest, err error) {
	if height == tileHeight {
		tile, err := readTile(a.s, index)
		for _, l := range tile {
			out = append(out, l.leaf)
		}
		return out, err
	}
	for i := range uint64(tileSize) {
		d, err := readNode(a.s, height-tileHeight, index*tileSize+i)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// AuditDirectory is Audit of a node that does not run, or of a copy of its directory.
// It gives how many entries the log has.
func AuditDirectory(dir string, keys seal.Keyring, rand io.Reader, head *proof.Head, key seal.PublicKey) (size uint64, err error) {
	name, err := readCurrent(dir)
	if err != nil || name == "" {
		return 0, errors.Join(err, fmt.Errorf("ledger: %s is no node's directory", dir))
	}
	return auditRecords(filepath.Join(dir, name), keys, rand, head, key)
}

// auditRecords is Audit of a directory of records that nobody has open.
func auditRecords(dir string, keys seal.Keyring, rand io.Reader, head *proof.Head, key seal.PublicKey) (size uint64, err error) {
	l := &Ledger{opts: Options{Keys: keys, Rand: rand, Small: true, Log: slog.New(slog.DiscardHandler)}, log: slog.New(slog.DiscardHandler)}
	core, err := l.openRecords(dir)
	if err != nil {
		return 0, fmt.Errorf("ledger: open records (is the node stopped?): %w", err)
	}
	defer func() { err = errors.Join(err, core.Close()) }()
	err = core.View(time.Time{}, protocol.ClockState{}, func(s *store.Snapshot) error {
		if size, err = treeSize(s); err != nil {
			return err
		}
		return audit(s, head, key)
	})
	return size, err
}
