package replication_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication/store"
)

// TestMain lets the store's compressors be made outside of every bubble: they
// are one for the process, and a channel belongs to the bubble that made it.
func TestMain(m *testing.M) {
	if err := warm(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func warm() error {
	dir, err := os.MkdirTemp("", "replication")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	keys := seal.Derived(seal.Secrets{})
	for range 2 {
		core, err := store.OpenCore(store.CoreOptions{Dir: dir, Site: "county", Keys: keys, Rand: newRand(1), Kinds: kinds, Small: true})
		if err != nil {
			return err
		}
		if err := core.Close(); err != nil {
			return err
		}
	}
	return nil
}

// village is one station of a script that stops and starts its boxes.
type village struct {
	*station
	stop func()
}

func (c *county) start(site protocol.Site, dir string) *village {
	ctx, cancel := context.WithCancel(c.t.Context())
	var run sync.WaitGroup
	s := c.box(ctx, site, &run, dir)
	return &village{s, func() {
		cancel()
		run.Wait()
		if err := s.Close(); err != nil {
			c.t.Error(err)
		}
	}}
}

func (c *county) line(fail func() error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fail = fail
}

func (c *county) hear(pulls bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deaf = !pulls
}

func sound() error { return nil }

func (v *village) level(t *testing.T, notes int) {
	t.Helper()
	if f := v.down.Fresh(); !f.Level || !f.Compared || !f.Equal {
		t.Errorf("not level with the county: %+v", f)
	}
	if n := v.notes(t); n != notes {
		t.Errorf("%d notes, want %d", n, notes)
	}
}

const many = 600

// A new box asks for a person with a long record. The line goes in the middle,
// and the box is switched off; it goes on where it was, and each revision
// travels once.
func TestAWalkGoesOnWhereItWasCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCounty(t)
		b := c.start("v02", "")
		b.follow(t, "p1")
		for i := range many {
			b.write(t, protocol.Clinical, "p1", fmt.Sprint("note ", i))
		}
		time.Sleep(5 * time.Minute)
		dir := t.TempDir()
		a := c.start("v01", dir)
		a.follow(t, "p1")
		c.mu.Lock()
		c.walks, c.sent = 0, 0
		c.fail = func() error {
			if c.walks >= 2 {
				return errLost
			}
			return nil
		}
		c.mu.Unlock()
		time.Sleep(5 * time.Minute)
		half := false
		walks, err := a.Walks()
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range walks {
			half = half || !w.Done && len(w.After) > 0
		}
		if n := a.notes(t); !half || n == 0 || n == many {
			t.Fatalf("not in the middle of a walk: %d notes, %+v", n, walks)
		}
		a.stop()
		time.Sleep(time.Hour)
		c.line(sound)
		a = c.start("v01", dir)
		time.Sleep(5 * time.Minute)
		a.level(t, many)
		c.mu.Lock()
		if c.sent > many+10 { // and the few of its own scope
			t.Errorf("%d revisions were walked, there are %d", c.sent, many)
		}
		c.mu.Unlock()
		a.stop()
		b.stop()
	})
}

// A box stood in a cupboard while others wrote about its people, in twelve parts:
// what it missed comes by the feed, over a line that loses every other exchange.
func TestAStationFarBehindCatchesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCounty(t)
		dirs := []string{t.TempDir(), t.TempDir()}
		a, b := c.start("v01", dirs[0]), c.start("v02", dirs[1])
		a.follow(t, "p1")
		b.follow(t, "p1")
		a.write(t, protocol.Clinical, "p1", "before the year")
		time.Sleep(5 * time.Minute)
		a.level(t, 1)
		a.stop()
		for range 12 {
			for i := range many / 12 {
				b.write(t, protocol.Clinical, "p1", fmt.Sprint("note ", i))
			}
			time.Sleep(time.Minute)
			b.stop()
			time.Sleep(10 * time.Minute)
			b = c.start("v02", dirs[1])
		}
		c.mu.Lock()
		c.sent = 0
		c.mu.Unlock()
		turn := 0
		c.line(func() error { // every other exchange is lost
			if turn++; turn%2 == 0 {
				return errLost
			}
			return nil
		})
		a = c.start("v01", dirs[0])
		time.Sleep(10 * time.Minute)
		c.line(sound)
		time.Sleep(5 * time.Minute)
		a.level(t, many+1)
		c.mu.Lock()
		if c.sent != 0 {
			t.Errorf("%d revisions were walked; the feed tells what it missed", c.sent)
		}
		c.mu.Unlock()
		a.stop()
		b.stop()
	})
}

// A box is restored from a copy of last week. What it did since comes back from
// the county, and what it does now is under another incarnation.
func TestARestoredBoxGetsItsWeekBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCounty(t)
		dir, copied := t.TempDir(), filepath.Join(t.TempDir(), "copy")
		a := c.start("v01", dir)
		a.follow(t, "p1")
		time.Sleep(5 * time.Minute)
		c.line(func() error { return errLost })
		for i := range 20 {
			a.write(t, protocol.Clinical, "p1", fmt.Sprint("old ", i)) // the copy has not sent them
		}
		a.stop()
		c.line(sound)
		if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		a = c.start("v01", dir)
		was := a.Incarnation()
		for i := range 30 {
			a.write(t, protocol.Clinical, "p1", fmt.Sprint("of the week ", i))
		}
		time.Sleep(5 * time.Minute)
		a.level(t, 50)
		a.stop()
		c.hear(false) // the receipts of what it sends again are the first that it hears
		a = c.start("v01", copied)
		time.Sleep(5 * time.Minute)
		c.hear(true)
		time.Sleep(5 * time.Minute)
		a.write(t, protocol.Clinical, "p1", "after the restore")
		time.Sleep(30 * time.Minute)
		a.level(t, 51)
		if a.Incarnation() == was {
			t.Error("the restored box goes on under the old incarnation")
		}
		if a.Frozen() {
			t.Error("custody is still frozen though digests agree")
		}
		a.stop()
	})
}

// Somebody is looked up for a day. Their record comes by a walk, what happens
// meanwhile by the feed, and all of it is gone after the end, line or no line;
// what the station wrote itself and could not send stays until it could.
func TestALookedUpPersonComesForADayAndLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCounty(t)
		b := c.start("v02", "")
		b.follow(t, "p1")
		for i := range 100 {
			b.write(t, protocol.Clinical, "p1", fmt.Sprint("note ", i))
		}
		a := c.start("v01", "")
		c.line(func() error { return errLost })
		a.followUntil(t, "p1", time.Now().Add(time.Hour))
		time.Sleep(5 * time.Minute)
		if n := a.notes(t); n != 0 {
			t.Errorf("%d notes without a line", n)
		}
		c.line(sound)
		time.Sleep(5 * time.Minute)
		b.write(t, protocol.Clinical, "p1", "meanwhile")
		time.Sleep(time.Minute)
		a.level(t, 101)
		c.line(func() error { return errLost })
		a.write(t, protocol.Clinical, "p1", "by the visited station")
		time.Sleep(time.Hour)
		if n := a.notes(t); n != 1 {
			t.Errorf("%d notes after the end, want the one that did not leave yet", n)
		}
		c.line(sound)
		time.Sleep(30 * time.Minute)
		a.level(t, 0)
		b.level(t, 102)
		a.stop()
		b.stop()
	})
}
