package storetest

import (
	"errors"
	"fmt"
	"time"

	"xiangyi/protocol"
)

func readsOwnWrites(b *bench) {
	b.put(draft(b, "old", "east", "2030-01-01T00:00:00Z"))
	b.do(order, func(tx protocol.Tx) error {
		if _, err := tx.Put(draft(b, "new", "east", "2030-01-02T00:00:00Z")); err != nil {
			return err
		}
		if _, err := tx.Put(draft(b, "old", "west", "2030-01-01T00:00:00Z")); err != nil {
			return err
		}
		rec, err := tx.Get(note("new"))
		if err != nil || string(rec.Head().Value) != `{"at":"2030-01-02T00:00:00Z","ward":"east"}` {
			b.Errorf("get gave %+v, %v", rec, err)
		}
		b.mustBe(b.scanIn(tx, protocol.Query{Kind: "visit", Index: "day", Match: []string{"east"}}), []protocol.ID{"new"})
		b.mustBe(b.scanIn(tx, protocol.Query{Kind: "visit", Index: "day", Match: []string{"west"}}), []protocol.ID{"old"})
		b.mustBe(b.scanIn(tx, protocol.Query{Kind: "visit", Index: "all"}), []protocol.ID{"new", "old"})
		past, err := tx.History(note("old"))
		if err != nil || len(past) != 2 {
			b.Errorf("history has %d revisions, %v, want 2", len(past), err)
		}
		return nil
	})
}

func scanRanges(b *bench) {
	times := []string{"1949-10-01T00:00:00Z", "2030-01-01T08:00:00Z", "2030-01-01T09:00:00+08:00", "2030-01-01", "2030-01-02T08:00:00Z"}
	ids := []protocol.ID{"old", "b", "early", "a", "c"}
	for i, at := range times {
		b.put(draft(b, ids[i], "east", at))
	}
	b.put(draft(b, "elsewhere", "west", times[1]))
	b.put(draft(b, "untimed", "east", ""))
	day := protocol.Query{Kind: "visit", Index: "day", Match: []string{"east"}}
	b.mustBe(b.scan(day), []protocol.ID{"old", "a", "early", "b", "c"})

	latest := day
	latest.Latest = true
	b.mustBe(b.scan(latest), []protocol.ID{"c", "b", "early", "a", "old"})

	some := day
	some.From = time.Date(2030, 1, 1, 1, 0, 0, 0, time.UTC)
	some.To = time.Date(2030, 1, 2, 8, 0, 0, 0, time.UTC)
	b.mustBe(b.scan(some), []protocol.ID{"early", "b"})
	some.Latest = true
	b.mustBe(b.scan(some), []protocol.ID{"b", "early"})
	some.Limit = 1
	b.mustBe(b.scan(some), []protocol.ID{"b"})

	past := day
	past.To = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	b.mustBe(b.scan(past), []protocol.ID{"old"})
	day.Match = []string{"nowhere"}
	b.mustBe(b.scan(day), nil)
	b.mustBe(b.scan(protocol.Query{Kind: "visit", Index: "all", Limit: 3}), []protocol.ID{"a", "b", "c"})
}

func scanFollowsChanges(b *bench) {
	b.put(draft(b, "a", "east", "2030-01-01T08:00:00Z"))
	b.put(draft(b, "a", "west", "2030-01-03T08:00:00Z"))
	east := protocol.Query{Kind: "visit", Index: "day", Match: []string{"east"}}
	west := protocol.Query{Kind: "visit", Index: "day", Match: []string{"west"}}
	b.mustBe(b.scan(east), nil)
	b.mustBe(b.scan(west), []protocol.ID{"a"})
	b.put(draft(b, "a", "east", ""))
	b.mustBe(b.scan(east), nil)
	b.mustBe(b.scan(west), nil)
	b.mustBe(b.scan(protocol.Query{Kind: "visit", Index: "all"}), []protocol.ID{"a"})
}

func scanPrefix(b *bench) {
	villager := func(id protocol.ID, value string) {
		b.put(protocol.Draft{Ref: protocol.Ref{Kind: "villager", ID: id}, Subject: id, Value: protocol.Value(value)})
	}
	villager("p-1", `{"contact":{"phone":"100"},"home":"7","keys":["zhangsan","zs","张三"]}`)
	villager("p-2", `{"home":"7","keys":["zhangsi","zs","张四"]}`)
	villager("p-3", `{"contact":{"phone":"100"},"home":"8","keys":["zhangsan","张三"]}`)
	villager("p-4", `{"home":"7","keys":["abdukerimjanoglu"]}`)
	find := func(home, text string) []protocol.ID {
		return b.scan(protocol.Query{Kind: "villager", Index: "name", Match: []string{home, text}})
	}
	b.mustBe(find("7", "z"), []protocol.ID{"p-1", "p-2"})
	b.mustBe(find("7", "zhangsa"), []protocol.ID{"p-1"})
	b.mustBe(find("7", "张"), []protocol.ID{"p-1", "p-2"})
	b.mustBe(find("8", "zhangsan"), []protocol.ID{"p-3"})
	b.mustBe(find("7", "hang"), nil)
	b.mustBe(find("7", "abdukerimjan"), []protocol.ID{"p-4"})
	b.mustBe(b.scan(protocol.Query{Kind: "villager", Index: "phone", Match: []string{"100"}}), []protocol.ID{"p-1", "p-3"})
	b.mustBe(b.scan(protocol.Query{Kind: "villager", Index: "phone", Match: []string{"10"}}), nil)
}

func scanUnknownIndex(b *bench) {
	b.view(func(r protocol.Reader) {
		n := 0
		for _, err := range r.Scan(protocol.Query{Kind: "visit", Index: "colour"}) {
			n++
			b.mustFail(err, protocol.ErrNoIndex)
		}
		if n != 1 {
			b.Errorf("the scan gave %d answers, want one error", n)
		}
	})
}

func headsAndMerge(b *bench) {
	first := b.put(draft(b, "a", "east", "2030-01-01T08:00:00Z"))
	left := b.put(draft(b, "a", "east", "2030-01-02T08:00:00Z"))
	apart := draft(b, "a", "west", "2030-01-03T08:00:00Z")
	apart.Parents = []protocol.Rev{first}
	right := b.put(apart)

	rec := b.get(note("a"))
	if len(rec.Heads) != 2 || rec.Heads[0].Rev != right || rec.Heads[1].Rev != left {
		b.Fatalf("heads %v, want %s before %s", rec.Heads, right, left)
	}
	b.mustBe(b.scan(protocol.Query{Kind: "visit", Index: "day", Match: []string{"east"}}), []protocol.ID{"a"})
	b.mustBe(b.scan(protocol.Query{Kind: "visit", Index: "day", Match: []string{"west"}}), []protocol.ID{"a"})
	b.mustBe(b.scan(protocol.Query{Kind: "visit", Index: "all"}), []protocol.ID{"a"})

	// Two heads in one index, at different times, are one record.
	d := draft(b, "b", "north", "2030-01-01T08:00:00Z")
	root := b.put(d)
	for _, at := range []string{"2030-01-03T08:00:00Z", "2030-01-05T08:00:00Z"} {
		d = draft(b, "b", "north", at)
		d.Parents = []protocol.Rev{root}
		b.put(d)
	}
	b.put(draft(b, "c", "north", "2030-01-06T08:00:00Z"))
	b.mustBe(b.scan(protocol.Query{Kind: "visit", Index: "day", Match: []string{"north"}}), []protocol.ID{"b", "c"})

	merge := b.put(draft(b, "a", "east", "2030-01-04T08:00:00Z"))
	rec = b.get(note("a"))
	if len(rec.Heads) != 1 || rec.Head().Rev != merge || len(rec.Head().Parents) != 2 {
		b.Errorf("after the merge: %+v", rec.Heads)
	}
	b.mustBe(b.scan(protocol.Query{Kind: "visit", Index: "day", Match: []string{"west"}}), nil)
}

func draftInherits(b *bench) {
	d := draft(b, "a", "east", "")
	d.Scopes = []protocol.Scope{"campus/c1", "s/v01"}
	b.put(d)
	open := draft(b, "a", "west", "")
	open.Subject = ""
	b.put(open)
	rec := b.get(note("a"))
	head := rec.Head()
	if head.Subject != "p-1" {
		b.Errorf("subject %q did not stay", head.Subject)
	}
	if s := head.Scopes; len(s) != 2 || s[0] != "campus/c1" || s[1] != "s/v01" {
		b.Errorf("scopes %v did not stay", s)
	}
	d.Scopes = []protocol.Scope{}
	d.Class = protocol.ClassSensitive
	b.put(d)
	rec = b.get(note("a"))
	if head = rec.Head(); len(head.Scopes) != 0 || head.Class != protocol.ClassSensitive {
		b.Errorf("scopes %v and class %d are not what the draft said", head.Scopes, head.Class)
	}
}

func custody(b *bench) {
	ref := protocol.Ref{Kind: "place", ID: "9-oclock"}
	mine := b.put(protocol.Draft{Ref: ref, Value: protocol.Value(`{"free":3}`)})
	rec := b.get(ref)
	if rec.Head().Custodian != mine.Site {
		b.Errorf("custodian %q, want the site that made it", rec.Head().Custodian)
	}
	b.put(protocol.Draft{Ref: ref, Custodian: "elsewhere", Value: protocol.Value(`{"free":2}`)})
	_, err := b.store.Do(b.ctx, order, func(tx protocol.Tx) error {
		_, err := tx.Put(protocol.Draft{Ref: ref, Value: protocol.Value(`{"free":1}`)})
		return err
	})
	b.mustFail(err, protocol.ErrNotAllowed)
	rec = b.get(ref)
	if string(rec.Head().Value) != `{"free":2}` || rec.Head().Custodian != "elsewhere" {
		b.Errorf("the record is %s of %q", rec.Head().Value, rec.Head().Custodian)
	}
	c, err := b.store.Do(b.ctx, order, func(tx protocol.Tx) error {
		if _, err := tx.Put(protocol.Draft{Ref: ref, Value: protocol.Value(`{"free":1}`)}); errors.Is(err, protocol.ErrNotAllowed) {
			return protocol.Refuse("not-ours", "请向县医院申请")
		}
		return nil
	})
	if _, ok := protocol.AsRefusal(err); !ok || c.Code != "not-ours" {
		b.Errorf("an action cannot turn it into a refusal: %+v, %v", c, err)
	}
}

func history(b *bench) {
	var want []protocol.Rev
	for i := range 4 {
		want = append(want, b.put(draft(b, "a", fmt.Sprintf("w%d", i), "")))
	}
	apart := draft(b, "a", "apart", "")
	apart.Parents = []protocol.Rev{want[1]}
	want = append(want, b.put(apart))
	b.put(draft(b, "other", "east", ""))
	b.view(func(r protocol.Reader) {
		past, err := r.History(note("a"))
		if err != nil || len(past) != len(want) {
			b.Fatalf("history has %d revisions, %v, want %d", len(past), err, len(want))
		}
		for i := range past {
			if past[i].Rev != want[i] {
				b.Errorf("revision %d is %s, want %s", i, past[i].Rev, want[i])
			}
		}
	})
}

func unknownFieldsSurvive(b *bench) {
	newer := protocol.Value(`{"at":"2030-01-01T08:00:00Z","novel":{"b":[1.50,2e3],"z":"字"},"temperature":36.60,"ward":"east"}`)
	b.put(protocol.Draft{Ref: note("a"), Subject: "p-1", Value: newer})
	b.do(order, func(tx protocol.Tx) error {
		rec, err := tx.Get(note("a"))
		if err != nil {
			return err
		}
		var v visit
		if err := protocol.Decode(rec.Head().Value, &v); err != nil {
			return err
		}
		v.Text = "seen"
		_, err = tx.Put(protocol.Draft{Ref: note("a"), Subject: "p-1", Value: b.encode(&v)})
		return err
	})
	want := `{"at":"2030-01-01T08:00:00Z","novel":{"b":[1.50,2e3],"z":"字"},"temperature":36.60,"text":"seen","ward":"east"}`
	rec := b.get(note("a"))
	if got := string(rec.Head().Value); got != want {
		b.Errorf("value %s, want %s", got, want)
	}
	_, err := b.store.Do(b.ctx, order, func(tx protocol.Tx) error {
		_, err := tx.Put(protocol.Draft{Ref: note("b"), Value: protocol.Value(`{"ward": "east"}`)})
		return err
	})
	if err == nil {
		b.Error("a value that is not canonical was taken")
	}
}

func notFound(b *bench) {
	b.view(func(r protocol.Reader) {
		_, err := r.Get(note("nobody"))
		b.mustFail(err, protocol.ErrNotFound)
	})
	_, err := b.store.Do(b.ctx, order, func(tx protocol.Tx) error {
		_, err := tx.Get(note("nobody"))
		return err
	})
	b.mustFail(err, protocol.ErrNotFound)
	_, err = b.store.Do(b.ctx, order, func(tx protocol.Tx) error {
		_, err := tx.Put(protocol.Draft{Ref: protocol.Ref{Kind: "undeclared", ID: "a"}, Value: protocol.Value(`{}`)})
		return err
	})
	if err == nil {
		b.Error("a kind that nobody declared was written")
	}
}
