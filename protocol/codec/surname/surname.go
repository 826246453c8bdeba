// Package surname splits a Chinese name into family name and given name, and knows how surnames are read. It knows the
// compound surnames in use and the surnames whose reading differs from the usual one of the character. It does not decide
// what is shown of a name (codec/mask) or how a name is searched (codec/pinyin).
package surname

import "strings"

// Split returns the family and the given name: 张伟明 is 张 and 伟明, 欧阳明 is 欧阳 and 明. A name of two characters is one
// and one, although it may spell a compound surname (夏侯 with no given name does not occur). Names that are not written in
// the Chinese order, with a dot between their parts (阿依古丽·买买提) or in other letters, have no family name here: given is
// the whole name. Spaces around the name are dropped.
func Split(name string) (family, given string) {
	name = strings.TrimSpace(name)
	runes := []rune(name)
	if len(runes) == 0 || !isHan(runes) {
		return "", name
	}
	if len(runes) > 2 {
		if _, ok := compound[string(runes[:2])]; ok {
			return string(runes[:2]), string(runes[2:])
		}
	}
	return string(runes[:1]), string(runes[1:])
}

// Reading returns the syllables of a family name in plain letters (ü as v), one for each character, when they are other than
// the usual ones of its characters: 单 is "shan", 尉迟 is "yu", "chi". ok is false where the usual reading holds. 覃, which is
// read both ways, has its other reading among the usual ones.
func Reading(family string) (syllables []string, ok bool) {
	reading := compound[family]
	if reading == "" {
		reading = single[family]
	}
	if reading == "" {
		return nil, false
	}
	return strings.Fields(reading), true
}

func isHan(runes []rune) bool {
	for _, r := range runes {
		if !IsHan(r) {
			return false
		}
	}
	return true
}

// IsHan reports whether r is a Chinese character, the rare ones of the higher planes and the private use area of older
// identity cards included.
func IsHan(r rune) bool {
	switch {
	case r >= 0x4E00 && r <= 0x9FFF, r >= 0x3400 && r <= 0x4DBF, r >= 0x20000 && r <= 0x3FFFF:
		return true
	case r == '〇', r >= 0xF900 && r <= 0xFAFF, r >= 0xE000 && r <= 0xF8FF:
		return true
	}
	return false
}
