package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
)

func wholeChange(b *bench) {
	var minted protocol.ID
	c := b.do(order, func(tx protocol.Tx) error {
		minted = tx.NewID()
		if _, err := tx.Put(draft(b, minted, "east", "2030-01-02T08:00:00Z")); err != nil {
			return err
		}
		_, err := tx.Put(protocol.Draft{Ref: protocol.Ref{Kind: "villager", ID: "p-2"}, Subject: "p-2",
			Scopes: []protocol.Scope{"home/7"}, Value: protocol.Value(`{"home":"7","keys":["a"]}`)})
		return err
	})
	if len(c.Writes) != 2 || c.About() != note(minted) || c.Outcome != protocol.Done || c.Subject != "p-1" {
		b.Errorf("change %+v does not say what was done", c)
	}
	if minted != c.Rev(0).ID() {
		b.Errorf("minted %s, want the first write's name %s", minted, c.Rev(0).ID())
	}
	if c.Actor != order.Actor || c.Action != order.Action || c.Purpose != order.Purpose || c.Seq != 1 || c.Lane != protocol.Clinical {
		b.Errorf("change %+v does not say who did it", c)
	}
	rec := b.get(note(minted))
	head := rec.Head()
	if head.Rev != c.Rev(0) || head.Class != protocol.ClassHealth || head.Retention != protocol.RetainClinical || head.HLC != c.HLC {
		b.Errorf("head %+v is not the revision that was written", head)
	}
	if head.Commit != c.Writes[0].Commit || head.Commit == (seal.Digest{}) {
		b.Error("the revision carries no commitment, or another than the change")
	}
	other := b.get(protocol.Ref{Kind: "villager", ID: "p-2"})
	if s := other.Head().Scopes; len(s) != 1 || s[0] != "home/7" || other.Head().Subject != "p-2" {
		b.Errorf("scopes %v, subject %q", s, other.Head().Subject)
	}
}

func failureLeavesNothing(b *bench) {
	broken := errors.New("broken")
	_, err := b.store.Do(b.ctx, keyed("k"), func(tx protocol.Tx) error {
		if _, err := tx.Put(draft(b, "a", "east", "")); err != nil {
			return err
		}
		return broken
	})
	b.mustFail(err, broken)
	if last := b.store.Last(); last != 0 {
		b.Errorf("the feed stands at %d after nothing happened", last)
	}
	b.mustBe(b.scan(protocol.Query{Kind: "visit", Index: "all"}), nil)
	c := b.do(keyed("k"), func(tx protocol.Tx) error { _, err := tx.Put(draft(b, "b", "east", "")); return err })
	if c.Seq != 1 || len(c.Writes) != 1 {
		b.Errorf("the failed order used up seq or key: %+v", c)
	}
}

func refusalIsRecorded(b *bench) {
	c, err := b.store.Do(b.ctx, order, func(tx protocol.Tx) error {
		if _, err := tx.Put(draft(b, "a", "east", "")); err != nil {
			return err
		}
		return fmt.Errorf("book: %w", protocol.Refuse("place-gone", "号源已满"))
	})
	if r, ok := protocol.AsRefusal(err); !ok || r.Code != "place-gone" || r.Words == "" {
		b.Fatalf("error %v, want the refusal", err)
	}
	if c.Outcome != protocol.Refused || c.Code != "place-gone" || len(c.Writes) != 0 {
		b.Errorf("change %+v, want a refusal without writes", c)
	}
	items := b.items(1)
	if got := items[0].Change; got.Position != c.Position || got.Code != "place-gone" || got.Actor.ID != order.Actor.ID {
		b.Errorf("the feed has %+v", got)
	}
	b.mustBe(b.scan(protocol.Query{Kind: "visit", Index: "all"}), nil)
}

func keyRepeats(b *bench) {
	put := func(id protocol.ID) func(protocol.Tx) error {
		return func(tx protocol.Tx) error { _, err := tx.Put(draft(b, id, "east", "")); return err }
	}
	first := b.do(keyed("press-1"), put("a"))
	again := b.do(keyed("press-1"), func(protocol.Tx) error {
		b.Error("the action ran again")
		return nil
	})
	if again.Position != first.Position || again.About() != first.About() {
		b.Errorf("the repeat gave %s, want %s", again.Position, first.Position)
	}
	if other := b.do(keyed("press-2"), put("b")); other.Position == first.Position {
		b.Error("another key gave the same change")
	}
	one, two := b.do(order, put("c")), b.do(order, put("d"))
	if one.Position == two.Position {
		b.Error("orders without a key were taken for repeats")
	}
}

func refusedKeyRepeats(b *bench) {
	no := func(protocol.Tx) error { return protocol.Refuse("no-consent", "需要本人同意") }
	first, err := b.store.Do(b.ctx, keyed("k"), no)
	if _, ok := protocol.AsRefusal(err); !ok {
		b.Fatal(err)
	}
	again, err := b.store.Do(b.ctx, keyed("k"), func(protocol.Tx) error { b.Error("ran again"); return nil })
	if r, ok := protocol.AsRefusal(err); !ok || r.Code != "no-consent" {
		b.Errorf("error %v, want the same refusal", err)
	}
	if again.Position != first.Position {
		b.Errorf("the repeat gave %s, want %s", again.Position, first.Position)
	}
}

func keyPressedByMany(b *bench) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	seen := map[protocol.Position]int{}
	for range 16 {
		wg.Go(func() {
			c, err := b.store.Do(b.ctx, keyed("double-click"), func(tx protocol.Tx) error {
				_, err := tx.Put(protocol.Draft{Ref: note(tx.NewID()), Value: protocol.Value(`{"ward":"east"}`)})
				return err
			})
			if err != nil {
				b.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			seen[c.Position]++
		})
	}
	wg.Wait()
	if len(seen) != 1 {
		b.Errorf("one key made %d changes", len(seen))
	}
	if ids := b.scan(protocol.Query{Kind: "visit", Index: "all"}); len(ids) != 1 {
		b.Errorf("one key wrote %d records", len(ids))
	}
}

func limits(b *bench) {
	_, err := b.store.Do(b.ctx, order, func(tx protocol.Tx) error {
		for range protocol.MaxWrites + 1 {
			if _, err := tx.Put(draft(b, tx.NewID(), "east", "")); err != nil {
				return err
			}
		}
		return nil
	})
	b.mustFail(err, protocol.ErrTooLarge)
	b.mustBe(b.scan(protocol.Query{Kind: "visit", Index: "all"}), nil)
}

func feedOrder(b *bench) {
	var want []protocol.Position
	for i := range 5 {
		o := order
		o.Lane = protocol.Lane(i % protocol.Lanes)
		c := b.do(o, func(tx protocol.Tx) error { _, err := tx.Put(draft(b, tx.NewID(), "east", "")); return err })
		want = append(want, c.Position)
	}
	items := b.items(5)
	for i, item := range items {
		if item.Change.Position != want[i] {
			b.Errorf("item %d is %s, want %s", i, item.Change.Position, want[i])
		}
		if i > 0 && (item.Cursor <= items[i-1].Cursor || item.Change.HLC <= items[i-1].Change.HLC) {
			b.Errorf("item %d does not come after the one before", i)
		}
		if w := item.Change.Writes; len(w) != 1 || string(w[0].Value) != `{"ward":"east"}` {
			b.Errorf("item %d came without its value: %+v", i, w)
		}
	}
	if last := b.store.Last(); last != items[4].Cursor {
		b.Errorf("last is %d, want %d", last, items[4].Cursor)
	}
	if items[0].Change.Seq != 1 || items[4].Change.Seq != 2 || items[4].Change.Lane != protocol.Urgent {
		b.Error("each lane counts 1, 2, 3 for itself")
	}
}

func feedWaits(b *bench) {
	got := make(chan protocol.Item, 1)
	started := make(chan struct{})
	go func() {
		close(started)
		items, err := b.store.Next(b.ctx, 0, 10, protocol.AllValues)
		if err != nil || len(items) == 0 {
			b.Errorf("next: %v", err)
			close(got)
			return
		}
		got <- items[0]
	}()
	<-started
	c := b.do(order, func(tx protocol.Tx) error { _, err := tx.Put(draft(b, "a", "east", "")); return err })
	if item := <-got; item.Change.Position != c.Position {
		b.Errorf("the feed gave %s, want %s", item.Change.Position, c.Position)
	}
	closed, err := b.store.Next(b.ctx, 0, 10, nil)
	if err != nil || len(closed) == 0 {
		b.Fatalf("next: %v", err)
	}
	if w := closed[0].Change.Writes[0]; w.Value != nil || w.Ref != c.Writes[0].Ref || w.Commit != c.Writes[0].Commit {
		b.Error("a value that nobody asked for was opened, or its write is another one")
	}
	ctx, cancel := context.WithCancel(b.ctx)
	cancel()
	_, err = b.store.Next(ctx, b.store.Last(), 10, protocol.AllValues)
	b.mustFail(err, context.Canceled)
}

func noteView(b *bench) {
	o := order
	o.Action, o.Subject, o.Count, o.Lane = "report.mine", "p-1", 7, protocol.Administrative
	c, err := b.store.Note(b.ctx, o, protocol.Seen, "")
	if err != nil {
		b.Fatal(err)
	}
	if c.Outcome != protocol.Seen || c.Count != 7 || c.Subject != "p-1" || len(c.Writes) != 0 || c.Lane != protocol.Administrative {
		b.Errorf("noted %+v", c)
	}
	if _, err := b.store.Note(b.ctx, o, protocol.Refused, "role"); err != nil {
		b.Fatal(err)
	}
	items := b.items(2)
	if items[0].Change.Position != c.Position || items[1].Change.Code != "role" || items[1].Change.Outcome != protocol.Refused {
		b.Errorf("the feed has %+v and %+v", items[0].Change, items[1].Change)
	}
}

func concurrentOrders(b *bench) {
	place := protocol.Ref{Kind: "place", ID: "counter"}
	b.put(protocol.Draft{Ref: place, Value: protocol.Value(`{"n":0}`)})
	type counter struct {
		N int `json:"n"`
	}
	var failed atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				_, err := b.store.Do(b.ctx, order, func(tx protocol.Tx) error {
					rec, err := tx.Get(place)
					if err != nil {
						return err
					}
					var c counter
					if err := protocol.Decode(rec.Head().Value, &c); err != nil {
						return err
					}
					c.N++
					v, err := protocol.Encode(&c)
					if err == nil {
						_, err = tx.Put(protocol.Draft{Ref: place, Value: v})
					}
					return err
				})
				if err != nil {
					failed.Add(1)
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	rec := b.get(place)
	if want := fmt.Sprintf(`{"n":%d}`, 40-failed.Load()); rec.Conflicted() || string(rec.Head().Value) != want {
		b.Errorf("counted to %s with %d heads, want %s and one", rec.Head().Value, len(rec.Heads), want)
	}
}
