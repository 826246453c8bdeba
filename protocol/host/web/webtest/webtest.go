// Package webtest is how tests look at pages: in a real browser, with axe, a
// listener for blocked content, and measures in millimetres that axe does not
// know. It serves no page itself; a test brings a server and an address.
//
//	tab := webtest.Browser(t, 1080, 1920)
//	webtest.Open(t, tab, server.URL+"/kiosk")
//	webtest.Clean(t, tab)                        // axe and policy
//	m := webtest.Measure(t, tab, 2.71)           // then compare with Standard or Elder
//
// Only tests import it.
package webtest

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Policy is the content security policy under which pages are tried, the one
// that hosts send.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; media-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

//go:embed testdata/axe/axe.min.js
var axe string

// Tab is one page of a browser.
type Tab = context.Context

// patience is how long one step in the browser may take on a busy machine.
const patience = 60 * time.Second

// Browser starts a browser with a window of that many CSS pixels; it ends with
// the test. Without Chromium the test is skipped, or fails where REQUIRE_BROWSER
// is 1, as it is on the machine that decides about releases.
func Browser(t testing.TB, width, height int) Tab {
	t.Helper()
	path := chromium()
	if path == "" {
		const why = "no Chromium found: install the package chromium, or name one in CHROMIUM"
		if os.Getenv("REQUIRE_BROWSER") == "1" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	alloc, endAlloc := chromedp.NewExecAllocator(context.Background(), chromedp.ExecPath(path),
		chromedp.Headless, chromedp.NoSandbox, chromedp.WindowSize(width, height), chromedp.Flag("disable-gpu", true), chromedp.Flag("hide-scrollbars", true))
	tab, endTab := chromedp.NewContext(alloc)
	t.Cleanup(func() { endTab(); endAlloc() })
	if err := chromedp.Do(tab, chromedp.EmulateViewport(int64(width), int64(height)), beforeLoad(listener)); err != nil {
		t.Fatalf("webtest: start browser: %v", err)
	}
	return tab
}

func chromium() string {
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if name == "" {
			continue
		}
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// listener keeps what the policy blocked and what scripts threw, from the very
// start of a page.
const listener = `window.__blocked = [];
document.addEventListener('securitypolicyviolation', (e) => window.__blocked.push(e.violatedDirective + ' ' + e.blockedURI));
window.addEventListener('error', (e) => window.__blocked.push('error ' + e.message));`

func beforeLoad(script string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
		return chromedp.Void{}, err
	}
}

// WithoutScript turns the page's scripts off, or on again; the next Open obeys.
// Eval and what is built on it work only with scripts on.
func WithoutScript(t testing.TB, tab Tab, off bool) {
	t.Helper()
	do(t, tab, func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: off})
		return chromedp.Void{}, err
	})
}

// Open loads an address and waits until it is whole. The browser's own word that
// a page has loaded may still be about the page before.
func Open(t testing.TB, tab Tab, url string) {
	t.Helper()
	do(t, tab, chromedp.Navigate(url))
	ctx, cancel := context.WithTimeout(tab, patience)
	defer cancel()
	for { // without scripts a page calls nobody back
		whole, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.readyState === 'complete'`))
		if err == nil && whole {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("webtest: %s is not whole: %v", url, err)
		}
		time.Sleep(5 * time.Millisecond) // the browser has to act; there is nothing to wait on
	}
}

func do(t testing.TB, tab Tab, a chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab, patience)
	defer cancel()
	if err := chromedp.Do(ctx, a); err != nil {
		t.Fatalf("webtest: %v", err)
	}
}

// Eval runs a script in the page and gives its value; a promise is awaited.
func Eval[T any](t testing.TB, tab Tab, script string) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("webtest: run script: %v", err)
	}
	return v
}

// Shot writes a picture of what the window shows, for a person to look at.
func Shot(t testing.TB, tab Tab, file string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(file, png, 0o644)
	}
	if err != nil {
		t.Fatalf("webtest: picture: %v", err)
	}
}

// Violation is one rule of axe that a page breaks.
type Violation struct {
	ID     string
	Help   string
	Places []string // selectors
}

// Axe runs the rules of WCAG 2.2 up to AAA, with enhanced contrast and target
// size, and lists what the page breaks.
func Axe(t testing.TB, tab Tab) []Violation {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab, patience)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[chromedp.Void](axe+";void 0")); err != nil {
		t.Fatalf("webtest: load axe: %v", err)
	}
	out := Eval[string](t, tab, `axe.run(document, {
		runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'wcag2aaa']},
		rules: {'target-size': {enabled: true}, 'color-contrast-enhanced': {enabled: true}},
	}).then((r) => JSON.stringify(r.violations.map((v) => ({ID: v.id, Help: v.help, Places: v.nodes.map((n) => n.target.join(' '))}))))`)
	var found []Violation
	if err := json.Unmarshal([]byte(out), &found); err != nil {
		t.Fatalf("webtest: read axe's answer: %v", err)
	}
	return found
}

// Blocked lists what the content security policy blocked and the errors that
// scripts threw since the page was opened.
func Blocked(t testing.TB, tab Tab) []string {
	t.Helper()
	return Eval[[]string](t, tab, "window.__blocked")
}

// Clean fails the test for every violation and everything blocked.
func Clean(t testing.TB, tab Tab) {
	t.Helper()
	for _, v := range Axe(t, tab) {
		t.Errorf("axe %s: %s: %s", v.ID, v.Help, strings.Join(v.Places, " | "))
	}
	for _, b := range Blocked(t, tab) {
		t.Errorf("blocked: %s", b)
	}
}

func (v Violation) String() string { return fmt.Sprintf("%s: %s", v.ID, v.Help) }
