package webtest_test

import (
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/care/screen/gallery"
	"xiangyi/protocol/host/web/webtest"
)

// page is a gallery page in one look, at its own address.
type page struct {
	name   string
	sample gallery.Sample
	page   screen.Page
}

// looks are the ways in which every sample is looked at.
func looks(s gallery.Sample) []page {
	out := []page{
		{"standard", s, s.Look(screen.Chinese, screen.Mode{}, screen.Xiangyi())},
		{"elder", s, s.Look(screen.Chinese, screen.Mode{Elder: true}, screen.Xiangyi())},
		{"contrast", s, s.Look(screen.English, screen.Mode{Contrast: true}, screen.Xiangyi())},
		{"blue", s, s.Look(screen.English, screen.Mode{Elder: true}, screen.Yuezhizhu())},
	}
	if s.Page.Channel == screen.Kiosk {
		out = append(out, page{"reach", s, s.Look(screen.Chinese, screen.Mode{Reach: true}, screen.Xiangyi())})
	}
	return out
}

// serve shows the gallery under the policy of the hosts.
func serve(t *testing.T, pages map[string]page) *httptest.Server {
	t.Helper()
	set, _, err := gallery.Set()
	if err != nil {
		t.Fatal(err)
	}
	static := screen.Static(screen.Themes(), []screen.Metric{gallery.Portrait, gallery.Landscape})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /static/{name}", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, static, r.PathValue("name"))
	})
	mux.HandleFunc("GET /gallery/{look}/{name}", func(w http.ResponseWriter, r *http.Request) {
		p := pages[r.PathValue("look")+"/"+r.PathValue("name")]
		w.Header().Set("Content-Security-Policy", webtest.Policy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := set.Render(w, p.sample.Template, p.page); err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("GET /bad", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", webtest.Policy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, bad)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func gatherPages() map[string]page {
	all := map[string]page{}
	for _, s := range gallery.Samples() {
		for _, p := range looks(s) {
			all[p.name+"/"+s.Name] = p
		}
	}
	return all
}

// limits is the contract of a page's mode; the office screens are operated with
// keyboard and mouse and only have to hold WCAG's 44 px.
func limits(p screen.Page) webtest.Limits {
	if p.Channel != screen.Kiosk {
		return webtest.Limits{TargetPx: 44, FontMM: 14 * 25.4 / 96}
	}
	l := webtest.Standard
	if p.Mode.Elder {
		l = webtest.Elder
	}
	if p.Mode.Reach {
		l.Highest = p.Metric.ReachLine()
	}
	return l
}

func TestEveryPartInEveryLookHoldsTheContract(t *testing.T) {
	pages := gatherPages()
	server := serve(t, pages)
	kiosk, office := webtest.Browser(t, 1080, 1920), webtest.Browser(t, 1366, 768)
	shots := os.Getenv("SHOTS")
	for name, p := range pages {
		t.Run(name, func(t *testing.T) {
			tab := kiosk
			if p.page.Channel != screen.Kiosk {
				tab = office
			}
			webtest.Open(t, tab, server.URL+"/gallery/"+name)
			webtest.Clean(t, tab)
			for _, broken := range webtest.Measure(t, tab, p.page.Metric.PxPerMM()).Against(limits(p.page)) {
				t.Error(broken)
			}
			if shots != "" {
				webtest.Shot(t, tab, filepath.Join(shots, strings.ReplaceAll(name, "/", "-")+".png"))
			}
		})
	}
}

func TestAWideLowPanelHoldsTheContractToo(t *testing.T) {
	pages := map[string]page{}
	for _, s := range gallery.Samples() {
		if s.Page.Channel == screen.Kiosk {
			p := page{"wide", s, s.Look(screen.English, screen.Mode{Elder: true}, screen.Xiangyi())}
			p.page.Metric = gallery.Landscape
			pages["wide/"+s.Name] = p
		}
	}
	server, tab := serve(t, pages), webtest.Browser(t, 1920, 1080)
	for name, p := range pages {
		webtest.Open(t, tab, server.URL+"/gallery/"+name)
		for _, broken := range webtest.Measure(t, tab, p.page.Metric.PxPerMM()).Against(limits(p.page)) {
			t.Errorf("%s: %s", name, broken)
		}
	}
}

func TestTheCallButtonStandsInTheSamePlaceOnEveryKioskPage(t *testing.T) {
	pages := gatherPages()
	server, tab := serve(t, pages), webtest.Browser(t, 1080, 1920)
	places := map[string]string{}
	for name, p := range pages {
		if p.page.Channel != screen.Kiosk || p.name != "standard" {
			continue
		}
		webtest.Open(t, tab, server.URL+"/gallery/"+name)
		at := webtest.Eval[string](t, tab, `(() => { const r = document.querySelector('.help').getBoundingClientRect(); return Math.round(r.right) + ' ' + Math.round(r.bottom); })()`)
		places[at] += name + " "
	}
	if len(places) != 1 {
		t.Errorf("the call button stands in %d places: %v", len(places), places)
	}
}

func TestTheNumberPadTypesAndTheIdleTimerAsks(t *testing.T) {
	pages := gatherPages()
	server, tab := serve(t, pages), webtest.Browser(t, 1080, 1920)
	webtest.Open(t, tab, server.URL+"/gallery/standard/number")
	typed := webtest.Eval[string](t, tab, `(() => {
		const press = (text) => [...document.querySelectorAll('number-pad button')].find((b) => b.textContent === text).click();
		for (const d of '90210') press(d);
		press('删一位');
		return document.getElementById('f-phone').value; })()`)
	if typed != "1380013902" {
		t.Errorf("the pad typed %q: want four digits, no twelfth, one erased", typed)
	}
	asked := webtest.Eval[string](t, tab, `(() => {
		const timer = document.querySelector('idle-timer'), panel = timer.querySelector('.idle');
		const say = () => panel.hidden + ' ' + document.querySelector('main').inert;
		const before = say();
		timer.since = Date.now() - 61000; timer.tick();
		const during = say() + ' ' + (document.activeElement.closest('.idle') !== null) + ' ' + timer.count.textContent;
		document.querySelector('[data-stay]').click();
		let left = ''; timer.form.submit = () => { left = new FormData(timer.form).get('idle') + ' ' + document.getElementById('f-phone').value; };
		const after = say();
		timer.since = Date.now() - 81000; timer.tick();
		return [before, during, after, left].join('|'); })()`)
	if want := "true false|false true true 还有 19 秒|true false|1 "; asked != want {
		t.Errorf("idle timer: %q, want %q", asked, want)
	}
}

func TestAFormIsSentOnce(t *testing.T) {
	pages := gatherPages()
	server, tab := serve(t, pages), webtest.Browser(t, 1080, 1920)
	webtest.Open(t, tab, server.URL+"/gallery/standard/check")
	sent := webtest.Eval[int](t, tab, `(() => {
		let sent = 0;
		const button = document.querySelector('.check .primary');
		window.addEventListener('submit', (e) => { if (!e.defaultPrevented) sent++; e.preventDefault(); });
		button.click(); button.click(); button.click();
		return sent; })()`)
	if sent != 1 {
		t.Errorf("three presses sent the form %d times", sent)
	}
}

func TestAPageShowsItsFormsWithoutScript(t *testing.T) {
	pages := gatherPages()
	server, tab := serve(t, pages), webtest.Browser(t, 1080, 1920)
	webtest.WithoutScript(t, tab, true)
	webtest.Open(t, tab, server.URL+"/gallery/standard/number")
	if pads := webtest.Eval[int](t, tab, `document.querySelectorAll('number-pad button').length`); pads != 0 {
		t.Fatalf("scripts ran: %d pad buttons", pads)
	}
	if ok := webtest.Eval[bool](t, tab, `document.querySelector('main form [name=phone]').checkVisibility() && document.querySelector('main form button').type === 'submit' && document.querySelector('.idle').hidden`); !ok {
		t.Error("the form cannot be filled in without script")
	}
}

func TestALivePageTakesAPartFromItsEventStream(t *testing.T) {
	pages := gatherPages()
	p := pages["standard/empty"]
	p.page.Live = "/events"
	pages["standard/empty"] = p
	set, _, err := gallery.Set()
	if err != nil {
		t.Fatal(err)
	}
	server, tab := serve(t, pages), webtest.Browser(t, 1080, 1920)
	next := p.page
	next.Freshness.Sync = screen.Sync{State: screen.SyncDelivered}
	server.Config.Handler.(*http.ServeMux).HandleFunc("GET /events", func(w http.ResponseWriter, r *http.Request) {
		var part strings.Builder
		if err := set.RenderLive(&part, "fresh", "screen/freshness", next); err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "text/event-stream")
		for line := range strings.SplitSeq(part.String(), "\n") {
			fmt.Fprintf(w, "data: %s\n", line)
		}
		fmt.Fprint(w, "\n")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	webtest.Open(t, tab, server.URL+"/gallery/standard/empty")
	said := webtest.Eval[string](t, tab, `new Promise((done) => {
		const fresh = document.getElementById('fresh');
		const look = () => { if (fresh.querySelector('.delivered')) done(fresh.textContent.trim().split('\n')[0]); };
		new MutationObserver(look).observe(fresh, {childList: true, subtree: true, attributes: true, characterData: true});
		look();
	})`)
	if said != "全部已送到县医院" {
		t.Errorf("the page now says %q", said)
	}
	if b := webtest.Blocked(t, tab); len(b) > 0 {
		t.Errorf("blocked: %q", b)
	}
}

// bad is a page that breaks what the gate is for; the gate is known to bite only
// while it does.
const bad = `<!doctype html><html><body>
<img src="x.png"><input type="text" name="a"><button></button>
<p><font color="#999999" size="1">pale</font></p><font color="#6a6a6a">grey</font>
<table cellspacing="0"><tr><td><a href="/a"><font size="1">a</font></a><a href="/b"><font size="1">b</font></a></td></tr></table>
<style>a{display:inline-block;width:9px;height:9px;overflow:hidden}</style><script>1</script>
</body></html>`

func TestTheGateBites(t *testing.T) {
	server, tab := serve(t, nil), webtest.Browser(t, 1080, 1920)
	webtest.Open(t, tab, server.URL+"/bad")
	var ids []string
	for _, v := range webtest.Axe(t, tab) {
		ids = append(ids, v.ID)
	}
	for _, want := range []string{"button-name", "color-contrast", "color-contrast-enhanced", "document-title", "html-has-lang", "image-alt", "label", "target-size"} {
		if !slices.Contains(ids, want) {
			t.Errorf("axe did not find %s; it found %v", want, ids)
		}
	}
	blocked := strings.Join(webtest.Blocked(t, tab), "\n")
	if !strings.Contains(blocked, "style-src") || !strings.Contains(blocked, "script-src") {
		t.Errorf("the listener did not hear of inline style and script: %q", blocked)
	}
	broken := webtest.Measure(t, tab, 2.71).Against(webtest.Limits{TargetMM: 20, TargetPx: 60, GapMM: 6, FontMM: 7, Highest: 0.41})
	if len(broken) != 5 {
		t.Errorf("the measures found %q, want all five limits broken", broken)
	}
}

func TestEveryAssetAndSheetIsServed(t *testing.T) {
	server := serve(t, gatherPages())
	names, err := fs.ReadDir(screen.Static(screen.Themes(), nil), ".")
	if err != nil || len(names) < 10 {
		t.Fatalf("%d assets, %v", len(names), err)
	}
	for _, n := range names {
		resp, err := http.Get(server.URL + screen.AssetPrefix + n.Name())
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", n.Name(), resp.Status)
		}
	}
}
