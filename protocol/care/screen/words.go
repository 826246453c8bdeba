package screen

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

//go:embed words/en.json
var baseWords embed.FS

// Words holds what pages say in languages other than Chinese. The Chinese text
// is the key: a page reads as itself in the source, and a word without a
// translation shows in Chinese and never as a code. Words does not change after
// it is loaded and may be read from several goroutines.
type Words struct {
	tables map[Lang]map[string]string
}

// LoadWords reads the base table and then each folder's words/*.json; the name
// of a file is its language, its content one object from Chinese to that
// language: {"还剩 %d 号": "%d left"}. It refuses a translation whose verbs
// differ from its key's, and two translations of one key that disagree: the one
// that is read last would change the words of another service.
func LoadWords(folders ...fs.FS) (*Words, error) {
	w := &Words{tables: map[Lang]map[string]string{English: {}}}
	for _, f := range append([]fs.FS{baseWords}, folders...) {
		names, err := fs.Glob(f, "words/*.json")
		if err != nil {
			return nil, fmt.Errorf("screen: list words: %w", err)
		}
		for _, name := range names {
			if err := w.merge(f, name); err != nil {
				return nil, err
			}
		}
	}
	return w, nil
}

func (w *Words) merge(f fs.FS, name string) error {
	b, err := fs.ReadFile(f, name)
	if err != nil {
		return fmt.Errorf("screen: read words %s: %w", name, err)
	}
	var table map[string]string
	if err := json.Unmarshal(b, &table); err != nil {
		return fmt.Errorf("screen: read words %s: %w", name, err)
	}
	lang := Lang(strings.TrimSuffix(path.Base(name), ".json"))
	if w.tables[lang] == nil {
		w.tables[lang] = map[string]string{}
	}
	for zh, text := range table {
		if a, b := verbs(zh), verbs(text); !slices.Equal(a, b) {
			return fmt.Errorf("screen: words %s: %q has verbs %v, its key %q has %v", name, text, b, zh, a)
		}
		if was, ok := w.tables[lang][zh]; ok && was != text {
			return fmt.Errorf("screen: words %s: %q is %q here and %q elsewhere", name, zh, text, was)
		}
		w.tables[lang][zh] = text
	}
	return nil
}

// Text is zh in lang, with args put in as fmt.Sprintf does. Text without a
// translation comes back as it is, so values may pass through unharmed.
//
// A Chinese word with two meanings gets a second key that names the meaning
// after two bars, which are never shown: "号||ticket" is 号 in Chinese and has a
// translation of its own.
func (w *Words) Text(lang Lang, zh string, args ...any) string {
	text := zh
	if w != nil && lang != Chinese {
		if t, ok := w.tables[lang][zh]; ok {
			text = t
		}
	}
	if shown, _, ok := strings.Cut(text, "||"); ok {
		text = shown
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

var verbPattern = regexp.MustCompile(`%(?:\[\d+\])?[-+# 0]*[\d.]*([a-zA-Z%])`)

// verbs lists the fmt verbs of a text, sorted: a translation may put them in
// another order with %[2]s but may not lose one.
func verbs(s string) []string {
	var out []string
	for _, m := range verbPattern.FindAllStringSubmatch(s, -1) {
		if m[1] != "%" {
			out = append(out, m[1])
		}
	}
	slices.Sort(out)
	return out
}
