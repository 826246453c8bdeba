package web

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// Config is what one channel of one host is made of.
type Config struct {
	Channel  care.Channel
	Engine   *care.Engine
	Store    protocol.Store // feeds the live pages; nothing is read past the Engine
	Roster   []care.Service
	Screens  *screen.Set
	Words    *screen.Words
	Sessions *Sessions
	Static   http.Handler // serves screen.AssetPrefix

	// Frame fills what the host knows of a page's surroundings: place, theme,
	// freshness, state of a call. Title, session and switches are filled in.
	Frame func(r *http.Request, who Session, c *screen.Chrome)
	// Closed lists the service items that are offline here.
	Closed func(ctx context.Context) map[string]bool
	// Events tells pages that stand open what happened at this screen, beside
	// what they show: a card was read, the doctor answers. Nil: nothing does.
	Events func(ctx context.Context, page *http.Request, who Session) <-chan Event
	// Left is told that somebody signed out, or was by the idle timer. May be nil.
	Left     func(who Session)
	Blobs    Blobs                         // keeps the files that forms bring, and gives them back; nil: none are taken
	Files    map[protocol.ActionName]Files // who keeps the files of a form that brings no pictures
	Terminal care.ID                       // of the screen itself, for the audit
	SignIn   string                        // where a visitor is sent who needs to be known
	Wait     time.Duration

	Now  func() time.Time
	Rand io.Reader
	Log  *slog.Logger
}

// Host serves one channel.
type Host struct {
	Config
	mux   *http.ServeMux
	pages map[string]servedPage // by pattern path
	stop  chan struct{}

	drawing sync.Mutex
}

type servedPage struct {
	care.Page
	view care.View
}

// New makes a host. A page whose template or view is missing is an error here,
// not in front of a patient.
func New(c Config) (*Host, error) {
	h := &Host{Config: c, mux: http.NewServeMux(), pages: map[string]servedPage{}, stop: make(chan struct{})}
	for _, s := range c.Roster {
		for i := range s.Actions {
			for _, name := range ownFields {
				if s.Actions[i].Takes(name) {
					return nil, errors.New("web: " + string(s.Actions[i].Name) + ": its field " + name + " is the host's own")
				}
			}
		}
		for _, p := range s.Pages {
			if !p.Channels.Has(c.Channel) {
				continue
			}
			view, ok := c.Engine.View(p.View)
			if !ok || p.Template != "" && !c.Screens.Has(p.Template) {
				return nil, errors.New("web: page " + p.Path + ": view or template missing")
			}
			if len(p.Live) > 0 && !c.Screens.Has(p.Template+"-live") {
				return nil, errors.New("web: page " + p.Path + ": live template missing")
			}
			sp := servedPage{p, view}
			h.pages[p.Path] = sp
			if p.Template == "" {
				h.mux.Handle("GET "+exact(p.Path), h.bytes(sp))
				continue
			}
			h.mux.Handle("GET "+exact(p.Path), h.page(sp))
			if len(p.Live) > 0 {
				h.mux.Handle("GET /live/{since}"+exact(p.Path), h.live(&sp))
			}
		}
	}
	h.mux.Handle("GET /live/", h.live(nil))
	h.mux.Handle("POST /do/{action}", http.HandlerFunc(h.do))
	h.mux.Handle("POST "+screen.LookPath, http.HandlerFunc(h.look))
	h.mux.Handle("POST "+screen.LeavePath, http.HandlerFunc(h.leave))
	h.mux.Handle("GET "+screen.AssetPrefix, c.Static)
	h.mux.Handle("GET /{$}", http.HandlerFunc(h.home))
	h.mux.Handle("/", http.HandlerFunc(h.missing))
	return h, nil
}

// exact keeps "/a/" from matching all below it.
func exact(path string) string {
	if strings.HasSuffix(path, "/") {
		return path + "{$}"
	}
	return path
}

// Handle adds a page of the host's own, such as its sign-in.
func (h *Host) Handle(pattern string, handler http.Handler) { h.mux.Handle(pattern, handler) }

// ServeHTTP implements http.Handler.
func (h *Host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.guard(h.mux).ServeHTTP(w, r)
}

// Close ends the live pages, so that a server can shut down.
func (h *Host) Close() {
	select {
	case <-h.stop:
	default:
		close(h.stop)
	}
}

// Frame of a page for a request, before the service's part is known.
func (h *Host) chrome(r *http.Request, who Session) screen.Chrome {
	mode, lang := lookOf(r)
	c := screen.Chrome{
		Channel: screen.Channel(h.Channel), Lang: lang, Mode: mode, Path: r.URL.RequestURI(),
		Who: who.Name, Home: "/", Now: h.Now(), IdleLogout: !who.IsVisitor(),
	}
	if who.Elder && !hasLook(r) {
		c.Mode.Elder = true
	}
	c.Nav = h.nav(r, who)
	if h.Events != nil {
		c.Live = livePath(r.URL.RequestURI(), h.Store.Last())
	}
	h.Frame(r, who, &c)
	return c
}

// Answer renders a template of the host's own.
func (h *Host) Answer(w http.ResponseWriter, r *http.Request, status int, template string, body any, fill func(*screen.Chrome)) {
	p := screen.Page{Chrome: h.chrome(r, h.Sessions.Of(r)), Body: body}
	if fill != nil {
		fill(&p.Chrome)
	}
	h.write(w, r, status, template, p)
}

// Actor is who makes a request.
func (h *Host) Actor(who Session) protocol.Actor {
	a := who.Actor
	if who.IsVisitor() {
		a = protocol.Actor{Role: care.Visitor}
	}
	a.Terminal = h.Terminal
	return a
}
