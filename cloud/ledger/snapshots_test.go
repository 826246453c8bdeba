package ledger

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"xiangyi/protocol"
)

// trimmed is a county whose log keeps next to nothing, so that a node that was
// away needs the records themselves.
func trimmed(t *testing.T) *cluster {
	return newCluster(t, 3, func(o *Options) {
		o.Timeouts.TrailingLogs, o.Timeouts.SnapshotThreshold = 1, 1<<40
		o.segment = 16 << 10 // what is trimmed goes by whole files
	})
}

// goOn writes some more, and trims the log of all who are there.
func (c *cluster) goOn(v *village, n int) {
	c.Helper()
	leader := c.leader()
	first := len(v.lanes[protocol.Clinical]) + 1
	for range n {
		v.note(protocol.Clinical, rand.Text()+noise(60)) // which does not compress to nothing
	}
	for at := first; at < first+n; at += 10 {
		last := min(at+9, first+n-1)
		c.expect(c.submit(leader, v.frame(protocol.Clinical, at, last)), protocol.OK, protocol.Seq(last))
	}
	c.settled()
	for _, m := range c.members {
		if err := m.node.Snapshot().Error(); err != nil && !errors.Is(err, raft.ErrNothingNewToSnapshot) {
			c.Fatal(err)
		}
	}
}

func TestANodeThatWasAwayTakesTheRecordsThemselves(t *testing.T) {
	c := trimmed(t)
	for _, p := range c.peers {
		c.start(p.ID)
	}
	v := c.village("v01", 7)
	c.goOn(v, 20)
	away := c.follower(c.leader()).opts.Node
	c.stop(away)
	c.goOn(v, 50)
	m := c.start(away)
	c.settled()
	c.taken(away, 1)
	if got := c.feed(m, "v01"); len(got) != 70 {
		t.Errorf("%d changes, want 70", len(got))
	}
	c.oneDirectory(away)
	c.goOn(v, 10) // and goes on from there
	c.stop(away)
	m = c.start(away)
	c.settled()
	if got := c.feed(m, "v01"); len(got) != 80 {
		t.Errorf("%d changes after a restart, want 80", len(got))
	}
}

func noise(n int) (s string) {
	for range n {
		s += rand.Text()
	}
	return s
}

// taken checks that a node took an image and did not just follow the log.
func (c *cluster) taken(id string, images int) {
	c.Helper()
	if got, want := c.members[id].shelf.current.dir, fmt.Sprintf(recordsWidth, recordsName, images+1); got != want {
		c.Fatalf("%s stands on %s, want %s: the test proves nothing", id, got, want)
	}
}

// oneDirectory checks that nothing is left beside the records that count.
func (c *cluster) oneDirectory(id string) {
	c.Helper()
	c.members[id].shelf.work.Wait()
	entries, err := os.ReadDir(filepath.Join(c.dir, id))
	if err != nil {
		c.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), recordsName) {
			names = append(names, e.Name())
		}
	}
	if len(names) != 1 {
		c.Errorf("%s has %v", id, names)
	}
}

// A reader that began on the old records reads them to the end.
func TestTheRecordsAreReplacedUnderWhoReads(t *testing.T) {
	c := trimmed(t)
	for _, p := range c.peers {
		c.start(p.ID)
	}
	v := c.village("v01", 7)
	c.goOn(v, 10)
	away := c.follower(c.leader())
	id := away.opts.Node
	c.cut(id)
	c.goOn2(v, 30, id)
	reading, replaced := make(chan struct{}), make(chan struct{})
	var work sync.WaitGroup
	work.Go(func() {
		err := away.View(t.Context(), func(r protocol.Reader) error {
			close(reading)
			<-replaced
			for _, ch := range v.lanes[protocol.Clinical][:10] {
				if _, err := r.Get(ch.Writes[0].Ref); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Errorf("the old reader: %v", err)
		}
	})
	<-reading
	c.heal(id)
	c.settled()
	c.taken(id, 1)
	if got := c.feed(away, "v01"); len(got) != 40 {
		t.Errorf("%d changes, want 40", len(got))
	}
	close(replaced)
	work.Wait()
	c.oneDirectory(id)
}

// goOn2 is goOn with one node cut off.
func (c *cluster) goOn2(v *village, n int, cut string) {
	c.Helper()
	c.lock.Lock()
	m := c.members[cut]
	delete(c.members, cut)
	c.lock.Unlock()
	c.goOn(v, n)
	c.lock.Lock()
	c.members[cut] = m
	c.lock.Unlock()
}

func TestACrashAtEachStepOfATakeoverIsRecovered(t *testing.T) {
	c := trimmed(t)
	for _, p := range c.peers {
		c.start(p.ID)
	}
	v := c.village("v01", 7)
	c.goOn(v, 10)
	away := c.follower(c.leader()).opts.Node
	c.stop(away)
	c.goOn(v, 40)

	dir := filepath.Join(c.dir, away)
	images := map[string]string{}
	plain := c.tune
	c.tune = func(o *Options) {
		plain(o)
		if o.Node == away {
			o.step = func(step string) {
				if step == "applied" {
					return
				}
				images[step] = filepath.Join(c.dir, "crash-"+step)
				if err := os.CopyFS(images[step], os.DirFS(dir)); err != nil {
					t.Error(err)
				}
			}
		}
	}
	c.start(away)
	want := c.settled()
	c.stop(away)
	c.tune = plain
	if len(images) != 3 {
		t.Fatalf("passed %v, want received, opened, pointed", images)
	}
	for step, image := range images {
		t.Run(step, func(t *testing.T) {
			if err := errors.Join(os.RemoveAll(dir), os.Rename(image, dir)); err != nil {
				t.Fatal(err)
			}
			m := c.start(away)
			defer c.stop(away)
			if got := c.settled(); got != want {
				t.Errorf("state %s, want %s", got, want)
			}
			if got := c.feed(m, "v01"); len(got) != 50 {
				t.Errorf("%d changes, want 50", len(got))
			}
			c.oneDirectory(away)
		})
	}
}

func TestRecordsThatAreGoneAreNotMadeAnew(t *testing.T) {
	c := newCluster(t, 1, nil)
	b := c.bare(filepath.Join(c.dir, "x"), func(string) {})
	b.end()
	if err := os.RemoveAll(filepath.Join(b.dir, fmt.Sprintf(recordsWidth, recordsName, 1))); err != nil {
		t.Fatal(err)
	}
	if _, err := openShelf(b.dir, b.shelf.open, func(string) {}); err == nil {
		t.Error("a node whose records vanished begins with none")
	}
}

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

func TestALogThatDoesNotContinueTheRecords(t *testing.T) {
	entries := func(first, last uint64) *raft.InmemStore {
		s := raft.NewInmemStore()
		for i := first; i <= last && first > 0; i++ {
			if err := s.StoreLog(&raft.Log{Index: i}); err != nil {
				t.Fatal(err)
			}
		}
		return s
	}
	tests := []struct {
		story       string
		first, last uint64
		term        uint64
		applied     uint64
		refused     bool
		left        uint64 // last entry afterwards
	}{
		{"both new", 0, 0, 0, 0, false, 0},
		{"the log is ahead", 1, 20, 3, 10, false, 20},
		{"a trimmed log that joins", 11, 20, 3, 10, false, 20},
		{"a hole between", 12, 20, 3, 10, true, 20},
		{"the log lost its tail", 1, 9, 3, 10, false, 0},
		{"the log was emptied by an image", 0, 0, 3, 10, false, 0},
		{"the log is gone, and the votes", 0, 0, 0, 10, true, 0},
	}
	for _, tt := range tests {
		t.Run(tt.story, func(t *testing.T) {
			log := entries(tt.first, tt.last)
			if tt.term > 0 {
				_ = log.SetUint64([]byte("CurrentTerm"), tt.term)
			}
			if err := reconcile(log, log, tt.applied); (err != nil) != tt.refused {
				t.Errorf("error %v", err)
			}
			if last, _ := log.LastIndex(); last != tt.left {
				t.Errorf("the log ends at %d, want %d", last, tt.left)
			}
		})
	}
}

func TestANodeWhoseLogLostItsTailCatchesUp(t *testing.T) {
	c := county(t, 3)
	v := c.village("v01", 7)
	leader := c.leader()
	for range 30 {
		v.note(protocol.Clinical, "kept")
	}
	c.expect(c.submit(leader, v.frame(protocol.Clinical, 1, 30)), protocol.OK, 30)
	want := c.settled()
	id := c.follower(leader).opts.Node
	c.stop(id)
	files, err := filepath.Glob(filepath.Join(c.dir, id, logName, "*.wal"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files of the log: %v", err)
	}
	for _, f := range files {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
	c.start(id)
	if got := c.settled(); got != want {
		t.Errorf("state %s, want %s", got, want)
	}
	v.note(protocol.Clinical, "afterwards")
	c.expect(c.submit(c.leader(), v.frame(protocol.Clinical, 31, 31)), protocol.OK, 31)
	c.settled()
}

func TestANodeThatLostItsDiskDoesNotVoteBeforeItKnowsAll(t *testing.T) {
	c := trimmed(t)
	for _, p := range c.peers {
		c.start(p.ID)
	}
	v := c.village("v01", 7)
	leader := c.leader()
	lost, lagging := "", ""
	for id, m := range c.members {
		switch {
		case m == leader:
		case lost == "":
			lost = id
		default:
			lagging = id
		}
	}
	c.goOn(v, 10)
	c.stop(lagging)
	c.goOn(v, 10) // held by the leader and the one that will lose its disk
	c.stop(lost)
	if err := os.RemoveAll(filepath.Join(c.dir, lost)); err != nil {
		t.Fatal(err)
	}
	c.stop(leader.opts.Node)

	plain := c.tune
	c.tune = func(o *Options) {
		plain(o)
		o.Rejoin = o.Node == lost
	}
	behind, empty := c.start(lagging), c.start(lost)
	voted, changes := time.After(6*quick.Heartbeat), behind.LeaderChanges()
	for waiting := true; waiting; {
		select {
		case <-voted:
			waiting = false
		case leads := <-changes:
			if leads {
				t.Fatal("a node that lags behind leads by the vote of one that knows nothing")
			}
		}
	}
	if !marked(c, lost) {
		t.Error("the apprenticeship ended without a master")
	}
	c.tune = plain // the flag is not needed twice: the file is there
	c.stop(lost)
	empty = c.start(lost)
	c.start(leader.opts.Node)
	c.settled()
	if got := c.feed(empty, "v01"); len(got) != 20 {
		t.Errorf("%d changes, want 20", len(got))
	}
	c.goOn(v, 5)
	c.ended(lost)
	c.stop(c.leader(lost).opts.Node) // the two that are left need its vote
	c.goOn(v, 5)
}

func marked(c *cluster, id string) bool {
	_, err := os.Stat(filepath.Join(c.dir, id, rejoinName))
	return err == nil
}

// ended waits until a node votes again.
func (c *cluster) ended(id string) {
	c.Helper()
	a := c.members[id].node.apprentice
	for late := time.After(20 * time.Second); !a.free.Load(); {
		select {
		case <-late:
			c.Fatal("it never votes again")
		case <-time.After(10 * time.Millisecond):
		}
	}
	if marked(c, id) {
		c.Error("the mark stays")
	}
}
