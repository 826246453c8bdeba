package cluster

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"xiangyi/cloud/ledger"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
	"xiangyi/protocol/care/quarantine"
)

// ward is a ledger's quarantine of which one entry can be mended.
type ward struct {
	mu     sync.Mutex
	parked []ledger.Parked
	mended bool
}

func (w *ward) Quarantine() ([]ledger.Parked, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]ledger.Parked{}, w.parked...), nil
}

func (w *ward) Retry(protocol.Position) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.mended {
		w.parked = nil
	}
	return true, nil
}

func (w *ward) SetAside(protocol.Position) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.parked[0].Reason, w.parked[0].Behind = ledger.ReasonAside, 0
	w.parked = w.parked[:1]
	return true, nil
}

// What the ledger parks is shown; what a person asks for is done, and shown.
func TestTheQuarantineThatPeopleSeeIsTheLedgers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		services := []care.Service{quarantine.Service()}
		store := caretest.NewModel(ledger.County, 5, care.Kinds(services), time.Now)
		engine, err := care.NewEngine(store, care.InCounty, nil, services)
		if err != nil {
			t.Fatal(err)
		}
		bad := protocol.Position{Site: "v01", Incarnation: 7, Lane: protocol.Clinical, Seq: 3}
		after := bad
		after.Seq++
		w := &ward{parked: []ledger.Parked{{Position: bad, Reason: ledger.ReasonContent, Words: "why", Behind: 1}, {Position: after, Reason: ledger.ReasonWaits}}}
		ctx, cancel := context.WithCancel(t.Context())
		var run sync.WaitGroup
		run.Go(func() {
			(&warden{ledger: w, store: store, engine: engine, log: slog.New(slog.DiscardHandler)}).run(ctx)
		})
		is := func(want quarantine.State, p protocol.Position) {
			t.Helper()
			synctest.Wait()
			err := store.View(ctx, func(r protocol.Reader) error {
				rec, _, err := care.Read[quarantine.Parked](r, quarantine.Ref(p))
				if rec.State != want {
					t.Errorf("%s is %q, want %q", p, rec.State, want)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
		ask := func(name protocol.ActionName, in any) {
			t.Helper()
			raw, err := protocol.Encode(in)
			if err != nil {
				t.Fatal(err)
			}
			who := care.Actor{ID: "o01", Role: care.Operator, Terminal: "portal"}
			if _, err := engine.Do(ctx, care.Request{Actor: who, Name: name, Input: raw}); err != nil {
				t.Fatal(err)
			}
		}
		is(quarantine.Stuck, bad)
		is(quarantine.Waits, after)
		before := store.Last()
		time.Sleep(10 * wardenTime)
		if store.Last() != before {
			t.Error("what stands as it stood is written again and again")
		}
		which := quarantine.Which{ID: quarantine.Ref(bad).ID}
		ask(quarantine.Retry, which)
		is(quarantine.Stuck, bad) // tried, in vain
		ask(quarantine.Drop, quarantine.SetAside{ID: which.ID, Why: "坏掉的仪器写的"})
		is(quarantine.Aside, bad)
		is(quarantine.Released, after)
		w.mu.Lock()
		w.mended = true
		w.mu.Unlock()
		ask(quarantine.Retry, which)
		is(quarantine.Released, bad)
		cancel()
		run.Wait()
	})
}
