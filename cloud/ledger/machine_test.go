package ledger

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"log/slog"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/raft"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication/store"
)

// bare is a state machine without a group around it.
type bare struct {
	*machine
	t   testing.TB
	dir string
}

func (c *cluster) bare(dir string, at func(string)) *bare {
	c.Helper()
	b := &bare{t: c.TB, dir: dir}
	open := func(dir string) (*store.Core, error) {
		return store.OpenCore(store.CoreOptions{Dir: dir, Site: County, Keys: c.keys, Rand: rand.Reader, Authority: true, Small: true})
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		c.Fatal(err)
	}
	s, err := openShelf(dir, open, at)
	if err != nil {
		c.Fatal(err)
	}
	b.machine = newMachine(s, c.keys, slog.New(slog.DiscardHandler))
	if err := b.load(); err != nil {
		c.Fatal(err)
	}
	return b
}

func (b *bare) end() {
	b.t.Helper()
	if err := b.shelf.close(); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bare) take(logs ...*raft.Log) []any {
	b.t.Helper()
	out := b.ApplyBatch(logs)
	if b.dead != nil {
		b.t.Fatal(b.dead)
	}
	return out
}

// rows lists the machine's own rows and the feed: what must be equal everywhere.
func (b *bare) rows() []string {
	b.t.Helper()
	var out []string
	err := b.shelf.view(func(s *store.Snapshot) error {
		if err := s.EachMeta("", func(name string, v []byte) error {
			out = append(out, fmt.Sprintf("%q %x", name, v))
			return nil
		}); err != nil {
			return err
		}
		return s.EachFeed(0, func(at protocol.Cursor, c protocol.Change) (bool, error) {
			out = append(out, fmt.Sprintf("%d %s %s", at, c.Position, protocol.Leaf(&c)))
			return true, nil
		})
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

func TestTheStateIsTheSameHoweverEntriesAreGroupedAndNodesRestart(t *testing.T) {
	seed := mrand.Uint64()
	t.Logf("seed %d", seed)
	c := newCluster(t, 1, nil)
	s := &script{cluster: c, draw: mrand.New(mrand.NewPCG(seed, 2)), villages: []*village{
		c.village("v01", 1), c.village("v01", 1) /* its clone */, c.village("v02", 1), c.village("v02", 2)}}
	for n, v := range s.villages {
		for i := range 40 {
			lane := protocol.Lane(i % 3)
			var deps []protocol.Dep
			if i > 3 && s.draw.IntN(4) == 0 {
				deps = []protocol.Dep{{Lane: protocol.Lane(s.draw.IntN(3)), Seq: protocol.Seq(1 + s.draw.IntN(5))}}
			}
			bad := s.draw.IntN(12) == 0
			if bad {
				v.journal(lane, protocol.Change{Deps: deps, Writes: []protocol.Write{{Ref: protocol.Ref{Kind: "note"}, Value: protocol.Value(`{`)}}})
			} else {
				v.note(lane, fmt.Sprint(n, i), deps...)
			}
		}
	}
	calm := c.bare(filepath.Join(c.dir, "calm"), func(string) {})
	var logs []*raft.Log
	var answers []any
	for range 300 {
		l := s.next(calm)
		logs = append(logs, l)
		answers = append(answers, calm.take(l)...)
	}
	counts := map[string]int{}
	for _, a := range answers {
		switch v := a.(type) {
		case frameVerdict:
			counts[fmt.Sprintf("frame %d", v.status)]++
		case batchVerdict:
			counts[fmt.Sprintf("batch %d", v.why)]++
		}
	}
	t.Log(counts)

	wild := c.bare(filepath.Join(c.dir, "wild"), func(string) {})
	for at := 0; at < len(logs); {
		n := min(1+s.draw.IntN(40), len(logs)-at)
		for i, a := range wild.take(logs[at : at+n]...) {
			if fmt.Sprint(a) != fmt.Sprint(answers[at+i]) {
				t.Errorf("entry %d: %v alone, %v in a group", logs[at+i].Index, answers[at+i], a)
			}
		}
		at += n
		if s.draw.IntN(4) == 0 {
			wild.end()
			wild = c.bare(wild.dir, func(string) {})
			back := min(at, s.draw.IntN(5)) // raft replays what it is not sure of
			wild.take(logs[at-back : at]...)
		}
	}
	if calm.state != wild.state {
		t.Errorf("state %+v, want %+v", wild.state, calm.state)
	}
	a, b := calm.rows(), wild.rows()
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			t.Fatalf("row %d differs", i)
		}
	}
	calm.end()
	wild.end()
}

// Two leaders of one moment cannot both have their way, whatever they propose.
func TestABatchThatDoesNotContinueTheJournalIsNotApplied(t *testing.T) {
	c := newCluster(t, 1, nil)
	b := c.bare(filepath.Join(c.dir, "x"), func(string) {})
	defer b.end()
	found := &raft.Log{Index: 1, Term: 1, Type: raft.LogCommand, Data: command(foundCommand, binary.BigEndian.AppendUint64(nil, 77))}
	b.take(found)
	note := func(key string, lane protocol.Lane, from protocol.Seq) []byte {
		r := round{}
		if err := b.shelf.view(r.begin); err != nil {
			t.Fatal(err)
		}
		r.seqs[lane] += from
		ch := store.Noted(r.seat(lane), 1, protocol.Order{Action: "look", Key: key}, protocol.Seen, "")
		p := proposal{[]protocol.Change{ch}, []store.Reads{nil}}
		raw, err := p.encode(c.keys, rand.Reader, 22404, func(lane protocol.Lane) seal.Digest { return r.tails[lane].Hash })
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	first, same, other := note("k1", 1, 0), note("k2", 1, 0), note("k1", 2, 0)
	gap := note("k3", 3, 4)
	stories := []struct {
		name string
		raw  []byte
		want batchVerdict
	}{
		{"the first", first, batchVerdict{1, batchWhole}},
		{"the same again", first, batchVerdict{0, batchConflict}},
		{"another one for the same place", same, batchVerdict{0, batchConflict}},
		{"the same key in another lane", other, batchVerdict{0, batchConflict}},
		{"one that leaves a gap", gap, batchVerdict{0, batchConflict}},
		{"one that is cut short", first[:len(first)-1], batchVerdict{0, batchDamaged}},
		{"one that continues", nil, batchVerdict{1, batchWhole}},
	}
	for i, s := range stories {
		if s.raw == nil {
			s.raw = note("k4", 1, 0)
		}
		got := b.take(&raft.Log{Index: uint64(i + 2), Term: 1, Type: raft.LogCommand, Data: s.raw})
		if got[0] != verdict(s.want) {
			t.Errorf("%s: %+v, want %+v", s.name, got[0], s.want)
		}
	}
	again := b.take(&raft.Log{Index: 20, Term: 1, Type: raft.LogCommand, Data: command(foundCommand, binary.BigEndian.AppendUint64(nil, 78))})
	if again[0] != verdict(plainVerdict{foundCommand, false}) {
		t.Error("the county was founded twice")
	}
}

// wideFrame is a frame whose Changes cost many rows each.
func (c *cluster) wideFrame() *raft.Log {
	v := c.village("v09", 7)
	var scopes []protocol.Scope // each is a row of every write
	for i := range 12 {
		scopes = append(scopes, protocol.Scope(fmt.Sprintf("campus/%d", i)))
	}
	for n := range 80 {
		var writes []protocol.Write
		for range 10 {
			writes = append(writes, protocol.Write{Ref: protocol.Ref{Kind: "count"}, Scopes: scopes, Class: protocol.ClassHealth, Retention: protocol.RetainClinical, Value: protocol.Value(fmt.Sprintf(`{"n":"%d"}`, n))})
		}
		deps := []protocol.Dep(nil)
		if n == 10 || n == 70 {
			deps = []protocol.Dep{{Lane: protocol.Urgent, Seq: 1}}
		}
		v.journal(protocol.Clinical, protocol.Change{Writes: writes, Deps: deps})
	}
	return &raft.Log{Index: 2, Term: 1, Type: raft.LogCommand, Data: command(frameCommand, v.frame(protocol.Clinical, 1, 80))}
}

func TestACommandLargerThanATransactionSurvivesACrashInItsMiddle(t *testing.T) {
	c := newCluster(t, 1, nil)
	found := &raft.Log{Index: 1, Term: 1, Type: raft.LogCommand, Data: command(foundCommand, binary.BigEndian.AppendUint64(nil, 77))}
	large := c.wideFrame()
	var images []string
	dir := filepath.Join(c.dir, "whole")
	whole := c.bare(dir, func(step string) {
		if step == "applied" {
			image := fmt.Sprintf("%s-%d", dir, len(images))
			copyTree(t, dir, image)
			images = append(images, image)
		}
	})
	whole.take(found)
	want := whole.take(large)
	if v := want[0].(frameVerdict); v.status != protocol.OK || v.lane.Seq != 80 {
		t.Fatalf("verdict %+v", v)
	}
	if len(images) < 3 {
		t.Fatalf("%d transactions: the command fits into one, and the test proves nothing", len(images)-1)
	}
	for _, image := range images[:len(images)-1] { // in the last one it is done
		after := c.bare(image, func(string) {})
		got := after.take(found, large)
		if fmt.Sprint(got[1]) != fmt.Sprint(want[0]) || after.state != whole.state {
			t.Errorf("%s: verdict %v, want %v", filepath.Base(image), got[1], want[0])
		}
		if a, b := whole.rows(), after.rows(); fmt.Sprint(a) != fmt.Sprint(b) {
			t.Errorf("%s: other rows than without the crash", filepath.Base(image))
		}
		after.end()
	}
	whole.end()
}

// copyTree copies a directory as a killed process leaves it to the next.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

func TestAFailedDiskStopsTheNode(t *testing.T) {
	c := newCluster(t, 1, nil)
	b := c.bare(filepath.Join(c.dir, "x"), func(string) {})
	b.take(&raft.Log{Index: 1, Term: 1, Type: raft.LogCommand, Data: command(foundCommand, bytes.Repeat([]byte{1}, 8))})
	b.end()
	out := b.ApplyBatch([]*raft.Log{{Index: 2, Term: 1, Type: raft.LogCommand, Data: []byte{9}}})
	if out[0] != errDead {
		t.Errorf("it answers %v", out[0])
	}
	select {
	case <-b.died:
	default:
		t.Error("nobody is told")
	}
}
