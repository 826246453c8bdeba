package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
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
	"xiangyi/protocol/care/identity"
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

// resident is a fictional card: region 990101, a birth date, a number, and the
// check character of GB 11643.
func resident(i int) identity.Card {
	body := fmt.Sprintf("990101%04d%02d%02d%03d", 1930+i%70, 1+i%12, 1+i%28, i%1000)
	weights := []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for k, w := range weights {
		sum += w * int(body[k]-'0')
	}
	return identity.Card{Name: fmt.Sprintf("示例%d", i), Number: body + string("10X98765432"[sum%11]), Ethnic: "01", Address: "示范县青石村"}
}

func registerAll(ctx context.Context, engine *care.Engine) ([]care.ID, error) {
	reader := care.Machine("card-reader")
	out := make([]care.ID, people)
	return out, spread(people, func(i int) error {
		input, err := protocol.Encode(resident(i))
		if err != nil {
			return err
		}
		a, err := engine.Do(ctx, care.Request{Actor: reader, Name: "identity.card", Input: input})
		if err != nil {
			return err
		}
		out[i] = a.About.ID
		who := care.Actor{ID: a.About.ID, Role: care.Resident, Method: care.ByCard, Assurance: 2}
		return agree(ctx, engine, who)
	})
}

// agree gives every consent that the shipped forms ask for.
func agree(ctx context.Context, engine *care.Engine, who care.Actor) error {
	for _, q := range identity.Initial() {
		if q.Name != "identity.publish-form" {
			continue
		}
		var form struct {
			Purpose care.ConsentPurpose `json:"purpose"`
			Version string              `json:"version"`
		}
		if err := json.Unmarshal(q.Input, &form); err != nil {
			return err
		}
		input, err := protocol.Encode(identity.Agreement{Person: who.ID, Purpose: form.Purpose, Version: form.Version})
		if err != nil {
			return err
		}
		if _, err := engine.Do(ctx, care.Request{Actor: who, Name: "identity.consent", Input: input}); err != nil {
			return err
		}
	}
	return nil
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
