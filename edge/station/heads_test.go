package station

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/proof"
	"xiangyi/protocol/seal"
)

func TestAStationHoldsTheCountyToItsHeads(t *testing.T) {
	key, err := seal.NewPrivateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaves := func(n int, salt byte) (out []seal.Digest) {
		for i := range n {
			out = append(out, seal.Sum([]byte{0, salt}, binary.BigEndian.AppendUint64(nil, uint64(i))))
		}
		return out
	}
	published := func(since, n int, salt byte) *protocol.PublishedHead {
		all := leaves(n, salt)
		p := &protocol.PublishedHead{Since: uint64(since), Head: proof.Head{Log: "county", Size: uint64(n), Root: proof.Root(all), At: time.Date(2031, 3, 1, n%24, 0, 0, 0, time.UTC)}}
		if err := p.Head.Sign(key, rand.Reader); err != nil {
			t.Fatal(err)
		}
		if p.Grown, err = proof.Consistency(uint64(since), uint64(n), func(from, to uint64) (seal.Digest, error) { return proof.Root(all[from:to]), nil }); err != nil {
			t.Fatal(err)
		}
		return p
	}
	check := func(h *proof.Head) error { return h.Check(key.Public()) }
	known := func() *heads {
		h := &heads{}
		for _, p := range []*protocol.PublishedHead{published(0, 5, 1), published(5, 9, 1), published(14, 30, 1) /* one was missed */, published(30, 31, 1)} {
			if err := h.take(p, check); err != nil {
				t.Fatal(err)
			}
		}
		return h
	}
	forged := published(31, 40, 1)
	forged.Head.Size++
	for name, tt := range map[string]struct {
		next *protocol.PublishedHead
		want error
	}{
		"another past":     {published(31, 40, 2), proof.ErrInconsistent},
		"shorter":          {published(20, 30, 1), proof.ErrInconsistent},
		"not the county's": {forged, proof.ErrHead},
	} {
		h := known()
		if err := h.take(tt.next, check); !errors.Is(err, tt.want) || h.state().Broken == "" || h.state().Size != 31 {
			t.Errorf("%s: %v, %+v", name, err, h.state())
		}
	}
	if s := known().state(); s.Broken != "" || s.Size != 31 {
		t.Errorf("%+v", s)
	}
}
