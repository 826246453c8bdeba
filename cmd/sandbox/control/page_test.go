package control

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"xiangyi/cmd/sandbox/county"
	"xiangyi/cmd/sandbox/county/countytest"
	"xiangyi/cmd/sandbox/outsider"
	"xiangyi/protocol/host/web/webtest"
)

func TestMain(m *testing.M) { countytest.Main(m) }

func open(t *testing.T) (*county.County, *Page, *outsider.Browser) {
	t.Helper()
	c := countytest.Open(t)
	p, err := Open(c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	b, err := outsider.NewBrowser(string(c.Plan.Control))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return c, p, b
}

// press finds the button's form on a page and submits it.
func press(t *testing.T, b *outsider.Browser, path, action, field, value string, with map[string]string) *outsider.Page {
	t.Helper()
	p, err := b.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := p.FormWith(action, field, value)
	if err != nil {
		t.Fatal(err)
	}
	after, err := b.Submit(t.Context(), f, with)
	if err != nil {
		t.Fatal(err)
	}
	if err := after.OK(); err != nil {
		t.Fatal(err)
	}
	return after
}

// pressLine presses the button of a line; two forms differ in site and in what they do.
func pressLine(t *testing.T, b *outsider.Browser, site, what string) {
	t.Helper()
	p, err := b.Open(t.Context(), "/station/"+site)
	if err != nil {
		t.Fatal(err)
	}
	f, err := p.FormWith("/do/line", "what", what)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Submit(t.Context(), f, nil); err != nil {
		t.Fatal(err)
	}
}

func TestAButtonDoesWhatItSays(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a county of processes")
	}
	c, p, b := open(t)
	line := c.Plan.Stations[0].Line.Admin

	t.Run("the line is cut and connected", func(t *testing.T) {
		pressLine(t, b, "v01", "cut")
		if got := hear[struct{ Settings struct{ Down bool } }](t.Context(), line, "/line"); !got.Value.Settings.Down {
			t.Fatal("the line is still up")
		}
		pressLine(t, b, "v01", "up")
		if got := hear[struct{ Settings struct{ Down bool } }](t.Context(), line, "/line"); !got.OK || got.Value.Settings.Down {
			t.Fatal("the line is still down")
		}
	})
	t.Run("power is pulled and given back", func(t *testing.T) {
		press(t, b, "/", "/do/power", "name", "v01", nil)
		if got := c.Process("v01").State(); got.Condition != county.Off {
			t.Fatalf("after the power was pulled: %+v", got)
		}
		after := press(t, b, "/", "/do/power", "name", "v01", nil)
		if got := c.Process("v01").State(); got.Condition != county.Running || got.Starts != 2 || got.Crashes != 0 {
			t.Fatalf("after it was switched on: %+v", got)
		}
		if !after.Says("电源已按您说的改了") {
			t.Fatalf("the page does not say what was done: %s", after.Short())
		}
	})
	t.Run("a card is laid down and lifted", func(t *testing.T) {
		card := county.Cards()[1].Number
		press(t, b, "/station/v02", "/do/card", "card", card, nil)
		if m := lying(t.Context(), c.Plan.Stations[1]); m.Text != "放着身份证" {
			t.Fatalf("the reader says %q", m.Text)
		}
		press(t, b, "/station/v02", "/do/card", "card", "", nil)
		if m := lying(t.Context(), c.Plan.Stations[1]); m.Text != "空着" {
			t.Fatalf("the reader says %q", m.Text)
		}
	})
	t.Run("a report is queued in the encoding that was chosen", func(t *testing.T) {
		press(t, b, "/hospital", "/do/report", "charset", "gb18030", map[string]string{"charset": "gb18030"})
		letters := books(t.Context(), c.Plan.Hospital).Outbox
		if len(letters) != 1 || !strings.Contains(string(letters[0].Message), "GB 18030-2000") {
			t.Fatalf("outbox: %d letters", len(letters))
		}
	})
	t.Run("what cannot be done is said", func(t *testing.T) {
		page, err := b.Open(t.Context(), "/station/v99")
		if err != nil {
			t.Fatal(err)
		}
		if page.Status != 404 {
			t.Fatalf("a station that is not there answers %d", page.Status)
		}
	})
	t.Run("a paused station is seen not to answer", func(t *testing.T) {
		if err := c.Process("v02").Pause(); err != nil {
			t.Fatal(err)
		}
		// The kernel stops a process when it gets round to it, so the first answer may still come.
		deadline := time.Now().Add(10 * time.Second)
		for {
			p.watch.stale()
			got := stationAgrees(p.watch.now(t.Context()), "v02")
			if got.Text == "没有回答" {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("the page says %q", got.Text)
			}
		}
		if err := c.Process("v02").Resume(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestPagesAreCleanInABrowser looks at every page wide and narrow, in English, and in high contrast.
func TestPagesAreCleanInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a county of processes")
	}
	c, _, _ := open(t)
	base := "http://" + string(c.Plan.Control)
	printSlip(t, c.Plan.Stations[0], "A slip to look at")
	printPage(t, c.Plan.Stations[0])
	pages := map[string]string{"overview": "/", "station": "/station/v01", "hospital": "/hospital", "accounts": "/accounts", "missing": "/nothing"}
	for _, look := range []struct {
		name   string
		width  int
		button string // of the page's switches, pressed first
	}{{"wide", 1440, ""}, {"narrow", 720, ""}, {"english", 1440, "[name=lang]"}, {"bright", 1440, "[name=contrast]"}} {
		tab := webtest.Browser(t, look.width, 1000)
		if look.button != "" {
			webtest.Open(t, tab, base)
			webtest.Eval[bool](t, tab, fmt.Sprintf("new Promise((r) => { fetch('/look', {method: 'POST', body: new URLSearchParams("+
				"[[document.querySelector('%[1]s').name, document.querySelector('%[1]s').value]])}).then(() => r(true)) })", look.button))
		}
		for name, path := range pages {
			webtest.Open(t, tab, base+path)
			webtest.Clean(t, tab)
			if t.Failed() {
				t.Fatalf("%s, %s", path, look.name)
			}
			if webtest.Eval[bool](t, tab, "document.documentElement.scrollWidth > innerWidth") {
				t.Errorf("%s scrolls sideways, %s", name, look.name)
			}
			if dir := os.Getenv("SHOTS"); dir != "" {
				webtest.Shot(t, tab, dir+"/control-"+name+"-"+look.name+".png")
			}
		}
	}
}

// TestAnOpenPageFollowsTheCounty waits, in a browser, for a change that nobody reloaded the page for.
func TestAnOpenPageFollowsTheCounty(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a county of processes")
	}
	c, _, _ := open(t)
	tab := webtest.Browser(t, 1440, 1000)
	webtest.Open(t, tab, "http://"+string(c.Plan.Control)+"/")
	if err := c.Process("v01").Kill(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for !webtest.Eval[bool](t, tab, `new Promise((r) => setTimeout(() => r(document.getElementById('process-v01').innerText.includes('已断电')), 200))`) {
		if ctx.Err() != nil {
			t.Fatal("the open page never said that the power is off")
		}
	}
}
