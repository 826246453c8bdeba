package conflict_test

import (
	"strings"
	"testing"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
	"xiangyi/protocol/care/conflict"
)

// board is a service with three kinds of records: counters that merge by
// addition to the larger, opinions that only a person can choose between, and
// keys in custody.
type value struct {
	N    int    `json:"n"`
	Text string `json:"text"`
}

type set struct {
	Kind protocol.Kind `json:"kind"`
	ID   care.ID       `json:"id"`
	N    int           `json:"n"`
	Text string        `json:"text"`
	To   protocol.Site `json:"to"`
	Take bool          `json:"take"`
}

func board() care.Service {
	spec := func(k protocol.Kind, custody bool) protocol.KindSpec {
		return protocol.KindSpec{Kind: k, Class: protocol.ClassInternal, Retention: protocol.RetainOperational, Custody: custody}
	}
	larger := func(a, b protocol.Value) (protocol.Value, bool) {
		var x, y value
		if protocol.Decode(a, &x) != nil || protocol.Decode(b, &y) != nil {
			return nil, false
		}
		if y.N > x.N {
			x = y
		}
		v, err := protocol.Encode(&x)
		return v, err == nil
	}
	lopsided := func(a, b protocol.Value) (protocol.Value, bool) { return a, true }
	return care.Service{Name: "board", Title: "板", Kinds: []care.Kind{
		{KindSpec: spec("counter", false), Merge: larger},
		{KindSpec: spec("opinion", false), Decider: care.Scheduler},
		{KindSpec: spec("lopsided", false), Merge: lopsided, Decider: care.Scheduler},
		{KindSpec: spec("token", true)},
	}, Actions: []care.Action{care.Do(care.Action{Name: "board.set", Roles: []care.Role{care.Doctor}, Purpose: care.ForOperations},
		func(d *care.Deed, in set) error {
			draft := protocol.Draft{Ref: protocol.Ref{Kind: in.Kind, ID: in.ID}, Scopes: []protocol.Scope{protocol.CatalogueScope}, Custodian: in.To}
			if in.Take {
				_, rec, err := care.Read[value](d, draft.Ref)
				if err != nil {
					return err
				}
				draft.Fence = rec.Custodian().Fence + 1
			}
			_, err := care.Write(d, draft, &value{in.N, in.Text})
			return err
		})}}
}

var doctor = care.Actor{ID: "d01", Role: care.Doctor}

func world(t *testing.T) (w *caretest.World, a, b *caretest.Site) {
	roster := []care.Service{board()}
	w = caretest.New(t, append(roster, conflict.Service(roster))...)
	return w, w.Station("v01"), w.Station("v02")
}

func heads(s *caretest.Site, ref protocol.Ref) (out []value) {
	s.Look(func(r protocol.Reader) error {
		rec, err := r.Get(ref)
		for _, h := range rec.Heads {
			var v value
			if err := protocol.Decode(h.Value, &v); err != nil {
				return err
			}
			out = append(out, v)
		}
		return err
	})
	return out
}

// apart writes a record at both stations while neither hears of the other.
func apart(t *testing.T, kind protocol.Kind) (w *caretest.World, a, b *caretest.Site, ref protocol.Ref) {
	w, a, b = world(t)
	ref = protocol.Ref{Kind: kind, ID: "x"}
	a.Do(doctor, "board.set", set{Kind: kind, ID: "x", N: 1})
	w.Settle()
	a.Cut()
	b.Cut()
	a.Do(doctor, "board.set", set{Kind: kind, ID: "x", N: 5, Text: "from a"})
	b.Do(doctor, "board.set", set{Kind: kind, ID: "x", N: 3, Text: "from b"})
	a.Restore()
	b.Restore()
	w.Settle()
	return w, a, b, ref
}

func TestARuleMergesAndEverybodySeesTheSame(t *testing.T) {
	w, a, b, ref := apart(t, "counter")
	for _, s := range []*caretest.Site{w.County(), a, b} {
		if got := heads(s, ref); len(got) != 1 || got[0].N != 5 {
			t.Errorf("a site sees %+v", got)
		}
	}
	w.County().Look(func(r protocol.Reader) error {
		all, err := r.History(ref)
		if len(all) != 4 {
			t.Errorf("%d revisions are kept, want both and the merge", len(all))
		}
		return err
	})
}

func TestWithoutARuleAPersonDecidesOverBothValues(t *testing.T) {
	for _, kind := range []protocol.Kind{"opinion", "lopsided"} {
		w, a, _, ref := apart(t, kind)
		if got := heads(a, ref); len(got) != 2 {
			t.Fatalf("%s: %+v, want both values until somebody decides", kind, got)
		}
		scheduler := care.Actor{ID: "s01", Role: care.Scheduler}
		page := caretest.Show[conflict.OpenPage](w.County(), scheduler, "conflict.open", nil)
		if len(page.Table.Rows) != 1 {
			t.Fatalf("%s: %d tasks are open", kind, len(page.Table.Rows))
		}
		id := care.ID(strings.TrimPrefix(page.Table.Rows[0].Cells[2].Buttons[0].Href, "/conflict/"))
		one := caretest.Show[conflict.OnePage](w.County(), scheduler, "conflict.one", map[string]any{"id": id})
		if len(one.Sides) != 2 || len(one.Fields) != 2 || !one.Fields[0].Differ {
			t.Fatalf("%s: side by side: %+v", kind, one)
		}
		w.County().Refused("reason-missing", scheduler, "conflict.decide", conflict.Decision{Task: id, Rev: one.Sides[1].Rev})
		w.County().Refused("not-your-task", care.Actor{ID: "p", Role: care.Pharmacist}, "conflict.decide", conflict.Decision{Task: id, Rev: one.Sides[1].Rev, Reason: "看过了"})
		w.County().Do(scheduler, "conflict.decide", conflict.Decision{Task: id, Rev: one.Sides[1].Rev, Reason: "电话核实"})
		w.Settle()
		if got := heads(a, ref); len(got) != 1 {
			t.Errorf("%s: after the decision %+v", kind, got)
		}
		w.County().Refused("already-decided", scheduler, "conflict.decide", conflict.Decision{Task: id, Rev: one.Sides[0].Rev, Reason: "再来一次"})
	}
}

func TestWhatWasSoldBehindAFenceDoesNotStandAndIsNotLost(t *testing.T) {
	w, a, _ := world(t)
	ref := protocol.Ref{Kind: "token", ID: "x"}
	w.County().Do(doctor, "board.set", set{Kind: "token", ID: "x", N: 1, To: "v01"})
	w.Settle()
	a.Cut()
	a.Do(doctor, "board.set", set{Kind: "token", ID: "x", N: 7, Text: "sold offline"})
	if _, err := w.County().Try(doctor, "board.set", set{Kind: "token", ID: "x", N: 2}); err == nil {
		t.Error("the county wrote what is in the station's custody")
	}
	w.County().Do(doctor, "board.set", set{Kind: "token", ID: "x", N: 2, To: "county", Take: true})
	a.Restore()
	w.Settle()
	if got := heads(w.County(), ref); len(got) != 1 || got[0].N != 2 {
		t.Errorf("the county holds %+v", got)
	}
	w.County().Look(func(r protocol.Reader) error {
		all, err := r.History(ref)
		found := false
		for _, h := range all {
			found = found || strings.Contains(string(h.Value), "sold offline")
		}
		if !found {
			t.Error("the sale is gone from the history")
		}
		return err
	})
}

func TestTheCountyDoesNotWriteWhatAStationHolds(t *testing.T) {
	w, a, b := world(t)
	w.County().Do(doctor, "board.set", set{Kind: "token", ID: "x", N: 1, To: "v01"})
	w.Settle()
	a.Cut()
	a.Do(doctor, "board.set", set{Kind: "token", ID: "x", N: 7})
	w.County().Do(doctor, "board.set", set{Kind: "token", ID: "x", N: 2, To: "county", Take: true})
	w.County().Do(doctor, "board.set", set{Kind: "token", ID: "x", N: 3, To: "v02"})
	a.Restore()
	w.Settle() // must not go round for ever
	b.Do(doctor, "board.set", set{Kind: "token", ID: "x", N: 9})
}
