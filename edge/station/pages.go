package station

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"xiangyi/edge/desk"
	"xiangyi/edge/kiosk"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/catalogue"
	"xiangyi/protocol/care/roster"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/host/ops"
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

// ops is the operators' door of this station. It serves people whatever its line
// does, and so is ready while its disk is.
func (s *Station) ops() http.Handler {
	mux := ops.Door{Log: s.Log, Measure: s.measure,
		Ready: func() error {
			select {
			case <-s.store.Failed():
				return errors.New("the disk failed")
			default:
				return nil
			}
		},
		Status: func(context.Context) (any, error) { return s.Status() },
	}.Handler()
	mux.HandleFunc("GET /verify", s.verify)
	return mux
}

// measure writes this station's figures.
func (s *Station) measure(_ context.Context, m *ops.Metrics) error {
	st, err := s.Status()
	if err != nil {
		return err
	}
	m.Machine(st.Machine)
	m.Gauge("xiangyi_line_up", "The line to the county stands.", ops.Bool(st.Line))
	m.Gauge("xiangyi_waiting", "Changes that the county does not hold.", float64(st.Waiting))
	if !st.Oldest.IsZero() {
		m.Gauge("xiangyi_waiting_oldest_seconds", "Time of the oldest of them.", float64(st.Oldest.Unix()))
	}
	if !st.Heard.IsZero() {
		m.Gauge("xiangyi_county_heard_seconds", "When the county was heard last.", float64(st.Heard.Unix()))
	}
	m.Gauge("xiangyi_digest_equal", "Records and county's were equal when last compared.", ops.Bool(st.Compared && st.Equal))
	m.Gauge("xiangyi_custody_frozen", "Custody is frozen.", ops.Bool(st.Alarm != ""))
	m.Gauge("xiangyi_parked", "Changes that came and could not be taken.", float64(st.Parked))
	m.Gauge("xiangyi_records", "Changes that this station knows of.", float64(st.Records))
	for lane, l := range st.Lanes {
		m.Gauge("xiangyi_lane_tail", "Changes of a lane of the present journal.", float64(l.Tail), "lane", strconv.Itoa(lane))
		m.Gauge("xiangyi_lane_held", "Those that the county holds.", float64(l.Held), "lane", strconv.Itoa(lane))
	}
	for _, d := range st.Devices {
		m.Gauge("xiangyi_device_online", "An instrument speaks.", ops.Bool(d.Online), "device", string(d.Name))
		m.Counter("xiangyi_device_refused_total", "Messages that were no reading.", float64(d.Refused), "device", string(d.Name))
	}
	return nil
}
