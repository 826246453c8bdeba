package station

import (
	"context"
	"net/http"
	"time"

	"xiangyi/edge/desk"
	"xiangyi/edge/kiosk"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/catalogue"
	"xiangyi/protocol/care/roster"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/host/web"
	"xiangyi/protocol/seal"
	"xiangyi/replication/blobs"
)

// doTime is how long a page waits for its deed: the disk is here.
const doTime = 10 * time.Second

func (s *Station) openScreens() error {
	theme := screen.ThemeNamed(s.Theme)
	metric := screen.Metric{WidthPx: s.WidthPx, WidthMM: s.WidthMM}
	look, err := web.LoadLook(roster.Screens(s.roster), []screen.Theme{theme}, []screen.Metric{metric})
	if err != nil {
		return err
	}
	if s.kiosk, err = kiosk.New(kiosk.Config{
		Web: s.web(look, "kiosk", s.Terminal), Reader: s.reader(), Place: s.Name, Theme: theme, Metric: metric, Fresh: s.fresh, Log: s.Log, Address: s.Check,
	}); err != nil {
		return err
	}
	s.desk, err = desk.New(desk.Config{Web: s.web(look, "desk", "desk-1"), Place: s.Name, Theme: theme, Fresh: s.fresh, Address: s.Check})
	return err
}

func (s *Station) web(look *web.Look, name string, terminal care.ID) web.Config {
	sessions := &web.Sessions{Cookie: "xiangyi-" + name, Key: seal.Derive(s.Secrets.Site[:], "sessions", []byte(name)), Rand: s.Rand, Now: s.Now}
	return web.Config{
		Engine: s.engine, Store: s.store, Roster: s.roster, Screens: look.Screens, Words: look.Words, Static: look.Static,
		Sessions: sessions, Terminal: terminal, Wait: doTime, Now: s.Now, Rand: s.Rand, Log: s.Log,
		Blobs:  blobs.Named{Store: s.blobs},
		Closed: func(ctx context.Context) map[string]bool { return s.offline(ctx, terminal) },
	}
}

// offline lists the service items that a screen does not offer now.
func (s *Station) offline(ctx context.Context, terminal care.ID) map[string]bool {
	home, err := catalogue.At(ctx, s.engine, terminal)
	if err != nil {
		s.Log.Warn("the catalogue cannot be read", "err", err)
		return nil
	}
	if terminal != s.Terminal {
		for _, c := range care.Capabilities {
			delete(home.Closed, c) // what the kiosk can do is no matter of the desk
		}
	}
	return home.Closed
}

// fresh says how fresh a page is, and what has not left: computed from the
// journal and its receipts, never from "the last exchange went well".
func (s *Station) fresh(context.Context) screen.Freshness {
	line := s.uplink.State()
	f := screen.Freshness{AsOf: line.Fresh.Heard}
	if f.AsOf.IsZero() {
		f.AsOf = s.Now()
	}
	waiting, err := s.store.Waiting()
	if err != nil {
		f.Sync = screen.Sync{State: screen.SyncAttention, Stuck: 1}
		return f
	}
	for _, n := range waiting.Count {
		f.Sync.Left += int(n)
	}
	_, alarm := s.store.Alarm()
	switch {
	case alarm:
		f.Sync.State, f.Sync.Stuck = screen.SyncAttention, 1
	case f.Sync.Left == 0:
		f.Sync.State = screen.SyncDelivered
	case line.Up && s.Now().Sub(line.Heard) < 15*time.Second:
		f.Sync.State = screen.SyncSending
	default:
		f.Sync.State = screen.SyncWaiting
	}
	return f
}

// ops is health and status for operators: numbers and names of machines, no
// personal data.
func (s *Station) ops() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /status", s.status)
	mux.HandleFunc("GET /verify", s.verify)
	return mux
}
