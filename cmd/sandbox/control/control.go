// Package control is the page on which a newcomer plays weather: cuts and slows a station's line, pulls the power of any
// process, lays a card on a reader, lets an instrument measure nonsense, takes paper out of a printer, and watches
// records, receipts and digests move. It has the look that the product's own pages have.
//
// It steers stand-ins by their doors and processes by their supervisor. Of the product it sees what an operator sees:
// the status that stations and nodes give. It serves loopback only and asks nobody who they are.
package control

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"xiangyi/cmd/sandbox/county"
	"xiangyi/protocol/care/screen"
)

//go:embed screens/*.html words/*.json assets/*.css
var files embed.FS

// Page serves the control page of a county.
type Page struct {
	county *county.County
	watch  watcher
	set    *screen.Set
	words  *screen.Words
	log    *slog.Logger
	http   *http.Server
	l      net.Listener
	stop   chan struct{}
	done   chan struct{}
}

// csp is the policy of the product's own pages.
const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"object-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// sheet is the one stylesheet that the look does not have.
const sheet = "/sandbox.css"

// Open serves the page at the plan's address until Close.
func Open(c *county.County, log *slog.Logger) (*Page, error) {
	p := &Page{county: c, watch: watcher{county: c}, log: log, stop: make(chan struct{}), done: make(chan struct{})}
	var err error
	if p.words, err = screen.LoadWords(files); err != nil {
		return nil, fmt.Errorf("open control page: %w", err)
	}
	if p.set, err = screen.Load(p.words, files); err != nil {
		return nil, fmt.Errorf("open control page: %w", err)
	}
	if p.l, err = net.Listen("tcp", string(c.Plan.Control)); err != nil {
		return nil, fmt.Errorf("open control page: %w", err)
	}
	p.http = &http.Server{Handler: p.handler(), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		defer close(p.done)
		_ = p.http.Serve(p.l)
	}()
	return p, nil
}

// Close ends the page. It may be called twice.
func (p *Page) Close() error {
	select {
	case <-p.stop:
	default:
		close(p.stop)
	}
	err := p.http.Close()
	<-p.done
	return err
}

func (p *Page) handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, show := range map[string]func(*http.Request) (shown, error){
		"/{$}":            p.overview,
		"/station/{site}": p.station,
		"/hospital":       p.hospital,
		"/accounts":       p.accounts,
	} {
		mux.Handle("GET "+pattern, p.page(show))
		mux.Handle("GET /live"+pattern, p.live(show))
	}
	for name, deed := range p.deeds() {
		mux.Handle("POST /do/"+name, p.do(deed))
	}
	mux.HandleFunc("POST "+screen.LookPath, p.look)
	mux.HandleFunc("GET /print/{site}/{file}", p.print)
	mux.Handle("GET "+screen.AssetPrefix, http.StripPrefix(screen.AssetPrefix, cached(http.FileServerFS(screen.Static([]screen.Theme{screen.Xiangyi()}, nil)))))
	mux.HandleFunc("GET "+sheet, p.sheet)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { p.sorry(w, r, errMissing) })
	return guard(mux)
}

// guard keeps pages of other origins from steering anything, and sets the headers that the product's pages have.
func guard(next http.Handler) http.Handler {
	return http.NewCrossOriginProtection().Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", csp)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	}))
}

// cached lets browsers keep files whose names change with their content.
func cached(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		next.ServeHTTP(w, r)
	})
}

func (p *Page) sheet(w http.ResponseWriter, r *http.Request) {
	assets, err := fs.Sub(files, "assets")
	if err != nil {
		p.sorry(w, r, err)
		return
	}
	http.ServeFileFS(w, r, assets, strings.TrimPrefix(sheet, "/"))
}

// shown is one page: its template, its model, and the regions that change while it stands open.
type shown struct {
	title, lead string
	template    string
	body        any
	regions     []region
}

// region is an element of the page that is sent again when it looks different.
type region struct {
	id, template string
	body         any
}

func (p *Page) page(show func(*http.Request) (shown, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, err := show(r)
		if err != nil {
			p.sorry(w, r, err)
			return
		}
		c := p.chrome(r)
		c.Title, c.Lead, c.Flash = s.title, s.lead, flash(r)
		if len(s.regions) > 0 {
			c.Live = "/live" + r.URL.Path
		}
		p.render(w, http.StatusOK, s.template, screen.Page{Chrome: c, Body: s.body})
	})
}

func (p *Page) render(w http.ResponseWriter, status int, template string, page screen.Page) {
	var b bytes.Buffer
	if err := p.set.Render(&b, template, page); err != nil {
		p.log.Error("control page cannot be rendered", "template", template, "err", err)
		http.Error(w, "this page cannot be shown", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// chrome is the frame around every page.
func (p *Page) chrome(r *http.Request) screen.Chrome {
	mode, lang := lookOf(r)
	c := screen.Chrome{Channel: screen.Portal, Lang: lang, Mode: mode, Theme: screen.Xiangyi(), Place: "桌上的一个县",
		Path: r.URL.Path, Now: time.Now()}
	entry := func(label, href, icon string) {
		c.Nav = append(c.Nav, screen.NavItem{Label: label, Href: href, Icon: icon, Current: r.URL.Path == href})
	}
	entry("全县情况", "/", "activity")
	for _, s := range p.county.Plan.Stations {
		entry(s.Title, "/station/"+string(s.Site), "map-pin")
	}
	entry("县医院||place", "/hospital", "hospital")
	entry("地址和账号", "/accounts", "key-round")
	return c
}

const lookCookie = "sandbox-look"

func lookOf(r *http.Request) (screen.Mode, screen.Lang) {
	c, err := r.Cookie(lookCookie)
	if err != nil {
		return screen.Mode{}, screen.Chinese
	}
	text, err := url.QueryUnescape(c.Value)
	if err != nil {
		return screen.Mode{}, screen.Chinese
	}
	lang, mode, _ := strings.Cut(text, " ")
	return screen.ParseMode(mode), screen.ParseLang(lang)
}

func (p *Page) look(w http.ResponseWriter, r *http.Request) {
	mode, lang := lookOf(r)
	mode, lang = screen.Switch(mode, lang, r.PostFormValue)
	http.SetCookie(w, &http.Cookie{Name: lookCookie, Value: url.QueryEscape(string(lang) + " " + mode.Classes()), Path: "/",
		MaxAge: 86400, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, screen.SafeBack(r.PostFormValue(screen.FieldBack)), http.StatusSeeOther)
}

// errMissing is a page that is not there.
var errMissing = errors.New("no such page")

// sorry says what did not work, in the words of whoever said so: the reader is a developer.
func (p *Page) sorry(w http.ResponseWriter, r *http.Request, why error) {
	c := p.chrome(r)
	c.Path = "/"
	c.Title = "这一步没有办成"
	status := http.StatusBadGateway
	if errors.Is(why, errMissing) {
		c.Title, status = "没有这一页", http.StatusNotFound
	}
	p.render(w, status, "sandbox/sorry", screen.Page{Chrome: c, Body: why.Error()})
}
