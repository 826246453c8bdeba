package ledger

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

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
