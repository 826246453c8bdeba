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
	"time"

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

// script draws entries of every sort, good and bad.
type script struct {
	*cluster
	draw     *mrand.Rand
	villages []*village
	index    uint64
	sent     [][]byte
	late     []byte
}

func (s *script) next(now *bare) *raft.Log {
	s.index++
	l := &raft.Log{Index: s.index, Term: 1 + s.index/50, Type: raft.LogCommand}
	switch n := s.draw.IntN(20); {
	case s.index == 1:
		l.Data = command(foundCommand, binary.BigEndian.AppendUint64(nil, 77))
	case s.index == 2:
		l.Data = s.run(now, protocol.Administrative, len(s.kinds), func(n int) func(protocol.Tx) error {
			return func(tx protocol.Tx) error {
				value, err := protocol.Encode(&s.kinds[n])
				if err == nil {
					_, err = tx.Put(protocol.Draft{Ref: kindRef(s.kinds[n].Kind), Value: value})
				}
				return err
			}
		})
	case n < 9:
		l.Data = command(frameCommand, s.frame())
	case n < 11 && len(s.sent) > 0:
		l.Data = command(frameCommand, s.sent[s.draw.IntN(len(s.sent))])
	case n < 15:
		l.Data = s.batch(now)
	case n == 15:
		l.Type, l.Data = raft.LogConfiguration, raft.EncodeConfiguration(membership([]Peer{{"n1", fmt.Sprint(s.index)}}))
	case n == 16:
		l.Data = command(retryCommand, []byte(positionKey(s.villages[0].lanes[protocol.Clinical][0].Position)))
	case n == 17:
		l.Data = []byte{200, 1, 2, 3} // of a newer version
	case n == 18:
		l.Data = command(frameCommand, []byte("noise"))
	default:
		l.Type = raft.LogNoop
	}
	return l
}

// frame draws a stretch of a lane: new, overlapping, repeated, beyond a gap, or
// of a clone.
func (s *script) frame() []byte {
	v := s.villages[s.draw.IntN(len(s.villages))]
	lane := protocol.Lane(s.draw.IntN(3))
	last := 1 + s.draw.IntN(len(v.lanes[lane]))
	first := max(1, last-s.draw.IntN(12))
	raw := v.frame(lane, first, last)
	s.sent = append(s.sent, raw)
	return raw
}

// batch runs a few deeds of the county on what the machine holds now; sometimes
// by the time that they arrive something has changed, or they are damaged.
func (s *script) batch(now *bare) []byte {
	raw := s.run(now, protocol.Lane(s.draw.IntN(3)), 1+s.draw.IntN(4), func(int) func(protocol.Tx) error {
		ref := protocol.Ref{Kind: "slot", ID: protocol.ID(fmt.Sprintf("s%d", s.draw.IntN(3)))}
		return func(tx protocol.Tx) error {
			_, err := tx.Put(protocol.Draft{Ref: ref, Value: protocol.Value(fmt.Sprintf(`{"n":%d}`, s.index))})
			return err
		}
	})
	switch s.draw.IntN(10) {
	case 0:
		raw = raw[:len(raw)-1]
	case 1, 2: // it arrives behind the next one, which is then too late
		raw, s.late = s.late, raw
		if raw == nil {
			raw = s.late
		}
	}
	return raw
}

func (s *script) run(now *bare, lane protocol.Lane, deeds int, deed func(int) func(protocol.Tx) error) []byte {
	p, r := proposal{}, round{}
	err := now.shelf.view(func(look *store.Snapshot) error {
		if err := r.begin(look); err != nil {
			return err
		}
		overlay := &store.Overlay{}
		for n := range deeds {
			hlc := protocol.MakeHLC(time.Unix(2e9, 0), uint16(s.index))
			ch, reads, err := store.Run(look, overlay, r.seat, hlc, protocol.Order{Action: "slot.touch", Lane: lane}, deed(n))
			if err != nil {
				return err
			}
			r.seqs[ch.Lane]++
			if s.index > 2 && s.draw.IntN(8) == 0 { // somebody was quicker
				reads = append(reads, store.Read{Ref: protocol.Ref{Kind: "slot", ID: "quick"}, Heads: []protocol.Rev{ch.Rev(0)}})
			}
			p.changes, p.reads = append(p.changes, ch), append(p.reads, reads)
		}
		return nil
	})
	if err != nil {
		s.Fatal(err)
	}
	raw, err := p.encode(s.keys, rand.Reader, 22404, func(lane protocol.Lane) seal.Digest { return r.tails[lane].Hash })
	if err != nil {
		s.Fatal(err)
	}
	return raw
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
