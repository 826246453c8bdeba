package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"xiangyi/cmd/sandbox/county"
	"xiangyi/protocol/host/web/webtest"
)

// screens is what a kiosk's screen does by itself, whoever stands there.
func screens(t *testing.T, w *world) {
	t.Run("is set by one press each", func(t *testing.T) { w.switches(t) })
	t.Run("asks who is still there, and ends", func(t *testing.T) { w.idles(t) })
	t.Run("ends when the card is taken away", func(t *testing.T) { w.cardGone(t) })
	t.Run("forgets the last person's language and mode", func(t *testing.T) { w.forgets(t) })
	t.Run("listens though its scripts come late", func(t *testing.T) { w.listens(t) })
	t.Run("wears a theme by configuration only", func(t *testing.T) { w.themes(t) })
}

// holds fails where a page breaks the limits.
func (b *tab) holds(t *testing.T, limits webtest.Limits) {
	t.Helper()
	for _, broken := range webtest.Measure(t, b.ctx, b.mm).Against(limits) {
		t.Errorf("%s: %s", b.path(t), broken)
	}
	webtest.Clean(t, b.ctx)
}

func (w *world) switches(t *testing.T) {
	k := w.kiosk
	w.lift(t)
	k.open(t, "/")
	is := func(class string) bool {
		return see[bool](t, k, "document.documentElement.classList.contains("+quote(class)+")")
	}
	for _, s := range []struct {
		on, off, class string
		limits         webtest.Limits
	}{
		{"长辈版", "标准版", "elder", webtest.Elder},
		{"高对比", "高对比", "contrast", webtest.Standard},
		{"低位", "低位", "reach", webtest.Limits{TargetMM: 20, TargetPx: 60, GapMM: 6, FontMM: 7, Highest: panel.ReachLine()}},
	} {
		k.say(t, s.on)
		k.at(t, "/")
		if !is(s.class) {
			t.Fatalf("%s does nothing", s.on)
		}
		k.holds(t, s.limits)
		k.picture(t, "home-"+s.class)
		k.open(t, "/appointment/departments") // it stays
		if !is(s.class) {
			t.Errorf("%s is lost on the next page", s.on)
		}
		k.holds(t, s.limits)
		k.say(t, s.off)
		k.at(t, "/appointment/departments")
		if is(s.class) {
			t.Errorf("%s does not end it", s.off)
		}
		k.open(t, "/")
	}
	k.say(t, "English")
	k.says(t, "Book a visit")
	if lang := see[string](t, k, "document.documentElement.lang"); lang != "en" {
		t.Errorf("the page says that it is %q", lang)
	}
	k.holds(t, webtest.Standard)
	k.picture(t, "home-english")
	k.say(t, "中文")
	k.says(t, "预约挂号")
}

// away turns the idle timer's clock on by so many seconds.
func (b *tab) away(t *testing.T, seconds string) {
	t.Helper()
	see[bool](t, b, "(() => { const i = document.querySelector('idle-timer'); i.since -= "+seconds+" * 1000; i.tick(); return true; })()")
}

// idles leaves a person's page untouched: it asks in large letters, stays when somebody says so, and else ends.
func (w *world) idles(t *testing.T) {
	k := w.kiosk
	w.signIn(t, granny)
	if !see[bool](t, k, "document.documentElement.classList.contains('elder')") {
		k.say(t, "长辈版")
	}
	k.open(t, "/identity/me")
	asks := func() bool { return see[bool](t, k, "!document.querySelector('.idle').hidden") }
	k.away(t, "119")
	if asks() {
		t.Error("the page asks before two minutes are over")
	}
	k.away(t, "2")
	if !asks() {
		t.Fatal("the page does not ask who is still there")
	}
	if text := see[string](t, k, "document.querySelector('.idle').innerText"); !strings.Contains(text, "您还在吗") || !strings.Contains(text, "还有 29 秒") {
		t.Errorf("it says %q", text)
	}
	k.picture(t, "idle")
	k.holds(t, webtest.Elder)
	k.click(t, k.aim(t, worded("继续")), 1)
	eventually(t, "the page goes on", func() bool { return !asks() })
	k.says(t, "王样例")
	k.away(t, "151")
	k.gone(t, "/")
	eventually(t, "nobody is signed in", func() bool {
		k.open(t, "/identity/me")
		return strings.HasPrefix(k.path(t), "/identity/signin")
	})
}

// cardGone takes the card away while a page with personal data stands open.
func (w *world) cardGone(t *testing.T) {
	k := w.kiosk
	w.signIn(t, mother)
	k.open(t, "/identity/me")
	k.says(t, "张试用")
	w.lift(t)
	eventually(t, "the page is left", func() bool {
		path, err := ask[string](k, "document.readyState === 'complete' ? location.pathname : ''")
		return err == nil && path == "/"
	})
	if strings.Contains(k.text(t), "张") {
		t.Error("the first page still shows who was there")
	}
	k.open(t, "/identity/me")
	k.at(t, "/identity/signin")
}

// forgets has somebody leave in English and simple mode by taking their card; the next one finds the screen as it was.
func (w *world) forgets(t *testing.T) {
	k := w.kiosk
	w.signIn(t, mother)
	k.say(t, "长辈版")
	k.say(t, "English")
	w.lift(t)
	eventually(t, "the page is left", func() bool {
		gone, err := ask[bool](k, "document.readyState === 'complete' && !document.querySelector('.bar-who span')")
		return err == nil && gone
	})
	k.open(t, "/")
	if look := see[string](t, k, "document.documentElement.lang + ' ' + document.documentElement.className"); strings.Contains(look, "en ") || strings.Contains(look, "elder") {
		t.Errorf("the next person finds the screen set to %q", look)
	}
}

// listens opens a page whose extension for live updates is slow to come, as on the first day of a new version: the page
// must go live all the same. The delay is put between browser and station, under the kiosk's own host name.
func (w *world) listens(t *testing.T) {
	target, err := url.Parse("http://" + string(w.a.Kiosk))
	if err != nil {
		t.Fatal(err)
	}
	pass := httputil.NewSingleHostReverseProxy(target)
	slow := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "hx-sse") {
			time.Sleep(300 * time.Millisecond) // the delay is what is tested
		}
		pass.ServeHTTP(rw, r)
	}))
	defer slow.Close()
	k := &tab{ctx: w.kiosk.ctx, base: base("kiosk-"+w.a.Site, county.Address(slow.Listener.Addr().String())), mm: w.kiosk.mm}
	k.open(t, "/")
	eventually(t, "the page listens", func() bool {
		live, err := ask[bool](k, "[...document.querySelectorAll('div')].some((e) => e._htmx && e._htmx.sse && e._htmx.sse.status === 200)")
		return err == nil && live
	})
	k.open(t, "/no-such-page") // its stream must not hold up the end of the server
	w.kiosk.open(t, "/")
}

// themes compares the first pages of two stations: beside names, times and hashed files of the theme, they are one page.
func (w *world) themes(t *testing.T) {
	a, b := w.county.Plan.Stations[0], w.county.Plan.Stations[1]
	first, other := bare(t, a), bare(t, b)
	if first != other {
		at := 0
		for at < min(len(first), len(other)) && first[at] == other[at] {
			at++
		}
		t.Errorf("the pages part at …%s\n and …%s", cutAt(first, at), cutAt(other, at))
	}
	k := &tab{ctx: w.kiosk.ctx, base: base("kiosk-"+b.Site, b.Kiosk), mm: w.kiosk.mm}
	k.open(t, "/")
	k.holds(t, webtest.Standard)
	k.picture(t, "home-other-theme")
	if theme := see[string](t, k, "document.documentElement.dataset.theme"); theme != b.Theme {
		t.Errorf("it wears %q", theme)
	}
}

func cutAt(s string, at int) string { return s[max(0, at-60):min(len(s), at+120)] }

var varies = regexp.MustCompile(`/live/[0-9]+|data-theme="[^"]*"|/static/(theme|logo|icons)[^"]*|<strong>[^<]*</strong> <span>[^<]*</span>|<title>[^<]*</title>|name="key" value="[^"]*"|<time.*?</time>|(?s:<div class="fresh".*?class="asof">[^<]*</p>)`)

// bare is a station's first page without what may differ.
func bare(t *testing.T, s county.Station) string {
	t.Helper()
	resp, err := http.Get("http://" + string(s.Kiosk) + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return varies.ReplaceAllString(string(body), "…")
}
