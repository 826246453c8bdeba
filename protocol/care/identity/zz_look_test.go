package identity

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/host/web/webtest"
)

func TestZZLook(t *testing.T) {
	words, _ := screen.LoadWords(screens)
	set, err := screen.Load(words, screens)
	if err != nil {
		t.Fatal(err)
	}
	metric := screen.Metric{WidthPx: 1080, WidthMM: 398}
	static := screen.Static(screen.Themes(), []screen.Metric{metric})
	pages := filled(t)
	mux := http.NewServeMux()
	mux.Handle(screen.AssetPrefix, http.StripPrefix(screen.AssetPrefix, http.FileServerFS(static)))
	modes := map[string]screen.Mode{"std": {}, "elder": {Elder: true}, "contrast": {Contrast: true}}
	mux.HandleFunc("/p/{n}/{mode}/{lang}", func(w http.ResponseWriter, r *http.Request) {
		var n int
		fmt.Sscan(r.PathValue("n"), &n)
		p := pages[n]
		c := screen.Chrome{Title: p.title, Channel: p.channel, Lang: screen.Lang(r.PathValue("lang")), Mode: modes[r.PathValue("mode")], Now: time.Now(), Back: "/x", Place: "一村卫生站", Path: r.URL.Path}
		if p.channel == screen.Kiosk {
			c.Metric = metric
		}
		if f, ok := p.body.(interface{ Frame(*screen.Chrome) }); ok {
			f.Frame(&c)
		}
		if f, ok := p.body.(interface{ PageTitle() string }); ok && f.PageTitle() != "" {
			c.Title = f.PageTitle()
		}
		for _, s := range Service().Pages {
			if s.Template == p.template && care.Channel(p.channel) == care.Channel(s.Channels) && c.Title == p.title {
				c.Title = s.Title
			}
		}
		w.Header().Set("Content-Security-Policy", webtest.Policy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := set.Render(w, p.template, screen.Page{Chrome: c, Body: p.body}); err != nil {
			t.Error(err)
		}
	})
	s := httptest.NewServer(mux)
	defer s.Close()
	os.MkdirAll("/tmp/look6", 0o755)
	kiosk := webtest.Browser(t, 1080, 1920)
	desk := webtest.Browser(t, 1400, 1000)
	for i, p := range pages {
		tab, list := kiosk, []string{"std", "elder"}
		if p.channel != screen.Kiosk {
			tab, list = desk, []string{"std"}
		}
		for _, mode := range list {
			for _, lang := range []string{"zh-CN", "en"} {
				url := fmt.Sprintf("%s/p/%d/%s/%s", s.URL, i, mode, lang)
				webtest.Open(t, tab, url)
				for _, v := range webtest.Axe(t, tab) {
					t.Errorf("%d %s %s %s: axe %+v", i, p.template, mode, lang, v)
				}
				for _, b := range webtest.Blocked(t, tab) {
					t.Errorf("%d %s blocked %s", i, p.template, b)
				}
				if p.channel == screen.Kiosk {
					limits := webtest.Standard
					if mode == "elder" {
						limits = webtest.Elder
					}
					for _, f := range webtest.Measure(t, tab, 1080.0/398).Against(limits) {
						t.Errorf("%d %s %s %s: %s", i, p.template, mode, lang, f)
					}
				}
				webtest.Shot(t, tab, fmt.Sprintf("/tmp/look6/%02d-%s-%s.png", i, mode, lang))
			}
		}
	}
}
