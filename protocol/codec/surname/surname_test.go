package surname

import (
	"slices"
	"testing"
	"unicode/utf8"
)

func TestNamesSplitWherePeopleSplitThem(t *testing.T) {
	for name, want := range map[string][2]string{
		"张伟": {"张", "伟"}, "张伟明": {"张", "伟明"}, "欧阳明": {"欧阳", "明"}, "司马相如": {"司马", "相如"},
		"尉迟": {"尉", "迟"}, "尉迟恭": {"尉迟", "恭"}, " 单 ": {"单", ""}, "": {"", ""}, "𬱖小龙": {"𬱖", "小龙"},
		"阿依古丽·买买提": {"", "阿依古丽·买买提"}, "John Smith": {"", "John Smith"},
	} {
		if family, given := Split(name); family != want[0] || given != want[1] {
			t.Errorf("Split(%q) = %q, %q", name, family, given)
		}
	}
}

func TestSurnamesAreReadAsSurnames(t *testing.T) {
	for family, want := range map[string][]string{
		"单": {"shan"}, "仇": {"qiu"}, "曾": {"zeng"}, "区": {"ou"}, "解": {"xie"}, "查": {"zha"}, "覃": {"qin"},
		"朴": {"piao"}, "尉迟": {"yu", "chi"}, "万俟": {"mo", "qi"}, "张": nil, "欧阳": nil,
	} {
		if got, ok := Reading(family); !slices.Equal(got, want) || ok != (want != nil) {
			t.Errorf("Reading(%q) = %q, %v", family, got, ok)
		}
	}
}

func TestTablesAreWellFormed(t *testing.T) {
	for family := range single {
		if utf8.RuneCountInString(family) != 1 {
			t.Errorf("%q is not one character", family)
		}
	}
	for family, reading := range compound {
		if utf8.RuneCountInString(family) != 2 {
			t.Errorf("%q is not two characters", family)
		}
		if got, ok := Reading(family); ok != (reading != "") || ok && len(got) != 2 {
			t.Errorf("%q is read %q", family, got)
		}
	}
}
