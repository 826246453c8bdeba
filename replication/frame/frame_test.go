package frame

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"pgregory.net/rapid"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
)

var keys = seal.Derived(seal.Secrets{County: [32]byte{7}, Site: [32]byte{9}})

// random is a deterministic stand-in for the system's randomness.
type random struct{ *rand.Rand }

func (r random) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return len(b), nil
}

func noise(seed uint64) random { return random{rand.New(rand.NewPCG(seed, 1))} }

// value draws what a record can hold, and what none should: a frame carries both
// unchanged.
func value(t *rapid.T, place protocol.Position, k int) protocol.Value {
	rev := protocol.Rev{Position: place, N: uint16(k)}
	leaf := rapid.OneOf(
		rapid.SampledFrom([]string{`36.60`, `0`, `-0`, `-7.5`, `1e9`, `123456789012345678901234567890`, `0.000`, `true`, `null`, `[]`, `{}`, `""`, `"\u0001\""`, `"\\"`,
			`"2030-03-07T12:55:08.601Z"`, `"2030-03-07T12:55:08.6010Z"`, `"2030-03-07T12:55:08Z"`, `"2030-03-15T10:10:00+08:00"`, `"2030-03-15T10:10:01+08:00"`,
			`"0001-01-01T00:00:00Z"`, `"3jn3fctytyzkkgqzxcrxhqjw"`, `"3jn3fctytyzkkgqzxcrxhqjw.health"`, `"/mine/3jn3fctytyzkkgqzxcrxhqjw"`, `"vitals:bp-01:3:17"`, `"a.007"`}),
		rapid.Just(`"`+string(rev.ID())+`"`), rapid.Just(`"/x/`+string(rev.ID())+`.y"`),
		rapid.StringMatching(`"[a-z2-7./:0-9]{0,40}"`), rapid.Map(rapid.Int64(), func(n int64) string { return fmt.Sprint(n) }))
	if rapid.IntRange(0, 9).Draw(t, "odd") == 0 {
		return rapid.SliceOfN(rapid.Byte(), 0, 30).Draw(t, "bytes")
	}
	return protocol.Value(fmt.Sprintf(`{"a":%s,"b":[%s,{"c":%s}],"k":%d}`, leaf.Draw(t, "a"), leaf.Draw(t, "b"), leaf.Draw(t, "c"), k))
}

// journal draws consecutive Changes of one lane.
func journal(t *rapid.T, n int) []protocol.Change {
	word := rapid.StringMatching(`[a-z0-9.-]{0,12}`)
	first := protocol.Position{Site: "v01", Incarnation: protocol.Incarnation(rapid.Uint64().Draw(t, "inc")),
		Lane: protocol.Lane(rapid.IntRange(0, 3).Draw(t, "lane")), Seq: protocol.Seq(rapid.Uint64Range(1, 1<<40).Draw(t, "seq"))}
	var out []protocol.Change
	for i := range n {
		c := protocol.Change{Position: first, HLC: protocol.HLC(rapid.Uint64().Draw(t, "hlc")),
			Actor:  protocol.Actor{ID: protocol.ID(word.Draw(t, "actor")), Role: protocol.Role(word.Draw(t, "role"))},
			Action: protocol.ActionName(word.Draw(t, "action")), Outcome: protocol.Outcome(rapid.IntRange(1, 3).Draw(t, "outcome")),
			Subject: protocol.ID(word.Draw(t, "subject")), Key: word.Draw(t, "key"), Count: rapid.Uint32().Draw(t, "count")}
		c.Seq += protocol.Seq(i)
		if rapid.Bool().Draw(t, "rare") {
			c.Deps = []protocol.Dep{{Lane: 1, Seq: 5}}
			c.Was = protocol.Position{Site: "v01", Incarnation: 4, Lane: 2, Seq: 3}
			c.Extra = []protocol.Extra{{Tag: 900, Bytes: []byte("newer")}}
		}
		for k := range rapid.IntRange(0, 3).Draw(t, "writes") {
			w := protocol.Write{Ref: protocol.Ref{Kind: "note", ID: protocol.ID("n" + word.Draw(t, "id"))}, Class: 4, Retention: 3,
				Subject: protocol.ID(word.Draw(t, "whose")), Value: value(t, first, k), Fence: rapid.Uint64().Draw(t, "fence")}
			if rapid.Bool().Draw(t, "minted") {
				w.Ref.ID = c.Rev(k).ID()
			}
			if rapid.Bool().Draw(t, "parents") {
				w.Parents = []protocol.Rev{c.Rev(k), {Position: protocol.Position{Site: "county", Incarnation: 9, Lane: 1, Seq: 2}, N: 1}}
				w.Scopes, w.Custodian = []protocol.Scope{"campus/c1"}, "county"
			}
			c.Writes = append(c.Writes, w)
		}
		protocol.CommitAll(keys, &c)
		out = append(out, c)
	}
	return out
}

func TestAFrameOpensToTheJournalThatWasPacked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		changes := journal(t, rapid.IntRange(1, 20).Draw(t, "n"))
		f, err := Pack(keys, noise(1), 21921, Packing{Dictionary: Newest, Dense: true}, seal.Digest{1}, changes)
		if err != nil {
			t.Fatal(err)
		}
		sent, err := protocol.DecodeFrame(protocol.AppendFrame(nil, &f))
		if err != nil {
			t.Fatal(err)
		}
		back, err := Unpack(keys, &sent)
		if err != nil {
			t.Fatal(err)
		}
		for i := range changes {
			a, b := protocol.AppendEnvelope(nil, &changes[i]), protocol.AppendEnvelope(nil, &back[i])
			if !bytes.Equal(a, b) {
				t.Fatalf("change %d came back different", i)
			}
			for k := range changes[i].Writes {
				if !bytes.Equal(changes[i].Writes[k].Value, back[i].Writes[k].Value) {
					t.Fatalf("value %d of change %d came back different", k, i)
				}
			}
		}
	})
}

func TestACollectionOpensToTheChangesThatWerePacked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []protocol.Change
		for range rapid.IntRange(1, 4).Draw(t, "journals") {
			all = append(all, journal(t, rapid.IntRange(1, 5).Draw(t, "n"))...)
		}
		for i := range all { // a puller does not see what is out of its scopes
			for k := range all[i].Writes {
				if rapid.IntRange(0, 3).Draw(t, "out") == 0 {
					all[i].Writes[k] = protocol.Write{}
				}
			}
			j := rapid.IntRange(i, len(all)-1).Draw(t, "swap")
			all[i], all[j] = all[j], all[i]
		}
		back, err := ReadCollection(keys, AppendCollection(nil, all))
		if err != nil || len(back) != len(all) {
			t.Fatalf("%d of %d came back, %v", len(back), len(all), err)
		}
		for i := range all {
			a, b := protocol.AppendEnvelope(nil, &all[i]), protocol.AppendEnvelope(nil, &back[i])
			if !bytes.Equal(a, b) {
				t.Fatalf("change %d came back different", i)
			}
			for k := range all[i].Writes {
				if !bytes.Equal(all[i].Writes[k].Value, back[i].Writes[k].Value) {
					t.Fatalf("value %d of change %d came back different", k, i)
				}
			}
		}
	})
}

func TestADamagedCollectionIsRefusedOrAnotherOne(t *testing.T) {
	c := []protocol.Change{{Position: protocol.Position{Site: "v01", Incarnation: 3, Seq: 1}, Action: "exam.enter", Outcome: protocol.Done, Writes: []protocol.Write{{
		Ref: protocol.Ref{Kind: "note", ID: "n"}, Value: protocol.Value(`{"a":"text"}`)}}}}
	whole := AppendCollection(nil, c)
	for n := range whole {
		if _, err := ReadCollection(keys, whole[:n]); err == nil && n > 0 {
			t.Errorf("cut after %d of %d bytes, and nobody saw it", n, len(whole))
		}
	}
	if _, err := ReadCollection(keys, append([]byte{99}, whole[1:]...)); !errors.Is(err, ErrDictionary) {
		t.Errorf("under an unknown dictionary: %v", err)
	}
	if _, err := ReadCollection(keys, binary.AppendUvarint([]byte{Oldest}, MostCollected+1)); err == nil {
		t.Error("more Changes than a collection may hold are read")
	}
}

// A dictionary that was shipped is in logs and backups for as long as the law
// keeps them.
func TestDictionariesNeverChange(t *testing.T) {
	for n, want := range map[uint32]string{1: "824ebb80ab279cdf36447c7e7524484670f372e9643cba1229f13afcf4a560b5"} {
		raw, words := load(n)
		list, err := json.Marshal(words)
		if err != nil {
			t.Fatal(err)
		}
		if got := seal.Sum(raw, list).String(); got != want {
			t.Errorf("dictionary %d has digest %s, was shipped as %s: add another, and leave it as it is", n, got, want)
		}
	}
}

func TestAFrameUnderAnotherDictionaryIsNotReadWrongly(t *testing.T) {
	c := []protocol.Change{{Position: protocol.Position{Site: "v01", Incarnation: 3, Lane: 0, Seq: 1}, Action: "exam.enter", Outcome: protocol.Done}}
	f, err := Pack(keys, noise(1), 21921, Packing{Dictionary: Newest, Dense: true}, protocol.Genesis("v01", 3, 0), c)
	if err != nil {
		t.Fatal(err)
	}
	f.Dictionary = Newest + 1
	if _, err := Unpack(keys, &f); !errors.Is(err, ErrSealed) {
		t.Errorf("with another number in its head: %v, want ErrSealed", err)
	}
	body := encodeBody(c, newLexicon(nil))
	plain := dictionaries[None].packer.EncodeAll(body.join(), binary.AppendUvarint(nil, uint64(len(body.raw))))
	if f.Body, err = seal.Seal(keys.Line("v01", 21921), noise(1), append(plain, body.raw...), f.Head()); err != nil {
		t.Fatal(err)
	}
	if _, err := Unpack(keys, &f); !errors.Is(err, ErrDictionary) {
		t.Errorf("made by a newer program: %v, want ErrDictionary", err)
	}
}

func TestAnAlteredFrameIsRefused(t *testing.T) {
	c := protocol.Change{Position: protocol.Position{Site: "v01", Incarnation: 3, Lane: 0, Seq: 1}, Action: "a.b", Outcome: protocol.Done,
		Writes: []protocol.Write{{Ref: protocol.Ref{Kind: "note", ID: "n1"}, Class: 4, Retention: 3, Value: protocol.Value(`{"n":1}`)}}}
	protocol.CommitAll(keys, &c)
	f, err := Pack(keys, noise(1), 21921, Packing{Dictionary: Newest, Dense: true}, protocol.Genesis("v01", 3, 0), []protocol.Change{c})
	if err != nil {
		t.Fatal(err)
	}
	whole := protocol.AppendFrame(nil, &f)
	for i := range whole {
		bent := bytes.Clone(whole)
		bent[i] ^= 0x20
		g, err := protocol.DecodeFrame(bent)
		if err != nil {
			continue
		}
		if _, err := Unpack(keys, &g); err == nil {
			t.Fatalf("a frame with byte %d of %d changed was accepted", i, len(whole))
		}
	}
	g := f
	g.Last[0] ^= 1
	if _, err := Unpack(keys, &g); !errors.Is(err, ErrChain) {
		t.Errorf("another last hash: %v, want ErrChain", err)
	}
	g = f
	g.Day++
	if _, err := Unpack(keys, &g); !errors.Is(err, ErrSealed) {
		t.Errorf("another day's key: %v, want ErrSealed", err)
	}
}

func TestABombIsNotInflated(t *testing.T) {
	body := dictionaries[None].packer.EncodeAll(make([]byte, 64<<20), []byte{0})
	f := protocol.Frame{Site: "v01", Incarnation: 3, First: 1, Count: 1, Day: 1}
	sealed, err := seal.Seal(keys.Line("v01", 1), noise(2), body, f.Head())
	if err != nil {
		t.Fatal(err)
	}
	f.Body = sealed
	if _, err := Unpack(keys, &f); err == nil {
		t.Fatal("64 MiB were accepted in one frame")
	}
}

func FuzzParseBody(f *testing.F) {
	f.Add([]byte{0, 0, 0}, uint16(1))
	f.Fuzz(func(t *testing.T, b []byte, n uint16) {
		head := protocol.Frame{Site: "v01", Incarnation: 3, First: 1, Count: n%protocol.MaxFrameCount + 1}
		_, _ = decodeBody(b, b[:len(b)/2], &head, dictionaries[Newest].words)
		r := newBodyReader(b, b[:len(b)/2], dictionaries[Newest].words)
		r.places(int(n))
		_, _ = r.read()
	})
}

// A station's process lives within 112 MiB. Compressors of the best level held
// 224 MB and kept the collector running without pause.
func TestTheCompressorsFitAStation(t *testing.T) {
	for _, d := range dictionaries {
		d.packer.EncodeAll([]byte("a"), nil)
		d.dense.EncodeAll([]byte("a"), nil)
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.HeapAlloc > 48<<20 {
		t.Errorf("the package holds %d MB once it is used", m.HeapAlloc>>20)
	}
	runtime.KeepAlive(dictionaries)
}
