package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"xiangyi/cmd/internal/demo"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/exam"
	"xiangyi/protocol/care/roster"
	"xiangyi/protocol/seal"
	"xiangyi/replication/store"
)

const (
	password = "Bench-mark-1"
	people   = 1000
)

// fill puts records into a box that is not running, through the same door as
// its screens: the demonstration's places and staff, residents with consent,
// and spot checks up to n records. It gives the residents.
func (b *box) fill(ctx context.Context, n int) ([]care.ID, error) {
	services := roster.Services()
	db, err := store.Open(store.Options{CoreOptions: store.CoreOptions{Dir: filepath.Join(b.path("data"), "store"), Site: "v01",
		Keys: seal.Derived(b.secrets), Rand: rand.Reader, Kinds: care.Kinds(services), Small: true, Log: quiet}, Now: time.Now})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	// The county's part of the seeding is done here, as if it had come down the line.
	engine, err := care.NewEngine(db, care.Everywhere, nil, services)
	if err != nil {
		return nil, err
	}
	for _, q := range demo.Requests([]protocol.Site{"v01"}, map[string]string{"doctor1": password}) {
		if _, err := engine.Do(ctx, q); err != nil {
			return nil, fmt.Errorf("seed: %w", err)
		}
	}
	residents, err := registerAll(ctx, engine)
	if err != nil {
		return nil, err
	}
	return residents, enterAll(ctx, engine, residents, n-2*people)
}

func registerAll(ctx context.Context, engine *care.Engine) ([]care.ID, error) {
	out := make([]care.ID, people)
	return out, spread(people, func(i int) error {
		who, err := demo.Villager(ctx, engine, i)
		out[i] = who.ID
		return err
	})
}

func enterAll(ctx context.Context, engine *care.Engine, residents []care.ID, n int) error {
	doctor := care.Actor{ID: "v11", Role: care.Doctor, Method: care.ByPassword, Assurance: 2, Terminal: "desk-1"}
	return spread(n, func(i int) error {
		input, err := protocol.Encode(exam.Entry{Person: residents[i%len(residents)], Technique: "counted",
			Systolic: protocol.Decimal(fmt.Sprint(105 + i%40)), Diastolic: protocol.Decimal(fmt.Sprint(65 + i%20)), Pulse: protocol.Decimal(fmt.Sprint(60 + i%30))})
		if err != nil {
			return err
		}
		_, err = engine.Do(ctx, care.Request{Actor: doctor, Name: "exam.enter", Input: input})
		return err
	})
}

// spread runs do for 0 … n-1 on 128 workers, whose commits share fsyncs.
func spread(n int, do func(i int) error) error {
	var next atomic.Int64
	var work sync.WaitGroup
	var mu sync.Mutex
	var all []error
	for range 128 {
		work.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := do(i); err != nil {
					mu.Lock()
					all = append(all, err)
					mu.Unlock()
					next.Store(int64(n))
					return
				}
			}
		})
	}
	work.Wait()
	return errors.Join(all...)
}
