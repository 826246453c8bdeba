package kiosk_test

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"xiangyi/edge/kiosk"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/identity"
	"xiangyi/protocol/care/roster"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/host/web"
	"xiangyi/protocol/seal"
	"xiangyi/replication/store"
)

const terminal = care.ID("v01-kiosk")

var doctor = protocol.Actor{ID: "vd01", Role: care.Doctor, Method: care.ByPassword, Assurance: 2, Terminal: "v01-desk"}

// village is a station of which only the records and the kiosk run.
type village struct {
	*testing.T
	look   *web.Look
	db     *store.DB
	engine *care.Engine
}

func open(t *testing.T, look *web.Look) *village {
	t.Helper()
	v := &village{T: t, look: look}
	services := roster.Services()
	var err error
	if v.db, err = store.Open(store.Options{CoreOptions: store.CoreOptions{Disk: store.NewDisk(), Site: "v01", Rand: rand.Reader, Small: true,
		Keys:  seal.Derived(seal.Secrets{County: [32]byte{1}, Site: [32]byte{2}}),
		Kinds: care.Kinds(services), Log: slog.New(slog.DiscardHandler)}, Now: time.Now, Ballast: -1}); err != nil {
		t.Fatal(err)
	}
	if v.engine, err = care.NewEngine(v.db, care.AtStation, nil, services); err != nil {
		t.Fatal(err)
	}
	return v
}

// serve runs the kiosk; the function that it gives ends it.
func (v *village) serve() (stop func()) {
	v.Helper()
	k, err := kiosk.New(kiosk.Config{Place: "青石村卫生站", Theme: screen.ThemeNamed("xiangyi"), Metric: screen.Metric{WidthPx: 1080, WidthMM: 398},
		Fresh: func(context.Context) screen.Freshness { return screen.Freshness{} }, Log: slog.New(slog.DiscardHandler),
		Web: web.Config{Engine: v.engine, Store: v.db, Roster: roster.Services(), Screens: v.look.Screens, Words: v.look.Words, Static: http.NotFoundHandler(),
			Sessions: &web.Sessions{Cookie: "kiosk", Key: seal.Derive([]byte("test"), "sessions", nil), Rand: rand.Reader, Now: time.Now},
			Terminal: terminal, Wait: time.Second, Now: time.Now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler)}})
	if err != nil {
		v.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- k.Run(ctx) }()
	synctest.Wait()
	return func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			v.Errorf("the kiosk ended: %v", err)
		}
		k.Close()
	}
}

func (v *village) resident(name, number string) care.ID {
	v.Helper()
	s, err := identity.ByCard(context.Background(), v.engine, "v01-desk", identity.Card{Name: name, Number: number, Sex: "2"})
	if err != nil {
		v.Fatal(err)
	}
	return s.Actor.ID
}

// vouch is the doctor opening the kiosk for somebody; code is why it is refused.
func (v *village) vouch(person care.ID, code protocol.Code) {
	v.Helper()
	input, err := protocol.Encode(identity.Vouching{Person: person, Terminal: terminal})
	if err != nil {
		v.Fatal(err)
	}
	_, err = v.engine.Do(context.Background(), care.Request{Actor: doctor, Name: "identity.vouch", Input: input})
	got := protocol.Code("")
	if r, ok := protocol.AsRefusal(err); ok {
		got = r.Code
	} else if err != nil {
		v.Fatal(err)
	}
	if got != code {
		v.Errorf("vouching is answered %q, want %q", got, code)
	}
	synctest.Wait()
}

func (v *village) isOpen(want bool) {
	v.Helper()
	s, err := identity.State(context.Background(), v.engine, terminal)
	if err != nil || s.Open != want {
		v.Errorf("open for somebody: %v, %v; want %v", s.Open, err, want)
	}
}

func TestAScreenThatNobodyCameToIsFreeAgain(t *testing.T) {
	look, err := web.LoadLook(roster.Screens(roster.Services()), []screen.Theme{screen.ThemeNamed("xiangyi")}, []screen.Metric{{WidthPx: 1080, WidthMM: 398}})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		v := open(t, look)
		defer v.db.Close()
		gran, uncle := v.resident("王样例", "990101195003071028"), v.resident("李样本", "990101196211201012")

		stop := v.serve()
		v.vouch(gran, "")
		v.isOpen(true)
		v.vouch(uncle, "terminal-busy")
		time.Sleep(31 * time.Second)
		synctest.Wait()
		v.isOpen(false) // she did not come
		v.vouch(uncle, "")
		v.isOpen(true)

		stop() // the program ends before he comes
		defer v.serve()()
		v.isOpen(false)
		v.vouch(gran, "")
		v.isOpen(true)
	})
}
