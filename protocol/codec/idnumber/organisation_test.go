package idnumber

import (
	"errors"
	"testing"
)

func TestCreditCodesOfTheStandardAreRead(t *testing.T) {
	for s, region := range map[string]string{
		"91350100M000100Y43": "350100", "12445281000000019K": "445281", "12440000455858038U": "440000", "91350100m000100y43": "350100",
	} {
		c, err := ParseCreditCode(s)
		if err != nil || c.Region() != region {
			t.Errorf("ParseCreditCode(%s) = %s, %v", s, c.Region(), err)
		}
		if _, err := ParseOrganisationCode(c.Organisation()); err != nil {
			t.Errorf("the organisation code within %s: %v", s, err)
		}
	}
	for s, want := range map[string]Fault{
		"91350100M000100Y4": Length, "91350100M000100Y44": Checksum, "91350100I000100Y43": Character, "9135010AM000100Y43": Character,
		"91350100M000100Y4甲": Character, "19350100M000100Y43": Checksum,
	} {
		if _, err := ParseCreditCode(s); !errors.Is(err, want) {
			t.Errorf("ParseCreditCode(%s) = %v, want %v", s, err, want)
		}
	}
}

func TestOneWrongCharacterOfACreditCodeIsFound(t *testing.T) {
	const good = "91350100M000100Y43"
	for at := range good {
		for _, r := range creditAlphabet {
			bent := good[:at] + string(r) + good[at+1:]
			if _, err := ParseCreditCode(bent); (err == nil) != (bent == good) {
				t.Errorf("%s: %v", bent, err)
			}
		}
	}
}

func TestOrganisationCodesAreChecked(t *testing.T) {
	for s, want := range map[string]error{
		"M000100Y-4": nil, "00000001-9": nil, "m000100y4": nil, "M000100Y5": Checksum, "M000100Y": Length, "M000100YZ": Character,
		"M0001甲0Y4": Character, "M000100Y甲": Character,
	} {
		if _, err := ParseOrganisationCode(s); !errors.Is(err, want) {
			t.Errorf("ParseOrganisationCode(%s) = %v, want %v", s, err, want)
		}
	}
}

func TestPhonesAreReadAsPeopleWriteThem(t *testing.T) {
	for _, s := range []string{
		"13800000000", "138 0000 0000", "138-0000-0000", "+86 138 0000 0000", "(+86)13800000000", "008613800000000",
		"8613800000000", "１３８００００００００",
	} {
		if p, err := ParsePhone(s); p != "13800000000" || err != nil || p.Last4() != "0000" {
			t.Errorf("ParsePhone(%q) = %q, %v", s, p, err)
		}
	}
	for s, want := range map[string]Fault{
		"12800000000": Character, "23800000000": Character, "1380000000": Length, "138000000000": Length, "1380000000a": Character,
		"": Length, "1380000000零": Character,
	} {
		if p, err := ParsePhone(s); !errors.Is(err, want) || p.Last4() != "" {
			t.Errorf("ParsePhone(%q) = %q, %v; want %v", s, p, err, want)
		}
	}
}
