package control

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"xiangyi/protocol/care/screen"
)

// TestEveryTextIsAlsoEnglish reads the templates and the sources for texts that are shown.
func TestEveryTextIsAlsoEnglish(t *testing.T) {
	words, err := screen.LoadWords(files)
	if err != nil {
		t.Fatal(err)
	}
	missing := words.Missing(screen.English, files, os.DirFS("."))
	// Processes and places have their names from package county.
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(sources, "../county/plan.go", "../county/county.go") {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range bare(string(source)) {
			if words.Text(screen.English, text) == text {
				missing = append(missing, text)
			}
		}
	}
	slices.Sort(missing)
	for _, m := range slices.Compact(missing) {
		t.Errorf("no English for %q", m)
	}
}

// bare lists every Chinese literal of a source, whatever it is for.
func bare(source string) []string {
	var out []string
	for i, part := range strings.Split(source, `"`) {
		if i%2 == 1 && strings.ContainsFunc(part, func(r rune) bool { return r >= 0x4e00 && r <= 0x9fff }) {
			out = append(out, part)
		}
	}
	return out
}

// TestTemplatesHoldNothingThatThePolicyBlocks keeps styles and handlers out of the markup.
func TestTemplatesHoldNothingThatThePolicyBlocks(t *testing.T) {
	for _, l := range screen.Lint(files) {
		t.Error(l)
	}
}
