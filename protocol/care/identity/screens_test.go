package identity

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// spoken lists every Chinese text that stands in this package's Go files: page
// titles, parts, refusals. The consent forms are data and
// bring their own translation.
func spoken(t testing.TB) []string {
	t.Helper()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				text, _ := strconv.Unquote(lit.Value)
				if strings.IndexFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) >= 0 {
					out = append(out, text)
				}
			}
			return true
		})
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestEveryWordHasItsEnglish(t *testing.T) {
	words, err := screen.LoadWords(screens)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range words.Missing(screen.English, screens) {
		t.Errorf("template: %q", key)
	}
	for _, key := range spoken(t) {
		if words.Text(screen.English, key) == key {
			t.Errorf("Go: %q", key)
		}
	}
}

func TestTemplatesHoldNothingThatAPageMayNotHold(t *testing.T) {
	for _, fault := range screen.Lint(screens) {
		t.Error(fault)
	}
}

// TestEveryPageRenders shows each page as its view fills it, in every language
// and mode, and with nothing in it.
func TestEveryPageRenders(t *testing.T) {
	words, err := screen.LoadWords(screens)
	if err != nil {
		t.Fatal(err)
	}
	set, err := screen.Load(words, screens)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range filled(t) {
		for _, lang := range []screen.Lang{screen.Chinese, screen.English} {
			for _, mode := range []screen.Mode{{}, {Elder: true, Contrast: true}} {
				page := screen.Page{Chrome: screen.Chrome{Title: p.title, Channel: p.channel, Lang: lang, Mode: mode}, Body: p.body}
				var out strings.Builder
				if err := set.Render(&out, p.template, page); err != nil {
					t.Errorf("%s: %v", p.template, err)
				}
				if lang == screen.English {
					unspoken(t, p.template, out.String())
				}
			}
		}
	}
	for _, p := range Service().Pages {
		if !set.Has(p.Template) {
			t.Errorf("%s: no template %s", p.Path, p.Template)
		}
		if len(p.Live) > 0 && !set.Has(p.Template+"-live") {
			t.Errorf("%s: no live region", p.Path)
		}
	}
	if err := care.Check([]care.Service{Service()}); err != nil {
		t.Error(err)
	}
}
