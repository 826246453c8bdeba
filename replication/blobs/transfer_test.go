package blobs

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"testing"
	"time"
)

var errCut = errors.New("the line was cut")

// wire is a line in memory. fault is asked before each request with its number: cut before it arrives, cut before the reply,
// or sent twice.
type wire struct {
	far    *Keeper
	n      int
	chunks int // chunks that crossed
	fault  func(n int) fault
}

type fault int

const (
	none fault = iota
	lostRequest
	lostReply
	twice
)

func (w *wire) Ask(ctx context.Context, request []byte) ([]byte, error) {
	w.n++
	f := none
	if w.fault != nil {
		f = w.fault(w.n)
	}
	if f == lostRequest {
		return nil, errCut
	}
	if f == twice {
		w.far.Answer(ctx, bytes.Clone(request))
	}
	reply := w.far.Answer(ctx, request)
	if request[0] == askKeep || len(reply) > 0 && reply[0] == sayChunk {
		w.chunks++
	}
	if f == lostReply {
		return nil, errCut
	}
	return reply, nil
}

func quiet(context.Context) error { return nil }

func mover(s *Store, w Line) *Mover { return &Mover{Store: s, Line: w, Quiet: quiet} }

func TestACutAtAnyRequestCostsAtMostTheChunkInFlight(t *testing.T) {
	const chunks = 5
	data := photo(1, chunks*ChunkSize-9)
	for at := 1; at <= chunks+3; at++ { // have, offer, the chunks, have
		for _, f := range []fault{lostRequest, lostReply, twice} {
			near, far := options(t.TempDir(), "v01"), options(t.TempDir(), "county")
			s, k := open(t, near), &Keeper{Store: open(t, far)}
			ref := put(t, s, data)
			w := &wire{far: k, fault: func(n int) fault {
				if n == at {
					return f
				}
				return none
			}}
			err := mover(s, w).Upload(t.Context(), ref)
			if f != twice {
				wants(t, err, errCut)
				if s.Held(ref) {
					t.Fatal("held, though nobody said so")
				}
				s, k.Store = open(t, near), open(t, far) // both sides restart
				err = mover(s, w).Upload(t.Context(), ref)
			}
			must(t, err)
			if w.chunks > chunks {
				t.Errorf("cut %d at request %d: %d chunks crossed, want at most %d", f, at, w.chunks, chunks)
			}
			if !s.Held(ref) {
				t.Error("not held")
			}
			same(t, k.Store, ref, data)
		}
	}
}

func TestCutsAndRestartsAtRandom(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 1))
		near, far, third := options(t.TempDir(), "v01"), options(t.TempDir(), "county"), options(t.TempDir(), "v02")
		s, k := open(t, near), &Keeper{Store: open(t, far)}
		data := photo(byte(seed), 1+r.IntN(12*ChunkSize))
		ref := put(t, s, data)
		w := &wire{far: k, fault: func(int) fault { return fault(max(0, r.IntN(8)-4)) }}
		until(t, seed, func() error {
			if r.IntN(2) == 0 {
				s = open(t, near)
			}
			if r.IntN(2) == 0 {
				k.Store = open(t, far)
			}
			return mover(s, w).Upload(t.Context(), ref)
		})
		other := open(t, third)
		until(t, seed, func() error {
			if r.IntN(2) == 0 {
				other = open(t, third)
			}
			return mover(other, w).Fetch(t.Context(), ref)
		})
		same(t, other, ref, data)
	}
}

// until tries again after a cut, and after nothing else.
func until(t *testing.T, seed uint64, try func() error) {
	t.Helper()
	for range 500 {
		err := try()
		if err == nil {
			return
		}
		if !errors.Is(err, errCut) {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
	t.Fatalf("seed %d: no end", seed)
}

func TestBytesThatTheCountyHasAreNotSentAgain(t *testing.T) {
	k := &Keeper{Store: open(t, options(t.TempDir(), "county"))}
	data := photo(1, 4*ChunkSize)
	for i, site := range []string{"v01", "v02"} {
		s, w := open(t, options(t.TempDir(), site)), &wire{far: k}
		must(t, mover(s, w).Upload(t.Context(), put(t, s, data)))
		if want := 4 * (1 - i); w.chunks != want {
			t.Errorf("%s sent %d chunks, want %d", site, w.chunks, want)
		}
	}
}

func TestADamagedChunkIsFetchedFromTheOtherSide(t *testing.T) {
	s, k := open(t, options(t.TempDir(), "v01")), &Keeper{Store: open(t, options(t.TempDir(), "county"))}
	data := photo(1, 3*ChunkSize)
	ref, w := put(t, s, data), &wire{far: k}
	must(t, mover(s, w).Upload(t.Context(), ref))
	must(t, os.WriteFile(files(t, s, "chunks")[1], []byte("not what was written"), 0o600))
	_, _, err := s.Read(ref)
	wants(t, err, ErrDamaged)
	w.chunks = 0
	must(t, mover(s, w).Fetch(t.Context(), ref))
	same(t, s, ref, data)
	if w.chunks != 1 {
		t.Errorf("%d chunks came, want the damaged one", w.chunks)
	}
}

func TestNothingIsHeldBeforeAMajorityHasIt(t *testing.T) {
	down := func(int) fault { return lostRequest }
	nodes := make([]*wire, 2)
	lines := make([]Line, 2)
	for i := range nodes {
		nodes[i] = &wire{far: &Keeper{Store: open(t, options(t.TempDir(), "county"))}, fault: down}
		lines[i] = nodes[i]
	}
	leader := &Keeper{Store: open(t, options(t.TempDir(), "county")), Peers: lines}
	s := open(t, options(t.TempDir(), "v01"))
	data := photo(1, 3*ChunkSize)
	ref := put(t, s, data)
	wants(t, mover(s, &wire{far: leader}).Upload(t.Context(), ref), ErrNotYet)
	if s.Held(ref) || leader.Store.Held(ref) {
		t.Fatal("held by one node of three")
	}
	nodes[1].fault = nil
	must(t, mover(s, &wire{far: leader}).Upload(t.Context(), ref))
	same(t, nodes[1].far.Store, ref, data)
}

func TestADamagedCopyInTheCountyIsNotHeld(t *testing.T) {
	s, k := open(t, options(t.TempDir(), "v01")), &Keeper{Store: open(t, options(t.TempDir(), "county"))}
	data := photo(1, 2*ChunkSize)
	ref := put(t, s, data)
	m, err := s.Manifest(ref)
	must(t, err)
	must(t, k.Store.Expect(m))
	must(t, k.Store.Add(ref, 0, data[:ChunkSize]))
	must(t, os.WriteFile(files(t, k.Store, "chunks")[0], []byte("rotten"), 0o600))
	w := &wire{far: k}
	wants(t, mover(s, w).Upload(t.Context(), ref), ErrNotYet)
	must(t, mover(s, w).Upload(t.Context(), ref))
	same(t, k.Store, ref, data)
}

func TestAChunkWaitsWhileTheLaneIsBusy(t *testing.T) {
	s, k := open(t, options(t.TempDir(), "v01")), &Keeper{Store: open(t, options(t.TempDir(), "county"))}
	ref, w := put(t, s, photo(1, 3*ChunkSize)), &wire{far: k}
	v := mover(s, w)
	v.Quiet = func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	wants(t, v.Upload(ctx, ref), context.DeadlineExceeded)
	if w.chunks != 0 {
		t.Errorf("%d chunks crossed while a frame waited", w.chunks)
	}
}

func TestRequestsOfStrangersAreAnsweredAndKeepNothing(t *testing.T) {
	k := &Keeper{Store: open(t, options(t.TempDir(), "county"))}
	for _, request := range [][]byte{nil, {0}, {askOffer}, {askHave, 1}, {askKeep}, append([]byte{askChunk}, make([]byte, 35)...)} {
		if reply := k.Answer(t.Context(), request); len(reply) != 1 || reply[0] != sayWrong {
			t.Errorf("request %q: reply %q", request, reply)
		}
	}
	if reply := k.Answer(t.Context(), requestChunk(askKeep, Ref{}, 0, []byte("x"))); reply[0] != sayUnknown {
		t.Errorf("a chunk of nothing: reply %q", reply)
	}
	if k.Store.Used() != 0 {
		t.Error("something was kept")
	}
}
