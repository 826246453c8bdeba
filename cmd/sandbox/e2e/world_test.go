package e2e

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xiangyi/cmd/sandbox/county"
	"xiangyi/cmd/sandbox/outsider"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/host/web/webtest"
)

// world is the county, the windows at its screens, and what was prepared in it.
type world struct {
	county *county.County
	a      county.Station
	cards  []county.Card

	kiosk, desk, portal *tab

	atKiosk  *outsider.Browser            // whoever prepares things at A's screen
	staff    map[string]*outsider.Browser // by login
	word     map[string]string            // the passwords after the first
	people   map[int]string               // what the county calls the holder of a card
	sessions []session
	landed   map[care.Channel][]string // where forms led, for the walk through all pages
	booking  string                    // the villager's, prepared
}

// session is a clinic of which A holds some slots.
type session struct {
	ID, Department string
	Here, There    []string // slots that A can sell, and that it can ask for
}

// People by their place in the drawer of cards.
const (
	granny   = iota // 1950; has a booking, readings and reports
	neighbor        // 1962
	mother          // 1988
	grandpa         // 1945
	visitor         // 1979
)

// The panel of the sandbox's kiosks, and an office window.
var (
	panel  = screen.Metric{WidthPx: 1080, WidthMM: 398}
	office = screen.Metric{}
)

const (
	panelHeight               = 1920
	officeWidth, officeHeight = 1366, 768
)

// open starts the browser, then the county, and prepares what people have done there before.
func open(t *testing.T) *world {
	t.Helper()
	first := webtest.Browser(t, panel.WidthPx, panelHeight)
	c := start(t)
	w := &world{county: c, a: c.Plan.Stations[0], cards: county.Cards(), staff: map[string]*outsider.Browser{}, word: map[string]string{},
		people: map[int]string{}, landed: map[care.Channel][]string{}}
	w.kiosk = &tab{ctx: first, base: base("kiosk-"+w.a.Site, w.a.Kiosk), mm: panel.PxPerMM()}
	w.desk = &tab{ctx: second(t, first, officeWidth, officeHeight), base: base("desk-"+w.a.Site, w.a.Desk), mm: office.PxPerMM()}
	w.portal = &tab{ctx: second(t, first, officeWidth, officeHeight), base: base("portal-n1", c.Plan.Nodes[0].Portal), mm: office.PxPerMM()}
	w.prepare(t)
	return w
}

func base(screen county.Name, a county.Address) string {
	return strings.TrimSuffix(county.Browse(screen, a), "/")
}

// start builds and starts a county that ends with the test.
func start(t *testing.T) *county.County {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	module, err := county.Module(ctx)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	bin := filepath.Join(dir, "bin")
	if err := county.Build(ctx, module, bin); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c, err := county.Open(county.Options{Dir: filepath.Join(dir, "county"), Bin: bin, Self: self})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if err := c.Ready(ctx, func([]county.Name) {}); err != nil {
		t.Fatal(err)
	}
	return c
}

// down tells whether the county lost a process.
func (w *world) down() bool {
	for _, p := range w.county.Processes() {
		if p.State().Condition != county.Running {
			return true
		}
	}
	return false
}

// tell posts to the door of a stand-in.
func (w *world) tell(t testing.TB, door county.Address, path string, body any) {
	t.Helper()
	if _, err := outsider.Tell[outsider.Told](t.Context(), string(door), path, body); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// lift takes whatever card lies on A's reader, for long enough that the reader sees the empty place.
func (w *world) lift(t testing.TB) {
	t.Helper()
	w.tell(t, w.a.Reader.Admin, "/remove", struct{}{})
	time.Sleep(1500 * time.Millisecond) // a reader tells nobody that it looked
}

func (w *world) lay(t testing.TB, who int) {
	t.Helper()
	w.tell(t, w.a.Reader.Admin, "/place", w.cards[who])
}

// guest opens a browser without script at a screen.
func guest(t testing.TB, a county.Address) *outsider.Browser {
	t.Helper()
	b, err := outsider.NewBrowser(string(a))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// at opens a page that must be there.
func at(t testing.TB, b *outsider.Browser, path string) *outsider.Page {
	t.Helper()
	p, err := b.Open(t.Context(), path)
	if err == nil {
		err = p.OK()
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// submit sends a page's form of an action with some values of its own, and must succeed.
func submit(t testing.TB, b *outsider.Browser, p *outsider.Page, action string, values map[string]string) *outsider.Page {
	t.Helper()
	f, err := p.Form(action)
	if err != nil {
		t.Fatal(err)
	}
	return send(t, b, f, values)
}

func send(t testing.TB, b *outsider.Browser, f *outsider.Form, values map[string]string) *outsider.Page {
	t.Helper()
	p, err := b.Submit(t.Context(), f, values)
	if err == nil {
		err = p.OK()
	}
	if err != nil {
		t.Fatalf("%s: %v", f.Action, err)
	}
	return p
}

// note keeps where a form led, so that the walk through all pages comes there too.
func (w *world) note(c care.Channel, p *outsider.Page) *outsider.Page {
	path := p.URL.Path
	if p.URL.RawQuery != "" {
		path += "?" + p.URL.RawQuery
	}
	w.landed[c] = append(w.landed[c], path)
	return p
}

// welcome signs somebody in by card at A, without a browser's script, and agrees to all that is asked.
func (w *world) welcome(t testing.TB, who int) {
	t.Helper()
	w.lift(t)
	w.lay(t, who)
	eventually(t, "the kiosk lets in "+w.cards[who].Number, func() bool {
		p, err := w.atKiosk.Open(t.Context(), "/arrived?back="+url.QueryEscape("/identity/me"))
		return err == nil && strings.HasPrefix(p.URL.Path, "/identity/")
	})
	links, err := w.atKiosk.All(t.Context(), "/identity/consent", "/identity/consent/")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range links {
		p := at(t, w.atKiosk, l.Href)
		f, err := p.Form("/do/identity.consent")
		if err != nil {
			continue // given before
		}
		w.people[who] = f.Get("person")
		send(t, w.atKiosk, f, nil)
	}
	if w.people[who] == "" {
		t.Fatalf("%d was asked for nothing", who)
	}
}

// enter signs a member of staff in without a browser's script and sets a second password, once.
func (w *world) enter(t testing.TB, login string) *outsider.Browser {
	t.Helper()
	if b := w.staff[login]; b != nil {
		return b
	}
	account, door := w.county.Plan.Account(login), w.county.Plan.Nodes[0].Portal
	if account.Where == string(w.a.Site) {
		door = w.a.Desk
	}
	b := guest(t, door)
	p := submit(t, b, at(t, b, "/identity/signin"), "/identity/enter", map[string]string{"login": login, "password": account.Password})
	w.word[login] = account.Password + "-2"
	submit(t, b, p, "/do/identity.set-password", map[string]string{"secret.text": w.word[login], "secret.again": w.word[login]})
	w.staff[login] = b
	return b
}
