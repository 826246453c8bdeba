package protocol

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"xiangyi/protocol/seal"
)

func keys() seal.Keyring { return seal.Derived(seal.Secrets{County: [32]byte{7}, Site: [32]byte{9}}) }

func sample() Change {
	c := Change{
		Position: Position{"v01", 0x0123456789abcdef, Urgent, 17},
		HLC:      MakeHLC(time.Date(2030, 1, 7, 0, 0, 0, 0, time.UTC), 3),
		Actor:    Actor{ID: "d07", Role: "doctor", Method: "password", Assurance: 2, Terminal: "desk-1"},
		Action:   "exam.record", Outcome: Done, Purpose: "care", Subject: "p1", Key: "k1",
		Deps: []Dep{{Urgent, 12}},
		Writes: []Write{{
			Ref: Ref{"observation", "v01.1.0.h-0"}, Parents: []Rev{{Position{"county", 5, Clinical, 9}, 2}},
			Subject: "p1", Class: ClassHealth, Retention: RetainClinical, Scopes: []Scope{"s/v01"},
			Value: Value(`{"t":36.60}`),
		}},
		Extra: []Extra{{900, []byte("newer")}},
	}
	CommitAll(keys(), &c)
	return c
}

// These bytes are in every journal that was ever written. If this test fails,
// the change that made it fail must not land.
func TestTheCanonicalEnvelopeAndChainNeverChange(t *testing.T) {
	c := sample()
	golden(t, "SM3 of the envelope", seal.Sum(AppendEnvelope(nil, &c)).String(), goldenEnvelope)
	golden(t, "commitment", c.Writes[0].Commit.String(), goldenCommit)
	golden(t, "chain", Chain(Genesis("v01", c.Incarnation, Urgent), &c).String(), goldenChain)
	golden(t, "leaf", Leaf(&c).String(), goldenLeaf)
	golden(t, "person", string(PersonID(keys().Identity(), "01", "99010119900307201x")), goldenPerson)
	d := Mark("p/p1", c.Writes[0].Ref, c.Rev(0), c.Writes[0].Commit)
	golden(t, "digest mark", hex.EncodeToString([]byte{byte(d >> 56), byte(d >> 48), byte(d >> 40), byte(d >> 32), byte(d >> 24), byte(d >> 16), byte(d >> 8), byte(d)}), goldenMark)
}

const (
	goldenEnvelope = "52d6bcbb4562188e8e7d6ec186d3e90873488ce159181518c20b61ec3e4b4213"
	goldenCommit   = "706e42f00357bb83263de0b656173a0145640f26a3e4769dd0b167c046a111e0"
	goldenChain    = "feb8e87ca7d7a6b75f1c10895f167b73663d7d0a5a6ecba2b1986251a0020a00"
	goldenLeaf     = "d5cbc8bfaa4957a6d911bb73d2ef90fe928598ab029da495bd26ce5bb023c747"
	goldenPerson   = "z7fcfvjuvtny7pq2qdyb3qum"
	goldenMark     = "46a8c4cdf3a6509d"
)

func golden(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %s, was %s", what, got, want)
	}
}

func TestAnEnvelopeComesBackAsItWas(t *testing.T) {
	c := sample()
	b := AppendEnvelope(nil, &c)
	back, err := DecodeEnvelope(b)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(AppendEnvelope(nil, back), b) {
		t.Error("decoded and encoded again, the bytes differ")
	}
	if _, err := DecodeEnvelope(append(b, 0)); err == nil {
		t.Error("a byte left over was accepted")
	}
	for n := range b {
		if _, err := DecodeEnvelope(b[:n]); err == nil {
			t.Fatalf("an envelope cut at byte %d of %d was accepted", n, len(b))
		}
	}
}

func TestAPersonWithAnXInLowerCaseIsTheSamePerson(t *testing.T) {
	k := keys().Identity()
	if PersonID(k, "01", "99010119900307201x") != PersonID(k, "01", "99010119900307201X") {
		t.Error("case of the check character makes two persons")
	}
	if PersonID(k, "01", "1") == PersonID(k, "03", "1") {
		t.Error("two types of documents with one number are one person")
	}
}

func TestPositionsAndRevisionsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Rev{Position{
			Site(rapid.StringMatching(`[a-z0-9-]{1,24}`).Draw(t, "site")), Incarnation(rapid.Uint64().Draw(t, "inc")),
			Lane(rapid.IntRange(0, 3).Draw(t, "lane")), Seq(rapid.Uint64().Draw(t, "seq")),
		}, rapid.Uint16().Draw(t, "n")}
		back, err := ParseRev(r.String())
		if err != nil || back != r {
			t.Fatalf("%s read back as %v, %v", r, back, err)
		}
		if !r.ID().Valid() {
			t.Fatalf("minted identifier %q may not travel", r.ID())
		}
		rest, left, err := DecodeRev(append(AppendRev(nil, r), 1, 2))
		if err != nil || rest != r || len(left) != 2 {
			t.Fatalf("canonical bytes of %s read back as %v, %v", r, rest, err)
		}
	})
	for _, bad := range []string{"", "v01", "v01.1.9.1", "V01.1.0.1", "v01.01.0.1", "v01.1.0.1.2"} {
		if _, err := ParsePosition(bad); err == nil {
			t.Errorf("position %q accepted", bad)
		}
	}
}

func TestUnknownFieldsAndDigitsSurvive(t *testing.T) {
	type thing struct {
		Name string  `json:"name"`
		Temp Decimal `json:"temp"`
		In   struct {
			Known int  `json:"known"`
			Rest  Rest `json:",unknown"`
		} `json:"in"`
		Rest Rest `json:",unknown"`
	}
	const text = `{"in":{"future":[1.50,{"a":"b"}],"known":4},"name":"某某","temp":36.60,"zulu":1e3}`
	var v thing
	if err := Decode(Value(text), &v); err != nil {
		t.Fatal(err)
	}
	back, err := Encode(&v)
	if err != nil {
		t.Fatal(err)
	}
	if string(back) != text {
		t.Errorf("came back as %s", back)
	}
	if err := Decode(Value(`{"name":"a","name":"b"}`), &v); err == nil {
		t.Error("a doubled field was accepted: two readers may see two values")
	}
}

func TestIndexRowsFollowTheDeclaration(t *testing.T) {
	spec := KindSpec{Kind: "thing", Indexes: []Index{
		{Name: "all"}, {Name: "keys", Fields: []string{"keys[]"}, Prefix: true},
		{Name: "by", Fields: []string{"home.group", "n"}, Time: "at"},
	}}
	rows, err := spec.Entries(Value(`{"at":"2030-01-07T08:00:00+08:00","home":{"group":"三组"},"keys":["zw","张伟"],"n":36.60}`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rows {
		line := r.Index
		for _, p := range r.Parts {
			line += "|" + p
		}
		if !r.Time.IsZero() {
			line += "@" + r.Time.UTC().Format(time.TimeOnly)
		}
		got = append(got, line)
	}
	want := []string{"all", "keys|z", "keys|zw", "keys|张", "keys|张伟", "by|三组|36.60@00:00:00"}
	if len(got) != len(want) {
		t.Fatalf("rows %q, want %q", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("row %d is %q, want %q", i, got[i], want[i])
		}
	}
}

func TestAValueCannotAskForEndlessRows(t *testing.T) {
	spec := KindSpec{Kind: "thing", Indexes: []Index{{Name: "all", Fields: []string{"a[]", "b[]", "c[]"}}}}
	list := `["0"` + strings.Repeat(`,"x"`, 2000) + `]`
	_, err := spec.Entries(Value(`{"a":` + list + `,"b":` + list + `,"c":` + list + `}`))
	if !errors.Is(err, ErrTooLarge) {
		t.Errorf("eight billion rows: %v", err)
	}
}

func TestAClockNeverGoesBack(t *testing.T) {
	now := time.Date(2030, 1, 7, 8, 0, 0, 0, time.UTC)
	h := MakeHLC(now, 0)
	back := h.Next(now.Add(-24 * time.Hour))
	if back <= h {
		t.Error("a clock set back a day gave an earlier reading")
	}
	if far := h.Observe(MakeHLC(now.Add(time.Hour), 0), now, 5*time.Minute); far != h {
		t.Error("a reading an hour ahead dragged the clock along")
	}
	if near := h.Observe(MakeHLC(now.Add(time.Second), 0), now, 5*time.Minute); near <= h {
		t.Error("a reading a second ahead was not followed")
	}
}

func FuzzDecodeEnvelope(f *testing.F) {
	c := sample()
	f.Add(AppendEnvelope(nil, &c))
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := DecodeEnvelope(b); err == nil && !bytes.Equal(AppendEnvelope(nil, c), b) {
			// Varints have longer forms; what counts is that reading is stable.
			if again, err := DecodeEnvelope(AppendEnvelope(nil, c)); err != nil || !bytes.Equal(AppendEnvelope(nil, again), AppendEnvelope(nil, c)) {
				t.Fatal("an envelope does not read back")
			}
		}
	})
}

func FuzzDecodeFrame(f *testing.F) {
	f.Add(AppendFrame(nil, &Frame{Site: "v01", First: 1, Count: 1, Body: []byte("x")}))
	f.Fuzz(func(t *testing.T, b []byte) { _, _ = DecodeFrame(b) })
}
