package idnumber

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var today = Date{2026, time.November, 2}

func TestTheNumbersOfTheStandardAreRead(t *testing.T) {
	for s, want := range map[string]struct {
		birth  Date
		sex    Sex
		region string
	}{
		"11010519491231002X": {Date{1949, 12, 31}, Female, "110105"},
		"440524188001010014": {Date{1880, 1, 1}, Male, "440524"},
		"34052419800101001X": {Date{1980, 1, 1}, Male, "340524"},
		"440106199003077211": {Date{1990, 3, 7}, Male, "440106"},
		"441900201506150018": {Date{2015, 6, 15}, Male, "441900"},
		"445121195202290031": {Date{1952, 2, 29}, Male, "445121"},
	} {
		n, err := Parse(s)
		if err != nil || n.Birth() != want.birth || n.Sex() != want.sex || n.Region() != want.region || n.Last4() != s[14:] {
			t.Errorf("Parse(%s) = %s, %v: born %v, sex %v, region %s", s, n, err, n.Birth(), n.Sex(), n.Region())
		}
	}
}

func TestEachFaultIsCalledByItsName(t *testing.T) {
	for s, want := range map[string]Fault{
		"":                      Length,
		"1101051949123100":      Length,
		"11010519491231002X1":   Length,
		"11010519491231O02X":    Character,
		"1101051949123100XX":    Character,
		"11010519491231002Y":    Character,
		"１１０１０５19491231002甲":    Character,
		"100105194912310026":    Region,
		"000000194912310026":    Region,
		"110105194902310026":    BirthDate, // its check character is right
		"110105194913310022":    BirthDate,
		"110105000012310022":    BirthDate,
		"110105194912310021":    Checksum,
		"110105194921310":       BirthDate, // 15 digits
		"1101054912310xx":       Character,
		"000105491231002":       Region,
		"110105190002290021":    BirthDate, // 1900 was no leap year
		"110105199902290021":    BirthDate,
		"\xff\xfe0105194912310": Character,
	} {
		if n, err := Parse(s); !errors.Is(err, want) || n != "" {
			t.Errorf("Parse(%q) = %q, %v; want %v", s, n, err, want)
		}
	}
}

func TestWhatPeopleAndInputMethodsTypeIsAccepted(t *testing.T) {
	const want = Number("11010519491231002X")
	for _, s := range []string{
		"11010519491231002x", " 110105 19491231 002X\n", "１１０１０５１９４９１２３１００２Ｘ", "１１０１０５１９４９１２３１００２ｘ", "110105-19491231-002X",
	} {
		if n, err := Parse(s); n != want || err != nil {
			t.Errorf("Parse(%q) = %q, %v", s, n, err)
		}
	}
}

func TestAnOldNumberIsUpgraded(t *testing.T) {
	n, err := Parse("110105491231002")
	if err != nil || n != "11010519491231002X" {
		t.Errorf("Parse = %q, %v", n, err)
	}
}

func TestWhoIsNotBornYetIsRefused(t *testing.T) {
	for s, want := range map[string]error{
		withCheck("99010120261102001"): nil, withCheck("99010120261103001"): FutureDate, withCheck("99010120270101001"): FutureDate,
		withCheck("99010118761102001"): nil, withCheck("99010118751102001"): FutureDate, "11010519491231002X": nil, "1": Length,
	} {
		if _, err := ParseOn(s, today); !errors.Is(err, want) {
			t.Errorf("ParseOn(%s) = %v, want %v", s, err, want)
		}
	}
}

func withCheck(s string) string { return s + string(checkDigit(s)) }

func TestForeignAndNeighbouringResidentsAreNotTurnedAway(t *testing.T) {
	for s, foreign := range map[string]bool{
		withCheck("91115619900101001"): true, withCheck("81000019900101001"): false, withCheck("83000019900101002"): false,
	} {
		if n, err := Parse(s); err != nil || n.Foreign() != foreign {
			t.Errorf("Parse(%s) = %v, foreign %v", s, err, n.Foreign())
		}
	}
}

func TestOneSlipOfTheFingerIsAlwaysFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 46_000).Draw(t, "day"))
		good := withCheck("990101" + day.Format("20060102") + rapid.StringMatching(`[0-9]{3}`).Draw(t, "serial"))
		n, err := Parse(good)
		if err != nil || n.Birth() != DateOf(day) {
			t.Fatalf("Parse(%s) = %v, born %v", good, err, n.Birth())
		}
		at := rapid.IntRange(0, 16).Draw(t, "at")
		digit := rapid.SampledFrom(strings.Split("0123456789", "")).Draw(t, "digit")
		bent := good[:at] + digit + good[at+1:]
		if _, err := Parse(bent); (err == nil) != (bent == good) {
			t.Fatalf("%s for %s: %v", bent, good, err)
		}
		if at < 16 {
			swapped := good[:at] + good[at+1:at+2] + good[at:at+1] + good[at+2:]
			if _, err := Parse(swapped); (err == nil) != (swapped == good) {
				t.Fatalf("%s for %s: %v", swapped, good, err)
			}
		}
	})
}

func TestAgesAreCountedInFullYears(t *testing.T) {
	leap := Date{2004, 2, 29}
	for day, want := range map[Date]int{
		{2004, 2, 29}: 0, {2005, 2, 28}: 0, {2005, 3, 1}: 1, {2008, 2, 28}: 3, {2008, 2, 29}: 4, {2026, 11, 2}: 22, {2004, 2, 28}: -1,
	} {
		if got := leap.AgeOn(day); got != want {
			t.Errorf("on %v: %d, want %d", day, got, want)
		}
	}
	if s := leap.String(); s != "2004-02-29" {
		t.Errorf("String = %s", s)
	}
}

func TestFaultsAndNumbersSayNothingPersonal(t *testing.T) {
	for f := Fault(0); f < 20; f++ {
		if text := f.Error(); text == "number: " || strings.ContainsAny(text, "0123456789") {
			t.Errorf("fault %d says %q", f, text)
		}
	}
	var none Number
	if none.Birth() != (Date{}) || none.Sex() != SexUnknown || none.Region() != "" || none.Last4() != "" || none.Foreign() {
		t.Error("the zero number tells something")
	}
	if Male.Code() != "1" || Female.Code() != "2" || SexNotStated.Code() != "9" {
		t.Error("codes of GB/T 2261.1")
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"11010519491231002X", "110105491231002", "９９０１０１", "", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := Parse(s)
		if err != nil {
			if _, ok := err.(Fault); !ok || n != "" {
				t.Fatalf("Parse = %q, %v", n, err)
			}
		} else if again, err := Parse(string(n)); again != n || err != nil || !n.Birth().Valid() {
			t.Fatalf("the result %q reads as %q, %v", n, again, err)
		}
		_, _ = ParseCreditCode(s)
		_, _ = ParseOrganisationCode(s)
		_, _ = ParsePhone(s)
	})
}
