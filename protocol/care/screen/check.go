package screen

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

var (
	// {{.T "…"}}, {{$.T "…"}}, {{t "…"}}, and the builders whose first text is shown.
	templateKeys = regexp.MustCompile("(?:\\.T|\\bt|\\bsubmit|\\blink|\\bmark \"[a-z]*\") (\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`)")
	// In Go: any string with a Chinese character that stands where a part shows it.
	goKeys = regexp.MustCompile("(?:\\bT\\(|\\b(?:Title|Lead|Label|Note|Text|Hint|Error|Legend|Closed|Caption|When|Submit|Unit): *)(\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`)")
)

// Missing lists the keys that the folders' templates (*.html) and Go files show
// and that have no translation into lang, sorted. It is the heart of a test
// that each service has:
//
//	if m := words.Missing(screen.English, appointment.Screens, os.DirFS(".")); len(m) > 0 { … }
//
// It reads source text, so it sees keys that are written out and not those that
// are put together; a key must be one literal.
func (w *Words) Missing(lang Lang, folders ...fs.FS) []string {
	found := map[string]bool{}
	for _, f := range folders {
		_ = fs.WalkDir(f, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return nil
			}
			for _, key := range keysIn(f, name) {
				found[key] = true
			}
			return nil
		})
	}
	var out []string
	for key := range found {
		if _, ok := w.tables[lang][key]; !ok {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return out
}

func keysIn(f fs.FS, name string) []string {
	var pattern *regexp.Regexp
	switch {
	case strings.HasSuffix(name, ".html"):
		pattern = templateKeys
	case strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go"):
		pattern = goKeys
	default:
		return nil
	}
	b, err := fs.ReadFile(f, name)
	if err != nil {
		return nil
	}
	var out []string
	for _, m := range pattern.FindAllStringSubmatch(string(b), -1) {
		key, err := strconv.Unquote(m[1])
		if err == nil && strings.IndexFunc(key, isHan) >= 0 {
			out = append(out, key)
		}
	}
	return out
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

// forbidden is markup that the content security policy would block, or that
// would tie a page to one theme.
var forbidden = []struct {
	why string
	is  *regexp.Regexp
}{
	{"inline style", regexp.MustCompile(`(?i)\sstyle\s*=|<style\b`)},
	{"inline handler", regexp.MustCompile(`(?i)\s(?:on[a-z]+|hx-on[^=\s]*)\s*=`)},
	{"inline script", regexp.MustCompile(`(?i)<script(?:\s[^>]*)?>\s*[^\s<]`)},
	{"script in an attribute", regexp.MustCompile(`(?i)=\s*["']?\s*(?:js|javascript):`)},
	{"colour in markup", regexp.MustCompile(`(?i)\s(?:fill|stroke|color|bgcolor)\s*=\s*["']?(?:#|rgb)`)},
	{"address of another host", regexp.MustCompile(`(?i)\s(?:src|href|action)\s*=\s*["']?(?:https?:)?//`)},
}

// Lint lists what the folders' templates may not hold, as "file: why". It is
// for the same test as Missing.
func Lint(folders ...fs.FS) []string {
	var out []string
	for _, f := range folders {
		_ = fs.WalkDir(f, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(name, ".html") {
				return nil
			}
			b, err := fs.ReadFile(f, name)
			if err != nil {
				return nil
			}
			for _, rule := range forbidden {
				if m := rule.is.FindString(string(b)); m != "" {
					out = append(out, fmt.Sprintf("%s: %s: %q", name, rule.why, strings.TrimSpace(m)))
				}
			}
			return nil
		})
	}
	return out
}
