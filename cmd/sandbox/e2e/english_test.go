package e2e

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"xiangyi/protocol/care/roster"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/host/web"
	"xiangyi/protocol/host/web/webtest"
)

// english looks at every page that was seen, in English, for Chinese that has an English word. What has none is data,
// names mostly, and is listed for a person to read.
func (k *walk) english(t *testing.T) {
	look, err := web.LoadLook(roster.Screens(roster.Services()), screen.Themes(), nil)
	if err != nil {
		t.Fatal(err)
	}
	k.speak(t, "en")
	data := map[string]string{}
	for _, p := range slices.Sorted(maps.Keys(k.opened)) {
		for _, text := range k.chinese(t, k.opened[p]) {
			if look.Words.Text(screen.English, text) != text {
				t.Errorf("%s: %q has an English word that is not used", k.opened[p], text)
			}
			data[text] = p
		}
	}
	k.speak(t, "zh-CN")
	var all []string
	for _, text := range slices.Sorted(maps.Keys(data)) {
		all = append(all, text+" ("+data[text]+")")
	}
	t.Logf("Chinese on English pages, all of it data: %s", strings.Join(all, "; "))
}

// speak turns the language as the button does.
func (k *walk) speak(t *testing.T, lang string) {
	t.Helper()
	webtest.Eval[bool](t, k.tab.ctx, `fetch('/look', {method: 'POST', body: new URLSearchParams({lang: `+quote(lang)+`, back: '/'}), redirect: 'manual'}).then(() => true)`)
}

// chinese lists the texts of a page that hold Chinese and do not say that they are Chinese.
func (k *walk) chinese(t *testing.T, address string) []string {
	t.Helper()
	return webtest.Eval[[]string](t, k.tab.ctx, `(async () => {
	const doc = new DOMParser().parseFromString(await (await fetch(`+quote(address)+`)).text(), 'text/html');
	if (doc.documentElement.lang !== 'en') return ['the page is not English'];
	const out = new Set(), han = /\p{Script=Han}/u;
	const add = (s) => { if (s && han.test(s)) out.add(s.trim().replace(/\s+/g, ' ')); };
	const walk = doc.createTreeWalker(doc.documentElement, NodeFilter.SHOW_TEXT);
	while (walk.nextNode()) if (!walk.currentNode.parentElement.closest('[lang^=zh],script,style')) add(walk.currentNode.data);
	for (const el of doc.querySelectorAll('[aria-label],[placeholder],[title],[alt],[data-label]'))
		for (const a of ['aria-label', 'placeholder', 'title', 'alt', 'data-label']) add(el.getAttribute(a));
	return [...out]; })()`)
}
