package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"xiangyi/protocol/host/web/webtest"
)

// tab is a window of the browser at one screen.
type tab struct {
	ctx  webtest.Tab
	base string  // "http://kiosk-v01.localhost:20101"
	mm   float64 // CSS pixels a millimetre
}

// patience is how long anything may take on a busy machine.
const patience = 30 * time.Second

// second opens one more window in the browser of another. A window of its own, not a tab: what lies behind another tab
// is hidden, and a hidden page does not listen to its station.
func second(t testing.TB, first webtest.Tab, width, height int64) webtest.Tab {
	t.Helper()
	ctx, end := chromedp.NewContext(first, chromedp.WithNewWindow(true))
	t.Cleanup(end)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, height), listen); err != nil {
		t.Fatalf("open a window: %v", err)
	}
	return ctx
}

// listen keeps what the policy blocked, as the first window of webtest does.
func listen(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
	_, err := cdp.Call(ctx, target, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `window.__blocked = [];
document.addEventListener('securitypolicyviolation', (e) => window.__blocked.push(e.violatedDirective + ' ' + e.blockedURI));
window.addEventListener('error', (e) => window.__blocked.push('error ' + e.message));`})
	return chromedp.Void{}, err
}

// ask runs a script that may meet a page that is just being left.
func ask[T any](b *tab, script string) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](script))
}

// see runs a script that must succeed.
func see[T any](t testing.TB, b *tab, script string) T {
	t.Helper()
	v, err := ask[T](b, script)
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return v
}

// eventually repeats a look until it is true, and gives how long that took.
func eventually(t testing.TB, what string, look func() bool) time.Duration {
	t.Helper()
	return within(t, func() string { return what }, look)
}

func within(t testing.TB, what func() string, look func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	for !look() {
		if time.Since(began) > patience {
			t.Fatalf("not within %s: %s", patience, what())
		}
		time.Sleep(20 * time.Millisecond) // another process has to act; there is nothing to wait on
	}
	return time.Since(began)
}

// open goes to a path.
func (b *tab) open(t testing.TB, path string) {
	t.Helper()
	webtest.Open(t, b.ctx, b.base+path)
}

// path is where the window is, with its query.
func (b *tab) path(t testing.TB) string {
	t.Helper()
	return see[string](t, b, "location.pathname + location.search")
}

// at fails unless the window is at an address that begins so.
func (b *tab) at(t testing.TB, prefix string) {
	t.Helper()
	if p := b.path(t); !strings.HasPrefix(p, prefix) {
		t.Fatalf("at %s, want %s…; the page says: %s", p, prefix, b.short(t))
	}
}

// text is what a person reads in the page's main part.
func (b *tab) text(t testing.TB) string {
	t.Helper()
	return see[string](t, b, "(document.querySelector('main') || document.body).innerText.replace(/\\s+/g, ' ')")
}

func (b *tab) short(t testing.TB) string {
	t.Helper()
	r := []rune(b.text(t))
	return string(r[:min(len(r), 200)])
}

// says fails unless the page says all of the words.
func (b *tab) says(t testing.TB, words ...string) {
	t.Helper()
	text := b.text(t)
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Fatalf("%s does not say %q; it says: %s", b.path(t), w, b.short(t))
		}
	}
}

// until waits for words that come by themselves, and gives how long that took.
func (b *tab) until(t testing.TB, words string) time.Duration {
	t.Helper()
	why := func() string {
		return fmt.Sprintf("the page says %s; it says: %s (hidden: %v)", words, b.short(t), see[bool](t, b, "document.hidden"))
	}
	return within(t, why, func() bool {
		found, err := ask[bool](b, "document.querySelector('main').innerText.includes("+quote(words)+")")
		return err == nil && found
	})
}

// gone waits until the window has left for an address that begins so; "/" is only the first page.
func (b *tab) gone(t testing.TB, prefix string) {
	t.Helper()
	last := ""
	defer func() {
		if t.Failed() {
			t.Logf("last at %s", last)
		}
	}()
	eventually(t, "the window goes to "+prefix, func() bool {
		now, err := ask[string](b, "document.readyState === 'complete' ? location.pathname + location.search : ''")
		if err == nil && now != "" {
			last = now
		}
		return err == nil && (now == prefix || prefix != "/" && strings.HasPrefix(now, prefix))
	})
}

func quote(s string) string {
	raw, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string can always be written
	}
	return string(raw)
}

// spot is where the mouse would press, or why it cannot.
type spot struct {
	X, Y float64
	Why  string
}

// aim finds what is to be pressed and marks the page, so that the next one is told apart. pick is a script that gives an
// element of all that is shown and can be pressed.
func (b *tab) aim(t testing.TB, pick string) spot {
	t.Helper()
	s := see[spot](t, b, `(() => {
	const shown = (el) => el.getClientRects().length > 0 && getComputedStyle(el).visibility === 'visible' && !el.closest('[inert]');
	const all = [...document.querySelectorAll('a[href],button,label,summary,input,select,textarea')].filter(shown);
	const text = (el) => el.textContent.replace(/\s+/g, '');
	const el = (`+pick+`)(all, text);
	if (!el) return {X: 0, Y: 0, Why: 'is not there'};
	el.scrollIntoView({block: 'center', behavior: 'instant'});
	const r = el.getClientRects()[0], x = r.x + r.width / 2, y = r.y + r.height / 2, hit = document.elementFromPoint(x, y);
	if (!hit || !(el.contains(hit) || hit.contains(el))) return {X: x, Y: y, Why: 'is covered by ' + (hit ? hit.outerHTML.slice(0, 90) : 'nothing')};
	window.__left = false;
	return {X: x, Y: y, Why: ''}; })()`)
	if s.Why != "" {
		t.Fatalf("%s: what %s picks %s; the page says: %s", b.path(t), pick, s.Why, b.short(t))
	}
	return s
}

// worded picks a button or link by what stands on it: exactly, or else within. A main part's comes before a frame's.
func worded(words string) string { return standing(words, "a,button,summary") }

// choice picks what is to be chosen by what stands on it.
func choice(words string) string { return standing(words, "label") }

func standing(words, kinds string) string {
	return "(all, text) => { const w = " + quote(strings.Join(strings.Fields(words), "")) + ";" +
		"const fit = all.filter((el) => el.matches(" + quote(kinds) + ")), own = fit.filter((el) => el.closest('main')).concat(fit);" +
		"return own.find((el) => text(el) === w) || own.find((el) => text(el).includes(w)); }"
}

// leading picks the first link of the main part that leads to an address which begins so.
func leading(prefix string) string {
	return "(all) => all.find((el) => el.closest('main') && (el.getAttribute('href') || '').startsWith(" + quote(prefix) + "))"
}

// doing picks the button of a form that does an action.
func doing(action string) string {
	return "(all) => all.find((el) => el.tagName === 'BUTTON' && el.type === 'submit' && el.form && el.form.getAttribute('action') === " + quote("/do/"+action) + ")"
}

// click presses the mouse so many times on the spot.
func (b *tab) click(t testing.TB, s spot, times int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	for n := range times {
		if err := chromedp.Do(ctx, chromedp.MouseClickXY(s.X, s.Y, chromedp.ClickCount(n+1))); err != nil {
			t.Fatalf("press: %v", err)
		}
	}
}

// press presses and waits for the page that comes.
func (b *tab) press(t testing.TB, pick string) {
	t.Helper()
	b.pressTimes(t, pick, 1)
}

func (b *tab) pressTimes(t testing.TB, pick string, times int) {
	t.Helper()
	b.click(t, b.aim(t, pick), times)
	eventually(t, "another page after "+pick, func() bool {
		there, err := ask[bool](b, "window.__left === undefined && document.readyState === 'complete'")
		return err == nil && there
	})
}

// say presses the button or link with these words.
func (b *tab) say(t testing.TB, words string) {
	t.Helper()
	b.press(t, worded(words))
}

// find turns the pages of a list until the words stand on one, and presses them.
func (b *tab) find(t testing.TB, words string) {
	t.Helper()
	for !strings.Contains(b.text(t), words) {
		b.press(t, next)
	}
	b.say(t, words)
}

const next = "(all) => all.find((el) => el.rel === 'next')"

// choose presses a choice, which leads nowhere by itself.
func (b *tab) choose(t testing.TB, words string) {
	t.Helper()
	b.click(t, b.aim(t, choice(words)), 1)
}

// fill writes into a field as if it had been typed.
func (b *tab) fill(t testing.TB, name, value string) {
	t.Helper()
	ok := see[bool](t, b, `(() => { const el = document.querySelector('main [name="' + `+quote(name)+` + '"]:not([type=hidden])');
	if (!el) return false;
	el.focus(); el.value = `+quote(value)+`;
	el.dispatchEvent(new Event('input', {bubbles: true})); el.dispatchEvent(new Event('change', {bubbles: true}));
	return el.value === `+quote(value)+`; })()`)
	if !ok {
		t.Fatalf("%s: field %s does not take %q", b.path(t), name, value)
	}
}

// status is the page's HTTP status.
func (b *tab) status(t testing.TB) int {
	t.Helper()
	return see[int](t, b, "performance.getEntriesByType('navigation')[0].responseStatus")
}

// picture keeps what the window shows, when somebody wants to look at it.
func (b *tab) picture(t testing.TB, name string) {
	t.Helper()
	dir := os.Getenv("E2E_SHOTS")
	if dir == "" {
		return
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	name = strings.NewReplacer("/", "_", "{", "", "}", "").Replace(name)
	webtest.Shot(t, b.ctx, filepath.Join(dir, fmt.Sprintf("%s.png", name)))
}
