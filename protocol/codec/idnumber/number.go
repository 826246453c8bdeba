// Package idnumber checks and reads the numbers by which people and organisations are known in China: the resident identity
// number (GB 11643, 18 digits, and the older 15), the unified social credit code (GB 32100), the organisation code (GB 11714)
// and the mobile telephone number.
//
// It knows their form, not whether anybody holds them, and no clock: "not in the future" needs today handed in. Faults never
// quote the number, which is personal data.
package idnumber

import "strings"

// Fault is why a number is refused. It is an error, and compares with ==, so screens can put their own words to it.
type Fault uint8

// The faults, in the order in which they are looked for.
const (
	Length     Fault = iota + 1 // not 18 or 15 characters (18 for a credit code, 9 for an organisation, 11 for a telephone)
	Character                   // something else than digits, and X at the end
	Region                      // begins with a province that does not exist
	BirthDate                   // no such day
	FutureDate                  // born after today, or over 150 years ago
	Checksum                    // the last character does not fit the others: a slip of the finger
)

var faults = [...]string{
	Length: "wrong length", Character: "character that does not belong", Region: "unknown region",
	BirthDate: "no such birth date", FutureDate: "birth date out of time", Checksum: "check character does not fit",
}

func (f Fault) Error() string {
	if int(f) < len(faults) && faults[f] != "" {
		return "number: " + faults[f]
	}
	return "number: refused"
}

// Number is a valid resident identity number in its form of 18 characters, X in upper case. It is personal data: keep it out
// of logs, addresses and error texts.
type Number string

// Sex by GB/T 2261.1, as far as an identity number tells it.
type Sex uint8

// The codes of GB/T 2261.1. An identity number gives only Male or Female.
const (
	SexUnknown   Sex = 0
	Male         Sex = 1
	Female       Sex = 2
	SexNotStated Sex = 9
)

// Code returns the digit of GB/T 2261.1.
func (s Sex) Code() string { return string(rune('0' + s)) }

// Parse checks s and returns it in its 18-character form. Full-width digits, a lower-case x and spaces (as on the card and
// from input methods) are accepted; an old number of 15 digits is upgraded. The error is a Fault: every one but FutureDate,
// for which see ParseOn.
func Parse(s string) (Number, error) {
	s = clean(s)
	switch len([]rune(s)) {
	case 18:
		return parse18(s)
	case 15:
		return parse15(s)
	default:
		return "", Length
	}
}

// ParseOn is Parse that also refuses a birth date after today, or more than 150 years before it.
func ParseOn(s string, today Date) (Number, error) {
	n, err := Parse(s)
	if err != nil {
		return "", err
	}
	if born := n.Birth(); born.After(today) || today.Year-born.Year > oldest {
		return "", FutureDate
	}
	return n, nil
}

// oldest is an age in years that nobody has reached, with a margin.
const oldest = 150

func parse18(s string) (Number, error) {
	if !digits(s[:17]) || len(s) != 18 || !(digits(s[17:]) || s[17] == 'X') {
		return "", Character
	}
	if !knownRegion(s) {
		return "", Region
	}
	if !dateOf(s).Valid() {
		return "", BirthDate
	}
	if checkDigit(s) != s[17] {
		return "", Checksum
	}
	return Number(s), nil
}

// parse15 upgrades a number of before 1999: the century is inserted and the check character computed. There was none, so a
// slip of the finger in an old number is found only by chance.
func parse15(s string) (Number, error) {
	if !digits(s) {
		return "", Character
	}
	s = s[:6] + "19" + s[6:]
	if !knownRegion(s) {
		return "", Region
	}
	if !dateOf(s).Valid() {
		return "", BirthDate
	}
	return Number(s + string(checkDigit(s))), nil
}

// weights are those of ISO 7064 MOD 11-2 as GB 11643 prints them.
var weights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

func checkDigit(s string) byte {
	sum := 0
	for i, w := range weights {
		sum += int(s[i]-'0') * w
	}
	return "10X98765432"[sum%11]
}

// provinces holds the first two digits in use: GB/T 2260, and 81–83 for the residence permits of Hong Kong, Macao and Taiwan.
const provinces = " 11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83 "

// knownRegion accepts the provinces, and everything under 9: the identity cards of foreign permanent residents (issue of
// 2023) begin with it and say province and nationality in the next five digits.
func knownRegion(s string) bool { return s[0] == '9' || strings.Contains(provinces, " "+s[:2]+" ") }

// Birth returns the date of birth.
func (n Number) Birth() Date {
	if len(n) != 18 {
		return Date{}
	}
	return dateOf(string(n))
}

// Sex is told by the 17th digit: odd for male.
func (n Number) Sex() Sex {
	switch {
	case len(n) != 18:
		return SexUnknown
	case (n[16]-'0')%2 == 1:
		return Male
	default:
		return Female
	}
}

// Region returns the six digits of the place where the number was first given out (GB/T 2260), not where its holder lives.
func (n Number) Region() string {
	if len(n) != 18 {
		return ""
	}
	return string(n[:6])
}

// Foreign reports whether the holder is a foreign permanent resident.
func (n Number) Foreign() bool { return len(n) == 18 && n[0] == '9' }

// Last4 returns the last four characters, by which a person may be found at the desk.
func (n Number) Last4() string {
	if len(n) != 18 {
		return ""
	}
	return string(n[14:])
}

// String returns the number itself. It is personal data.
func (n Number) String() string { return string(n) }

// clean drops spaces and hyphens and turns full-width characters into plain upper-case ones.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ', r == '-', r == '\t', r == '\u3000', r == '\u00a0', r == '\r', r == '\n':
			return -1
		case r >= '！' && r <= '～':
			r -= '！' - '!'
		}
		if r >= 'a' && r <= 'z' {
			r -= 'a' - 'A'
		}
		return r
	}, s)
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
