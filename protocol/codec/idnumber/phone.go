package idnumber

import "strings"

// Phone is a mainland mobile number of 11 digits. It is personal data.
type Phone string

// ParsePhone checks s: 11 digits that begin with 13 to 19. Spaces, hyphens, full-width digits and the country code (+86, 0086
// or 86) are accepted and dropped. Faults: Length, Character.
func ParsePhone(s string) (Phone, error) {
	s = strings.Map(dropBrackets, clean(s))
	for _, country := range []string{"+86", "0086", "86"} {
		if rest, ok := strings.CutPrefix(s, country); ok && len([]rune(rest)) == 11 {
			s = rest
			break
		}
	}
	if len([]rune(s)) != 11 {
		return "", Length
	}
	if !digits(s) || s[0] != '1' || s[1] < '3' {
		return "", Character
	}
	return Phone(s), nil
}

func dropBrackets(r rune) rune {
	if r == '(' || r == ')' {
		return -1
	}
	return r
}

// Last4 returns the last four digits, by which a person may be found at the desk.
func (p Phone) Last4() string {
	if len(p) != 11 {
		return ""
	}
	return string(p[7:])
}
