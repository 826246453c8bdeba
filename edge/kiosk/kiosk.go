package kiosk

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/exam"
	"xiangyi/protocol/care/identity"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/host/door"
	"xiangyi/protocol/host/sheet"
	"xiangyi/protocol/host/web"
)

// Reader says which card lies on it. It sets its own pace.
type Reader interface {
	// Poll looks once. present tells whether a card lies there; card is what it
	// says, once, when it was laid down. An error means that the reader, or the
	// card, cannot be read now: neither is a card taken away.
	Poll(ctx context.Context) (card identity.Card, present bool, err error)
	// Senses tells whether this reader sees a card being taken away.
	Senses() bool
}

// Config of a kiosk. Web.Frame, Events, Left and SignIn are filled in.
type Config struct {
	Web     web.Config
	Reader  Reader // nil: no reader here
	Place   string // the station's name
	Address string // where anybody can check a paper's code: "https://health.example"
	Theme   screen.Theme
	Metric  screen.Metric
	Fresh   func(context.Context) screen.Freshness
	Log     *slog.Logger
}

// Kiosk serves one screen.
type Kiosk struct {
	Config
	*web.Host
	door *door.Door

	mu      sync.Mutex
	arrived *identity.Session // recognised, not yet at the screen
	sorry   *protocol.Refusal // the card on the reader opens nothing
	until   time.Time         // when arrived lapses
	current web.Session       // who stands there
	touched time.Time         // when the screen asked for a page last
	news    chan struct{}     // closed and renewed when something happens
}

// waitArrival is how long a recognised person is waited for by the browser.
const waitArrival = 30 * time.Second

// New makes the kiosk of a station.
func New(c Config) (*Kiosk, error) {
	k := &Kiosk{Config: c, news: make(chan struct{})}
	c.Web.Channel, c.Web.SignIn = care.Kiosk, "/identity/signin"
	c.Web.Frame, c.Web.Events, c.Web.Left = k.frame, k.events, k.left
	host, err := web.New(c.Web)
	if err != nil {
		return nil, err
	}
	k.Host = host
	k.door = &door.Door{Host: host}
	k.door.Mount()
	sheet.Mount(host, c.Address)
	host.Handle("GET /arrived", http.HandlerFunc(k.take))
	return k, nil
}

// Run follows the card reader and the doctor's wishes until the context ends.
//
// Whoever stood there before a restart signs in again: this process did not see
// whether their card still lies there.
func (k *Kiosk) Run(ctx context.Context) error {
	k.Web.Sessions.EndBefore(k.Web.Now())
	if err := k.closeLeftOpen(ctx); err != nil {
		return err
	}
	done := make(chan error, 3)
	go func() { done <- k.watchReader(ctx) }()
	go func() { done <- k.watchDoctor(ctx) }()
	go func() { done <- k.watchArrivals(ctx) }()
	return errors.Join(<-done, <-done, <-done)
}

// closeLeftOpen ends what the doctor opened before a restart: that session is
// over, and the next person waits for nobody.
func (k *Kiosk) closeLeftOpen(ctx context.Context) error {
	state, err := identity.State(ctx, k.Engine, k.Web.Terminal)
	if err != nil || !state.Open {
		return ignoreRefusal(err)
	}
	k.machine("identity.close-kiosk", identity.AtTerminal{Terminal: k.Web.Terminal})
	return nil
}

// recently is how long somebody who has not signed in may read a page.
const recently = 2 * time.Minute

// Busy reports whether somebody stands at the screen, as far as can be known.
func (k *Kiosk) Busy() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.Web.Now()
	here := !k.current.IsVisitor() && !k.Web.Sessions.Over(k.current)
	return here || k.arrived != nil && !now.After(k.until) || now.Sub(k.touched) < recently
}

func (k *Kiosk) frame(r *http.Request, who web.Session, c *screen.Chrome) {
	k.mu.Lock()
	k.touched = k.Web.Now()
	k.mu.Unlock()
	c.Place, c.Theme, c.Metric, c.Freshness = k.Place, k.Theme, k.Metric, k.Fresh(r.Context())
	if s, err := identity.State(r.Context(), k.Engine, k.Web.Terminal); err == nil {
		c.Call = callOf(s)
	}
}

func callOf(s identity.TerminalState) screen.CallState {
	switch s.Call {
	case identity.BellRinging:
		return screen.Ringing
	case identity.BellAnswered, identity.BellAssisting:
		return screen.Answered
	}
	return ""
}

// admit lets somebody in who was recognised by card or by the doctor.
func (k *Kiosk) admit(s identity.Session) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.arrived, k.until = &s, k.Web.Now().Add(waitArrival)
	k.tell()
}

// refused says on the open page why a card opens nothing, until it is lifted.
func (k *Kiosk) refused(r *protocol.Refusal) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.sorry = r
	k.tell()
}

// tell wakes the open pages; mu is held.
func (k *Kiosk) tell() {
	close(k.news)
	k.news = make(chan struct{})
}

func (k *Kiosk) hear() <-chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.news
}

// take is the screen's own browser coming for whoever was recognised.
func (k *Kiosk) take(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	s := k.arrived
	if k.Web.Now().After(k.until) {
		s = nil // watchArrivals sees to it
	} else {
		k.arrived = nil
	}
	k.mu.Unlock()
	if s == nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	// Whoever stood there before is out: one screen, one person.
	k.endCurrent()
	k.mu.Lock()
	k.current = door.Session(*s)
	k.mu.Unlock()
	k.door.Admit(w, r, *s, r.URL.Query().Get("back"))
}

// left hears that the person signed out at the screen.
func (k *Kiosk) left(who web.Session) {
	k.mu.Lock()
	k.current = web.Session{}
	k.mu.Unlock()
	k.tidy(who)
}

// tidy ends what the person had begun at this screen: a measurement that nobody
// waits for must not take the next person's reading.
func (k *Kiosk) tidy(who web.Session) {
	k.machine("exam.stop", exam.Stop{Terminal: k.Web.Terminal})
	k.closeDoctors(who)
}

// machine does a deed of the screen's own. Its failure is said, and holds up
// nobody.
func (k *Kiosk) machine(name protocol.ActionName, in any) {
	input, err := protocol.Encode(in)
	if err == nil {
		who := care.Machine("kiosk")
		who.Terminal = k.Web.Terminal
		_, err = k.Engine.Do(context.Background(), care.Request{Actor: who, Name: name, Input: input})
	}
	if _, refused := protocol.AsRefusal(err); err != nil && !refused {
		k.Log.Warn("the screen's own deed failed", "action", string(name), "err", err)
	}
}

// closeDoctors ends what the doctor opened, so that the next person is asked.
func (k *Kiosk) closeDoctors(who web.Session) {
	if who.Actor.Method != care.ByDoctor {
		return
	}
	k.machine("identity.close-kiosk", identity.AtTerminal{Terminal: k.Web.Terminal})
}

// endCurrent signs out whoever stands there: all sessions of this screen that
// began before now are over.
func (k *Kiosk) endCurrent() {
	k.mu.Lock()
	who := k.current
	k.current = web.Session{}
	k.mu.Unlock()
	if !who.IsVisitor() {
		k.Web.Sessions.EndBefore(k.Web.Now())
		k.tidy(who)
	}
}

// events tells the open page that somebody was recognised, that the card is
// gone, or how far the call came.
func (k *Kiosk) events(ctx context.Context, page *http.Request, who web.Session) <-chan web.Event {
	wanted := url.QueryEscape(screen.SafeBack(page.URL.Query().Get("back")))
	out := make(chan web.Event)
	go func() {
		call := unseen
		for {
			news := k.hear()
			e, ok := k.next(ctx, who, wanted, &call)
			if ok {
				select {
				case out <- e:
				case <-ctx.Done():
					return
				}
			}
			select {
			case <-news:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

func (k *Kiosk) next(ctx context.Context, who web.Session, wanted string, call *screen.CallState) (web.Event, bool) {
	k.mu.Lock()
	waiting := k.arrived != nil && !k.Web.Now().After(k.until)
	over := !who.IsVisitor() && k.Web.Sessions.Over(who)
	sorry := k.sorry
	k.mu.Unlock()
	switch {
	case waiting:
		return web.Event{ID: "main", Template: "web/lead", Body: "/arrived?back=" + wanted}, true
	case sorry != nil:
		return web.Event{ID: "main", Template: "web/sorry", Body: web.Sorry{Text: sorry.Words, Code: sorry.Code, Next: sorry.Next}}, true
	case over:
		return web.Event{ID: "main", Template: "web/lead", Body: "/"}, true
	}
	if now, ok := k.call(ctx); ok && now != *call {
		*call = now
		return web.Event{ID: "call", Template: "screen/calling"}, true
	}
	return web.Event{}, false
}

// unseen is no state of a call: a page that begins to listen is told the state
// once, since it may have changed after the page was read.
const unseen screen.CallState = "unseen"

func (k *Kiosk) call(ctx context.Context) (screen.CallState, bool) {
	s, err := identity.State(ctx, k.Engine, k.Web.Terminal)
	return callOf(s), err == nil
}
