package simulate

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication"
	"xiangyi/replication/store"
)

var wholeKinds = append(protocol.BaseKinds(), protocol.KindSpec{Kind: "note", Class: protocol.ClassHealth, Retention: protocol.RetainClinical,
	Indexes: []protocol.Index{{Name: "all"}}})

// box is a station: its directory, and while it runs its process.
type box struct {
	*whole
	site  protocol.Site
	dir   string
	db    *store.DB
	down  *replication.Downlink
	quit  func()
	said  []protocol.Change // what somebody was told is saved
	lost  map[protocol.Position]bool
	wrote int
	clock atomic.Int64 // by how far it is wrong
}

func (b *box) setClock(off time.Duration) { b.clock.Store(int64(off)) }

func (b *box) now() time.Time { return time.Now().Add(time.Duration(b.clock.Load())) }

func (b *box) start() {
	keys := seal.Derived(seal.Secrets{County: [32]byte{1}, Site: seal.Sum([]byte(b.site))})
	log := slog.New(slog.DiscardHandler)
	db, err := store.Open(store.Options{CoreOptions: store.CoreOptions{Dir: b.dir, Site: b.site, Keys: keys, Rand: rand.Reader, Kinds: wholeKinds,
		Small: true, Log: log}, Now: b.now, Ballast: -1})
	if err != nil {
		b.t.Fatalf("%s does not start: %v", b.site, err)
	}
	b.db = db
	b.down = &replication.Downlink{Site: b.site, Shelf: db, Line: line{b.whole, b.site}, Keys: keys, Rand: rand.Reader, Log: log, Budget: 16 << 10, Apart: true, MostWalks: 2}
	urgent := []protocol.Lane{protocol.Urgent, protocol.Clinical}
	one := &replication.Sender{Journal: db, Line: b.whole, Lanes: urgent, Keys: keys, County: b.county.Public(), Rand: rand.Reader, Log: log}
	two := &replication.Sender{Journal: db, Line: b.whole, Lanes: []protocol.Lane{protocol.Administrative, protocol.Media}, Before: urgent,
		Keys: keys, County: b.county.Public(), Rand: rand.Reader, Log: log}
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	for _, f := range []func(context.Context) error{one.Run, two.Run, b.down.Run} {
		work.Go(func() {
			if err := f(ctx); !errors.Is(err, context.Canceled) {
				b.t.Errorf("%s: %v", b.site, err)
			}
		})
	}
	b.quit = func() {
		cancel()
		work.Wait()
		if err := db.Close(); err != nil {
			b.t.Errorf("%s: %v", b.site, err)
		}
	}
	b.follow("p1")
}

func (b *box) stop() {
	if b.quit != nil {
		b.quit()
		b.quit = nil
	}
}

func (b *box) follow(person protocol.ID) {
	ref := protocol.Ref{Kind: protocol.KindFollow, ID: protocol.ID(b.site) + "." + person}
	b.do(protocol.Administrative, func(tx protocol.Tx) error {
		if _, err := tx.Get(ref); err == nil {
			return nil
		}
		v, err := protocol.Encode(protocol.Follow{Site: b.site, Scope: protocol.PersonScope(person)})
		if err != nil {
			return err
		}
		_, err = tx.Put(protocol.Draft{Ref: ref, Value: v, Scopes: []protocol.Scope{protocol.SiteScope(b.site)}})
		return err
	})
}

func (b *box) write() {
	if c, err := b.note(); err != nil {
		b.t.Errorf("%s: %v", b.site, err)
	} else {
		b.said = append(b.said, c)
	}
}

func (b *box) note() (protocol.Change, error) {
	b.wrote++
	return b.act(protocol.Lane(b.wrote%protocol.Lanes), func(tx protocol.Tx) error {
		v, err := protocol.Encode(map[string]string{"text": fmt.Sprintf("%s %d", b.site, b.wrote)})
		if err != nil {
			return err
		}
		_, err = tx.Put(protocol.Draft{Ref: protocol.Ref{Kind: "note", ID: tx.NewID()}, Subject: "p1", Value: v})
		return err
	})
}

func (b *box) act(lane protocol.Lane, act func(protocol.Tx) error) (protocol.Change, error) {
	return b.db.Do(context.Background(), protocol.Order{Actor: protocol.Actor{ID: "someone"}, Action: "simulate.write", Purpose: "care", Lane: lane}, act)
}

func (b *box) do(lane protocol.Lane, act func(protocol.Tx) error) {
	c, err := b.act(lane, act)
	if err != nil {
		b.t.Errorf("%s: %v", b.site, err)
		return
	}
	b.said = append(b.said, c)
}

// crash takes the power away while something is written. The disk is left as the
// kernel may leave it: of the pages that were written since the last thing that
// somebody was told is saved, some are there and some are not.
func (b *box) crash() {
	frozen := b.db.Frozen() // it lost a tail before, and has not heard everything since
	before, after := filepath.Join(b.dir+".before"), filepath.Join(b.dir+".after")
	b.image(before)
	ended := make(chan error, 1)
	var c protocol.Change
	go func() {
		var err error
		c, err = b.note()
		ended <- err
	}()
	b.image(after)
	told, synced := false, b.witnessed(before, after)
	select {
	case err := <-ended: // somebody heard of it, so all of it was synced
		told = err == nil
	default:
		if !synced {
			b.mix(before, after)
		}
	}
	if !told {
		<-ended // the process that is to die says so to nobody
	}
	b.stop()
	if told {
		b.said = append(b.said, c)
	} else if !synced {
		b.replace(before)
	}
	b.remove(before, after)
	b.start()
	if !frozen && b.db.Frozen() {
		b.t.Errorf("%s: a power cut froze custody: %v", b.site, b.alarm())
	}
	b.misses(0)
}

func (b *box) alarm() store.Alarm {
	a, _ := b.db.Alarm()
	return a
}

// forget puts the records back to what they were some saves ago, and not the
// witness: Badger lost a tail without an error.
func (b *box) forget() {
	before := filepath.Join(b.dir + ".before")
	b.image(before)
	told := len(b.said)
	for range 1 + b.dice.IntN(3) {
		b.write()
	}
	b.stop()
	if err := os.Remove(filepath.Join(before, "witness")); err != nil {
		b.t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(b.dir, "records")); err != nil {
		b.t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(before, "records"), filepath.Join(b.dir, "records")); err != nil {
		b.t.Fatal(err)
	}
	b.remove(before)
	b.start()
	if !b.db.Frozen() {
		b.t.Errorf("%s lost %d saved changes and does not know it", b.site, len(b.said)-told)
	}
	b.misses(len(b.said))
}

// misses notes what the disk does not have; most is how many may be missing.
func (b *box) misses(most int) {
	if b.lost == nil {
		b.lost = map[protocol.Position]bool{}
	}
	missing := 0
	err := b.db.Snapshot(context.Background(), func(s *store.Snapshot) error {
		for i := range b.said {
			_, err := s.Change(b.said[i].Position)
			if errors.Is(err, protocol.ErrNotFound) && !b.lost[b.said[i].Position] {
				b.lost[b.said[i].Position] = true
				missing++
			} else if err != nil && !errors.Is(err, protocol.ErrNotFound) {
				return err
			}
		}
		return nil
	})
	if err != nil || missing > most {
		b.t.Errorf("%s: %d saved changes are gone, %v", b.site, missing, err)
	}
}

// image copies the directory as it is at this moment, file by file. The witness
// comes first: what it says was synced before it was written, so records that are
// read later have it, as at any single moment they do.
func (b *box) image(to string) {
	said, err := os.ReadFile(filepath.Join(b.dir, "witness"))
	if err := errors.Join(err, os.RemoveAll(to), os.CopyFS(to, os.DirFS(b.dir)), os.WriteFile(filepath.Join(to, "witness"), said, 0o600)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *box) replace(with string) {
	if err := errors.Join(os.RemoveAll(b.dir), os.Rename(with, b.dir)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *box) remove(dirs ...string) {
	for _, d := range dirs {
		if err := os.RemoveAll(d); err != nil {
			b.t.Fatal(err)
		}
	}
}

const page = 4096

// witnessed reports whether the witness was written between two images: then all
// the records before it were synced, and the disk is what is left.
func (b *box) witnessed(before, after string) bool {
	was, err := os.ReadFile(filepath.Join(before, "witness"))
	is, err2 := os.ReadFile(filepath.Join(after, "witness"))
	if err := errors.Join(err, err2); err != nil {
		b.t.Fatal(err)
	}
	return !bytes.Equal(was, is)
}

// mix takes some pages of after into before, where files differ.
func (b *box) mix(before, after string) {
	err := filepath.Walk(after, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		rel, err := filepath.Rel(after, path)
		if err != nil {
			return err
		}
		now, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		old, err := os.ReadFile(filepath.Join(before, rel))
		if errors.Is(err, os.ErrNotExist) {
			return nil // a new file whose directory was not synced
		}
		if err != nil || len(old) != len(now) {
			return err
		}
		for at := 0; at < len(now); at += page {
			end := min(at+page, len(now))
			if !bytes.Equal(old[at:end], now[at:end]) && b.dice.IntN(2) == 0 {
				copy(old[at:end], now[at:end])
			}
		}
		return os.WriteFile(filepath.Join(before, rel), old, 0o600)
	})
	if err != nil {
		b.t.Fatal(err)
	}
}
