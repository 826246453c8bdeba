package week

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	mrand "math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"xiangyi/cloud/ledger"
	"xiangyi/cmd/internal/demo"
	"xiangyi/cmd/sandbox/outsider"
	"xiangyi/edge/clock"
	"xiangyi/edge/desk"
	"xiangyi/edge/kiosk"
	"xiangyi/edge/printing"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/catalogue"
	"xiangyi/protocol/care/roster"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/host/web"
	"xiangyi/protocol/seal"
	"xiangyi/replication/blobs"
	"xiangyi/replication/store"
)

const (
	site     = protocol.Site("v01")
	terminal = care.ID("v01-kiosk")
	password = "Demo-pass-1"
)

// world is a county of one node, moved by hand, and a station that runs.
type world struct {
	t      *testing.T
	dice   *mrand.Rand
	key    *seal.PrivateKey
	look   *web.Look
	county *ledger.Replica
	office *care.Engine
	rest   func() // ends the county's reactions and chores

	disk   *store.Disk // Badger looks at itself twenty times a second, which is long in a week
	db     *store.DB
	engine *care.Engine
	blobs  *blobs.Store
	kiosk  *kiosk.Kiosk
	desk   *desk.Desk
	card   *reader
	quit   func()
	log    *slog.Logger
	hurry  bool // time is real

	power     power
	offset    atomic.Int64 // of the station's clock, nanoseconds
	told      map[string]int
	booked    map[care.ID]bool  // appointments that a screen showed as made
	posted    map[string]bool   // forms that were answered as done
	opened    map[string]bool   // pages, by role
	addresses map[string]string // the newest of each page
	clinics   []outsider.Link   // of this day, as the screens list them

	day    int
	paper  *paper
	visits map[string]int    // of pages, by role and sort
	heard  map[string]string // the newest answer to each form
}

// sleep lets time pass.
func (w *world) sleep(d time.Duration) {
	if w.hurry {
		d = min(d, 100*time.Millisecond)
	}
	time.Sleep(d)
}

// alone is consensus of one node.
type alone struct {
	mu    sync.Mutex
	node  *ledger.Replica
	index uint64
}

func (a *alone) Propose(command []byte) (any, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.index++
	return a.node.Apply(a.index, 1, command)
}

func (a *alone) Settle() error         { return nil }
func (a *alone) Leads() (uint64, bool) { return 1, true }

var theme = screen.ThemeNamed("xiangyi")

// looks are the pages' templates, read before the clock is replaced.
func looks(t *testing.T) *web.Look {
	t.Helper()
	look, err := web.LoadLook(roster.Screens(roster.Services()), []screen.Theme{theme}, []screen.Metric{{WidthPx: 1080, WidthMM: 398}})
	if err != nil {
		t.Fatal(err)
	}
	return look
}

func newWorld(t *testing.T, look *web.Look, seed uint64) *world {
	t.Helper()
	w := &world{t: t, hurry: seed == 0, told: map[string]int{}, booked: map[care.ID]bool{}, posted: map[string]bool{}, opened: map[string]bool{}, addresses: map[string]string{}, visits: map[string]int{}, heard: map[string]string{}, look: look, dice: mrand.New(mrand.NewPCG(seed, 11)), disk: store.NewDisk(), card: newReader(), paper: &paper{}}
	w.disk.Fault = w.power.fate
	w.log = slog.New(complaints{slog.DiscardHandler, w})
	var err error
	if w.key, err = seal.NewPrivateKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	secrets := seal.Derived(seal.Secrets{County: [32]byte{1}, Site: [32]byte{2}})
	if w.blobs, err = blobs.Open(blobs.Options{Dir: t.TempDir(), Keys: secrets, Rand: rand.Reader, Now: time.Now, Log: w.log}); err != nil {
		t.Fatal(err)
	}
	w.found()
	w.start()
	return w
}

// complaints fails the test when a page or a chore says that something failed.
type complaints struct {
	slog.Handler
	*world
}

func (c complaints) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelError }

func (c complaints) Handle(_ context.Context, r slog.Record) error {
	if c.power.out() {
		return nil
	}
	text := r.Message
	r.Attrs(func(a slog.Attr) bool { text += " " + a.String(); return true })
	c.t.Errorf("%s", text)
	return nil
}

// found makes the county and lets it plan its clinics.
func (w *world) found() {
	group := &alone{}
	services := roster.Services()
	var err error
	w.county, err = ledger.OpenReplica(ledger.Options{Node: "n1", Keys: w.countyKeys(), Kinds: care.Kinds(services), Rand: rand.Reader,
		Now: time.Now, Log: slog.New(slog.DiscardHandler)}, store.NewDisk(), group)
	if err != nil {
		w.t.Fatal(err)
	}
	group.node = w.county
	if err := w.county.TakeOver(context.Background()); err != nil {
		w.t.Fatal(err)
	}
	if w.office, err = care.NewEngine(w.county.Store(), care.InCounty, nil, services); err != nil {
		w.t.Fatal(err)
	}
	passwords := map[string]string{}
	for _, p := range demo.People() {
		passwords[p.Login] = password
	}
	defer w.colleagues()
	for _, q := range demo.Requests([]protocol.Site{site, "v02"}, passwords) {
		if _, err := w.office.Do(context.Background(), q); err != nil {
			w.t.Fatalf("%s: %v", q.Name, err)
		}
	}
	w.rest = w.busy(w.office, w.county.Store(), care.InCounty)
	w.sleep(30 * time.Minute)
}

// busy runs a place's reactions and chores until the function that it gives.
func (w *world) busy(engine *care.Engine, s protocol.Store, place care.Place) func() {
	ctx, cancel := context.WithCancel(context.Background())
	services := roster.Services()
	quiet := slog.New(slog.DiscardHandler) // contended batches are tried again
	var work sync.WaitGroup
	for _, run := range []func(context.Context) error{
		(&care.Reactor{Engine: engine, Store: s, Place: place, Name: "reactions", Log: quiet, Reactions: care.Reactions(services, place),
			Pause: func(ctx context.Context, _ int) error { return rest(ctx, time.Second) }}).Run,
		(&care.Clerk{Engine: engine, Store: s, Roster: services, Log: quiet,
			Pause: func(ctx context.Context) error { return rest(ctx, 30*time.Minute) }}).Run,
	} {
		work.Go(func() {
			if err := run(ctx); !errors.Is(err, context.Canceled) && !w.power.out() {
				w.t.Errorf("reactions or chores ended: %v", err)
			}
		})
	}
	return func() { cancel(); work.Wait() }
}

func rest(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
	return ctx.Err()
}

func (w *world) countyKeys() seal.Keyring {
	return seal.Derived(seal.Secrets{County: [32]byte{1}, Site: [32]byte{2}, Key: w.key})
}

func (w *world) keys() seal.Keyring {
	return seal.Derived(seal.Secrets{County: [32]byte{1}, Site: [32]byte{3}})
}

// start opens the station on its disk, and its screens.
func (w *world) start() {
	services := roster.Services()
	var err error
	w.power.back()
	began := time.Now()
	watch := clock.New(w.now, func() time.Duration { return time.Since(began) })
	if w.db, err = store.Open(store.Options{CoreOptions: store.CoreOptions{Disk: w.disk, Site: site, Keys: w.keys(), Rand: rand.Reader,
		Kinds: care.Kinds(services), Small: true, Log: slog.New(slog.DiscardHandler)}, Now: w.now, Clock: watch.State, Ballast: -1}); err != nil {
		w.t.Fatal(err)
	}
	if w.engine, err = care.NewEngine(w.db, care.AtStation, nil, services); err != nil {
		w.t.Fatal(err)
	}
	if w.kiosk, err = kiosk.New(kiosk.Config{Web: w.web("kiosk", terminal), Reader: w.card, Place: "青石村卫生站", Theme: theme,
		Metric: screen.Metric{WidthPx: 1080, WidthMM: 398}, Fresh: w.fresh, Log: w.log}); err != nil {
		w.t.Fatal(err)
	}
	if w.desk, err = desk.New(desk.Config{Web: w.web("desk", "desk-1"), Place: "青石村卫生站", Theme: theme, Fresh: w.fresh}); err != nil {
		w.t.Fatal(err)
	}
	busy := w.busy(w.engine, w.db, care.AtStation)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.kiosk.Run(ctx) }()
	prints := printing.New(printing.Config{Site: site, Engine: w.engine, Store: w.db, Slips: w.paper, Pages: pages{w.paper}, Log: w.log})
	printed := make(chan error, 1)
	go func() { printed <- prints.Run(ctx) }()
	w.quit = func() {
		cancel()
		out := w.power.out()
		if err := <-printed; !errors.Is(err, context.Canceled) && !out {
			w.t.Errorf("printing ended: %v", err)
		}
		if err := <-ended; !errors.Is(err, context.Canceled) && !out {
			w.t.Errorf("the kiosk ended: %v", err)
		}
		w.kiosk.Close()
		w.desk.Close()
		busy()
		if err := w.db.Close(); err != nil && !out {
			w.t.Errorf("closing: %v", err)
		}
	}
}

// restart is a process that ends and begins again.
func (w *world) restart() {
	w.quit()
	w.start()
	w.sleep(time.Second) // its screens are up
}

// now is what the station's clock shows.
func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.offset.Load())) }

func (w *world) fresh(context.Context) screen.Freshness {
	f := screen.Freshness{AsOf: time.Now()}
	waiting, err := w.db.Waiting()
	if err != nil && !w.power.out() {
		w.t.Errorf("waiting: %v", err)
	}
	for _, n := range waiting.Count {
		f.Sync.Left += int(n)
	}
	f.Sync.State = screen.SyncWaiting
	return f
}

func (w *world) web(name string, terminal care.ID) web.Config {
	sessions := &web.Sessions{Cookie: "xiangyi-" + name, Key: seal.Derive([]byte("week"), "sessions", []byte(name)), Rand: rand.Reader, Now: w.now}
	return web.Config{
		Engine: w.engine, Store: w.db, Roster: roster.Services(), Screens: w.look.Screens, Words: w.look.Words, Static: http.NotFoundHandler(),
		Blobs: blobs.Named{Store: w.blobs}, Sessions: sessions, Terminal: terminal, Wait: 10 * time.Second, Now: w.now, Rand: rand.Reader, Log: w.log,
		Closed: func(ctx context.Context) map[string]bool {
			home, err := catalogue.At(ctx, w.engine, terminal)
			if err != nil && !w.power.out() {
				w.t.Errorf("the catalogue cannot be read: %v", err)
			}
			return home.Closed
		},
	}
}
