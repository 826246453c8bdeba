package appointment

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
	"xiangyi/protocol/care/screen"
)

// paper are the files whose texts are not translated: they go on paper or into
// messages and tasks, in Chinese.
var paper = []string{"slip.go", "notices.go"}

func TestEveryTextHasEnglish(t *testing.T) {
	words, err := screen.LoadWords(Screens)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range words.Missing(screen.English, Screens) {
		t.Errorf("screens: %s", key)
	}
	known := func(text string) bool { return words.Text(screen.English, text) != text }
	for _, key := range goTexts(t) {
		if !known(key) {
			t.Errorf("go: %s", key)
		}
	}
	for _, f := range Forms() {
		for _, text := range formTexts(&f.Form) {
			if !known(text) {
				t.Errorf("form %s: %s", f.ID, text)
			}
		}
	}
}

// goTexts lists the Chinese texts of the package.
func goTexts(t *testing.T) (out []string) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || slices.Contains(paper, name) {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil && strings.ContainsFunc(text, isHan) {
					out = append(out, text)
				}
			}
			return true
		})
	}
	return out
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

func formTexts(f *Form) []string {
	out := []string{f.Title, f.Source}
	for _, q := range f.Questions {
		out = append(out, q.Text)
		if q.Hint != "" {
			out = append(out, q.Hint)
		}
		for _, o := range q.Options {
			out = append(out, o.Label)
		}
	}
	return out
}

func TestTheTemplatesKeepTheRulesOfPages(t *testing.T) {
	for _, bad := range screen.Lint(Screens) {
		t.Error(bad)
	}
}

// browser renders pages as a host would, and follows no network.
type browser struct {
	t   *testing.T
	set *screen.Set
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	words, err := screen.LoadWords(Screens)
	if err != nil {
		t.Fatal(err)
	}
	set, err := screen.Load(words, Screens)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, set}
}

// open shows a page of the roster at a site, in both languages and sizes, and
// gives the standard Chinese one.
func (b *browser) open(s *caretest.Site, channel care.Channel, who protocol.Actor, path string, in any) string {
	b.t.Helper()
	page := b.page(channel, path)
	out, err := s.Engine.Show(b.t.Context(), care.Request{Actor: who, Name: page.View, Input: ask("", in).Input})
	if err != nil {
		b.t.Fatalf("%s on %s: %v", path, channel, err)
	}
	var first string
	for _, lang := range []screen.Lang{screen.Chinese, screen.English} {
		for _, elder := range []bool{false, true} {
			html := b.render(page, channel, out, lang, elder)
			if first == "" {
				first = html
			}
			if lang == screen.English && elder {
				b.onlyNamesInChinese(path, html)
			}
		}
	}
	return first
}

func (b *browser) page(channel care.Channel, path string) care.Page {
	b.t.Helper()
	for _, p := range pages() {
		if p.Path == path && strings.Contains(string(p.Channels), string(channel)) {
			return p
		}
	}
	b.t.Fatalf("no page %s on %s", path, channel)
	return care.Page{}
}

func (b *browser) render(page care.Page, channel care.Channel, body any, lang screen.Lang, elder bool) string {
	b.t.Helper()
	c := screen.Chrome{Title: page.Title, Channel: screen.Channel(channel), Lang: lang, Mode: screen.Mode{Elder: elder}, Theme: screen.Xiangyi(), Path: page.Path}
	if titled, ok := body.(interface{ PageTitle() string }); ok {
		c.Title = titled.PageTitle()
	}
	if framed, ok := body.(interface{ Frame(*screen.Chrome) }); ok {
		framed.Frame(&c)
	}
	var out bytes.Buffer
	if err := b.set.Render(&out, page.Template, screen.Page{Chrome: c, Body: body}); err != nil {
		b.t.Fatal(err)
	}
	if len(page.Live) > 0 && !b.set.Has(page.Template+"-live") {
		b.t.Errorf("page %s is live and has no template %s-live", page.Path, page.Template)
	}
	return out.String()
}

// onlyNamesInChinese looks for words that were built in Go and never reach the
// translation. What people and staff wrote stays as it is.
func (b *browser) onlyNamesInChinese(path, html string) {
	b.t.Helper()
	_, main, _ := strings.Cut(html, "<main")
	main, _, _ = strings.Cut(main, "</main>")
	for _, word := range []string{"预约", "挂号", "科室", "医生", "时间", "申请", "号源", "院区", "周一", "上午", "排班"} {
		for rest := main; ; {
			i := strings.Index(rest, word)
			if i < 0 {
				break
			}
			around := rest[max(0, i-300):min(len(rest), i+60)]
			if !strings.Contains(around, `lang="zh-CN"`) && !strings.Contains(around, `value="`) {
				b.t.Errorf("%s in English says %s: …%s…", path, word, strings.ToValidUTF8(around, ""))
				return
			}
			rest = rest[i+len(word):]
		}
	}
}

func TestEveryTemplateIsShownByAPage(t *testing.T) {
	used := map[string]bool{}
	source := ""
	files, _ := fs.Glob(os.DirFS("."), "screens/*.html")
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		source += string(raw)
	}
	set := newBrowser(t).set
	for _, p := range pages() {
		if !set.Has(p.Template) {
			t.Errorf("page %s: no template %s", p.Path, p.Template)
		}
		used[p.Template] = true
	}
	for _, name := range set.Names() {
		if strings.HasPrefix(name, "appointment/") && !used[name] && !strings.HasSuffix(name, "-live") && !strings.Contains(source, `template "`+name+`"`) {
			t.Errorf("template %s is never shown", name)
		}
	}
}
