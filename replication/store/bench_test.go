package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"xiangyi/protocol"
)

// fsyncTime is what one durable kilobyte costs on the disk of dir, without any
// database: the floor that a save is compared with.
func fsyncTime(b *testing.B, dir string) time.Duration {
	b.Helper()
	f, err := os.Create(filepath.Join(dir, "fsync"))
	must(b, err)
	defer func() { must(b, f.Close()) }()
	const rounds = 200
	block := make([]byte, 1024)
	start := time.Now()
	for range rounds {
		_, err := f.Write(block)
		must(b, err)
		must(b, f.Sync())
	}
	return time.Since(start) / rounds
}

// BenchmarkSave saves observations of about 300 bytes by so many writers at
// once. Beside ns/op it gives this disk's own fsync in the same run, and how many
// of those a save by a single writer takes.
func BenchmarkSave(b *testing.B) {
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			o := stationOptions(b.TempDir())
			o.Now = time.Now
			d := openDB(b, o)
			floor := fsyncTime(b, o.Dir)
			value := protocol.Value(`{"at":"2030-05-06T08:00:00Z","code":"8480-6","device":"RBP-9000","text":"收缩压，坐位，右臂","unit":"mm[Hg]","value":"128","ward":"east"}`)
			var left atomic.Int64
			left.Store(int64(b.N))
			b.ResetTimer()
			var wg sync.WaitGroup
			for range writers {
				wg.Go(func() {
					for left.Add(-1) >= 0 {
						_, err := d.Do(context.Background(), order, func(tx protocol.Tx) error {
							_, err := tx.Put(protocol.Draft{Ref: visitRef(tx.NewID()), Subject: "p-1", Value: value})
							return err
						})
						if err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			each := b.Elapsed() / time.Duration(b.N)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "saves/s")
			b.ReportMetric(float64(b.N)/float64(d.witness.counter), "saves/transaction")
			b.ReportMetric(float64(floor.Microseconds()), "fsync-µs")
			b.ReportMetric(float64(each)/float64(floor), "fsyncs/save")
		})
	}
}

// BenchmarkPage reads what a page shows: twenty records of one index.
func BenchmarkPage(b *testing.B) {
	d := openDB(b, stationOptions(b.TempDir()))
	for i := range 2000 {
		_, err := d.Do(context.Background(), order, putVisit(protocol.ID(fmt.Sprint("r", i)), fmt.Sprint("w", i%100)))
		must(b, err)
	}
	b.ReportAllocs()
	for b.Loop() {
		must(b, d.View(context.Background(), func(r protocol.Reader) error {
			n := 0
			for _, err := range r.Scan(protocol.Query{Kind: "visit", Index: "day", Match: []string{"w7"}, Latest: true}) {
				if n++; err != nil {
					return err
				}
			}
			if n != 20 {
				b.Errorf("%d records", n)
			}
			return nil
		}))
	}
}

// BenchmarkApply stores another site's Changes as a county does, 256 in a
// transaction.
func BenchmarkApply(b *testing.B) {
	o := coreOptions("county")
	o.Dir, o.Small = b.TempDir(), false
	core, err := OpenCore(o)
	must(b, err)
	defer func() { must(b, core.Close()) }()
	changes := make([]protocol.Change, b.N)
	for i := range changes {
		changes[i] = change("v01", protocol.Seq(i+1), write(protocol.ID(fmt.Sprint("r", i)), "east"))
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; {
		must(b, core.Update(func(batch *Batch) error {
			for n := 0; n < 256 && i < b.N; n, i = n+1, i+1 {
				if _, err := batch.Append(&changes[i], protocol.Cursor(i+1), true); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "changes/s")
}
