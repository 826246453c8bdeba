package screen_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/care/screen/gallery"
)

func gallerySet(t *testing.T) (*screen.Set, *screen.Words) {
	t.Helper()
	s, w, err := gallery.Set()
	if err != nil {
		t.Fatal(err)
	}
	return s, w
}

func page(t *testing.T, s *screen.Set, name string, p screen.Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := s.Render(&b, name, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestEveryTemplateBearsAFullAndAnEmptyModel(t *testing.T) {
	s, _ := gallerySet(t)
	for _, sample := range gallery.Samples() {
		for _, lang := range []screen.Lang{screen.Chinese, screen.English} {
			for _, theme := range screen.Themes() {
				full := page(t, s, sample.Template, sample.Look(lang, screen.Mode{Elder: true}, theme))
				if strings.Contains(full, "ZgotmplZ") || !strings.HasSuffix(strings.TrimSpace(full), "</html>") {
					t.Errorf("%s in %s is cut or holds what could not be made safe", sample.Name, lang)
				}
			}
		}
		empty := page(t, s, sample.Template, screen.Page{Body: gallery.Model{}})
		if !strings.Contains(empty, `<html lang="zh-CN"`) {
			t.Errorf("%s without a model is not a Chinese page", sample.Name)
		}
	}
}

func TestEveryWordOfTheLookHasEnglish(t *testing.T) {
	_, w := gallerySet(t)
	if m := w.Missing(screen.English, os.DirFS(".")); len(m) > 0 {
		t.Errorf("no English for %q", m)
	}
	s, _ := gallerySet(t)
	han := regexp.MustCompile(`\p{Han}+`)
	for _, sample := range gallery.Samples() {
		p := sample.Look(screen.English, screen.Mode{}, screen.Xiangyi())
		out := regexp.MustCompile(`<span lang="zh-CN">中文</span>`).ReplaceAllString(page(t, s, sample.Template, p), "")
		for _, found := range han.FindAllString(out, -1) {
			if !slices.Contains([]string{"王", "明", "李", "赵", "兰", "禤", "龑", "王大明", "赵小兰", "禤文龑", "林医生", "周主任"}, found) {
				t.Errorf("the English page %s says %q", sample.Name, found)
			}
		}
	}
}

func TestMissingFindsKeysInTemplatesAndGo(t *testing.T) {
	w, err := screen.LoadWords()
	if err != nil {
		t.Fatal(err)
	}
	src := fstest.MapFS{
		"a.html":    {Data: []byte(`{{.T "甲"}} {{$.T "乙 %d" .N}} {{t "丙"}} {{submit "丁"}} {{mark "good" "戊"}} {{.T "返回"}} {{.T "abc"}}`)},
		"a.go":      {Data: []byte(`screen.Tile{Label: "己", Note: "plain"}; p.T("庚 %d", n); x := "辛"`)},
		"a_test.go": {Data: []byte(`p.T("壬")`)},
	}
	got := w.Missing(screen.English, src)
	want := []string{"丁", "丙", "乙 %d", "己", "庚 %d", "戊", "甲"}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("missing %q, want %q", got, want)
	}
}

func TestWordsThatCannotBeTrustedAreRefused(t *testing.T) {
	folder := func(json string) fs.FS { return fstest.MapFS{"words/en.json": {Data: []byte(json)}} }
	for name, f := range map[string]fs.FS{
		"a lost verb":      folder(`{"还剩 %d 号": "some left"}`),
		"a changed verb":   folder(`{"还剩 %d 号": "%s left"}`),
		"another meaning":  folder(`{"返回": "Return"}`),
		"not an object":    folder(`[]`),
		"an unclosed file": folder(`{"甲": "a`),
	} {
		if _, err := screen.LoadWords(f); err == nil {
			t.Errorf("words with %s were taken", name)
		}
	}
	w, err := screen.LoadWords(folder(`{"号||ticket": "ticket", "第 %d 页的 %s": "%[2]s of page %[1]d"}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		lang screen.Lang
		key  string
		args []any
		want string
	}{
		{screen.English, "号||ticket", nil, "ticket"},
		{screen.Chinese, "号||ticket", nil, "号"},
		{screen.English, "第 %d 页的 %s", []any{3, "x"}, "x of page 3"},
		{screen.Chinese, "满 100%", nil, "满 100%"},
		{screen.English, "没有译文", nil, "没有译文"},
	} {
		if got := w.Text(c.lang, c.key, c.args...); got != c.want {
			t.Errorf("%s in %s: %q, want %q", c.key, c.lang, got, c.want)
		}
	}
}

func TestABrokenTemplateIsAnErrorAtTheStart(t *testing.T) {
	w, _ := screen.LoadWords()
	for name, text := range map[string]string{
		"does not parse":           `{{define "a/b"}}{{if}}{{end}}`,
		"names an unknown one":     `{{define "a/b"}}{{template "a/nowhere"}}{{end}}`,
		"calls an unknown func":    `{{define "a/b"}}{{shout "x"}}{{end}}`,
		"redefines a base part":    `{{define "ui/tile"}}x{{end}}`,
		"has text outside":         `hello {{define "a/b"}}x{{end}}`,
		"cannot be made safe":      `{{define "a/b"}}<a href="{{if .X}}/a?{{end}}{{.Y}}"{{.Z}}{{end}}`,
		"ends inside an attribute": `{{define "a/b"}}<p class="{{end}}`,
	} {
		if _, err := screen.Load(w, fstest.MapFS{"t.html": {Data: []byte(text)}}); err == nil {
			t.Errorf("a template that %s was loaded", name)
		}
	}
}

func TestNothingIsWrittenWhenATemplateFails(t *testing.T) {
	w, _ := screen.LoadWords()
	s, err := screen.Load(w, fstest.MapFS{"t.html": {Data: []byte(`{{define "a/b"}}before{{.Body.Gone}}{{end}}`)}})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := s.Render(&b, "a/b", screen.Page{Body: struct{}{}}); err == nil || b.Len() != 0 {
		t.Errorf("error %v, %d bytes written", err, b.Len())
	}
	if err := s.RenderPart(&b, "a/unknown", screen.Page{}); err == nil || b.Len() != 0 {
		t.Errorf("unknown template: error %v, %d bytes written", err, b.Len())
	}
}

func TestWhatPeopleTypeIsEscapedEverywhere(t *testing.T) {
	s, _ := gallerySet(t)
	const evil = `"><script>alert(1)</script>`
	p := gallery.Samples()[0].Page
	p.Title, p.Who, p.Place, p.Path, p.Back = evil, evil, evil, evil, "javascript:alert(1)"
	p.Body = gallery.Model{Tiles: screen.Tiles{Items: []screen.Tile{{Label: evil, Icon: evil, Href: "javascript:alert(1)"}}}}
	out := page(t, s, "gallery/tiles", p)
	if strings.Contains(out, "<script>alert") || strings.Contains(out, `"javascript:`) {
		t.Error("typed text became markup")
	}
}

func TestALivePartIsWrappedForItsPlace(t *testing.T) {
	s, _ := gallerySet(t)
	var b bytes.Buffer
	p := screen.Page{Chrome: screen.Chrome{Freshness: screen.Freshness{Sync: screen.Sync{State: screen.SyncWaiting, Left: 2}}}}
	if err := s.RenderLive(&b, "fresh", "screen/freshness", p); err != nil {
		t.Fatal(err)
	}
	if out := b.String(); !strings.HasPrefix(out, `<hx-partial hx-target="#fresh" hx-swap="innerMorph">`) || !strings.Contains(out, "全部已安全保存在本站；2 条等网络") {
		t.Errorf("got %s", out)
	}
}

func TestWaitingForTheLineNeverLooksLikeAFault(t *testing.T) {
	s, _ := gallerySet(t)
	for state, want := range map[screen.SyncState]string{
		screen.SyncDelivered: "全部已送到县医院", screen.SyncWaiting: "全部已安全保存在本站；3 条等网络",
		screen.SyncSending: "正在送出，还剩 3 条，约 2 分钟", screen.SyncAttention: "1 条需要处理",
	} {
		sync := screen.Sync{State: state, Left: 3, Sent: 1, Stuck: 1, Remain: 2 * time.Minute}
		out := page(t, s, "gallery/empty", screen.Page{Chrome: screen.Chrome{Freshness: screen.Freshness{Sync: sync}}, Body: gallery.Model{}})
		if !strings.Contains(out, want) {
			t.Errorf("%s does not say %q", state, want)
		}
		if k := sync.Kind(); k == screen.Bad || state == screen.SyncWaiting && k != screen.Calm {
			t.Errorf("%s has the tone %s", state, k)
		}
	}
}

func TestErrorsComeFirstAndLeadToTheirFields(t *testing.T) {
	s, _ := gallerySet(t)
	for _, sample := range gallery.Samples() {
		if sample.Name != "number" {
			continue
		}
		out := page(t, s, sample.Template, sample.Page)
		for _, want := range []string{"<title>错误：", `href="#f-phone"`, `aria-invalid="true"`, `aria-describedby="h-phone e-phone"`} {
			if !strings.Contains(out, want) {
				t.Errorf("the page lacks %s", want)
			}
		}
		if strings.Index(out, `class="errors"`) > strings.Index(out, "<h1>") {
			t.Error("the summary of errors stands below the title")
		}
	}
}

func TestTheSwitchesTurnOneThingEach(t *testing.T) {
	press := func(field, value string) func(string) string {
		return func(name string) string {
			if name == field {
				return value
			}
			return ""
		}
	}
	m, l := screen.Switch(screen.Mode{Reach: true}, screen.Chinese, press(screen.FieldElder, "on"))
	if !m.Elder || !m.Reach || m.Contrast || l != screen.Chinese {
		t.Errorf("elder on: %+v %s", m, l)
	}
	m, l = screen.Switch(m, l, press(screen.FieldLang, "en"))
	if !m.Elder || l != screen.English {
		t.Errorf("English: %+v %s", m, l)
	}
	m, _ = screen.Switch(m, l, press(screen.FieldElder, "off"))
	if m.Elder || screen.ParseMode(m.Classes()) != m {
		t.Errorf("elder off: %+v, classes %q", m, m.Classes())
	}
	for in, want := range map[string]string{"/a?b=1": "/a?b=1", "//evil.example": "/", `/\evil`: "/", "https://evil.example": "/", "": "/", "/a\r\nX: y": "/"} {
		if got := screen.SafeBack(in); got != want {
			t.Errorf("SafeBack(%q) = %q", in, got)
		}
	}
}

func TestALongListIsCutToWhatOnePageMayOffer(t *testing.T) {
	items := []int{1, 2, 3, 4, 5, 6, 7, 8, 9}
	at := func(page int) string { return strings.Repeat("p", page) }
	for _, c := range []struct {
		size, page int
		first, n   int
		prev, next string
	}{{6, 1, 1, 6, "", "pp"}, {6, 2, 7, 3, "p", ""}, {4, 2, 5, 4, "p", "ppp"}, {4, 99, 9, 1, "pp", ""}, {4, -3, 1, 4, "", "pp"}, {0, 1, 1, 1, "", "pp"}} {
		got, p := screen.Window(items, c.size, c.page, at)
		if got[0] != c.first || len(got) != c.n || p.Prev != c.prev || p.Next != c.next {
			t.Errorf("%+v: %v %+v", c, got, p)
		}
	}
	if got, p := screen.Window([]int(nil), 6, 2, at); len(got) != 0 || p.Needed() {
		t.Errorf("an empty list: %v %+v", got, p)
	}
}

func TestTimesAreSaidAsPeopleSayThem(t *testing.T) {
	zh, en := screen.Chrome{Lang: screen.Chinese}, screen.Chrome{Lang: screen.English}
	at := func(h, m int) time.Time { return time.Date(2026, 11, 3, h-8, m, 0, 0, time.UTC) }
	for want, got := range map[string]string{
		"2026年11月3日": zh.Date(at(9, 5)), "3 Nov 2026": en.Date(at(9, 5)), "11月3日 星期二 下午 2:05": zh.When(at(14, 5)), "Tue 3 Nov 2:05 pm": en.When(at(14, 5)),
		"凌晨 0:30": zh.Clock(at(0, 30)), "上午 9:05": zh.Clock(at(9, 5)), "中午 12:00": zh.Clock(at(12, 0)), "晚上 8:15": zh.Clock(at(20, 15)),
		"2026-11-03 14:05": zh.Stamp(at(14, 5)), "23:59": zh.Time(at(23, 59)), "": zh.When(time.Time{}),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestStaticHoldsEveryFileUnderItsHashedName(t *testing.T) {
	static := screen.Static(screen.Themes(), []screen.Metric{gallery.Portrait})
	want := []string{screen.AssetName("app.css"), screen.AssetName("icons.svg"), screen.Xiangyi().File(), screen.Yuezhizhu().File(), gallery.Portrait.File()}
	if err := fstest.TestFS(static, want...); err != nil {
		t.Error(err)
	}
	if _, err := fs.ReadFile(screen.Assets(), "app.css"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the plain name is served too: %v", err)
	}
	if !regexp.MustCompile(`^app\.[0-9a-f]{8}\.css$`).MatchString(screen.AssetName("app.css")) {
		t.Errorf("name is %s", screen.AssetName("app.css"))
	}
}
