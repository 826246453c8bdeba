package demo_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"testing"
	"time"

	"xiangyi/cmd/internal/demo"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/appointment"
	"xiangyi/protocol/care/roster"
	"xiangyi/protocol/seal"
	"xiangyi/replication/store"
)

// county opens the whole roster on a real store, with the demonstration's
// records in it, as the county's site.
func county(t *testing.T) (*store.DB, *care.Engine) {
	t.Helper()
	services := roster.Services()
	db, err := store.Open(store.Options{CoreOptions: store.CoreOptions{Dir: t.TempDir(), Site: "county", Authority: true, Small: true,
		Keys: seal.Derived(seal.Secrets{County: [32]byte{1}, Site: [32]byte{2}}), Rand: rand.Reader, Kinds: care.Kinds(services),
		Log: slog.New(slog.DiscardHandler)}, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	engine, err := care.NewEngine(db, care.Everywhere, nil, services)
	if err != nil {
		t.Fatal(err)
	}
	passwords := map[string]string{}
	for _, p := range demo.People() {
		passwords[p.Login] = "Demo-pass-1"
	}
	for range 2 { // seeding twice is seeding once
		for _, q := range demo.Requests([]protocol.Site{"v01", "v02"}, passwords) {
			if _, err := engine.Do(t.Context(), q); err != nil {
				t.Fatalf("%s: %v", q.Name, err)
			}
		}
	}
	return db, engine
}

func do(ctx context.Context, e *care.Engine, who care.Actor, name protocol.ActionName, in any) (care.Answer, error) {
	input, err := protocol.Encode(in)
	if err != nil {
		return care.Answer{}, err
	}
	return e.Do(ctx, care.Request{Actor: who, Name: name, Input: input})
}

// freeSlot runs the county's reactions, which open the planned sessions, until
// one has a slot that anybody may book.
func freeSlot(t *testing.T, db *store.DB, engine *care.Engine) (slot care.ID) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	reactor := care.Reactor{Engine: engine, Store: db, Place: care.InCounty, Name: "county.reactions", Log: slog.New(slog.DiscardHandler),
		Reactions: care.Reactions(roster.Services(), care.InCounty), Pause: func(ctx context.Context, _ int) error { return ctx.Err() }}
	done := make(chan error, 1)
	go func() { done <- reactor.Run(ctx) }()
	defer func() { cancel(); <-done }()
	for at := protocol.Cursor(0); slot == ""; {
		items, err := db.Next(ctx, at, 100, protocol.AllValues)
		if err != nil {
			t.Fatalf("no free slot in a new county: %v", err)
		}
		for _, it := range items {
			at = it.Cursor
			for _, w := range it.Change.Writes {
				var s appointment.Slot
				if w.Ref.Kind == appointment.KindSlot && protocol.Decode(w.Value, &s) == nil &&
					s.State == appointment.SlotFree && s.Holder == "county" && s.Start.After(time.Now().Add(24*time.Hour)) {
					slot = w.Ref.ID
				}
			}
		}
	}
	return slot
}

func TestFiftyPeoplePressAtOnceAndOneHasTheSlot(t *testing.T) {
	db, engine := county(t)
	slot := freeSlot(t, db, engine)
	const people = 50
	var who [people]care.Actor
	for i := range who {
		var err error
		if who[i], err = demo.Villager(t.Context(), engine, i); err != nil {
			t.Fatal(err)
		}
	}
	var wins, gone int
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range who {
		all.Go(func() {
			_, err := do(t.Context(), engine, who[i], "appointment.book", appointment.Booking{Person: who[i].ID, Slot: slot})
			refusal, refused := protocol.AsRefusal(err)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				wins++
			case refused:
				gone++
				if refusal.Words == "" || refusal.Next == "" {
					t.Errorf("refused as %q without plain words or a way on", refusal.Code)
				}
			default:
				t.Errorf("booking: %v", err)
			}
		})
	}
	all.Wait()
	if wins != 1 || gone != people-1 {
		t.Errorf("%d have the slot, %d were told that it is gone", wins, gone)
	}
}
