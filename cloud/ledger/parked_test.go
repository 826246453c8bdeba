package ledger

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication/store"
)

// parkedNow gives the quarantine as "lane.seq reason".
func (c *cluster) parkedNow(m *member) string {
	c.Helper()
	all, err := m.Quarantine()
	if err != nil {
		c.Fatal(err)
	}
	var out []string
	for _, p := range all {
		out = append(out, string('0'+byte(p.Lane))+"."+string('0'+byte(p.Seq))+" "+p.Reason.String())
	}
	return strings.Join(out, ", ")
}

func (c *cluster) heldOrder(m *member, site protocol.Site) string {
	c.Helper()
	var out []string
	for _, p := range c.feed(m, site) {
		out = append(out, string('0'+byte(p.Lane))+"."+string('0'+byte(p.Seq)))
	}
	return strings.Join(out, " ")
}

func TestAChangeWaitsForWhatItDependsOn(t *testing.T) {
	c := county(t, 1)
	leader := c.leader()
	v := c.village("v01", 7)
	v.note(protocol.Urgent, "fall at home")
	v.note(protocol.Urgent, "pulse 48")
	v.note(protocol.Clinical, "examined", protocol.Dep{Lane: protocol.Urgent, Seq: 2})
	v.note(protocol.Clinical, "of somebody else")
	v.note(protocol.Administrative, "referral", protocol.Dep{Lane: protocol.Clinical, Seq: 1})

	c.expect(c.submit(leader, v.frame(protocol.Administrative, 1, 1)), protocol.OK, 1)
	c.expect(c.submit(leader, v.frame(protocol.Clinical, 1, 2)), protocol.OK, 2)
	if got, want := c.parkedNow(leader), "1.1 waits, 2.1 waits"; got != want {
		t.Errorf("parked: %s, want %s", got, want)
	}
	if got, want := c.heldOrder(leader, "v01"), "1.2"; got != want {
		t.Errorf("held: %s, want %s: what waits must not hold up others", got, want)
	}

	c.stop("n1") // what waits is on the disk
	c.start("n1")
	leader = c.leader()

	c.expect(c.submit(leader, v.frame(protocol.Urgent, 1, 2)), protocol.OK, 2)
	if got, want := c.heldOrder(leader, "v01"), "1.2 0.1 0.2 1.1 2.1"; got != want {
		t.Errorf("held: %s, want %s", got, want)
	}
	if got := c.parkedNow(leader); got != "" {
		t.Errorf("parked: %s, want nothing", got)
	}
	for _, letter := range []string{rowParked, rowFrame, rowKept, rowWaits, rowReady} {
		_ = leader.shelf.view(func(s *store.Snapshot) error {
			return s.EachMeta(letter, func(string, []byte) error {
				t.Errorf("a row %q is left over", letter)
				return nil
			})
		})
	}
}

// poison are Changes inside a sound frame that no ledger can take.
var poison = map[string]func(*protocol.Change){
	"a value that is no object":     func(c *protocol.Change) { c.Writes[0].Value = protocol.Value(`["x"]`) },
	"a value that is not canonical": func(c *protocol.Change) { c.Writes[0].Value = protocol.Value(`{"b":1, "a":2}`) },
	"a value that ends early":       func(c *protocol.Change) { c.Writes[0].Value = protocol.Value(`{"a":`) },
	"no value":                      func(c *protocol.Change) { c.Writes[0].Value = nil },
	"a kind with a zero byte":       func(c *protocol.Change) { c.Writes[0].Ref.Kind = "no\x00te" },
	"a name that climbs":            func(c *protocol.Change) { c.Writes[0].Ref.ID = "../note" },
	"a scope that is none":          func(c *protocol.Change) { c.Writes[0].Scopes = []protocol.Scope{"a\x00b"} },
	"a subject that is none":        func(c *protocol.Change) { c.Writes[0].Subject = "p\x00" },
	"a parent of nowhere": func(c *protocol.Change) {
		c.Writes[0].Parents = []protocol.Rev{{Position: protocol.Position{Site: "No Where"}}}
	},
	"a value beyond the limit":          func(c *protocol.Change) { c.Writes[0].Value = bigValue(protocol.MaxValueBytes + 1) },
	"more writes than allowed":          func(c *protocol.Change) { c.Writes = many(c.Writes[0], protocol.MaxWrites+1) },
	"a key beyond the limit":            func(c *protocol.Change) { c.Key = strings.Repeat("k", 200) },
	"a dependency on itself":            func(c *protocol.Change) { c.Deps = []protocol.Dep{{Lane: c.Lane, Seq: c.Seq}} },
	"a dependency on a lane of nowhere": func(c *protocol.Change) { c.Deps = []protocol.Dep{{Lane: 9, Seq: 1}} },
	"a kind's spec that is none": func(c *protocol.Change) {
		c.Writes[0].Ref.Kind, c.Writes[0].Value = protocol.KindKind, protocol.Value(`{"class":"x"}`)
	},
	"more index rows than anybody needs": func(c *protocol.Change) { c.Writes[0].Ref.Kind, c.Writes[0].Value = "wide", wideValue() },
}

func bigValue(n int) protocol.Value {
	return protocol.Value(`{"a":"` + strings.Repeat("x", n-8) + `"}`)
}

func wideValue() protocol.Value {
	var keys []string
	for i := range 600 {
		keys = append(keys, fmt.Sprintf("%d", 1000+i))
	}
	return protocol.Value(`{"keys":["` + strings.Join(keys, `","`) + `"]}`)
}

func many(w protocol.Write, n int) []protocol.Write {
	out := make([]protocol.Write, n)
	for i := range out {
		out[i] = w
		out[i].Ref.ID = protocol.ID("n" + string(rune('a'+i%26)))
	}
	return out
}

func TestOnePoisonedChangeParksAlone(t *testing.T) {
	c := newCluster(t, 1, nil)
	c.kinds = append(c.kinds, protocol.KindSpec{Kind: "wide", Class: protocol.ClassPublic, Retention: protocol.RetainOperational,
		Indexes: []protocol.Index{{Name: "keys", Fields: []string{"keys[]"}, Prefix: true}}})
	c.start("n1")
	leader := c.leader()
	for name, spoil := range poison {
		t.Run(name, func(t *testing.T) {
			inc := protocol.Incarnation(seal.Sum([]byte(name))[0]) + 100
			v := c.village("v01", inc)
			v.note(protocol.Clinical, "before")
			bad := v.note(protocol.Clinical, "bad")
			spoil(&bad)
			v.lanes[protocol.Clinical], v.chain[protocol.Clinical] = v.lanes[protocol.Clinical][:1], v.chain[protocol.Clinical][:2]
			v.journal(protocol.Clinical, bad)
			v.note(protocol.Clinical, "after")
			v.note(protocol.Clinical, "rests on it", protocol.Dep{Lane: protocol.Clinical, Seq: 2})
			before := len(c.feed(leader, "v01"))
			c.expect(c.submit(leader, v.frame(protocol.Clinical, 1, 4)), protocol.OK, 4)
			if got := len(c.feed(leader, "v01")) - before; got != 2 {
				t.Errorf("%d changes are held, want the ones before and after", got)
			}
			all, err := leader.Quarantine()
			if err != nil {
				t.Fatal(err)
			}
			reasons := map[protocol.Seq]Reason{}
			for _, p := range all {
				if p.Incarnation == inc {
					reasons[p.Seq] = p.Reason
					if p.Reason == ReasonContent && p.Words == "" {
						t.Error("parked without a word why")
					}
				}
			}
			if len(reasons) != 2 || reasons[2] != ReasonContent || reasons[4] != ReasonWaits {
				t.Errorf("parked: %v", reasons)
			}
			v.note(protocol.Clinical, "the next day")
			c.expect(c.submit(leader, v.frame(protocol.Clinical, 5, 5)), protocol.OK, 5)
		})
	}
}

func TestAFrameThatNobodyCanReadParksWhole(t *testing.T) {
	c := county(t, 3)
	leader := c.leader()
	v := c.village("v01", 7)
	for range 3 {
		v.note(protocol.Clinical, "in a dialect")
	}
	sealed, err := seal.Seal(c.keys.Line("v01", 22404), rand.Reader, []byte("not a body"), headOf(v))
	if err != nil {
		t.Fatal(err)
	}
	f := protocol.Frame{Site: "v01", Incarnation: 7, Lane: protocol.Clinical, First: 1, Count: 2, Day: 22404,
		Prev: v.chain[protocol.Clinical][0], Body: sealed, Last: v.chain[protocol.Clinical][2]}
	c.expect(c.submit(leader, protocol.AppendFrame(nil, &f)), protocol.OK, 2)
	c.expect(c.submit(leader, v.frame(protocol.Clinical, 3, 3)), protocol.OK, 3)
	if got, want := c.parkedNow(leader), "1.1 frame, 1.2 frame"; got != want {
		t.Errorf("parked: %s, want %s", got, want)
	}
	if again, err := leader.Retry(protocol.Position{Site: "v01", Incarnation: 7, Lane: protocol.Clinical, Seq: 1}); err != nil || !again {
		t.Errorf("retry: %v %v", again, err)
	}
	if got, want := c.parkedNow(leader), "1.1 frame, 1.2 frame"; got != want {
		t.Errorf("parked after a retry that changed nothing: %s, want %s", got, want)
	}
	c.settled()
}

func headOf(v *village) []byte {
	f := protocol.Frame{Site: v.site, Incarnation: v.inc, Lane: protocol.Clinical, First: 1, Count: 2, Day: 22404,
		Prev: v.chain[protocol.Clinical][0]}
	return f.Head()
}

// A kind that the ledger could not read is mended; what parked comes in.
func TestWhatParkedIsTakenAfterTheCauseIsMended(t *testing.T) {
	c := newCluster(t, 1, nil)
	c.kinds = append(c.kinds, protocol.KindSpec{Kind: "wide", Class: protocol.ClassPublic, Retention: protocol.RetainOperational,
		Indexes: []protocol.Index{{Name: "keys", Fields: []string{"keys[]"}, Prefix: true}}})
	c.start("n1")
	leader := c.leader()
	v := c.village("v01", 7)
	wide := v.journal(protocol.Clinical, protocol.Change{Writes: []protocol.Write{{Ref: protocol.Ref{Kind: "wide"},
		Class: protocol.ClassPublic, Retention: protocol.RetainOperational, Value: wideValue()}}})
	v.note(protocol.Clinical, "rests on it", protocol.Dep{Lane: protocol.Clinical, Seq: 1})
	c.expect(c.submit(leader, v.frame(protocol.Clinical, 1, 2)), protocol.OK, 2)
	if got, want := c.parkedNow(leader), "1.1 content, 1.2 waits"; got != want {
		t.Fatalf("parked: %s, want %s", got, want)
	}
	_, err := leader.Do(t.Context(), protocol.Order{Action: "kind.mend"}, func(tx protocol.Tx) error {
		_, err := tx.Put(protocol.Draft{Ref: kindRef("wide"), Value: protocol.Value(`{"class":1,"kind":"wide","retention":1}`),
			Scopes: []protocol.Scope{protocol.CatalogueScope}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if again, err := leader.Retry(wide.Position); err != nil || !again {
		t.Fatalf("retry: %v %v", again, err)
	}
	if got := c.parkedNow(leader); got != "" {
		t.Errorf("parked: %s, want nothing", got)
	}
	if got, want := c.heldOrder(leader, "v01"), "1.1 1.2"; got != want {
		t.Errorf("held: %s, want %s", got, want)
	}
}
