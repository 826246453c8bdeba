package idnumber

import "strings"

// CreditCode is a valid unified social credit code (统一社会信用代码, GB 32100-2015): 18 characters, the name of a hospital or
// a company. It is public.
type CreditCode string

// OrganisationCode is a valid organisation code (GB 11714): 8 characters and a check character, without the hyphen.
type OrganisationCode string

// creditAlphabet leaves out I, O, S, V and Z, which are mistaken for 1, 0, 5, U and 2.
const creditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// ParseCreditCode checks s (spaces, hyphens and lower case are accepted). Faults: Length, Character, Checksum.
func ParseCreditCode(s string) (CreditCode, error) {
	s = clean(s)
	if len([]rune(s)) != 18 {
		return "", Length
	}
	sum, weight := 0, 1
	for i, r := range s {
		value := strings.IndexRune(creditAlphabet, r)
		if value < 0 || i >= 2 && i < 8 && value > 9 {
			return "", Character
		}
		if i < 17 {
			sum += value * weight
			weight = weight * 3 % 31
		}
	}
	if creditAlphabet[(31-sum%31)%31] != s[17] {
		return "", Checksum
	}
	return CreditCode(s), nil
}

// Region returns the six digits of the registering place (GB/T 2260).
func (c CreditCode) Region() string {
	if len(c) != 18 {
		return ""
	}
	return string(c[2:8])
}

// Organisation returns characters 9 to 17. For organisations they are an organisation code; for sole traders they need not be.
func (c CreditCode) Organisation() string {
	if len(c) != 18 {
		return ""
	}
	return string(c[8:17])
}

// ParseOrganisationCode checks s, with or without its hyphen. Faults: Length, Character, Checksum.
func ParseOrganisationCode(s string) (OrganisationCode, error) {
	s = clean(s)
	if len([]rune(s)) != 9 {
		return "", Length
	}
	sum := 0
	for i, w := range [8]int{3, 7, 9, 10, 5, 8, 4, 2} {
		value := strings.IndexByte("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", s[i])
		if value < 0 {
			return "", Character
		}
		sum += value * w
	}
	if len(s) != 9 || !(digits(s[8:]) || s[8] == 'X') {
		return "", Character
	}
	if "0X987654321"[sum%11] != s[8] {
		return "", Checksum
	}
	return OrganisationCode(s), nil
}
