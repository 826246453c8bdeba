package report

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"xiangyi/protocol/care/screen"
)

// Every Chinese text that the Go files hold, and every key of a template, has
// English.
func TestEveryWordHasEnglish(t *testing.T) {
	words, err := screen.LoadWords(screens)
	if err != nil {
		t.Fatal(err)
	}
	missing := words.Missing(screen.English, screens)
	for _, text := range chineseIn(t, os.DirFS(".")) {
		if words.Text(screen.English, text) == text {
			missing = append(missing, text)
		}
	}
	slices.Sort(missing)
	for _, m := range slices.Compact(missing) {
		t.Errorf("no English for %q", m)
	}
}

func chineseIn(t *testing.T, dir fs.FS) []string {
	names, err := fs.Glob(dir, "*.go")
	if err != nil || len(names) == 0 {
		t.Fatalf("no sources: %v", err)
	}
	var out []string
	for _, name := range names {
		// A report on paper is in Chinese: it goes to other doctors. band.go
		// reads what laboratories write.
		if strings.HasSuffix(name, "_test.go") || name == "document.go" || name == "band.go" {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(lit.Value)
			if err == nil && strings.IndexFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) >= 0 {
				out = append(out, text)
			}
			return true
		})
	}
	return out
}

func TestTemplatesKeepTheContentSecurityPolicy(t *testing.T) {
	if found := screen.Lint(screens); len(found) > 0 {
		t.Error(strings.Join(found, "\n"))
	}
}
