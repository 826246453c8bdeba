package ledger

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"xiangyi/protocol"
	"xiangyi/replication"
	"xiangyi/replication/store"
)

// tear takes every row of a Change off one node's disk, as a defect would.
func (c *cluster) tear(m *member, lost protocol.Change) {
	c.Helper()
	pos := append([]byte(lost.Site), 0)
	pos = binary.BigEndian.AppendUint64(pos, uint64(lost.Incarnation))
	pos = binary.BigEndian.AppendUint64(append(pos, byte(lost.Lane)), uint64(lost.Seq))
	h, err := m.shelf.take()
	if err != nil {
		c.Fatal(err)
	}
	defer h.give()
	err = h.Badger().Update(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.DefaultIteratorOptions)
		defer it.Close()
		var torn [][]byte
		for it.Rewind(); it.Valid(); it.Next() {
			key, value := it.Item().KeyCopy(nil), []byte(nil)
			if value, err = it.Item().ValueCopy(nil); err != nil {
				return err
			}
			record := key[0] == 'e' && bytes.HasSuffix(key, []byte(lost.Writes[0].Ref.ID))
			if key[0] != 'm' && key[0] != 't' && (bytes.Contains(key, pos) || bytes.Equal(value, pos) || record) {
				torn = append(torn, key)
			}
		}
		for _, key := range torn {
			if err := txn.Delete(key); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		c.Fatal(err)
	}
}

func (v *village) offer(changes ...protocol.Change) []byte {
	v.t.Helper()
	b, err := replication.PackAnswer(v.keys, rand.Reader, v.site, 22404, &replication.Answer{Changes: changes})
	if err != nil {
		v.t.Fatal(err)
	}
	return b
}

func has(t testing.TB, m *member, p protocol.Position) (there bool) {
	t.Helper()
	err := m.shelf.view(func(s *store.Snapshot) error {
		c, err := s.Change(p)
		there = err == nil && len(c.Writes) == 1 && len(c.Writes[0].Value) > 0
		if errors.Is(err, protocol.ErrNotFound) {
			return nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return there
}

// A node lost a Change that its marks say it holds. The station offers it; the
// node takes it, the others are as they were, and all agree.
func TestWhatTheCountyLostIsTakenFromTheStation(t *testing.T) {
	c := county(t, 3)
	leader := c.leader()
	v, w := c.village("v01", 7), c.village("v02", 7)
	v.note(protocol.Clinical, "before")
	lost := v.note(protocol.Clinical, "lost")
	ahead := v.note(protocol.Clinical, "not sent yet")
	c.expect(c.submit(leader, v.frame(protocol.Clinical, 1, 2)), protocol.OK, 2)
	c.settled()
	hurt := c.follower(leader)
	c.tear(hurt, lost)
	if has(t, hurt, lost.Position) {
		t.Fatal("nothing was torn")
	}
	for range 2 { // a repeat changes nothing
		if err := leader.Mend("v01", v.offer(lost, ahead)); err != nil {
			t.Fatal(err)
		}
	}
	c.settled()
	for id, m := range c.members {
		if !has(t, m, lost.Position) {
			t.Errorf("%s does not hold the change", id)
		}
		if has(t, m, ahead.Position) {
			t.Errorf("%s took a change past the mark of its lane", id)
		}
	}
	if got := len(c.feed(leader, "v01")); got != 2 {
		t.Errorf("the leader's feed has %d changes of the station, want 2", got)
	}
	foreign := w.note(protocol.Clinical, "of another station")
	w.site = "v01"
	if err := leader.Mend("v01", w.offer(foreign)); !errors.Is(err, ErrDamaged) {
		t.Errorf("one site speaks for another: %v", err)
	}
	c.expect(c.submit(leader, v.frame(protocol.Clinical, 3, 3)), protocol.OK, 3)
}

// A person sets a poisoned Change aside for good: it stays, and what waited for
// it goes on.
func TestWhatIsSetAsideHoldsUpNothing(t *testing.T) {
	c := county(t, 1)
	leader := c.leader()
	v := c.village("v01", 7)
	bad := v.journal(protocol.Clinical, protocol.Change{Writes: []protocol.Write{{Ref: protocol.Ref{Kind: "note"},
		Class: protocol.ClassHealth, Value: protocol.Value(`["x"]`)}}})
	v.note(protocol.Clinical, "rests on it", protocol.Dep{Lane: protocol.Clinical, Seq: 1})
	c.expect(c.submit(leader, v.frame(protocol.Clinical, 1, 2)), protocol.OK, 2)
	all, err := leader.Quarantine()
	if err != nil || len(all) != 2 || all[0].Behind != 1 {
		t.Fatalf("quarantine %+v, %v: want one that waits for the other", all, err)
	}
	for n, want := range []bool{true, false} {
		if did, err := leader.SetAside(bad.Position); err != nil || did != want {
			t.Errorf("time %d: %v, %v", n, did, err)
		}
	}
	if got, want := c.parkedNow(leader), "1.1 aside"; got != want {
		t.Errorf("parked: %s, want %s", got, want)
	}
	if got, want := c.heldOrder(leader, "v01"), "1.2"; got != want {
		t.Errorf("held: %s, want %s", got, want)
	}
	if s, err := leader.Status(); err != nil || s.Quarantine != 0 {
		t.Errorf("the quarantine counts %d, %v", s.Quarantine, err)
	}
	v.note(protocol.Clinical, "rests on it too", protocol.Dep{Lane: protocol.Clinical, Seq: 1})
	c.expect(c.submit(leader, v.frame(protocol.Clinical, 3, 3)), protocol.OK, 3)
	if got, want := c.heldOrder(leader, "v01"), "1.2 1.3"; got != want {
		t.Errorf("held: %s, want %s", got, want)
	}
}
