package blobs

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"xiangyi/protocol"
)

var errDone = errors.New("nothing more happens")

// TestACourierRunsEachErrandOnce: a line that is cut now and then, one photo up,
// one down, one whose record is not in the county yet.
func TestACourierRunsEachErrandOnce(t *testing.T) {
	county := open(t, options(t.TempDir(), "county"))
	here := open(t, options(t.TempDir(), "v01"))
	up, down := photo(1, 3*ChunkSize), photo(2, 2*ChunkSize)
	mine, theirs := put(t, here, up), put(t, county, down)
	nowhere := Ref{9}
	w := &wire{far: &Keeper{Store: county}, fault: func(n int) fault {
		if n%5 == 2 {
			return lostReply
		}
		return none
	}}
	var waits []int
	c := Courier{Mover: *mover(here, w), Log: slog.New(slog.DiscardHandler),
		Look: func(context.Context) ([]Errand, error) {
			out := []Errand{{nowhere.String(), true}, {"no ref", true}, {mine.String(), true}, {theirs.String(), false}}
			if len(waits) > 6 { // the record of the strange one was withdrawn
				out = out[1:]
			}
			return out, nil
		},
		Wait: func(_ context.Context, fails int) error {
			waits = append(waits, fails)
			if len(waits) == 10 {
				return errDone
			}
			return nil
		}}
	if err := c.Run(t.Context()); !errors.Is(err, errDone) {
		t.Fatal(err)
	}
	if !here.Held(mine) {
		t.Error("the county holds it, and the station does not know")
	}
	same(t, county, mine, up)
	same(t, here, theirs, down)
	if waits[5] != 6 || waits[9] != 0 {
		t.Errorf("rounds that failed in a row: %v", waits)
	}
	asked, carried := w.n, w.chunks
	w.fault = nil
	if err := c.do(t.Context(), Errand{mine.String(), true}); err != nil || w.n != asked+1 || w.chunks != carried {
		t.Errorf("another record of the same bytes: %d requests more, %d chunks, %v", w.n-asked, w.chunks-carried, err)
	}
	if err := c.do(t.Context(), Errand{theirs.String(), false}); err != nil || w.n != asked+1 {
		t.Errorf("what is here is fetched again: %v", err)
	}
}

func TestWhoAsksIsKnownByTheRequest(t *testing.T) {
	m, err := MakeManifest("image/jpeg", photo(1, 100))
	must(t, err)
	ref := m.Ref()
	for name, c := range map[string]struct {
		request []byte
		reads   bool
		err     error
	}{
		"have": {request(askHave, ref), true, nil}, "manifest": {request(askManifest, ref), true, nil},
		"chunk": {requestChunk(askChunk, ref, 0, nil), true, nil}, "keep": {requestChunk(askKeep, ref, 0, []byte("x")), false, nil},
		"offer": {m.Append([]byte{askOffer}), false, nil}, "nothing": {nil, false, ErrWrong}, "short": {[]byte("A1"), false, ErrWrong},
		"no manifest": {[]byte("Oxyz"), false, ErrManifest},
	} {
		got, reads, err := RefOf(c.request)
		if !errors.Is(err, c.err) || err == nil && (got != ref || reads != c.reads) {
			t.Errorf("%s: %v, reads %t, %v", name, got, reads, err)
		}
	}
}

func TestAStoreByNamesSaysWhatIsNotHere(t *testing.T) {
	n := Named{open(t, options(t.TempDir(), "v01"))}
	ref, err := n.Put("image/jpeg", photo(3, 20))
	must(t, err)
	if kind, data, err := n.Read(ref); err != nil || kind != "image/jpeg" || len(data) != 20 {
		t.Errorf("%s, %d bytes, %v", kind, len(data), err)
	}
	for _, strange := range []string{"", "xx", Ref{7}.String()} {
		if _, _, err := n.Read(strange); !errors.Is(err, protocol.ErrNotFound) {
			t.Errorf("%q: %v", strange, err)
		}
	}
}
