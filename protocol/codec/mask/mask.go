// Package mask hides most of what identifies a person, for screens in the waiting room, paper that lies about, and exports. It
// knows the rules of display, not who may see the whole: revealing is a view of its own, with its own entry in the journal.
//
// GB/T 35273 demands de-identified display without giving a pattern; the patterns here are this project's. No rule shows a
// whole value, and a text shorter than the field usually is never shows more than half of its characters.
package mask

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"xiangyi/protocol/codec/surname"
)

// Name keeps the family name: 张伟明 is 张**, 欧阳明 is 欧阳*. Of a name without family name in front (阿依古丽·买买提, John) it
// keeps the first character. A name of one character is hidden.
func Name(name string) string {
	shown, hidden := nameParts(name)
	return shown + stars(hidden)
}

// Call is Name for the call screen, where two people of one family must be told apart: it also keeps the last character,
// 张*明, when something stays hidden between.
func Call(name string) string {
	shown, hidden := nameParts(name)
	if hidden < 2 {
		return shown + stars(hidden)
	}
	last, _ := utf8.DecodeLastRuneInString(strings.TrimSpace(name))
	return shown + stars(hidden-1) + string(last)
}

// nameParts returns what of a name is shown and how many characters are not.
func nameParts(name string) (shown string, hidden int) {
	name = strings.TrimSpace(name)
	family, given := surname.Split(name)
	if given == "" {
		return "", utf8.RuneCountInString(name)
	}
	if family == "" {
		first, _ := utf8.DecodeRuneInString(given)
		if utf8.RuneCountInString(given) == 1 {
			return "", 1
		}
		family, given = string(first), given[utf8.RuneLen(first):]
	}
	return family, utf8.RuneCountInString(given)
}

// IDNumber keeps the first and last four of 18 characters: 9901**********123X.
func IDNumber(number string) string { return ends(number, 4, 4, 18) }

// Phone keeps the first three and the last four of 11 digits: 138****5678.
func Phone(number string) string { return ends(number, 3, 4, 11) }

// BankCard keeps the last four: **** 1234, whatever the length.
func BankCard(number string) string {
	return "**** " + tail(number, 4)
}

// HealthCard keeps the last four of an insurance or health card number: ******1234, whatever the length.
func HealthCard(number string) string {
	return "******" + tail(number, 4)
}

// Permit keeps the first and the last two characters of a passport or permit: E******45.
func Permit(number string) string { return ends(number, 1, 2, 9) }

// BirthYear keeps the year: 1952年.
func BirthYear(year int) string { return strconv.Itoa(year) + "年" }

// ends keeps head characters in front and tail behind. A text shorter than usual keeps less, never more than half.
func ends(s string, head, tail, usual int) string {
	runes := []rune(strings.TrimSpace(s))
	if len(runes) < usual {
		tail = min(tail, len(runes)/2)
		head = min(head, len(runes)/2-tail)
	}
	hidden := len(runes) - head - tail
	return string(runes[:head]) + stars(hidden) + string(runes[len(runes)-tail:])
}

// tail returns the last n characters, never more than half of s.
func tail(s string, n int) string {
	runes := []rune(strings.TrimSpace(s))
	n = min(n, len(runes)/2)
	return string(runes[len(runes)-n:])
}

func stars(n int) string { return strings.Repeat("*", n) }
