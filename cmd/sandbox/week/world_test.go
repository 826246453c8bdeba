package week

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	mrand "math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"xiangyi/cloud/ledger"
	"xiangyi/cmd/internal/demo"
	"xiangyi/edge/desk"
	"xiangyi/edge/kiosk"
	"xiangyi/edge/printing"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/catalogue"
	"xiangyi/protocol/care/identity"
	"xiangyi/protocol/care/roster"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/host/web"
	"xiangyi/protocol/seal"
	"xiangyi/replication"
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
	w := &world{t: t, hurry: seed == 0, visits: map[string]int{}, heard: map[string]string{}, look: look, dice: mrand.New(mrand.NewPCG(seed, 11)), disk: store.NewDisk(), card: newReader(), paper: &paper{}, log: slog.New(complaints{slog.DiscardHandler, t})}
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
	t *testing.T
}

func (c complaints) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelError }

func (c complaints) Handle(_ context.Context, r slog.Record) error {
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
			if err := run(ctx); !errors.Is(err, context.Canceled) {
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
	if w.db, err = store.Open(store.Options{CoreOptions: store.CoreOptions{Disk: w.disk, Site: site, Keys: w.keys(), Rand: rand.Reader,
		Kinds: care.Kinds(services), Small: true, Log: slog.New(slog.DiscardHandler)}, Now: time.Now, Ballast: -1}); err != nil {
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
		if err := <-printed; !errors.Is(err, context.Canceled) {
			w.t.Errorf("printing ended: %v", err)
		}
		if err := <-ended; !errors.Is(err, context.Canceled) {
			w.t.Errorf("the kiosk ended: %v", err)
		}
		w.kiosk.Close()
		w.desk.Close()
		busy()
		if err := w.db.Close(); err != nil {
			w.t.Errorf("closing: %v", err)
		}
	}
}

// restart is a process that ends and begins again.
func (w *world) restart() {
	w.quit()
	w.start()
}

func (w *world) fresh(context.Context) screen.Freshness {
	f := screen.Freshness{AsOf: time.Now()}
	waiting, err := w.db.Waiting()
	if err != nil {
		w.t.Errorf("waiting: %v", err)
	}
	for _, n := range waiting.Count {
		f.Sync.Left += int(n)
	}
	f.Sync.State = screen.SyncWaiting
	return f
}

func (w *world) web(name string, terminal care.ID) web.Config {
	sessions := &web.Sessions{Cookie: "xiangyi-" + name, Key: seal.Derive([]byte("week"), "sessions", []byte(name)), Rand: rand.Reader, Now: time.Now}
	return web.Config{
		Engine: w.engine, Store: w.db, Roster: roster.Services(), Screens: w.look.Screens, Words: w.look.Words, Static: http.NotFoundHandler(),
		Blobs: blobs.Named{Store: w.blobs}, Sessions: sessions, Terminal: terminal, Wait: 10 * time.Second, Now: time.Now, Rand: rand.Reader, Log: w.log,
		Closed: func(ctx context.Context) map[string]bool {
			home, err := catalogue.At(ctx, w.engine, terminal)
			if err != nil {
				w.t.Errorf("the catalogue cannot be read: %v", err)
			}
			return home.Closed
		},
	}
}

// reader is the card reader: a card is laid down and lifted. It looks when
// something moved, since a week of looks twice a second is long even in a bubble.
type reader struct {
	mu    sync.Mutex
	card  identity.Card
	news  bool
	lies  bool
	moved chan struct{}
}

func newReader() *reader { return &reader{moved: make(chan struct{}, 1)} }

func (r *reader) lay(c identity.Card) { r.set(c, true) }
func (r *reader) lift()               { r.set(identity.Card{}, false) }

func (r *reader) set(c identity.Card, lies bool) {
	r.mu.Lock()
	r.card, r.news, r.lies = c, lies, lies
	r.mu.Unlock()
	select {
	case r.moved <- struct{}{}:
	default:
	}
}

// Poll implements kiosk.Reader.
func (r *reader) Poll(ctx context.Context) (identity.Card, bool, error) {
	select {
	case <-r.moved:
	case <-ctx.Done():
		return identity.Card{}, false, ctx.Err()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.news {
		r.news = false
		return r.card, true, nil
	}
	return identity.Card{}, r.lies, nil
}

// Senses implements kiosk.Reader.
func (r *reader) Senses() bool { return true }

// exchange is the line, there for as long as it takes: everything goes up, what
// is new comes down.
func (w *world) exchange() {
	ctx, log := context.Background(), slog.New(slog.DiscardHandler)
	down := &replication.Downlink{Site: site, Shelf: w.db, Line: county{w}, Keys: w.keys(), Rand: rand.Reader, Log: log, Budget: 64 << 10}
	down.Begin()
	sender := &replication.Sender{Journal: w.db, Lanes: []protocol.Lane{0, 1, 2, 3}, Keys: w.keys(), County: w.key.Public(), Rand: rand.Reader, Log: log}
	sender.Begin()
	for range w.tries() {
		var left []replication.Departure
		if err := sender.Fill(func(d replication.Departure) { left = append(left, d) }); err != nil {
			w.t.Fatal(err)
		}
		for _, d := range left {
			r, err := w.county.Submit(ctx, d.Frame)
			if err := sender.Land(d, r, err); err != nil {
				w.t.Fatal(err)
			}
		}
		more, err := down.Step(ctx)
		if err != nil {
			w.t.Fatal(err)
		}
		w.sleep(time.Second)
		if len(left) == 0 && !more && down.Fresh().Equal {
			return
		}
	}
	if w.hurry {
		return
	}
	w.t.Errorf("the line came back, and station and county are not level: %+v", down.Fresh())
}

// county answers pulls.
type county struct{ *world }

// Pull implements replication.Puller.
func (c county) Pull(ctx context.Context, request []byte) ([]byte, error) {
	node := replication.Answering{Look: c.county.Snapshot, Mend: c.county.Mend, Ledger: c.county.Sites(), Keys: c.countyKeys(), Rand: rand.Reader, Now: time.Now}
	answer, _, err := node.AtOnce(ctx, site, request)
	return answer, err
}

func (w *world) tries() int {
	if w.hurry {
		return 3
	}
	return 400
}
