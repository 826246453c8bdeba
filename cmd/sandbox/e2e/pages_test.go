package e2e

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"xiangyi/protocol/care"
	"xiangyi/protocol/care/roster"
	"xiangyi/protocol/host/web/webtest"
)

// unseen lists pages that no walk comes to, with the reason.
var unseen = map[care.Channel]map[string]string{
	care.Kiosk: {"/appointment/walk-in/{session}": onTheDay},
	care.Desk: {
		"/appointment/walk-in/{session}": onTheDay,
		"/media/picture/{media}":         "the bytes of a photo, seen on its own page",
		"/report/held/{held}":            "what waits there came in at this station, where nothing makes reports yet",
	},
	care.Portal: {
		"/appointment/walk-in/{session}": onTheDay,
		"/media/picture/{media}":         "the bytes of a photo, seen on its own page",
		"/quarantine/{id}":               "a station would have to send what the county cannot take; the ledger's and the service's own tests do",
		"/conflict/{id}":                 "two stations would have to write one record differently while apart; the service's own tests do",
	},
}

const onTheDay = "there are walk-in numbers on the day of a clinic alone, and a county is opened at any hour; the service's own tests show the page"

// everyPage walks through every screen as everybody who works or stands there.
func everyPage(t *testing.T, w *world) {
	w.lift(t)
	kiosk := newWalk(w, w.kiosk, care.Kiosk)
	t.Run("the kiosk for a visitor", func(t *testing.T) {
		w.kiosk.open(t, "/")
		kiosk.through(t, webtest.Standard, "visitor", "/")
	})
	t.Run("the kiosk for a resident", func(t *testing.T) {
		w.signIn(t, granny)
		w.kiosk.say(t, "标准版") // the simple mode starts by itself at her age
		kiosk.again()
		kiosk.through(t, webtest.Standard, "resident", w.landed[care.Kiosk]...)
	})
	t.Run("the kiosk in simple mode", func(t *testing.T) {
		w.signIn(t, granny)
		if !see[bool](t, w.kiosk, "document.documentElement.classList.contains('elder')") {
			t.Error("the simple mode does not start by itself at her age; somebody before her left it")
			w.kiosk.say(t, "长辈版")
		}
		kiosk.again()
		kiosk.through(t, webtest.Elder, "simple", w.landed[care.Kiosk]...)
	})
	t.Run("the kiosk in English", func(t *testing.T) { kiosk.english(t) })
	t.Run("the kiosk's pages are all seen", func(t *testing.T) { kiosk.complete(t) })

	desk := newWalk(w, w.desk, care.Desk)
	t.Run("the desk for nobody", func(t *testing.T) {
		w.staffOut(t, w.desk)
		desk.through(t, officeLimits, "nobody")
	})
	t.Run("the desk", func(t *testing.T) {
		w.staffIn(t, w.desk, "doctor1")
		desk.through(t, officeLimits, "doctor1", append(w.landed[care.Desk], "/identity/find?q="+w.lastFour(granny))...)
	})
	t.Run("the desk in English", func(t *testing.T) { desk.english(t) })
	t.Run("the desk's pages are all seen", func(t *testing.T) { desk.complete(t) })

	portal := newWalk(w, w.portal, care.Portal)
	t.Run("the portal for nobody", func(t *testing.T) {
		w.staffOut(t, w.portal)
		portal.through(t, officeLimits, "nobody")
	})
	for _, login := range []string{"scheduler", "county1", "operator", "security", "auditor", "supervisor", "doctor1"} {
		t.Run("the portal for "+login, func(t *testing.T) {
			w.staffIn(t, w.portal, login)
			portal.through(t, officeLimits, login, append(w.landed[care.Portal], "/identity/find?q="+w.lastFour(granny))...)
			t.Run("in English", func(t *testing.T) { portal.english(t) })
		})
	}
	t.Run("the portal's pages are all seen", func(t *testing.T) { portal.complete(t) })
}

// officeLimits: desk and portal are worked at with mouse and keyboard.
var officeLimits = webtest.Limits{TargetPx: 44, FontMM: 14 * 25.4 / 96}

func (w *world) lastFour(who int) string {
	n := w.cards[who].Number
	return n[len(n)-4:]
}

// walk goes through the pages of a channel, each pattern of addresses once.
type walk struct {
	w       *world
	tab     *tab
	channel care.Channel
	mux     *http.ServeMux
	pages   []string
	judged  map[string]bool   // in this mode
	refused map[string]bool   // a link led there, and the page said no
	opened  map[string]string // by anybody in any mode: the address by which a pattern was reached
	call    string            // where the call button stands
}

func newWalk(w *world, b *tab, c care.Channel) *walk {
	k := &walk{w: w, tab: b, channel: c, mux: http.NewServeMux(), judged: map[string]bool{}, refused: map[string]bool{}, opened: map[string]string{}}
	k.add("/{$}")
	for _, s := range roster.Services() {
		for _, p := range s.Pages {
			if p.Channels.Has(c) {
				k.add(p.Path)
			}
		}
	}
	return k
}

func (k *walk) add(path string) {
	k.mux.Handle("GET "+path, http.NotFoundHandler())
	k.pages = append(k.pages, path)
}

// again starts another mode: every pattern is looked at once more.
func (k *walk) again() { k.judged, k.call = map[string]bool{}, "" }

// pattern is the roster's name for an address, or "" when no page has it.
func (k *walk) pattern(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	_, p := k.mux.Handler(&http.Request{Method: http.MethodGet, URL: u, Host: "x"})
	return strings.TrimPrefix(p, "GET ")
}

// through walks breadth first from the home page and from where forms lead. Lists are followed to their ends, so that
// what stands on their last page is found.
func (k *walk) through(t *testing.T, limits webtest.Limits, who string, also ...string) {
	t.Helper()
	queue, known := append([]string{"/"}, also...), map[string]bool{}
	followed := map[string]int{} // addresses of one pattern of which only the links were taken
	for len(queue) > 0 {
		address := queue[0]
		queue = queue[1:]
		p := k.pattern(address)
		if known[address] || p == "" {
			continue
		}
		known[address] = true
		var found []link
		if !k.judged[p] {
			found = k.visit(t, address, p, limits, who)
		} else if followed[p]++; followed[p] <= mostFollowed {
			found = k.links(t, address)
		}
		for _, l := range found {
			queue = append(queue, l.To)
			if k.pattern(l.To) == "" && !download(l.To) {
				t.Errorf("%s: %q leads to %s, where no page is", address, l.Words, l.To)
			}
		}
	}
}

// mostFollowed bounds how many addresses of one pattern are searched for links to patterns not yet seen.
const mostFollowed = 20

// download tells whether an address gives a file instead of a page.
func download(address string) bool { return strings.HasPrefix(address, "/report/file/") }

// visit opens a page and judges it. A page that sends this person elsewhere is not theirs.
func (k *walk) visit(t *testing.T, address, pattern string, limits webtest.Limits, who string) []link {
	t.Helper()
	k.tab.open(t, address)
	if now := k.tab.path(t); k.pattern(now) != pattern {
		return []link{{now, "a redirect"}}
	}
	if s := k.tab.status(t); s != http.StatusOK {
		if s != http.StatusForbidden && !k.refused[pattern] {
			t.Errorf("%s answers %d: %s", address, s, k.tab.short(t))
		}
		k.refused[pattern] = true // once is enough to know
		return nil
	}
	k.judged[pattern], k.opened[pattern] = true, address
	k.judge(t, address, limits)
	k.tab.picture(t, strings.Join([]string{string(k.channel), who, strings.Trim(pattern, "/{}$")}, "-"))
	return see[[]link](t, k.tab, "("+linksOf+")(document)")
}

// link is a way on from a page.
type link struct{ To, Words string }

const linksOf = `(doc) => [...doc.querySelectorAll('nav a[href], main a[href], header a[href]')].filter((a) => !a.closest('noscript')).map((a) => {
	const u = new URL(a.getAttribute('href'), location.href);
	return u.origin === location.origin ? {To: u.pathname + u.search, Words: a.textContent.trim().replace(/\s+/g, ' ').slice(0, 40)} : null;
}).filter((l) => l)`

// links takes the links of a page without opening it.
func (k *walk) links(t *testing.T, address string) []link {
	t.Helper()
	return webtest.Eval[[]link](t, k.tab.ctx, `(async () => {
	const doc = new DOMParser().parseFromString(await (await fetch(`+quote(address)+`)).text(), 'text/html');
	return (`+strings.ReplaceAll(linksOf, "location.href", "location.origin + "+quote(address))+`)(doc); })()`)
}

// sight is what a script reads of a page beside axe's findings.
type sight struct {
	Title, Lang, Call string
	Heads             []string
	Broken            []string // signs of a template that went wrong
	Actions           []string // where forms are posted to
	Nameless          int      // ids that occur twice
	Squeezed          []string // what is wider than its box, or broken into a column of letters
}

const readPage = `(() => {
	const ids = [...document.querySelectorAll('[id]')].map((e) => e.id), text = document.body.innerText;
	const help = document.querySelector('.help'), r = help ? help.getBoundingClientRect() : null;
	return {Title: document.title, Lang: document.documentElement.lang, Call: r ? [r.left, r.right, r.bottom].map(Math.round).join(' ') : '',
		Heads: [...document.querySelectorAll('h1')].map((h) => h.textContent.trim()),
		Broken: (text.match(/ZgotmplZ|<no value>|<nil>|%!.{0,9}|\{about\}|0001-01-01|undefined|NaN/g) || []),
		Actions: [...document.querySelectorAll('form[method=post]')].map((f) => f.getAttribute('action')),
		Nameless: ids.length - new Set(ids).size, Squeezed: [...document.querySelectorAll('main *')].filter((e) => {
			const s = getComputedStyle(e), r = e.getBoundingClientRect(), em = parseFloat(s.fontSize);
			if (s.display === 'inline' || r.width < 2 || e.closest('.spoken,svg,select,thead')) return false;
			const own = [...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data.trim()).join('');
			return e.scrollWidth > e.clientWidth + 2 || own.length > 3 && r.width < 3 * em && r.height > 4 * em;
		}).map((e) => e.outerHTML.slice(0, 80).replace(/\s+/g, ' '))}; })()`

func (k *walk) judge(t *testing.T, address string, limits webtest.Limits) {
	t.Helper()
	for _, v := range webtest.Axe(t, k.tab.ctx) {
		t.Errorf("%s: axe %s: %s: %s", address, v.ID, v.Help, strings.Join(v.Places, " | "))
	}
	for _, b := range webtest.Blocked(t, k.tab.ctx) {
		t.Errorf("%s: blocked: %s", address, b)
	}
	see[bool](t, k.tab, unfold)
	for _, broken := range webtest.Measure(t, k.tab.ctx, k.tab.mm).Against(limits) {
		t.Errorf("%s: %s", address, broken)
	}
	p := see[sight](t, k.tab, readPage)
	if p.Title == "" || len(p.Heads) != 1 || p.Heads[0] == "" || p.Lang != "zh-CN" {
		t.Errorf("%s: title %q, headings %q, language %q", address, p.Title, p.Heads, p.Lang)
	}
	if len(p.Broken) > 0 || p.Nameless > 0 {
		t.Errorf("%s: shows %q; %d ids occur twice", address, p.Broken, p.Nameless)
	}
	for _, s := range p.Squeezed {
		t.Errorf("%s: squeezed: %s", address, s)
	}
	for _, a := range p.Actions {
		if !postable(a) {
			t.Errorf("%s: a form is posted to %s, which nobody answers", address, a)
		}
	}
	k.callStays(t, address, p.Call)
}

// callStays: 呼叫村医 stands at one place of every page of the kiosk.
func (k *walk) callStays(t *testing.T, address, place string) {
	t.Helper()
	switch {
	case k.channel != care.Kiosk:
	case place == "":
		t.Errorf("%s: nobody can be called", address)
	case k.call == "":
		k.call = place
	case k.call != place:
		t.Errorf("%s: the call button stands at %s, elsewhere at %s", address, place, k.call)
	}
}

// postable tells whether a form's address is one that hosts answer.
func postable(action string) bool {
	name, deed := strings.CutPrefix(action, "/do/")
	if !deed {
		return slices.Contains([]string{"/look", "/leave", "/call", "/identity/enter", "/identity/act-for"}, action)
	}
	return slices.ContainsFunc(roster.Services(), func(s care.Service) bool {
		return slices.ContainsFunc(s.Actions, func(a care.Action) bool { return string(a.Name) == name })
	})
}

// complete fails for pages that nobody came to and that have no reason not to be seen.
func (k *walk) complete(t *testing.T) {
	for _, p := range k.pages {
		reason := unseen[k.channel][p]
		switch {
		case k.opened[p] == "" && reason == "":
			t.Errorf("nobody came to %s", p)
		case k.opened[p] == "":
			t.Logf("not seen: %s: %s", p, reason)
		case reason != "":
			t.Errorf("%s was seen after all: take it off the list", p)
		}
	}
	t.Logf("%d pages seen", len(slices.Collect(maps.Keys(k.opened))))
}
