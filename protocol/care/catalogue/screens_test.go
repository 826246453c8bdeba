package catalogue

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
	"xiangyi/protocol/care/screen"
)

// names are of places and terminals of the first county: data that stays as it
// was entered.
var names = regexp.MustCompile(`^(示范县.*|石坝镇卫生院|青石村卫生站|竹溪村卫生站|一号自助机|政务自助机|候诊厅|村委会大厅)$`)

func TestEveryWordHasItsEnglish(t *testing.T) {
	words, err := screen.LoadWords(screens)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range words.Missing(screen.English, screens) {
		t.Errorf("template: %q", key)
	}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			key, _ := strconv.Unquote(lit.Value)
			chinese := strings.IndexFunc(key, func(r rune) bool { return unicode.Is(unicode.Han, r) }) >= 0
			if chinese && !names.MatchString(key) && words.Text(screen.English, key) == key {
				t.Errorf("%s: %q", f.Name(), key)
			}
			return true
		})
	}
}

func TestTemplatesHoldNothingThatAPageMayNotHold(t *testing.T) {
	for _, fault := range screen.Lint(screens) {
		t.Error(fault)
	}
}

func TestEveryPageRenders(t *testing.T) {
	words, err := screen.LoadWords(screens)
	if err != nil {
		t.Fatal(err)
	}
	set, err := screen.Load(words, screens)
	if err != nil {
		t.Fatal(err)
	}
	w, v01 := newCounty(t)
	c := w.County()
	c.Do(writes, "catalogue.submit", Named{"triage"})
	shown := map[string][]any{
		"catalogue/items": {caretest.Show[List](c, writes, "catalogue.items", nil)},
		"catalogue/item": {
			caretest.Show[ItemPage](c, writes, "catalogue.item-new", nil),
			caretest.Show[ItemPage](c, writes, "catalogue.item", Named{"lecture"}),
			caretest.Show[ItemPage](c, reviews, "catalogue.item", Named{"report"}),
			caretest.Show[ItemPage](c, reviews, "catalogue.item", Named{"triage"}),
		},
		"catalogue/terminals": {
			caretest.Show[Terminals](c, writes, "catalogue.terminals", nil),
			caretest.Show[Terminals](v01, doctor, "catalogue.terminals", nil),
			Terminals{None: screen.Empty{Title: "还没有终端"}},
		},
		"catalogue/places": {caretest.Show[List](c, writes, "catalogue.places", nil)},
		"catalogue/form": {
			caretest.Show[FormPage](c, writes, "catalogue.terminal-new", nil),
			caretest.Show[FormPage](c, writes, "catalogue.terminal-page", Named{"v01-kiosk"}),
			caretest.Show[FormPage](c, writes, "catalogue.place-new", nil),
			caretest.Show[FormPage](c, writes, "catalogue.place", Named{"v01"}),
		},
	}
	for _, p := range Service().Pages {
		if len(shown[p.Template]) == 0 {
			t.Errorf("%s is not shown by this test", p.Template)
		}
	}
	for template, bodies := range shown {
		for _, body := range bodies {
			for _, lang := range []screen.Lang{screen.Chinese, screen.English} {
				var out strings.Builder
				page := screen.Page{Chrome: screen.Chrome{Title: "服务事项", Channel: screen.Portal, Lang: lang}, Body: body}
				if err := set.Render(&out, template, page); err != nil {
					t.Errorf("%s: %v", template, err)
				} else if lang == screen.English {
					onlyEnglish(t, template, out.String())
				}
			}
		}
	}
	if err := care.Check([]care.Service{Service()}); err != nil {
		t.Error(err)
	}
}

func onlyEnglish(t *testing.T, template, page string) {
	t.Helper()
	page = page[strings.Index(page, `id="main"`):strings.LastIndex(page, "</main>")]
	for _, text := range regexp.MustCompile(`\p{Han}[^<"]*`).FindAllString(page, -1) {
		known := names.MatchString(strings.TrimSpace(text))
		for _, f := range functions {
			known = known || text == f.Title || text == f.Detail // what was entered, in a form to change it
		}
		if !known {
			t.Errorf("%s in English says %q", template, text)
		}
	}
}
