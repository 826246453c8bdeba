package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
)

func TestWhatWasSavedIsThereAfterAReopen(t *testing.T) {
	dir := t.TempDir()
	clock := noon
	o := stationOptions(dir)
	o.Now = func() time.Time { return clock }
	d := openDB(t, o)
	first := do(t, d, order, putVisit("a", "east"))
	inc := d.Incarnation()
	must(t, d.Close())
	must(t, d.Close())

	clock = noon.AddDate(-40, 0, 0) // the battery of the clock is empty
	d = openDB(t, o)
	if d.Incarnation() != inc || d.Frozen() {
		t.Fatalf("incarnation %d, frozen %v: the station does not trust its whole journal", d.Incarnation(), d.Frozen())
	}
	second := do(t, d, order, putVisit("a", "west"))
	if second.Seq != first.Seq+1 || second.HLC <= first.HLC {
		t.Errorf("%s at %d follows %s at %d", second.Position, second.HLC, first.Position, first.HLC)
	}
	if d.Last() != 2 {
		t.Errorf("feed stands at %d, want 2", d.Last())
	}
	changes, prev, err := d.Journal(protocol.Clinical, 0, 10, 1<<20)
	if err != nil || len(changes) != 2 || prev != protocol.Genesis("v01", inc, protocol.Clinical) {
		t.Fatalf("journal has %d changes, %v", len(changes), err)
	}
	for i := range changes {
		if len(changes[i].Writes[0].Value) == 0 {
			t.Errorf("change %d came without its value", i)
		}
		prev = protocol.Chain(prev, &changes[i])
	}
	if seq, hash, err := d.Tail(protocol.Clinical); err != nil || seq != 2 || hash != prev {
		t.Errorf("tail %d %s, %v, want 2 %s", seq, hash, err, prev)
	}
	must(t, d.Verify(t.Context()))
}

func TestJournalKeepsToItsLimits(t *testing.T) {
	d := openDB(t, stationOptions(""))
	for i := range 6 {
		do(t, d, order, putVisit(protocol.ID(fmt.Sprint("r", i)), "east"))
	}
	one, _, err := d.Journal(protocol.Clinical, 0, 10, 1)
	if err != nil || len(one) != 1 {
		t.Errorf("with room for nothing: %d changes, %v, want one", len(one), err)
	}
	some, prev, err := d.Journal(protocol.Clinical, 2, 3, 1<<20)
	if err != nil || len(some) != 3 || some[0].Seq != 3 {
		t.Fatalf("three after the second: %v, %v", some, err)
	}
	two, _, err := d.Journal(protocol.Clinical, 0, 2, 1<<20)
	must(t, err)
	hash := protocol.Genesis("v01", d.Incarnation(), protocol.Clinical)
	for i := range two {
		hash = protocol.Chain(hash, &two[i])
	}
	if prev != hash {
		t.Errorf("the hash before the third is %s, want %s", prev, hash)
	}
	if none, _, err := d.Journal(protocol.Urgent, 0, 10, 1<<20); err != nil || len(none) > 0 {
		t.Errorf("an empty lane gives %v, %v", none, err)
	}
}

// Orders that wait while one transaction is written go into the next together.
func TestWaitingOrdersShareOneTransaction(t *testing.T) {
	d := openDB(t, stationOptions(t.TempDir()))
	inside, goOn := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		do(t, d, order, func(tx protocol.Tx) error { close(inside); <-goOn; return nil })
	})
	<-inside
	var jobs []*job
	for i := range 50 {
		act := putVisit(protocol.ID(fmt.Sprint("r", i)), "east")
		j := &job{done: make(chan struct{}), work: func(r *round) (protocol.Change, error) { return r.do(order, act) }}
		jobs = append(jobs, j)
		d.queue <- j
	}
	close(goOn)
	for i, j := range jobs {
		<-j.done
		if j.err != nil || j.change.Seq != protocol.Seq(i+2) {
			t.Errorf("order %d: %s, %v", i, j.change.Position, j.err)
		}
	}
	wg.Wait()
	must(t, d.Verify(t.Context()))
	must(t, d.Close())
	if d.witness.counter != 3 { // at Open, for the first order, for the fifty
		t.Errorf("%d transactions were witnessed, want 3", d.witness.counter)
	}
}

// An order whose Change no transaction can hold does not take the others of its
// round with it.
func TestAnOrderThatCannotBeStoredFailsAlone(t *testing.T) {
	d := openDB(t, stationOptions(""))
	inside, goOn := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		do(t, d, order, func(tx protocol.Tx) error { close(inside); <-goOn; return nil })
	})
	<-inside
	broken := errors.New("cannot be stored")
	jobs := []*job{
		{work: func(r *round) (protocol.Change, error) { return r.do(order, putVisit("a", "east")) }},
		{work: func(r *round) (protocol.Change, error) {
			r.more = append(r.more, func(*Batch) error { return broken })
			return protocol.Change{}, nil
		}},
		{work: func(r *round) (protocol.Change, error) { return r.do(order, putVisit("b", "east")) }},
	}
	for _, j := range jobs {
		j.done = make(chan struct{})
		d.queue <- j
	}
	close(goOn)
	for i, want := range []error{nil, broken, nil} {
		if <-jobs[i].done; !errors.Is(jobs[i].err, want) {
			t.Errorf("order %d: %v, want %v", i, jobs[i].err, want)
		}
	}
	wg.Wait()
	if jobs[2].change.Seq != 3 || d.Last() != 3 {
		t.Errorf("the last stands at %s, the feed at %d", jobs[2].change.Position, d.Last())
	}
	must(t, d.Verify(t.Context()))
}

func TestAnOrderThatGaveUpWaitingDidNotHappen(t *testing.T) {
	d := openDB(t, stationOptions(""))
	inside, goOn := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		do(t, d, order, func(tx protocol.Tx) error { close(inside); <-goOn; return nil })
	})
	<-inside
	ctx, cancel := context.WithCancel(t.Context())
	wg.Go(func() {
		_, err := d.Do(ctx, order, func(protocol.Tx) error { t.Error("it ran"); return nil })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want that of the context", err)
		}
		close(goOn)
	})
	cancel()
	wg.Wait()
	do(t, d, order, putVisit("a", "east"))
	if d.Last() != 2 {
		t.Errorf("feed stands at %d, want 2", d.Last())
	}
}

func TestOneActionThatPanicsFailsAlone(t *testing.T) {
	d := openDB(t, stationOptions(""))
	_, err := d.Do(t.Context(), order, func(protocol.Tx) error { panic("index out of range") })
	if err == nil || !strings.Contains(err.Error(), "index out of range") {
		t.Errorf("error %v", err)
	}
	do(t, d, order, putVisit("a", "east"))
}

func TestAfterCloseEverythingSaysSo(t *testing.T) {
	d := openDB(t, stationOptions(""))
	waiting := make(chan error)
	go func() { _, err := d.Next(context.Background(), 0, 1, protocol.AllValues); waiting <- err }()
	must(t, d.Close())
	_, do := d.Do(t.Context(), order, putVisit("a", "east"))
	_, note := d.Note(t.Context(), order, protocol.Seen, "")
	view := d.View(t.Context(), func(protocol.Reader) error { return nil })
	for what, err := range map[string]error{"next": <-waiting, "do": do, "note": note, "view": view, "receipt": d.Receipt(protocol.Receipt{Site: "v01"})} {
		if !errors.Is(err, protocol.ErrClosed) {
			t.Errorf("%s: %v, want ErrClosed", what, err)
		}
	}
}

// A write that failed leaves memory and disk apart: nothing may be shown as
// saved from then on.
func TestAFailedWriteEndsTheStore(t *testing.T) {
	d := openDB(t, stationOptions(t.TempDir()))
	do(t, d, order, putVisit("a", "east"))
	must(t, d.witness.file.Close())
	waiting := make(chan error)
	go func() { _, err := d.Next(t.Context(), d.Last(), 1, protocol.AllValues); waiting <- err }()
	_, err := d.Do(t.Context(), order, putVisit("b", "east"))
	if !errors.Is(err, ErrDisk) {
		t.Fatalf("error %v, want ErrDisk", err)
	}
	<-d.Failed()
	if err := <-waiting; !errors.Is(err, ErrDisk) {
		t.Errorf("who follows the feed hears %v, want ErrDisk", err)
	}
	_, err = d.Do(t.Context(), order, putVisit("c", "east"))
	if view := d.View(t.Context(), func(protocol.Reader) error { return nil }); !errors.Is(err, ErrDisk) || !errors.Is(view, ErrDisk) {
		t.Errorf("afterwards: %v, %v, want ErrDisk", err, view)
	}
}

func TestAFailedTransactionEndsTheRecords(t *testing.T) {
	o := coreOptions("v01")
	o.Dir = t.TempDir()
	core, err := OpenCore(o)
	must(t, err)
	err = core.Update(func(b *Batch) error {
		must(t, b.SetMeta("name", []byte("value")))
		return core.db.close()
	})
	if !errors.Is(err, ErrDisk) || !errors.Is(core.Err(), ErrDisk) {
		t.Errorf("error %v, then %v, want ErrDisk", err, core.Err())
	}
}

func TestAFullDiskStillTakesEmergenciesAndViews(t *testing.T) {
	o := stationOptions(t.TempDir())
	part := uint64(50)
	o.Free = func() (uint64, uint64, error) { return part << 20, 100 << 20, nil }
	o.Ballast = 1 << 20
	d := openDB(t, o)
	ballast := filepath.Join(o.Dir, "ballast")
	if info, err := os.Stat(ballast); err != nil || info.Size() != 1<<20 {
		t.Fatalf("ballast: %v", err)
	}
	try := func(lane protocol.Lane, want error) {
		t.Helper()
		if _, err := d.Do(t.Context(), inLane(lane), func(protocol.Tx) error { return nil }); !errors.Is(err, want) {
			t.Errorf("%d%% free, lane %d: %v, want %v", part, lane, err, want)
		}
	}
	part = 12
	try(protocol.Clinical, nil)
	try(protocol.Media, protocol.ErrSpace)
	part = 5
	try(protocol.Urgent, nil)
	try(protocol.Clinical, protocol.ErrSpace)
	if _, err := os.Stat(ballast); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the ballast was not given back: %v", err)
	}
	_, err := d.Note(t.Context(), order, protocol.Seen, "")
	must(t, err)
	if err := d.Absorb(Arrival{Position: 1, Changes: []protocol.Change{change("v02", 1, write("a", "east"))}}); !errors.Is(err, protocol.ErrSpace) {
		t.Errorf("an arrival was taken: %v", err)
	}
	must(t, d.Absorb(Arrival{Position: 2}))
	part = 50
	try(protocol.Media, nil)
	if info, err := os.Stat(ballast); err != nil || info.Size() != 1<<20 {
		t.Errorf("the ballast was not taken again: %v", err)
	}
}

// What a thief reads from the disk says nothing about anybody.
func TestNoTextOfARecordRestsInClear(t *testing.T) {
	o := stationOptions(t.TempDir())
	d := openDB(t, o)
	secrets := []string{"欧阳测试", "990101199003072018", "hypertensive-crisis", "13900990099", "ouyangceshi"}
	villager := fmt.Sprintf(`{"contact":{"phone":%q},"home":"7","id":%q,"keys":[%q,%q],"text":%q}`, secrets[3], secrets[1], secrets[4], secrets[0], secrets[2])
	for i := range 200 {
		do(t, d, keyedOrder(secrets[1], i), func(tx protocol.Tx) error {
			person := tx.PersonID("01", secrets[1])
			_, err := tx.Put(protocol.Draft{Ref: protocol.Ref{Kind: "villager", ID: person}, Subject: person, Value: protocol.Value(villager)})
			return err
		})
	}
	files := 0
	look := func() {
		err := filepath.WalkDir(o.Dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			files++
			for _, secret := range secrets {
				if bytes.Contains(b, []byte(secret)) || bytes.Contains(b, []byte(strings.ToUpper(secret))) {
					t.Errorf("%s lies in clear in %s", secret, e.Name())
				}
			}
			return err
		})
		must(t, err)
	}
	look()
	must(t, d.Close())
	look()
	if files < 6 {
		t.Errorf("only %d files were looked at", files)
	}
}

// keyedOrder gives an order whose idempotency key holds no secret itself.
func keyedOrder(_ string, i int) protocol.Order {
	o := order
	o.Key = fmt.Sprint("press-", i)
	return o
}

func receipt(d *DB, lane protocol.Lane, seq protocol.Seq, hash seal.Digest) protocol.Receipt {
	return protocol.Receipt{Status: protocol.OK, Site: "v01", Incarnation: d.Incarnation(), Lane: lane, HighWater: seq, Hash: hash}
}

func TestAReceiptShowsWhatTheCountyHolds(t *testing.T) {
	o := stationOptions(t.TempDir())
	d := openDB(t, o)
	one := do(t, d, order, putVisit("a", "east"))
	_, hash, err := d.Tail(protocol.Clinical)
	must(t, err)
	two := do(t, d, order, putVisit("b", "east"))
	waiting := func() Waiting { t.Helper(); w, err := d.Waiting(); must(t, err); return w }
	if w := waiting(); w.Count[protocol.Clinical] != 2 || w.Oldest[protocol.Clinical] != one.HLC || w.Count[protocol.Urgent] != 0 {
		t.Errorf("waiting %+v", w)
	}
	changed := d.Changed()
	must(t, d.Receipt(receipt(d, protocol.Clinical, 1, hash)))
	<-changed
	must(t, d.Receipt(receipt(d, protocol.Clinical, 0, protocol.Genesis("v01", d.Incarnation(), protocol.Clinical)))) // late
	for range 2 {
		held, err := d.Held(protocol.Clinical)
		if w := waiting(); held != 1 || w.Count[protocol.Clinical] != 1 || w.Oldest[protocol.Clinical] != two.HLC {
			t.Errorf("held %d, %v, waiting %+v", held, err, w)
		}
		must(t, d.View(t.Context(), func(r protocol.Reader) error {
			for id, want := range map[protocol.ID]protocol.Level{"a": protocol.HeldBy, "b": protocol.SavedHere} {
				rec, err := r.Get(visitRef(id))
				if err != nil || rec.Head().Level != want {
					t.Errorf("%s: level %d, %v, want %d", id, rec.Head().Level, err, want)
				}
			}
			return nil
		}))
		must(t, d.Close())
		d = openDB(t, o)
	}
	if err := d.Receipt(receipt(d, protocol.Clinical, 2, hash)); !errors.Is(err, ErrFork) {
		t.Errorf("another hash: %v, want ErrFork", err)
	}
	if err := d.Receipt(receipt(d, protocol.Clinical, 3, hash)); !errors.Is(err, ErrFork) {
		t.Errorf("more than we wrote: %v, want ErrFork", err)
	}
	other := receipt(d, protocol.Clinical, 1, hash)
	other.Site = "v02"
	if err := d.Receipt(other); err == nil {
		t.Error("another station's receipt was taken")
	}
	if held, _ := d.Held(protocol.Clinical); held != 1 {
		t.Errorf("held %d after bad receipts, want 1", held)
	}
}
