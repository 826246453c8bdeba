package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"xiangyi/cmd/bench/bare"
	"xiangyi/cmd/internal/cell"
)

// county measures the county's three nodes, as processes of the shipped program,
// from where stations are.
func county(r *run) error {
	program := filepath.Join(r.dir, "cloud")
	build := exec.CommandContext(r.ctx, "go", "build", "-o", program, "xiangyi/cmd/cloud")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build the county's program: %w", err)
	}
	for _, part := range []struct {
		name string
		run  func(*run, string) error
	}{{"commit", cellCommit}, {"failover", cellFailover}, {"reconnect", cellReconnect}} {
		if only := os.Getenv("PART"); only != "" && only != part.name {
			continue
		}
		if err := part.run(r, program); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

// openCell starts a county with so many stations admitted, in a folder of its own.
func (r *run) openCell(program string, stations int) (*cell.Group, error) {
	dir, err := os.MkdirTemp(r.dir, "cell")
	if err != nil {
		return nil, err
	}
	g, err := cell.Open(cell.Options{Dir: dir, Program: program, Sites: cell.Sites(stations)})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.ctx, time.Minute)
	defer cancel()
	if err := g.Start(ctx); err != nil {
		return nil, errors.Join(err, g.Close())
	}
	return g, nil
}

// connect brings so many stations to the county.
func connect(ctx context.Context, g *cell.Group, n int) ([]*cell.Station, error) {
	var out []*cell.Station
	for i, site := range cell.Sites(n) {
		s, err := g.Connect(site, i)
		if err != nil {
			return out, err
		}
		out = append(out, s)
	}
	for _, s := range out {
		if err := s.Up(ctx); err != nil {
			return out, err
		}
	}
	return out, nil
}

func hangUp(stations []*cell.Station) {
	for _, s := range stations {
		s.Close()
	}
}

// volley is one measurement of the commit.
type volley struct {
	metric                 string
	stations, frames, each int // frames a station, Changes a frame
}

// cellCommit measures Changes of 1 KB with receipts. Their frames are made before
// the clock runs.
func cellCommit(r *run, program string) error {
	g, err := r.openCell(program, 64)
	if err != nil {
		return err
	}
	defer g.Close()
	stations, err := connect(r.ctx, g, 64)
	defer hangUp(stations)
	if err != nil {
		return err
	}
	b, err := openBare(r)
	if err != nil {
		return err
	}
	defer b.Close()
	more := 1
	if r.long {
		more = 5
	}
	for _, v := range []volley{{"ops_1", 1, 150 * more, 64}, {"ops_16", 16, 25 * more, 64}, {"ops_64", 64, 12 * more, 64}, {"ops_64_single", 64, 60 * more, 1}} {
		if err := v.measure(r, g, b, stations); err != nil {
			return fmt.Errorf("%s: %w", v.metric, err)
		}
	}
	return nil
}

// measure fires a volley at the county, and then has bare raft commit the same
// bytes with as many clients.
func (v volley) measure(r *run, g *cell.Group, b *bareGroup, stations []*cell.Station) error {
	frames := make([][]cell.Packed, v.stations)
	for i := range frames {
		for range v.frames {
			p, err := stations[i].Pack(v.each)
			if err != nil {
				return err
			}
			frames[i] = append(frames[i], p)
		}
	}
	flushed, worked := flushes(), nodesCPU(g)
	took, times, err := v.fire(r.ctx, stations, frames)
	if err != nil {
		return err
	}
	flushed, worked = flushes()-flushed, nodesCPU(g)-worked
	changes := float64(v.stations * v.frames * v.each)
	rate := changes / took.Seconds()
	bytes := len(frames[0][0].Bytes)
	floor, err := b.commit(bare.Order{Clients: v.stations, Bytes: bytes, For: 4 * time.Second})
	if err != nil {
		return err
	}
	floor *= float64(v.each)
	r.emit(Figure{Bench: "cell.commit", Metric: v.metric, Value: rate, Unit: "1/s", Ratio: rate / floor, RatioTo: "bare raft and raft-wal"})
	r.emit(Figure{Bench: "cell.commit", Metric: v.metric + "_bare", Value: floor, Unit: "1/s"})
	r.emit(Figure{Bench: "cell.commit", Metric: v.metric + "_flushes", Value: float64(flushed) / took.Seconds(), Unit: "1/s"}) // of the whole disk: three nodes, and whoever else
	r.emit(Figure{Bench: "cell.commit", Metric: v.metric + "_cpu_us", Value: float64(worked) * 10_000 / changes, Unit: "us"})  // of all three nodes, a Change
	if v.metric == "ops_64" {
		r.emit(Figure{Bench: "cell.commit", Metric: "p99_64_ms", Value: percentile(times, 0.99), Unit: "ms"})
		r.emit(Figure{Bench: "cell.commit", Metric: "frame_bytes", Value: float64(bytes), Unit: "B"})
	}
	return nil
}

// nodesCPU is the three processes' time so far, in ticks of 10 ms.
func nodesCPU(g *cell.Group) (n int) {
	for _, node := range g.Nodes {
		n += cpuOf(node.PID())
	}
	return n
}

// fire has each station send one frame after the other.
func (v volley) fire(ctx context.Context, stations []*cell.Station, frames [][]cell.Packed) (time.Duration, []time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	times := make([][]time.Duration, len(frames))
	failed := make([]error, len(frames))
	began := time.Now()
	var work sync.WaitGroup
	for i := range frames {
		work.Go(func() {
			for n := range frames[i] {
				left := time.Now()
				if failed[i] = stations[i].Send(ctx, &frames[i][n]); failed[i] != nil {
					return
				}
				times[i] = append(times[i], time.Since(left))
			}
		})
	}
	work.Wait()
	took := time.Since(began)
	var all []time.Duration
	for _, t := range times {
		all = append(all, t...)
	}
	return took, all, errors.Join(failed...)
}
