// Package pinyin makes names findable by what people type: pinyin, initials, or the characters themselves, with the mistakes
// that local speakers make (zh and z, sh and s, ch and c, n and l, f and h, -ng and -n are one).
//
// An index holds Prefixes of every one of Keys (or simply Index); a search looks for Normal of what was typed, which is then
// one of them or not: no scan, so the index may keep keyed tokens instead of text. Folding can bring together names that
// differ; the caller shows the names found, with age and household, and a person picks.
//
// It knows letters and readings, not who is searched or where the index is.
package pinyin

import (
	"slices"
	"strings"

	dictionary "github.com/mozillazg/go-pinyin"

	"xiangyi/protocol/codec/surname"
)

// Bounds, so that no name can fill an index.
const (
	// MaxPrefix is how many characters of a text an index knows. Normal cuts what is typed to the same length.
	MaxPrefix = 16
	// MaxKeys is the largest number of keys of one name.
	MaxKeys = 48

	maxReadings = 4  // of one character; the dictionary orders them by use
	maxCombined = 16 // ways to read a whole name
	maxRunes    = 40 // characters of a name that are looked at
)

// Keys returns the texts under which a name is searched, most likely first, without repetition: the characters, then for each
// way to read them the full pinyin (zhangweiming), the family name with the initials of the rest (zhangwm), and the initials
// (zwm, and zhwm for who types them in two letters). Family names are read as such (单 shan, 尉迟 yu chi) before all the other
// readings of their characters. Latin letters and digits in a name count as themselves. Keys are not folded: index Prefixes
// of them.
func Keys(name string) []string {
	text := plain(name)
	if text == "" {
		return nil
	}
	keys := newSet(MaxKeys)
	if hasHan(text) {
		keys.add(text)
	}
	family := len([]rune(familyOf(name)))
	for _, syllables := range combinations(readings(name)) {
		keys.add(strings.Join(syllables, ""))
		if n := max(family, 1); n < len(syllables) {
			keys.add(strings.Join(syllables[:n], "") + initials(syllables[n:])[0])
		}
		for _, in := range initials(syllables) {
			keys.add(in)
		}
	}
	return keys.items
}

// Index returns the Prefixes of all Keys of a name, without repetition: what an index stores, each as a token. A usual name of
// three characters has about twenty.
func Index(name string) []string {
	all := newSet(MaxKeys * MaxPrefix)
	for _, key := range Keys(name) {
		for _, p := range Prefixes(key) {
			all.add(p)
		}
	}
	return all.items
}

// Matches reports whether typing query finds name, for short lists that are at hand. An empty query finds everybody.
func Matches(name, query string) bool {
	q := Normal(query)
	return q == "" || slices.Contains(Index(name), q)
}

// readings returns for each part of a name the ways to read it. A part is one Chinese character, or a run of other letters.
func readings(name string) [][]string {
	runes := []rune(plain(name))
	runes = runes[:min(len(runes), maxRunes)]
	known, _ := surname.Reading(familyOf(name))
	var out [][]string
	for i := 0; i < len(runes); i++ {
		if !surname.IsHan(runes[i]) {
			from := i
			for i+1 < len(runes) && !surname.IsHan(runes[i+1]) {
				i++
			}
			out = append(out, []string{string(runes[from : i+1])})
			continue
		}
		ways := newSet(maxReadings)
		if i < len(known) {
			ways.add(known[i])
		}
		for _, way := range read(runes[i]) {
			ways.add(way)
		}
		if len(ways.items) > 0 { // a character that no dictionary knows is found by itself only
			out = append(out, ways.items)
		}
	}
	return out
}

// familyOf returns the family name in front. Of a text that goes on in letters (尉迟g) it is taken as if one more character
// stood in their place.
func familyOf(name string) string {
	text := plain(name)
	end := strings.IndexFunc(text, func(r rune) bool { return !surname.IsHan(r) })
	switch {
	case end == 0:
		return ""
	case end > 0:
		text = text[:end] + "某"
	}
	family, _ := surname.Split(text)
	return family
}

// read returns the readings of one character in letters a to z, ü as v.
func read(r rune) []string {
	args := dictionary.NewArgs()
	args.Heteronym = true
	var out []string
	for _, way := range dictionary.SinglePinyin(r, args) {
		if way != "" && strings.Trim(way, "abcdefghijklmnopqrstuvwxyz") == "" {
			out = append(out, way)
		}
	}
	return out
}

// combinations returns ways to read the whole, at most maxCombined of them: first the most likely reading of every part, then
// those with one less likely reading, and so on.
func combinations(parts [][]string) [][]string {
	if len(parts) == 0 {
		return nil
	}
	most := 0
	for _, ways := range parts {
		most += len(ways) - 1
	}
	var out [][]string
	for rank := 0; rank <= most && len(out) < maxCombined; rank++ {
		out = appendOfRank(out, parts, nil, rank)
	}
	return out
}

// appendOfRank appends the combinations whose readings' places in their lists sum up to rank.
func appendOfRank(out [][]string, rest [][]string, chosen []string, rank int) [][]string {
	if len(out) == maxCombined {
		return out
	}
	if len(rest) == 0 {
		if rank == 0 {
			out = append(out, slices.Clone(chosen))
		}
		return out
	}
	left := 0 // the largest rank that the parts behind this one can take up
	for _, ways := range rest[1:] {
		left += len(ways) - 1
	}
	for place := max(0, rank-left); place <= min(rank, len(rest[0])-1); place++ {
		out = appendOfRank(out, rest[1:], append(chosen, rest[0][place]), rank-place)
	}
	return out
}

// initials returns the first letters of syllables. Where a syllable begins with z, c or s, with an h behind it or not, people
// type one letter or two, so the first four such syllables are given both ways, the shortest text first.
func initials(syllables []string) []string {
	out, doubled := []string{""}, 0
	for _, s := range syllables {
		ways := []string{s[:firstLen(s)]}
		if strings.ContainsAny(ways[0], "zcs") && doubled < 4 {
			ways = append(ways, ways[0]+"h")
			doubled++
		}
		next := make([]string, 0, len(out)*len(ways))
		for _, way := range ways {
			for _, before := range out {
				next = append(next, before+way)
			}
		}
		out = next
	}
	return out
}

// firstLen is the length of the first character, which is more than a byte where a name has foreign letters.
func firstLen(s string) int {
	for i := range s {
		if i > 0 {
			return i
		}
	}
	return len(s)
}

// set keeps texts in order of arrival, each once, at most limit.
type set struct {
	limit int
	seen  map[string]bool
	items []string
}

func newSet(limit int) *set { return &set{limit: limit, seen: map[string]bool{}} }

func (s *set) add(text string) {
	if text == "" || s.seen[text] || len(s.items) == s.limit {
		return
	}
	s.seen[text] = true
	s.items = append(s.items, text)
}
