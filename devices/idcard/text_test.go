package idcard

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// form builds the text of an invented card by the printed layouts.
type form struct {
	name, sex, birth, number, flag string
}

type field struct {
	value string
	bytes int
}

func (f form) resident() []field {
	or := func(s, v string) string {
		if s == "" {
			return v
		}
		return s
	}
	return []field{{f.name, 30}, {or(f.sex, "2"), 2}, {"05", 4}, {or(f.birth, "19520309"), 16}, {"云岭县清溪镇石桥村7号", 70}, {f.number, 36},
		{"云岭县公安局", 30}, {"20200101", 16}, {"20400101", 16}, {or(map[string]string{"J": "H12345678"}[f.flag], ""), 18}, {"01", 4}, {"", 6}, {f.flag, 2}, {"", 6}}
}

// page puts fields behind each other, padded with spaces.
func page(fields []field) []byte {
	var out []byte
	for _, f := range fields {
		units := utf16.Encode([]rune(f.value))
		for len(units) < f.bytes/2 {
			units = append(units, ' ')
		}
		for _, u := range units {
			out = append(out, byte(u), byte(u>>8))
		}
	}
	return out
}

func TestNamesKeepEveryCharacterThatTheyHave(t *testing.T) {
	for _, name := range []string{"阿依古丽·买买提", "𬭎𬍛", "\ue863华", "王"} {
		c, err := ParseText(page(form{name: name, number: "990101195203090020"}.resident()))
		if err != nil || c.Name != name {
			t.Errorf("%q is read as %q, %v", name, c.Name, err)
		}
		var raw []byte
		for _, u := range utf16.Encode([]rune(name)) {
			raw = append(raw, byte(u), byte(u>>8))
		}
		if !bytes.Equal(c.RawName, raw) {
			t.Errorf("raw name of %q: % X", name, c.RawName)
		}
	}
}

func TestWhatDoesNotAgreeIsSaidAndTheCardsOwnValueStands(t *testing.T) {
	for _, c := range []struct {
		form form
		want []Doubt
	}{
		{form{name: "王秀兰", number: "99010119520309002X"}, []Doubt{NumberDoubt}},
		{form{name: "王秀兰", number: "990101195203090020", sex: "1"}, []Doubt{SexDoubt}},
		{form{name: "王秀兰", number: "990101195203090020", birth: "19530309"}, []Doubt{BirthDoubt}},
	} {
		number, sum := c.form.number, 0
		for i, w := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
			sum += int(number[i]-'0') * w
		}
		if right := "10X98765432"[sum%11]; c.want[0] != NumberDoubt {
			c.form.number = number[:17] + string(right)
		} else if number[17] == right {
			t.Fatal("the wrong number is right")
		}
		got, err := ParseText(page(c.form.resident()))
		if err != nil || !slices.Equal(got.Doubts, c.want) || got.Number != c.form.number {
			t.Errorf("%v: %v, %v", c.want, got.Doubts, err)
		}
	}
}

func TestTheOtherFormsOfCardsAreReadToo(t *testing.T) {
	permit, err := ParseText(page(form{name: "陈小明", number: "810000199408230021", flag: "J"}.resident()))
	if err != nil || permit.Kind != Permit || permit.Pass != "H12345678" {
		t.Errorf("permit: kind %q, pass %q, %v", permit.Kind, permit.Pass, err)
	}
	old, err := ParseText(page([]field{{"ROSSI, MARIA", 120}, {"2", 2}, {"ITA990101520309", 30}, {"ITA", 6}, {"罗玛丽", 30}, {"20200101", 16},
		{"20300101", 16}, {"19520309", 16}, {"01", 4}, {"9900", 8}, {"I", 2}, {"", 6}}))
	if err != nil || old.Kind != Foreign || old.Latin != "ROSSI, MARIA" || old.Name != "罗玛丽" || old.Nation != "ITA" || old.Birth != "1952-03-09" || len(old.Doubts) != 0 {
		t.Errorf("form of 2017: %q %q %q, %v", old.Kind, old.Nation, old.Birth, err)
	}
	long := strings.Repeat("A", 35)
	young, err := ParseText(page([]field{{"罗玛丽", 30}, {"2", 2}, {"01", 4}, {"19520309", 16}, {long, 70}, {"990101195203090020", 36}, {"", 30},
		{"20230101", 16}, {"长期", 16}, {"BCD", 22}, {"ITA", 6}, {"Y", 2}, {"", 6}}))
	if err != nil || young.Kind != Foreign23 || young.Latin != long+"BCD" || young.ValidTo != NoExpiry || young.Nation != "ITA" {
		t.Errorf("form of 2023: %q %q %q, %v", young.Kind, young.Latin, young.ValidTo, err)
	}
}

func TestHalfACardIsNoCard(t *testing.T) {
	good := page(form{name: "王秀兰", number: "990101195203090020"}.resident())
	broken := map[string]func(b []byte){
		"lone surrogate":    func(b []byte) { b[0], b[1] = 0x00, 0xD8 },
		"control character": func(b []byte) { b[2], b[3] = 0x1B, 0x00 },
		"unknown sex":       func(b []byte) { b[30] = '7' },
		"no such day":       func(b []byte) { copy(b[36+8:], []byte{'1', 0, '3', 0}) },
		"sign in number":    func(b []byte) { b[122] = '-' },
		"unknown flag":      func(b []byte) { b[248] = 'Q' },
		"no number":         func(b []byte) { copy(b[122:158], page([]field{{"", 36}})) },
		"no name":           func(b []byte) { copy(b[:30], page([]field{{"", 30}})) },
	}
	if _, err := ParseText(good); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range broken {
		b := bytes.Clone(good)
		spoil(b)
		c, err := ParseText(b)
		var f *Fault
		if !errors.As(err, &f) || f.Condition != Unclear || !c.IsZero() {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, n := range []int{0, 3, 100, 4 + textSize} {
		if _, err := ParseCard(append([]byte{1, 0, 4, 0}, make([]byte, n)...)); err == nil {
			t.Errorf("%d bytes pass for a card", n)
		}
	}
}

func TestACardNeverPrints(t *testing.T) {
	c, err := ParseText(page(form{name: "王秀兰", number: "990101195203090020"}.resident()))
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("card", "card", c, "pointer", &c, "wrapped", struct{ Card Card }{c})
	slog.New(slog.NewTextHandler(&log, nil)).Info("card", "card", c, "pointer", &c, "wrapped", struct{ Card Card }{c})
	encoded, _ := json.Marshal(map[string]any{"card": c})
	all := log.String() + string(encoded) + fmt.Sprint(c, &c) + fmt.Sprintf("%v %+v %#v %s %d %q %x", c, c, c, c, c, c, c) +
		fmt.Sprintf("%+v %#v", struct{ Card Card }{c}, []Card{c}) + fmt.Errorf("read %v", c).Error()
	for _, secret := range []string{"王", "秀兰", "9901", "1952", "石桥", "公安", "e78e8b"} {
		if strings.Contains(strings.ToLower(all), strings.ToLower(secret)) {
			t.Errorf("%q is printed: %s", secret, all)
		}
	}
	if fmt.Sprint(c) != "[identity card]" || fmt.Sprint(Card{}) != "[no card]" {
		t.Errorf("prints as %v", c)
	}
}

func TestEveryConditionHasItsOwnWordsInBothLanguages(t *testing.T) {
	seen := map[string]Condition{}
	for c, w := range words {
		if w.ZH == "" || w.EN == "" || seen[w.ZH] != "" {
			t.Errorf("%s: %q, also said by %q", c, w, seen[w.ZH])
		}
		seen[w.ZH] = c
	}
	if refused(0x66).Words() != words[NeedsService] || refused(0x31).Condition != Counterfeit || refused(0x40).Condition != WrongCard ||
		refused(0x81).Condition != Unclear || refused(0x21).Condition != Garbled {
		t.Error("a status has the wrong words")
	}
}
