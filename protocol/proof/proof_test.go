package proof

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"xiangyi/protocol/seal"
)

func entries(n int) []seal.Digest {
	out := make([]seal.Digest, n)
	for i := range out {
		out[i] = seal.Sum([]byte{0}, binary.BigEndian.AppendUint64(nil, uint64(i)))
	}
	return out
}

// slow is the tree as the standard defines it, word for word and without thrift.
func slow(leaves []seal.Digest) seal.Digest {
	if len(leaves) == 0 {
		return seal.Sum()
	}
	if len(leaves) == 1 {
		return leaves[0]
	}
	k := 1
	for k*2 < len(leaves) {
		k *= 2
	}
	l, r := slow(leaves[:k]), slow(leaves[k:])
	return seal.Sum([]byte{1}, l[:], r[:])
}

func sums(leaves []seal.Digest) Sum {
	return func(from, to uint64) (seal.Digest, error) { return slow(leaves[from:to]), nil }
}

const most = 70

func TestEveryEntryIsProvenAndNoOtherIs(t *testing.T) {
	leaves := entries(most)
	for n := 1; n <= most; n++ {
		root := Root(leaves[:n])
		if root != slow(leaves[:n]) {
			t.Fatalf("root of %d", n)
		}
		for m := range n {
			path, err := Inclusion(uint64(m), uint64(n), sums(leaves[:n]))
			if err != nil {
				t.Fatal(err)
			}
			if err := Included(leaves[m], uint64(m), uint64(n), path, root); err != nil {
				t.Fatalf("%d of %d: %v", m, n, err)
			}
			if Included(leaves[(m+1)%most], uint64(m), uint64(n), path, root) == nil || n > 1 && Included(leaves[m], uint64((m+1)%n), uint64(n), path, root) == nil ||
				Included(leaves[m], uint64(m), uint64(n), path, leaves[0]) == nil && n > 1 {
				t.Fatalf("%d of %d: another entry, place or root is proven too", m, n)
			}
			if n > 1 {
				if Included(leaves[m], uint64(m), uint64(n), path[1:], root) == nil || Included(leaves[m], uint64(m), uint64(n), append(path, root), root) == nil {
					t.Fatalf("%d of %d: a path of another length proves it", m, n)
				}
				for i := range path {
					path[i][7] ^= 1
					if Included(leaves[m], uint64(m), uint64(n), path, root) == nil {
						t.Fatalf("%d of %d: step %d of the path does not matter", m, n, i)
					}
					path[i][7] ^= 1
				}
			}
		}
	}
	if _, err := Inclusion(3, 3, sums(leaves)); !errors.Is(err, ErrRange) {
		t.Error(err)
	}
	if err := Included(leaves[0], 1, 1, nil, leaves[0]); !errors.Is(err, ErrRange) {
		t.Error(err)
	}
}

func TestALogThatOnlyGrewIsToldFromEveryOther(t *testing.T) {
	leaves := entries(most)
	for n := 0; n <= most; n++ {
		newer := Root(leaves[:n])
		for m := 0; m <= n; m++ {
			older := Root(leaves[:m])
			path, err := Consistency(uint64(m), uint64(n), sums(leaves[:n]))
			if err != nil {
				t.Fatal(err)
			}
			if err := Consistent(uint64(m), uint64(n), path, older, newer); err != nil {
				t.Fatalf("%d of %d: %v", m, n, err)
			}
			wrong := older
			wrong[0] ^= 1
			if Consistent(uint64(m), uint64(n), path, wrong, newer) == nil {
				t.Fatalf("%d of %d: another beginning passes", m, n)
			}
			wrong = newer
			wrong[0] ^= 1
			if m > 0 && Consistent(uint64(m), uint64(n), path, older, wrong) == nil {
				t.Fatalf("%d of %d: another end passes", m, n)
			}
			for i := range path {
				path[i][7] ^= 1
				if Consistent(uint64(m), uint64(n), path, older, newer) == nil {
					t.Fatalf("%d of %d: step %d does not matter", m, n, i)
				}
				path[i][7] ^= 1
			}
			if len(path) > 0 && (Consistent(uint64(m), uint64(n), path[1:], older, newer) == nil || Consistent(uint64(m), uint64(n), append(path, newer), older, newer) == nil) {
				t.Fatalf("%d of %d: a path of another length passes", m, n)
			}
		}
	}
	if err := Consistent(2, 1, nil, Empty(), Empty()); !errors.Is(err, ErrRange) {
		t.Error(err)
	}
}

func TestAProofStandsOnASignedHead(t *testing.T) {
	key, err := seal.NewPrivateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaves := entries(40)
	head := func(n int) Head {
		h := Head{Log: "county", Size: uint64(n), Root: Root(leaves[:n]), Cursor: uint64(n) << 16, At: time.Date(2031, 3, 1, 8, 0, 0, 999, time.UTC)}
		if err := h.Sign(key, rand.Reader); err != nil {
			t.Fatal(err)
		}
		return h
	}
	p := Proof{Entry: "v01.a.1.5", Leaf: leaves[17], Index: 17, Head: head(40), Since: 23}
	if p.Path, err = Inclusion(17, 40, sums(leaves)); err != nil {
		t.Fatal(err)
	}
	if p.Grown, err = Consistency(23, 40, sums(leaves)); err != nil {
		t.Fatal(err)
	}
	older := head(23)
	if err := p.Check(key.Public(), &older); err != nil {
		t.Fatal(err)
	}
	stranger, err := seal.NewPrivateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other := head(22)
	forked := older
	forked.Root = Root(entries(24)[1:])
	if err := forked.Sign(key, rand.Reader); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		spoil func(*Proof)
		key   seal.PublicKey
		since *Head
		want  error
	}{
		"another key":            {func(*Proof) {}, stranger.Public(), nil, ErrHead},
		"a head changed":         {func(p *Proof) { p.Head.Size++ }, key.Public(), nil, ErrHead},
		"a time changed":         {func(p *Proof) { p.Head.At = p.Head.At.Add(time.Millisecond) }, key.Public(), nil, ErrHead},
		"a log's name":           {func(p *Proof) { p.Head.Log = "other" }, key.Public(), nil, ErrHead},
		"another entry":          {func(p *Proof) { p.Leaf = leaves[16] }, key.Public(), nil, ErrNotIncluded},
		"an endless path":        {func(p *Proof) { p.Path = make([]seal.Digest, 1000) }, key.Public(), nil, ErrRange},
		"another earlier head":   {func(*Proof) {}, key.Public(), &other, ErrInconsistent},
		"an earlier head's fork": {func(*Proof) {}, key.Public(), &forked, ErrInconsistent},
	} {
		bad := p
		tt.spoil(&bad)
		if err := bad.Check(tt.key, tt.since); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}
