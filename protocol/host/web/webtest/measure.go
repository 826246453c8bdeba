package webtest

import (
	"fmt"
	"testing"
)

// Measures are what a person's finger and eye meet on a page.
type Measures struct {
	Targets  int     // things that can be pressed or filled in
	TargetMM float64 // the shortest side of the smallest
	TargetPx float64
	Smallest string  // which
	GapMM    float64 // the smallest distance of two targets; 1e9 for one target
	Closest  string  // which two
	FontMM   float64 // the smallest letters, em
	FontPx   float64
	Font     string  // which
	Highest  float64 // top of the highest target, of the window's height: 0 top, 1 bottom
	Top      string  // which
	Overflow float64 // CSS pixels by which the page is wider than the window
}

// Limits are what the contract of a mode asks; zero asks nothing.
type Limits struct {
	TargetMM, TargetPx, GapMM, FontMM float64
	Highest                           float64 // no target above this part of the height
}

// The kiosk's contract.
var (
	Standard = Limits{TargetMM: 20, TargetPx: 60, GapMM: 6, FontMM: 7}
	Elder    = Limits{TargetMM: 24, TargetPx: 60, GapMM: 8, FontMM: 10}
)

// Against lists where the measures break the limits. A tenth of a millimetre is
// forgiven: browsers round to pixels.
func (m Measures) Against(l Limits) []string {
	const slack = 0.1
	var out []string
	say := func(bad bool, format string, args ...any) {
		if bad {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	say(m.TargetMM < l.TargetMM-slack, "target of %.1f mm, want %.0f: %s", m.TargetMM, l.TargetMM, m.Smallest)
	say(m.TargetPx < l.TargetPx-0.5, "target of %.0f px, want %.0f: %s", m.TargetPx, l.TargetPx, m.Smallest)
	say(m.GapMM < l.GapMM-slack, "targets %.1f mm apart, want %.0f: %s", m.GapMM, l.GapMM, m.Closest)
	say(m.FontMM < l.FontMM-slack, "letters of %.1f mm, want %.0f: %s", m.FontMM, l.FontMM, m.Font)
	say(l.Highest > 0 && m.Highest < l.Highest, "a target at %.0f%% of the height, want below %.0f%%: %s", m.Highest*100, l.Highest*100, m.Top)
	say(m.Overflow > 1, "the page is %.0f px wider than the window", m.Overflow)
	return out
}

// Measure takes the page's measures on a panel of that many CSS pixels a
// millimetre. What readers alone see, and the skip link off the screen, are
// left out; a radio button counts as the label around it.
func Measure(t testing.TB, tab Tab, pxPerMM float64) Measures {
	t.Helper()
	m := Eval[Measures](t, tab, measuring)
	m.TargetMM, m.GapMM, m.FontMM = m.TargetPx/pxPerMM, m.GapMM/pxPerMM, m.FontPx/pxPerMM
	return m
}

const measuring = `(() => {
  const shown = (el) => {
    const r = el.getBoundingClientRect();
    if (r.width < 2 || r.height < 2 || r.right <= 0 || getComputedStyle(el).visibility !== 'visible') return false;
    return !el.closest('.spoken');
  };
  const name = (el) => (el.tagName.toLowerCase() + ' ' + (el.textContent || el.name || '').trim().replace(/\s+/g, ' ')).slice(0, 40);
  const targets = [];
  for (let el of document.querySelectorAll('a[href],button,input:not([type=hidden]),select,textarea,summary')) {
    if (/^(radio|checkbox)$/.test(el.type) && el.closest('label')) el = el.closest('label');
    if (shown(el) && !targets.includes(el)) targets.push(el);
  }
  const out = {Targets: targets.length, TargetPx: 1e9, Smallest: '', GapMM: 1e9, Closest: '', FontPx: 1e9, Font: '', Highest: 1, Top: '',
    Overflow: document.documentElement.scrollWidth - window.innerWidth};
  const box = targets.map((el) => el.getBoundingClientRect());
  targets.forEach((el, i) => {
    const side = Math.min(box[i].width, box[i].height);
    if (side < out.TargetPx) { out.TargetPx = side; out.Smallest = name(el); }
    if (box[i].top / window.innerHeight < out.Highest) { out.Highest = box[i].top / window.innerHeight; out.Top = name(el); }
  });
  // Sticky parts lie over what scrolls below them; two targets are neighbours
  // only within one of them, or both in the flow of the page.
  const layer = (el) => { for (let p = el; p; p = p.parentElement) if (/^(sticky|fixed)$/.test(getComputedStyle(p).position)) return p; return null; };
  const layers = targets.map(layer);
  for (let i = 0; i < targets.length; i++) for (let j = i + 1; j < targets.length; j++) {
    if (layers[i] !== layers[j] || targets[i].contains(targets[j]) || targets[j].contains(targets[i])) continue;
    const dx = Math.max(box[i].left - box[j].right, box[j].left - box[i].right);
    const dy = Math.max(box[i].top - box[j].bottom, box[j].top - box[i].bottom);
    const gap = Math.max(dx, dy);
    if (gap < out.GapMM) { out.GapMM = gap; out.Closest = name(targets[i]) + ' / ' + name(targets[j]); }
  }
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const el = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || /^(TITLE|DESC|SCRIPT|STYLE|OPTION)$/i.test(el.tagName) || !shown(el)) continue;
    const size = parseFloat(getComputedStyle(el).fontSize);
    if (size < out.FontPx) { out.FontPx = size; out.Font = name(el); }
  }
  return out;
})()`
