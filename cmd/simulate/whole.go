package simulate

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"xiangyi/cloud/ledger"
	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication"
)

// The whole of a county under a clock that jumps from event to event: three nodes
// with their consensus library and its log, stations with Badger on real files,
// senders and downlinks as they run. A seed decides what fails; goroutines are the
// scheduler's, so a seed that failed need not fail again.

// Whole lives through seeds and reports to t.
func Whole(t *testing.T, from, to uint64) {
	warm(t)
	for seed := from; seed <= to && !t.Failed(); seed++ {
		t.Run(fmt.Sprintf("seed-%d", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { newWhole(t, seed).live(12) })
		})
	}
}

// warm lets the libraries make what they keep for the life of the process before
// the clock is replaced: it may not be shared with the world outside.
func warm(t *testing.T) {
	w := newWhole(t, 0)
	w.leader()
	w.stations[0].write()
	w.stations[0].crash()
	w.end()
}

type whole struct {
	t        *testing.T
	dice     *mrand.Rand // of the one goroutine that decides
	dir      string
	wires    ledger.Wires
	peers    []ledger.Peer
	keys     seal.Keyring
	county   *seal.PrivateKey
	stations []*box

	mu      sync.Mutex
	nodes   map[string]*running
	offsets map[string]time.Duration // of nodes' clocks
	luck    *mrand.Rand              // of the lines
	calm    bool
}

// running is a node's process.
type running struct {
	*ledger.Ledger
	stop func()
}

func newWhole(t *testing.T, seed uint64) *whole {
	t.Helper()
	w := &whole{t: t, dice: mrand.New(mrand.NewPCG(seed, 1)), luck: mrand.New(mrand.NewPCG(seed, 2)), dir: t.TempDir(), nodes: map[string]*running{},
		offsets: map[string]time.Duration{}}
	var err error
	if w.county, err = seal.NewPrivateKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	w.keys = seal.Derived(seal.Secrets{County: [32]byte{1}, Site: [32]byte{2}, Key: w.county})
	for i := range 3 {
		id := fmt.Sprintf("n%d", i+1)
		w.peers = append(w.peers, ledger.Peer{ID: id, Addr: id})
	}
	for _, p := range w.peers {
		w.start(p.ID)
	}
	for i := range 2 {
		b := &box{whole: w, site: protocol.Site(fmt.Sprintf("v%02d", i+1))}
		b.dir = filepath.Join(w.dir, string(b.site))
		b.start()
		w.stations = append(w.stations, b)
	}
	return w
}

func (w *whole) start(id string) {
	w.t.Helper()
	l, err := ledger.Open(ledger.Options{Node: id, Dir: filepath.Join(w.dir, id), Peers: w.peers, Keys: w.keys, Kinds: wholeKinds, Rand: rand.Reader,
		Now: func() time.Time { return w.now(id) }, Small: true, Log: slog.New(slog.DiscardHandler), Transport: w.wires.Join(id)})
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx) }()
	n := &running{l, func() {
		w.wires.Leave(id)
		cancel()
		if err := errors.Join(ignore(<-ended, context.Canceled), l.Close()); err != nil {
			w.t.Errorf("%s ended with %v", id, err)
		}
	}}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.nodes[id] = n
}

func ignore(err, what error) error {
	if errors.Is(err, what) {
		return nil
	}
	return err
}

func (w *whole) stop(id string) {
	w.mu.Lock()
	n := w.nodes[id]
	delete(w.nodes, id)
	w.mu.Unlock()
	if n != nil {
		n.stop()
	}
}

// some gives a node, any or the one that leads.
func (w *whole) some(leads bool) *running {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, n := range w.nodes {
		if !leads || n.IsLeader() {
			return n
		}
	}
	return nil
}

func (w *whole) leader() *running {
	for range 600 {
		if n := w.some(true); n != nil {
			return n
		}
		time.Sleep(100 * time.Millisecond)
	}
	w.t.Fatal("nobody leads")
	return nil
}

// lost decides whether a message is, and how long it takes.
func (w *whole) lost() bool {
	w.mu.Lock()
	took, lost := time.Duration(w.luck.IntN(800))*time.Millisecond, !w.calm && w.luck.IntN(5) == 0
	w.mu.Unlock()
	time.Sleep(took)
	return lost
}

// live lets days pass, mends everything, and checks.
func (w *whole) live(events int) {
	for range events {
		for range 1 + w.dice.IntN(6) {
			w.stations[w.dice.IntN(len(w.stations))].write()
		}
		time.Sleep(time.Duration(w.dice.IntN(40)) * time.Second)
		w.happen()
	}
	w.mu.Lock()
	w.calm = true
	clear(w.offsets)
	w.mu.Unlock()
	for _, b := range w.stations {
		b.setClock(0)
	}
	for _, p := range w.peers {
		w.wires.Cut(p.ID, false)
		if w.nodes[p.ID] == nil {
			w.start(p.ID)
		}
	}
	time.Sleep(20 * time.Minute)
	w.check()
	w.end()
}

// happen lets one thing go wrong.
func (w *whole) happen() {
	id := w.peers[w.dice.IntN(3)].ID
	switch b := w.stations[w.dice.IntN(len(w.stations))]; w.dice.IntN(10) {
	case 0:
		w.stop(id)
	case 1, 2:
		for _, p := range w.peers {
			if w.nodes[p.ID] == nil {
				w.start(p.ID)
			}
		}
	case 3:
		w.wires.Cut(id, true)
	case 4:
		w.wires.Cut(id, false)
	case 5, 6:
		b.crash()
	case 7:
		b.forget()
	case 8:
		b.setClock(w.leap())
	case 9:
		w.mu.Lock()
		w.offsets[id] = w.leap()
		w.mu.Unlock()
	}
}

// leap is by how far a clock is set wrong.
func (w *whole) leap() time.Duration {
	return time.Duration(w.dice.IntN(2*365)-365) * 24 * time.Hour / time.Duration(1+w.dice.IntN(2)*10_000)
}

func (w *whole) now(id string) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.offsets[id])
}

func (w *whole) end() {
	for _, b := range w.stations {
		b.stop()
	}
	for _, p := range w.peers {
		w.stop(p.ID)
	}
	if err := os.RemoveAll(w.dir); err != nil {
		w.t.Error(err)
	}
}

// Submit implements replication.Line.
func (w *whole) Submit(ctx context.Context, frame []byte) (protocol.Receipt, error) {
	n := w.some(true)
	if w.lost() || n == nil {
		return protocol.Receipt{}, errAway
	}
	r, err := n.Submit(ctx, frame)
	if w.lost() {
		return protocol.Receipt{}, errAway
	}
	return r, err
}

var errAway = errors.New("no answer")

// line is a station's way to the county for pulls.
type line struct {
	*whole
	site protocol.Site
}

// Pull implements replication.Puller.
func (l line) Pull(ctx context.Context, request []byte) ([]byte, error) {
	n := l.some(false)
	if l.lost() || n == nil {
		return nil, errAway
	}
	node := replication.Answering{Look: n.Snapshot, Mend: n.Mend, Ledger: ledger.Sites, Keys: l.keys, Rand: rand.Reader, Now: time.Now}
	b, news, err := node.AtOnce(ctx, l.site, request)
	if err == nil && !news {
		time.Sleep(5 * time.Second) // the county waits for news
	}
	if err != nil || l.lost() {
		return nil, errAway
	}
	return b, nil
}
