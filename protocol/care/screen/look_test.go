package screen_test

import (
	"io/fs"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"xiangyi/protocol/care/screen"
)

// luminance of #rrggbb, as WCAG defines it.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	if !regexp.MustCompile(`^#[0-9a-f]{6}$`).MatchString(hex) {
		t.Fatalf("%q is no plain colour", hex)
	}
	part := func(i int) float64 {
		v, _ := strconv.ParseUint(hex[i:i+2], 16, 8)
		c := float64(v) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*part(1) + 0.7152*part(3) + 0.0722*part(5)
}

func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// pairs are every text colour and the grounds it stands on.
var pairs = [][2]string{
	{"ink", "paper"}, {"ink", "card"}, {"ink", "brand-soft"}, {"ink", "calm-soft"}, {"ink", "warn-soft"}, {"ink", "good-soft"}, {"ink", "bad-soft"},
	{"ink-soft", "paper"}, {"ink-soft", "card"}, {"ink-soft", "brand-soft"}, {"bar-ink", "bar"}, {"bar-soft", "bar"},
	{"brand-ink", "brand"}, {"brand-ink", "brand-deep"}, {"brand-deep", "paper"}, {"brand-deep", "card"}, {"brand-deep", "brand-soft"},
	{"good", "good-soft"}, {"warn", "warn-soft"}, {"bad", "bad-soft"}, {"bad", "card"}, {"bad", "paper"}, {"calm", "calm-soft"}, {"help-ink", "help"},
}

func TestTextHoldsItsContrastInEveryTheme(t *testing.T) {
	for _, theme := range screen.Themes() {
		if err := theme.Check(); err != nil {
			t.Fatal(err)
		}
		for _, look := range []struct {
			name    string
			colours map[string]string
			least   float64
		}{{"plain", theme.Colours, 7}, {"high contrast", theme.Bright, 12}} {
			for _, p := range pairs {
				if c := contrast(t, look.colours[p[0]], look.colours[p[1]]); c < look.least {
					t.Errorf("%s %s: %s on %s has %.1f:1, want %.0f:1", theme.Name, look.name, p[0], p[1], c, look.least)
				}
			}
			for _, ground := range []string{"paper", "card"} {
				if c := contrast(t, look.colours["line"], look.colours[ground]); c < 3 {
					t.Errorf("%s %s: borders on %s have %.1f:1", theme.Name, look.name, ground, c)
				}
			}
			if c := contrast(t, look.colours["focus-in"], look.colours["focus-out"]); c < 3 {
				t.Errorf("%s %s: the focus ring's two colours have %.1f:1", theme.Name, look.name, c)
			}
		}
	}
}

func TestAThemeThatLacksSomethingIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(*screen.Theme){
		"colour": func(t *screen.Theme) { delete(t.Colours, "ink") }, "bright": func(t *screen.Theme) { delete(t.Bright, "ink") },
		"logo": func(t *screen.Theme) { t.Logo = "gone.svg" }, "icons": func(t *screen.Theme) { t.IconSet = "" }, "name": func(t *screen.Theme) { t.Name = "../x" },
	} {
		theme := screen.Xiangyi()
		spoil(&theme)
		if theme.Check() == nil {
			t.Errorf("a theme without its %s passed", name)
		}
	}
}

func TestOnlyThemesKnowColours(t *testing.T) {
	css, err := os.ReadFile("assets/app.css")
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(string(css), "")
	if m := regexp.MustCompile(`(?i)#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|oklch|lab)a?\(|:\s*(?:white|black|red|green|blue|gray|grey)\b`).FindAllString(text, -1); m != nil {
		t.Errorf("app.css holds colours of its own: %v", m)
	}
	for _, used := range regexp.MustCompile(`var\(--([a-z-]+)`).FindAllStringSubmatch(text, -1) {
		known := slices.Contains(screen.Roles, used[1]) || strings.Contains(text, "--"+used[1]+":") || slices.Contains([]string{"fonts", "radius", "stroke"}, used[1])
		if !known {
			t.Errorf("app.css uses --%s, which nothing sets", used[1])
		}
	}
	if found := screen.Lint(os.DirFS("templates"), os.DirFS("gallery")); len(found) > 0 {
		t.Errorf("templates: %q", found)
	}
}

func TestThemesDifferInNothingButTheTheme(t *testing.T) {
	s, _ := gallerySet(t)
	for _, look := range []string{"home", "done"} {
		var pages []string
		for _, theme := range screen.Themes() {
			for _, sample := range samplesNamed(look) {
				out := page(t, s, sample.Template, sample.Look(screen.Chinese, screen.Mode{}, theme))
				for _, own := range []string{theme.File(), screen.AssetName(theme.Logo), screen.AssetName(theme.IconSet), `data-theme="` + theme.Name + `"`} {
					out = strings.ReplaceAll(out, own, "OWN")
				}
				pages = append(pages, out)
			}
		}
		if pages[0] != pages[1] {
			t.Errorf("%s differs between themes beyond sheet, logo and icons", look)
		}
	}
}

func TestLintFindsWhatThePolicyWouldBlock(t *testing.T) {
	bad := []string{`<p style="x">`, `<a onclick="x">`, `<p hx-on:click="x">`, `<script>x()</script>`, `<style>p{}</style>`, `<a href="javascript:x">`, `<p hx-vals='js:x'>`, `<img src="//h/x.png">`, `<rect fill="#fff">`}
	for _, b := range bad {
		if len(screen.Lint(mapFS(b))) == 0 {
			t.Errorf("%s passed", b)
		}
	}
	for _, good := range []string{`<script src="/static/a.js" defer></script>`, `<a href="/x" data-key="o">on = off</a>`, `<p>style: 好</p>`} {
		if m := screen.Lint(mapFS(good)); len(m) > 0 {
			t.Errorf("%s: %q", good, m)
		}
	}
}

func TestEveryIconThatIsNamedIsInBothSets(t *testing.T) {
	named := map[string]bool{}
	icon := regexp.MustCompile(`icon \(?(?:or [.\w]+ )?"([a-z0-9-]+)"|Icon: +"([a-z0-9-]+)"|return "([a-z]+-[a-z-]+|info|hourglass)"`)
	_ = fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, _ error) error {
		if d.IsDir() || !strings.HasSuffix(name, ".html") && !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		b, _ := os.ReadFile(name)
		for _, m := range icon.FindAllStringSubmatch(string(b), -1) {
			named[m[1]+m[2]+m[3]] = true
		}
		return nil
	})
	if len(named) < 20 {
		t.Fatalf("only %d icons are named: the pattern is wrong", len(named))
	}
	for _, set := range []string{"icons.svg", "icons-tinted.svg"} {
		b, err := os.ReadFile("assets/" + set)
		if err != nil {
			t.Fatal(err)
		}
		for name := range named {
			if !strings.Contains(string(b), `<symbol id="`+name+`"`) {
				t.Errorf("%s has no %s", set, name)
			}
		}
	}
}

func TestAPanelIsMeasuredInMillimetres(t *testing.T) {
	if css := string(screen.MetricCSS(1920, 476)); !strings.Contains(css, "--mm:4.0336px") {
		t.Errorf("21.5 inches wide: %s", css)
	}
	upright := screen.Metric{WidthPx: 1080, WidthMM: 398, HeightMM: 708, BottomMM: 800}
	if l := upright.ReachLine(); math.Abs(l-0.407) > 0.001 {
		t.Errorf("reach line at %.3f of the height, want 0.407", l)
	}
	if l := (screen.Metric{HeightMM: 268, BottomMM: 900}).ReachLine(); l != 0 {
		t.Errorf("a panel that ends below 1220 mm has a reach line at %.2f", l)
	}
	if l := (screen.Metric{HeightMM: 700, BottomMM: 1200}).ReachLine(); l != 0.6 {
		t.Errorf("a panel hung too high has a reach line at %.2f", l)
	}
}

func TestATrendIsDrawnSaidAndListed(t *testing.T) {
	day := func(d int) time.Time { return time.Date(2026, 10, d, 1, 0, 0, 0, time.UTC) }
	trend := screen.Trend{Bands: []screen.Band{{Low: 90, High: 140}}, Series: []screen.Series{{Name: "高压"}, {Name: "低压"}}}
	for i := range 9 {
		trend.Series[0].Points = append(trend.Series[0].Points, screen.Point{At: day(i + 1), Value: float64(162 - 3*i)})
		if i != 8 {
			trend.Series[1].Points = append(trend.Series[1].Points, screen.Point{At: day(i + 1), Value: 90, Text: "90.0"})
		}
	}
	say := func(zh string, args ...any) string { return (*screen.Words)(nil).Text(screen.Chinese, zh, args...) }
	if got, want := trend.Describe(say), "高压：从 156 到 138，最近一次 138，目标 90 到 140；低压：从 90.0 到 90.0，最近一次 90.0"; got != want {
		t.Errorf("said %q, want %q", got, want)
	}
	plot := trend.Plot()
	if n := len(plot.Lines[0].Dots); n != 7 || len(plot.Lines[0].Segments) != 6 {
		t.Errorf("%d dots, %d segments", n, len(plot.Lines[0].Segments))
	}
	if first, last := plot.Lines[0].Dots[0], plot.Lines[0].Dots[6]; first.X != "6.00%" || last.X != "94.00%" || first.Y != "12.00%" || first.Figure != "156" {
		t.Errorf("first %+v last %+v", first, last)
	}
	rows := trend.Table()
	if rows[0].Figures[0] != "138" || rows[0].Figures[1] != "" || rows[1].Figures[1] != "90.0" || rows[0].At.Before(rows[1].At) {
		t.Errorf("rows %+v", rows[:2])
	}
	for _, odd := range []screen.Trend{{}, {Series: []screen.Series{{}}}, {Series: []screen.Series{{Points: []screen.Point{{Value: 5}}}}}} {
		if p := odd.Plot(); len(p.Lines) > 0 && len(p.Lines[0].Dots) > 0 && strings.Contains(p.Lines[0].Dots[0].Y, "NaN") {
			t.Errorf("%+v has no place", odd)
		}
	}
}

func TestTheScriptIsSmallAndEvaluatesNothing(t *testing.T) {
	b, err := os.ReadFile("assets/app.js")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(b), "\n"); n > 300 {
		t.Errorf("%d lines", n)
	}
	if m := regexp.MustCompile(`\beval\(|new Function|innerHTML|document\.write|\.style\b`).FindString(string(b)); m != "" {
		t.Errorf("the script uses %s", m)
	}
}
