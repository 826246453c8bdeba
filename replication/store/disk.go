package store

import (
	"fmt"
	"strings"
	"sync"

	"github.com/tidwall/btree"
)

// Disk is a disk in memory: the rows as each transaction left them, and the
// file of the witness. Like a disk it outlives the process that had it open, and
// fails as it is told to.
type Disk struct {
	// Fault, when set, is asked before each write what becomes of it.
	Fault func(Write) Outcome

	mu      sync.Mutex
	now     *btree.Map[string, []byte]
	past    []*btree.Map[string, []byte] // what earlier transactions left, the newest last
	witness slotsMemory
}

// Write is something that a Disk is asked to do.
type Write uint8

// The writes.
const (
	WriteRows    Write = 1 // one transaction
	WriteWitness Write = 2 // one slot of the witness, and its sync
)

// Outcome is what becomes of a write. All but Done end in an error, after which
// nobody knows: the process must end.
type Outcome uint8

// The outcomes.
const (
	Done  Outcome = 0
	Never Outcome = 1 // nothing of it is on the disk
	Torn  Outcome = 2 // of the witness, its first half is; of rows nothing, since their log has sums
	Whole Outcome = 3 // all of it is
)

// pastMost bounds how many transactions a Disk can lose.
const pastMost = 64

// NewDisk gives an empty one.
func NewDisk() *Disk {
	d := &Disk{now: &btree.Map[string, []byte]{}}
	d.witness.disk = d
	return d
}

// Copy clones the disk, as whoever copies a data directory does.
func (d *Disk) Copy() *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := &Disk{now: d.now.Copy(), witness: slotsMemory{b: d.witness.b}}
	c.witness.disk = c
	return c
}

// Lose takes the newest transactions off the disk though they were synced, as a
// bad block in Badger's log does without an error. It gives how many there were
// to lose.
func (d *Disk) Lose(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n = min(n, len(d.past))
	if n > 0 {
		d.now = d.past[len(d.past)-n]
		d.past = d.past[:len(d.past)-n]
	}
	return n
}

func (d *Disk) fault(w Write) Outcome {
	if d.Fault == nil {
		return Done
	}
	return d.Fault(w)
}

// errFault is what a write that failed ends in.
var errFault = fmt.Errorf("%w: as told", ErrDisk)

// Memory's room is about that of a small Badger.
const (
	memoryBytes = 2 << 20
	memoryRows  = 20_000
)

func (d *Disk) room() (bytes, rows int) { return memoryBytes, memoryRows }
func (d *Disk) close() error            { return nil }

func (d *Disk) begin(write bool) transaction {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := &diskRows{disk: d, tree: d.now}
	if write {
		r.tree = d.now.Copy()
	}
	r.write = write
	return r
}

type diskRows struct {
	disk        *Disk
	tree        *btree.Map[string, []byte]
	write       bool
	bytes, rows int
}

func (r *diskRows) get(key []byte) ([]byte, error) {
	v, ok := r.tree.Get(string(key))
	if !ok {
		return nil, nil
	}
	return append([]byte{}, v...), nil
}

func (r *diskRows) set(key, val []byte) error {
	r.tree.Set(string(key), val)
	return r.grow(len(key) + len(val))
}

func (r *diskRows) delete(key []byte) error {
	r.tree.Delete(string(key))
	return r.grow(len(key))
}

func (r *diskRows) grow(bytes int) error {
	r.bytes, r.rows = r.bytes+bytes, r.rows+1
	if r.bytes > memoryBytes || r.rows > memoryRows {
		return ErrBatch
	}
	return nil
}

func (r *diskRows) discard() {}

func (r *diskRows) commit() error {
	d := r.disk
	if r.rows == 0 {
		return nil
	}
	outcome := d.fault(WriteRows)
	if outcome == Done || outcome == Whole {
		d.mu.Lock()
		d.past = append(d.past, d.now)
		if len(d.past) > pastMost {
			d.past = append(d.past[:0], d.past[pastMost/2:]...)
		}
		d.now = r.tree
		d.mu.Unlock()
	}
	if outcome != Done {
		return errFault
	}
	return nil
}

func (r *diskRows) walk(w walk) walker {
	tree := r.tree
	if r.write {
		tree = tree.Copy() // what is written meanwhile would move the walker
	}
	return &diskWalker{it: tree.Iter(), prefix: string(w.prefix), reverse: w.reverse}
}

type diskWalker struct {
	it      btree.MapIter[string, []byte]
	prefix  string
	reverse bool
	at      bool
}

func (w *diskWalker) seek(key []byte) {
	to := string(key)
	w.at = w.it.Seek(to)
	switch {
	case !w.reverse:
	case !w.at:
		w.at = w.it.Last()
	case w.it.Key() != to:
		w.at = w.it.Prev()
	}
}

func (w *diskWalker) valid() bool { return w.at && strings.HasPrefix(w.it.Key(), w.prefix) }

func (w *diskWalker) next() {
	if w.reverse {
		w.at = w.it.Prev()
	} else {
		w.at = w.it.Next()
	}
}

func (w *diskWalker) key() []byte            { return []byte(w.it.Key()) }
func (w *diskWalker) value() ([]byte, error) { return append([]byte(nil), w.it.Value()...), nil }
func (w *diskWalker) close()                 {}

// slotsMemory is the file of the witness. A write and its sync are one step:
// between them only as much can happen as while the slot is written.
type slotsMemory struct {
	disk *Disk
	b    [2 * slotGap]byte
}

// ReadAt implements io.ReaderAt.
func (s *slotsMemory) ReadAt(p []byte, at int64) (int, error) { return copy(p, s.b[at:]), nil }

// WriteAt implements io.WriterAt.
func (s *slotsMemory) WriteAt(p []byte, at int64) (int, error) {
	outcome := s.disk.fault(WriteWitness)
	switch outcome {
	case Torn:
		copy(s.b[at:], p[:len(p)/2])
	case Done, Whole:
		copy(s.b[at:], p)
	}
	if outcome != Done {
		return 0, errFault
	}
	return len(p), nil
}

// Close implements io.Closer.
func (s *slotsMemory) Close() error { return nil }
func (s *slotsMemory) sync() error  { return nil }
