package ledger

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"testing"

	"github.com/hashicorp/raft"

	"xiangyi/protocol"
)

// image is what a small ledger would send.
func (c *cluster) image() []byte {
	c.Helper()
	b := c.bare(filepath.Join(c.dir, "source"), func(string) {})
	defer b.end()
	v := c.village("v01", 7)
	v.note(protocol.Clinical, "in the image")
	b.take(&raft.Log{Index: 3, Term: 2, Type: raft.LogCommand, Data: command(frameCommand, v.frame(protocol.Clinical, 1, 1))})
	meta, r, err := (&snapshots{shelf: b.shelf, machine: b.machine}).send()
	if err != nil {
		c.Fatal(err)
	}
	defer r.Close()
	raw, err := io.ReadAll(r)
	if err != nil {
		c.Fatal(err)
	}
	if int64(len(raw)) != meta.Size || meta.Index != 3 || meta.Term != 2 {
		c.Errorf("announced %d bytes of entry %d, sent %d", meta.Size, meta.Index, len(raw))
	}
	return raw
}

func TestHalfAnImageIsNoImage(t *testing.T) {
	c := newCluster(t, 1, nil)
	raw := c.image()
	put := func(_, _ []byte) error { return nil }
	if err := readImage(bytes.NewReader(raw), put); err != nil {
		t.Fatal(err)
	}
	for n := range raw {
		if err := readImage(bytes.NewReader(raw[:n]), put); !errors.Is(err, errImage) {
			t.Fatalf("cut at byte %d of %d: %v", n, len(raw), err)
		}
		bad := bytes.Clone(raw)
		bad[n] ^= 1
		if err := readImage(bytes.NewReader(bad), put); !errors.Is(err, errImage) {
			t.Fatalf("bit flipped in byte %d of %d: %v", n, len(raw), err)
		}
	}
	if err := readImage(bytes.NewReader(append(raw, 0)), put); !errors.Is(err, errImage) {
		t.Errorf("a byte too many: %v", err)
	}
}

func TestADamagedSnapshotLeavesTheNodeAsItWas(t *testing.T) {
	c := newCluster(t, 1, nil)
	raw := c.image()
	b := c.bare(filepath.Join(c.dir, "sink"), func(string) {})
	defer b.end()
	s := &snapshots{shelf: b.shelf, machine: b.machine}
	receive := func(raw []byte, index uint64) error {
		sink, err := s.Create(1, index, 2, raft.Configuration{}, 1, nil)
		if err != nil {
			return err
		}
		if _, err := io.Copy(sink, bytes.NewReader(raw)); err != nil {
			return errors.Join(err, sink.Cancel())
		}
		if err := sink.Close(); err != nil {
			return err
		}
		_, source, err := s.Open(sink.ID())
		if err != nil {
			return err
		}
		defer source.Close()
		return b.Restore(source)
	}
	bad := bytes.Clone(raw)
	bad[len(bad)/2] ^= 1
	for name, err := range map[string]error{
		"flipped": receive(bad, 3), "cut": receive(raw[:len(raw)/2], 3), "of another entry": receive(raw, 4),
	} {
		if err == nil || b.state.Index != 0 {
			t.Errorf("%s: error %v, stands at %d", name, err, b.state.Index)
		}
	}
	if err := receive(raw, 3); err != nil || b.state.Index != 3 {
		t.Errorf("whole: error %v, stands at %d", err, b.state.Index)
	}
	if err := receive(raw, 3); err != nil || b.state.Index != 3 { // again: nothing to do
		t.Errorf("again: error %v, stands at %d", err, b.state.Index)
	}
	b.take(&raft.Log{Index: 5, Term: 2, Type: raft.LogNoop})
	if err := receive(raw, 3); err != nil || b.state.Index != 5 { // this node came further meanwhile
		t.Errorf("an older one: error %v, stands at %d", err, b.state.Index)
	}
	b.shelf.work.Wait()
	entries, _ := filepath.Glob(filepath.Join(b.dir, recordsName+"*"))
	if len(entries) != 1 {
		t.Errorf("left over: %v", entries)
	}
}
