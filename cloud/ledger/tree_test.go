package ledger

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"xiangyi/protocol"
	"xiangyi/protocol/proof"
	"xiangyi/replication/store"
)

// full is a county of one node with some hundred entries of two stations, the last
// tile of its log not full.
func full(t *testing.T) (*cluster, *member, []protocol.Position) {
	c := county(t, 1)
	leader := c.leader()
	var all []protocol.Position
	for n, v := range []*village{c.village("v01", 7), c.village("v02", 9)} {
		for i := range 60 {
			all = append(all, v.note(protocol.Lane(i%3), fmt.Sprint(n, i)).Position)
		}
		for lane := range protocol.Lane(3) {
			for first := 1; first <= 20; first += 5 {
				c.expect(c.submit(leader, v.frame(lane, first, first+4)), protocol.OK, protocol.Seq(first+4))
			}
		}
	}
	return c, leader, all
}

func TestEveryChangeOfTheLedgerIsProven(t *testing.T) {
	c, leader, all := full(t)
	older, err := leader.Head(t.Context())
	if err != nil || older.Check(c.public) != nil {
		t.Fatalf("head: %v", err)
	}
	v := c.village("v03", 1)
	more := v.note(protocol.Clinical, "later").Position
	c.expect(c.submit(leader, v.frame(protocol.Clinical, 1, 1)), protocol.OK, 1)
	for _, p := range append(all, more) {
		got, err := leader.Prove(t.Context(), p, older.Size)
		if err != nil {
			t.Fatal(err)
		}
		if err := got.Check(c.public, &older); err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		c, err := changeOf(leader, p)
		if err != nil || protocol.Leaf(&c) != got.Leaf {
			t.Fatalf("%s: the proof is of another entry, %v", p, err)
		}
	}
	if _, err := leader.Prove(t.Context(), protocol.Position{Site: "v01", Incarnation: 7, Lane: 1, Seq: 99}, 0); !errors.Is(err, protocol.ErrNotFound) {
		t.Errorf("what never came: %v", err)
	}
	if _, err := leader.Prove(t.Context(), more, 1<<40); !errors.Is(err, proof.ErrRange) {
		t.Errorf("since a head that never was: %v", err)
	}
	if err := leader.Audit(t.Context(), &older, c.public); err != nil {
		t.Error(err)
	}
}

func changeOf(m *member, p protocol.Position) (c protocol.Change, err error) {
	err = m.shelf.view(func(s *store.Snapshot) (err error) { c, err = s.Change(p); return err })
	return c, err
}

func TestNodesHaveOneLogAndAnImageBringsIt(t *testing.T) {
	c := county(t, 3)
	leader := c.leader()
	v := c.village("v01", 7)
	for range 100 {
		v.note(protocol.Clinical, "x")
	}
	for first := 1; first <= 100; first += 4 {
		c.expect(c.submit(leader, v.frame(protocol.Clinical, first, first+3)), protocol.OK, protocol.Seq(first+3))
	}
	c.settled()
	want, err := leader.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for id, m := range c.members {
		h, err := m.Head(t.Context())
		if err != nil || h.Root != want.Root || h.Size != want.Size {
			t.Errorf("%s: %d entries, root %s, %v; the leader %d, %s", id, h.Size, h.Root, err, want.Size, want.Root)
		}
		if err := m.Audit(t.Context(), &want, c.public); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestAStoppedNodesDirectoryIsAudited(t *testing.T) {
	c, leader, all := full(t)
	head, err := leader.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dir := leader.opts.Dir
	c.stopAll()
	size, err := AuditDirectory(dir, c.keys, rand.Reader, &head, c.public)
	if err != nil || size != head.Size || size < uint64(len(all)) {
		t.Errorf("%d entries, %v", size, err)
	}
	ahead := head
	ahead.Size += 5
	if err := ahead.Sign(c.keys, rand.Reader); err != nil {
		t.Fatal(err)
	}
	var f *Fault
	if _, err := AuditDirectory(dir, c.keys, rand.Reader, &ahead, c.public); !errors.As(err, &f) || f.Index != head.Size {
		t.Errorf("against a head of five entries more: %v", err)
	}
	if _, err := AuditDirectory(t.TempDir(), c.keys, rand.Reader, nil, c.public); err == nil {
		t.Error("an empty directory passes")
	}
}

// Records from before there was a log get one, the same as if it had always been.
func TestALogIsMadeOfOldRecords(t *testing.T) {
	c, leader, _ := full(t)
	want, err := leader.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h, err := leader.shelf.take()
	if err != nil {
		t.Fatal(err)
	}
	defer h.give()
	if err := h.Update(func(b *store.Batch) error {
		var gone []string
		for _, prefix := range []string{rowTree, rowTile} {
			if err := b.EachMeta(prefix, func(rest string, _ []byte) error { gone = append(gone, prefix+rest); return nil }); err != nil {
				return err
			}
		}
		for _, name := range gone {
			if err := b.SetMeta(name, nil); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := leader.machine.plant(); err != nil {
		t.Fatal(err)
	}
	got, err := leader.Head(t.Context())
	if err != nil || got.Root != want.Root || got.Size != want.Size {
		t.Errorf("made anew: %d entries, root %s, %v; was %d, %s", got.Size, got.Root, err, want.Size, want.Root)
	}
	if err := leader.Audit(t.Context(), &want, c.public); err != nil {
		t.Error(err)
	}
}

// raw is a node's records as somebody with the disk in their hands sees them.
type raw struct {
	*testing.T
	db *badger.DB
}

func (r raw) each(prefix byte) (keys, values [][]byte) {
	r.Helper()
	err := r.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte{prefix}, PrefetchValues: true})
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			v, err := it.Item().ValueCopy(nil)
			if err != nil {
				return err
			}
			keys, values = append(keys, it.Item().KeyCopy(nil)), append(values, v)
		}
		return nil
	})
	if err != nil {
		r.Fatal(err)
	}
	return keys, values
}

func (r raw) set(key, value []byte) {
	r.Helper()
	err := r.db.Update(func(txn *badger.Txn) error {
		if value == nil {
			return txn.Delete(key)
		}
		return txn.Set(key, value)
	})
	if err != nil {
		r.Fatal(err)
	}
}

// Whatever is done to a stored entry, the audit says so, and where.
func TestAnAlteredRemovedOrSwappedEntryIsFound(t *testing.T) {
	c, leader, _ := full(t)
	head, err := leader.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h, err := leader.shelf.take()
	if err != nil {
		t.Fatal(err)
	}
	defer h.give()
	disk := raw{t, h.Badger()}
	found := func(what string) *Fault {
		t.Helper()
		err := leader.Audit(t.Context(), &head, c.public)
		if err == nil {
			t.Fatalf("%s: nobody saw it", what)
		}
		var f *Fault
		errors.As(err, &f)
		return f
	}
	feed, places := disk.each('f')
	for _, prefix := range []byte{'c', 'r', 'f'} { // Changes, revisions, the feed
		keys, values := disk.each(prefix)
		if len(keys) < 120 {
			t.Fatalf("%d rows of %q", len(keys), prefix)
		}
		for i, key := range keys {
			if i%7 > 0 && prefix != 'f' {
				continue // each kind of row, not each row
			}
			bad := bytes.Clone(values[i])
			bad[len(bad)/2] ^= 0x10
			disk.set(key, bad)
			found(fmt.Sprintf("row %x altered", key))
			disk.set(key, nil)
			f := found(fmt.Sprintf("row %x removed", key))
			if prefix == 'f' && (f == nil || f.Index != uint64(i)) {
				t.Fatalf("entry %d removed: %+v", i, f)
			}
			disk.set(key, values[i])
		}
	}
	for i := range feed[:len(feed)-1] {
		disk.set(feed[i], places[i+1])
		disk.set(feed[i+1], places[i])
		if f := found("two entries swapped"); f == nil || f.Index != uint64(i) {
			t.Fatalf("entries %d and %d swapped: %+v", i, i+1, f)
		}
		disk.set(feed[i], places[i])
		disk.set(feed[i+1], places[i+1])
	}
	if err := leader.Audit(t.Context(), &head, c.public); err != nil {
		t.Fatalf("all is as it was, and: %v", err)
	}

	// Rolled back, with the log: only who kept a head can tell.
	err = h.Update(func(b *store.Batch) error {
		tr := &tree{loaded: true, dirty: true, size: head.Size - 3}
		tile, err := readTile(b.Snapshot, (head.Size-1)/tileSize)
		if err != nil {
			return err
		}
		tr.tile = tile[:len(tile)-3]
		return tr.save(b)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range feed[len(feed)-3:] {
		disk.set(key, nil)
	}
	if f := found("rolled back"); f == nil || f.Index != head.Size-3 {
		t.Errorf("rolled back by three: %+v", f)
	}
}
