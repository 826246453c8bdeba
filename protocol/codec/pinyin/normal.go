package pinyin

import (
	"strings"
	"unicode"

	"xiangyi/protocol/codec/surname"
)

// Normal returns the one form in which a typed text and the prefixes of a name meet. Case, spaces, apostrophes, hyphens, dots,
// tone marks and full-width letters do not matter; ü, v and u are one. Texts of Chinese characters stay as they are; where
// characters and letters are mixed, the characters are read in their most likely way. Letters are folded as the package says.
// At most MaxPrefix characters come back. Normal of Normal is Normal.
func Normal(query string) string { return normal(plain(query)) }

// normal is Normal of a text that is plain already.
func normal(text string) string {
	if hasHan(text) && !allHan(text) {
		text = spellOut(text)
	}
	if !hasHan(text) {
		text = fold(text)
	}
	return cut(text)
}

// Prefixes returns Normal of every beginning of key, shortest first, without repetition: at most twice MaxPrefix, usually as
// many as key has letters.
func Prefixes(key string) []string {
	runes := []rune(plain(key))
	out := newSet(2 * MaxPrefix)
	for n := range min(len(runes), longestKey) {
		out.add(normal(string(runes[:n+1])))
	}
	return out.items
}

// longestKey is how much of a key is looked at: folding leaves MaxPrefix letters of it, or more.
const longestKey = 4 * MaxPrefix

// plain drops what people may or may not type between the parts of a name, tones and case.
func plain(s string) string {
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") == "" {
		return s // the usual case, and what keys are
	}
	return strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' { // full width
			r -= '！' - '!'
		}
		if letter, ok := untoned[r]; ok {
			r = letter
		}
		r = unicode.ToLower(r)
		if surname.IsHan(r) || unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

// untoned gives the letter under each mark. ü is v, as people type it; fold makes it u.
var untoned = func() map[rune]rune {
	out := map[rune]rune{}
	for letter, marked := range map[rune]string{
		'a': "āáǎàĀÁǍÀ", 'e': "ēéěèêĒÉĚÈÊ", 'i': "īíǐìĪÍǏÌ", 'o': "ōóǒòŌÓǑÒ", 'u': "ūúǔùŪÚǓÙ", 'v': "ǖǘǚǜüǕǗǙǛÜ", 'n': "ńňǹ", 'm': "ḿ",
	} {
		for _, r := range marked {
			out[r] = letter
		}
	}
	return out
}()

// fold brings together what local speakers confuse, letter by letter, so that the fold of a beginning is a beginning of the
// fold. It does not look for syllables: 反感 and 方安 are both "fangan" when typed, and must meet in any case.
//
// Texts without a vowel are initials (zhm is 张红梅, or 张梅 by who types zh as one): there an h behind z, c or s may be a letter
// of its own and stays.
func fold(s string) string {
	spelled := strings.ContainsAny(s, "aeiouv")
	var out strings.Builder
	var before rune     // the last letter that was kept
	afterVowel := false // whether before is a vowel
	nasal := false      // whether before is an n (or l) behind a vowel, so that a g adds nothing
	for _, r := range s {
		switch r {
		case 'f':
			r = 'h'
		case 'n':
			r = 'l'
		case 'v':
			r = 'u'
		}
		if spelled && r == 'h' && strings.ContainsRune("zcs", before) {
			continue
		}
		if spelled && r == 'g' && nasal {
			continue
		}
		nasal = r == 'l' && afterVowel
		afterVowel = strings.ContainsRune("aeiou", r)
		out.WriteRune(r)
		before = r
	}
	return out.String()
}

// spellOut reads the characters of a mixed text in their most likely way and keeps its letters.
func spellOut(text string) string {
	var out strings.Builder
	for _, ways := range readings(text) {
		out.WriteString(ways[0])
	}
	return out.String()
}

func cut(s string) string {
	n := 0
	for i := range s {
		if n == MaxPrefix {
			return s[:i]
		}
		n++
	}
	return s
}

func hasHan(s string) bool { return strings.IndexFunc(s, surname.IsHan) >= 0 }

func allHan(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !surname.IsHan(r) }) < 0
}
