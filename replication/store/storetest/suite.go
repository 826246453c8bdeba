// Package storetest is the one suite that every protocol.Store passes: the
// station's, the county's, and the model that services are tested on. It knows
// the contract in protocol and nothing of how a store keeps it.
package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"xiangyi/protocol"
)

// Open gives an empty store of the given kinds. It closes itself with the test.
type Open func(t *testing.T, kinds []protocol.KindSpec) protocol.Store

// Kinds are those that the suite writes.
func Kinds() []protocol.KindSpec {
	return []protocol.KindSpec{
		{Kind: "visit", Class: protocol.ClassHealth, Retention: protocol.RetainClinical, Indexes: []protocol.Index{
			{Name: "day", Fields: []string{"ward"}, Time: "at"},
			{Name: "all"},
		}},
		{Kind: "villager", Class: protocol.ClassPersonal, Retention: protocol.RetainClinical, Indexes: []protocol.Index{
			{Name: "name", Fields: []string{"home", "keys[]"}, Prefix: true},
			{Name: "phone", Fields: []string{"contact.phone"}},
		}},
		{Kind: "place", Class: protocol.ClassPublic, Retention: protocol.RetainOperational, Custody: true, Indexes: []protocol.Index{
			{Name: "all"},
		}},
	}
}

// Run runs the suite.
func Run(t *testing.T, open Open) {
	tests := []struct {
		name string
		run  func(*bench)
	}{
		{"what one action wrote is there whole", wholeChange},
		{"an action that fails leaves nothing", failureLeavesNothing},
		{"a refusal is on record and writes nothing", refusalIsRecorded},
		{"a repeated key answers with the first change", keyRepeats},
		{"a repeated key of a refusal refuses again", refusedKeyRepeats},
		{"one key pressed by many runs once", keyPressedByMany},
		{"an action reads what it wrote", readsOwnWrites},
		{"a scan keeps to its range and order", scanRanges},
		{"a changed record moves in the index", scanFollowsChanges},
		{"a scan finds by prefix and by nested field", scanPrefix},
		{"a scan of an index nobody declared is an error", scanUnknownIndex},
		{"places that wrote apart are both kept, and a merge ends it", headsAndMerge},
		{"what a draft leaves open stays as it was", draftInherits},
		{"nobody writes what is in another's custody", custody},
		{"history lists every revision, oldest first", history},
		{"fields and digits of newer software survive", unknownFieldsSurvive},
		{"the feed has every change once and in order", feedOrder},
		{"the feed waits for what comes", feedWaits},
		{"a view is noted with what it saw", noteView},
		{"too many writes are refused where they are made", limits},
		{"looking for what is not there says so", notFound},
		{"concurrent orders never lose one another", concurrentOrders},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.run(&bench{T: t, store: open(t, Kinds()), ctx: t.Context()})
		})
	}
}

// bench is a store under test with short words for what is done to it.
type bench struct {
	*testing.T
	store protocol.Store
	ctx   context.Context
}

// visit is the content of the suite's append-only kind.
type visit struct {
	Ward string        `json:"ward"`
	At   string        `json:"at,omitempty"`
	Text string        `json:"text,omitempty"`
	Rest protocol.Rest `json:",unknown"`
}

var order = protocol.Order{
	Actor:  protocol.Actor{ID: "st-chen", Role: "doctor", Method: "password", Assurance: 2, Terminal: "desk-1"},
	Action: "visit.write", Purpose: "care", Lane: protocol.Clinical,
}

func keyed(key string) protocol.Order {
	o := order
	o.Key = key
	return o
}

func (b *bench) encode(record any) protocol.Value {
	b.Helper()
	v, err := protocol.Encode(record)
	if err != nil {
		b.Fatal(err)
	}
	return v
}

func (b *bench) do(o protocol.Order, act func(protocol.Tx) error) protocol.Change {
	b.Helper()
	c, err := b.store.Do(b.ctx, o, act)
	if err != nil {
		b.Fatalf("do: %v", err)
	}
	return c
}

// put writes one revision by itself.
func (b *bench) put(d protocol.Draft) protocol.Rev {
	b.Helper()
	c := b.do(order, func(tx protocol.Tx) error { _, err := tx.Put(d); return err })
	return c.Rev(0)
}

func (b *bench) view(look func(protocol.Reader)) {
	b.Helper()
	err := b.store.View(b.ctx, func(r protocol.Reader) error { look(r); return nil })
	if err != nil {
		b.Fatalf("view: %v", err)
	}
}

func (b *bench) get(ref protocol.Ref) (rec protocol.Record) {
	b.Helper()
	b.view(func(r protocol.Reader) {
		var err error
		if rec, err = r.Get(ref); err != nil {
			b.Errorf("get %s: %v", ref, err)
		}
	})
	return rec
}

// scan gives the identifiers that a query finds.
func (b *bench) scan(q protocol.Query) (ids []protocol.ID) {
	b.Helper()
	b.view(func(r protocol.Reader) { ids = b.scanIn(r, q) })
	return ids
}

func (b *bench) scanIn(r protocol.Reader, q protocol.Query) (ids []protocol.ID) {
	b.Helper()
	for rec, err := range r.Scan(q) {
		if err != nil {
			b.Errorf("scan %s: %v", q.Index, err)
			break
		}
		ids = append(ids, rec.Ref.ID)
	}
	return ids
}

func (b *bench) mustBe(got, want []protocol.ID) {
	b.Helper()
	g, _ := json.Marshal(got)
	w, _ := json.Marshal(want)
	if len(got)+len(want) > 0 && string(g) != string(w) {
		b.Errorf("found %s, want %s", g, w)
	}
}

func (b *bench) mustFail(err, want error) {
	b.Helper()
	if !errors.Is(err, want) {
		b.Errorf("error %v, want %v", err, want)
	}
}

// items reads the feed from its start until it has so many.
func (b *bench) items(n int) (all []protocol.Item) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	after := protocol.Cursor(0)
	for len(all) < n {
		items, err := b.store.Next(ctx, after, 2, protocol.AllValues)
		if err != nil {
			b.Fatalf("next after %d: %v", after, err)
		}
		if len(items) == 0 || len(items) > 2 {
			b.Fatalf("next gave %d items, want 1 or 2", len(items))
		}
		all = append(all, items...)
		after = items[len(items)-1].Cursor
	}
	return all
}

func note(id protocol.ID) protocol.Ref { return protocol.Ref{Kind: "visit", ID: id} }

func draft(b *bench, id protocol.ID, ward, at string) protocol.Draft {
	return protocol.Draft{Ref: note(id), Subject: "p-1", Value: b.encode(&visit{Ward: ward, At: at})}
}
