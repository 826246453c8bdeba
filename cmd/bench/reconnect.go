package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"xiangyi/cmd/internal/cell"
)

// cellReconnect takes the whole county away from its stations and measures, from
// the moment that it is there again, until each has a receipt for what it did
// meanwhile: one frame of 8 Changes.
func cellReconnect(r *run, program string) error {
	stations := 500
	if r.long {
		stations = 3000
	}
	g, err := r.openCell(program, stations)
	if err != nil {
		return err
	}
	defer g.Close()
	ctx, cancel := context.WithTimeout(r.ctx, 10*time.Minute)
	defer cancel()
	all, err := connect(ctx, g, stations)
	defer hangUp(all)
	if err != nil {
		return err
	}
	for _, n := range g.Nodes {
		n.Kill()
	}
	frames := make([]cell.Packed, len(all))
	for i, s := range all {
		if frames[i], err = s.Pack(8); err != nil {
			return err
		}
	}
	for _, n := range g.Nodes {
		if err := n.Start(); err != nil {
			return err
		}
	}
	began := time.Now()
	failed := make([]error, len(all))
	var work sync.WaitGroup
	for i, s := range all {
		work.Go(func() { failed[i] = s.Send(ctx, &frames[i]) })
	}
	work.Wait()
	took := time.Since(began)
	if err := errors.Join(failed...); err != nil {
		return err
	}
	r.emit(Figure{Bench: "cell.reconnect", Metric: "seconds", Value: took.Seconds(), Unit: "s"})
	r.emit(Figure{Bench: "cell.reconnect", Metric: "stations", Value: float64(stations), Unit: ""})
	return nil
}
