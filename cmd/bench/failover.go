package main

import (
	"context"
	"fmt"
	"time"

	"xiangyi/cmd/internal/cell"
)

// cellFailover kills the leader's process and measures until a station has its
// next receipt. The dead one comes back before the next kill.
func cellFailover(r *run, program string) error {
	const stations, kills = 8, 20
	g, err := r.openCell(program, stations)
	if err != nil {
		return err
	}
	defer g.Close()
	load, err := connect(r.ctx, g, stations)
	defer hangUp(load)
	if err != nil {
		return err
	}
	n := kills
	if r.long {
		n = 5 * kills
	}
	var times []time.Duration
	for range n {
		took, err := oneKill(r.ctx, g, load)
		if err != nil {
			return fmt.Errorf("kill %d: %w", len(times)+1, err)
		}
		times = append(times, took)
	}
	r.emit(Figure{Bench: "cell.failover", Metric: "p50_s", Value: percentile(times, 0.5) / 1000, Unit: "s"})
	r.emit(Figure{Bench: "cell.failover", Metric: "p95_s", Value: percentile(times, 0.95) / 1000, Unit: "s"})
	r.emit(Figure{Bench: "cell.failover", Metric: "kills", Value: float64(n), Unit: ""})
	return nil
}

// oneKill is from a kill to the first receipt of a frame that was sent after it.
func oneKill(ctx context.Context, g *cell.Group, load []*cell.Station) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if _, err := g.Level(ctx); err != nil {
		return 0, err
	}
	leader, err := g.Leader(ctx)
	if err != nil {
		return 0, err
	}
	type sent struct {
		at  time.Time
		err error
	}
	landed := make(chan sent, len(load))
	leader.Kill()
	began := time.Now()
	for _, s := range load {
		p, err := s.Pack(8)
		if err != nil {
			return 0, err
		}
		go func() {
			err := s.Send(ctx, &p)
			landed <- sent{time.Now(), err}
		}()
	}
	var first time.Time
	for range load {
		l := <-landed
		if l.err != nil && err == nil {
			err = l.err
		}
		if first.IsZero() || l.at.Before(first) {
			first = l.at
		}
	}
	if err != nil {
		return 0, err
	}
	if err := leader.Start(); err != nil {
		return 0, err
	}
	return first.Sub(began), leader.Ready(ctx)
}
