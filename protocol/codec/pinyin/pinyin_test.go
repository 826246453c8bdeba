package pinyin

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestAPersonIsFoundByWhatTheDoctorTypes(t *testing.T) {
	for name, queries := range map[string]string{
		"张伟明":      "张 张伟 张伟明 z zh zha zhang zhangw zhangwei zhangweiming ZHANGWEI zw zwm zhw zhwm zhangwm Zhāng zhang-wei 张w 张伟m ｚｗ",
		"曾红梅":      "zeng zenghongmei zhm zhhm ceng zh",
		"单立":       "shan shanli sl dan danli dl 单l",
		"仇英":       "qiu qiuying qy chou",
		"区小明":      "ou ouxiaoming oxm qu",
		"解放":       "xie xiefang xf jie",
		"查良":       "zha zhaliang zl cha",
		"覃海":       "qin tan qinhai tanhai qh th",
		"朴正":       "piao pu po",
		"尉迟恭":      "yuchi yuchigong ycg wei weichi 尉迟g yuchig",
		"吕布":       "lv lü lu lvbu lb nv",
		"女娲":       "nv nvwa nw lw",
		"欧阳长河":     "ouyang oych ouyangch ouyangzh",
		"阿依古丽·买买提": "阿依古丽 阿依古丽买买提 阿依古丽·买 ayiguli ayglmmt",
		"𬱖小龙":      "𬱖 dixiaolong dxl",
		"John":     "john j jo",
		"行长":       "xing hang xingchang hangzhang",
	} {
		for query := range strings.FieldsSeq(queries) {
			if !Matches(name, query) {
				t.Errorf("%s is not found by %q (%q) in %q", name, query, Normal(query), Index(name))
			}
		}
	}
}

func TestLocalSpeakersFindEachOther(t *testing.T) {
	for name, queries := range map[string]string{
		"张珊":  "zan zansan zhangshan zangsang zs zhs",
		"陈诚":  "cen chengcheng cencen chenchen cc",
		"刘宁":  "niuling liulin niunin nl ln",
		"林英":  "lingyin ninyin linying niny ly",
		"方凤":  "hanheng fangfeng hanfen hh ff",
		"胡凤":  "fuheng hufeng fufen hf fh",
		"唐光明": "tan tangu tanguan tangguangmin", // ng before g
		"反感":  "fangan fanggan hangan fangang",
		"方安":  "fangan fanan fanggan",
	} {
		for query := range strings.FieldsSeq(queries) {
			if !Matches(name, query) {
				t.Errorf("%s is not found by %q (%q) in %q", name, query, Normal(query), Index(name))
			}
		}
	}
}

func TestOthersAreNotFound(t *testing.T) {
	for name, queries := range map[string]string{
		"张伟明": "li zm wm wei 伟 张明 zhangming zwmm", "李四": "ls1 wang lsi 李五", "单立": "chenli", "方凤": "huan", "唐光明": "tangan",
	} {
		for query := range strings.FieldsSeq(queries) {
			if Matches(name, query) {
				t.Errorf("%s is found by %q (%q)", name, query, Normal(query))
			}
		}
	}
	if !Matches("张伟明", " ") || Matches("", "z") {
		t.Error("nothing typed finds everybody, and nobody is found by something")
	}
}

func TestKeysComeMostLikelyFirstAndUnfolded(t *testing.T) {
	if got, want := Keys("张伟明"), []string{"张伟明", "zhangweiming", "zhangwm", "zwm", "zhwm"}; !slices.Equal(got[:5], want) {
		t.Errorf("Keys = %q", got)
	}
	if got := Keys("单立"); got[1] != "shanli" {
		t.Errorf("Keys = %q", got)
	}
	if got := Keys(" · "); got != nil {
		t.Errorf("Keys of no name = %q", got)
	}
}

func TestPrefixesAreWhatAnIndexStores(t *testing.T) {
	if got, want := Prefixes("zhangw"), []string{"z", "zh", "za", "zal", "zalw"}; !slices.Equal(got, want) {
		t.Errorf("Prefixes = %q", got)
	}
	if got, want := Prefixes("张伟"), []string{"张", "张伟"}; !slices.Equal(got, want) {
		t.Errorf("Prefixes = %q", got)
	}
	long := strings.Repeat("amu", 100)
	if got := Prefixes(long); len(got) != MaxPrefix || got[MaxPrefix-1] != Normal(long) {
		t.Errorf("Prefixes of a long key = %q", got)
	}
}

var someHan = []rune("张王李刘陈单曾区解查行长重乐朴覃尉迟欧阳伟明红梅安宁刚方凤阿依古丽买提女吕〇𬱖\ue000")

func drawName(t *rapid.T) string {
	return rapid.StringOfN(rapid.RuneFrom(someHan), 1, 12, -1).Draw(t, "name")
}

// What is typed letter by letter keeps finding the name at every letter, although folding looks at the letters around.
func TestEveryBeginningOfEveryKeyFindsTheName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := drawName(t)
		index, keys := Index(name), Keys(name)
		if len(keys) > MaxKeys || len(keys) == 0 {
			t.Fatalf("%q has %d keys", name, len(keys))
		}
		for _, key := range keys {
			typed := ""
			for _, r := range key {
				typed += string(r)
				if !slices.Contains(index, Normal(typed)) {
					t.Fatalf("%q is not found by %q (%q)", name, typed, Normal(typed))
				}
			}
		}
	})
}

func TestConfusionsMeetWhereverTheyAreMade(t *testing.T) {
	swaps := [][2]string{
		{"zh", "z"}, {"sh", "s"}, {"ch", "c"}, {"ang", "an"}, {"eng", "en"}, {"ing", "in"}, {"f", "h"}, {"l", "n"}, {"v", "u"},
	}
	syllables := []string{"zhang", "shan", "chen", "feng", "hui", "ling", "nan", "lv", "gan", "guang", "an", "zan", "ai", "wei"}
	rapid.Check(t, func(t *rapid.T) {
		var right, wrong strings.Builder
		for range rapid.IntRange(1, 4).Draw(t, "n") {
			s := rapid.SampledFrom(syllables).Draw(t, "syllable")
			swap := rapid.SampledFrom(swaps).Draw(t, "swap")
			right.WriteString(s)
			initial := swap[0] != "ang" && swap[0] != "eng" && swap[0] != "ing"
			switch {
			case initial && strings.HasPrefix(s, swap[0]):
				s = swap[1] + strings.TrimPrefix(s, swap[0])
			case !initial && strings.HasSuffix(s, swap[0]):
				s = strings.TrimSuffix(s, swap[0]) + swap[1]
			case !initial && strings.HasSuffix(s, swap[1]):
				s = strings.TrimSuffix(s, swap[1]) + swap[0]
			}
			wrong.WriteString(s)
		}
		if a, b := Normal(right.String()), Normal(wrong.String()); a != b {
			t.Fatalf("%s and %s stay apart: %q, %q", right.String(), wrong.String(), a, b)
		}
	})
}

func TestNormalOfNormalIsNormal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOfN(rapid.RuneFrom([]rune("zcshfnlgaeiouvüāǚm ·'张单ＡZ9é\ufffd")), 0, 30, -1).Draw(t, "text")
		once := Normal(s)
		if twice := Normal(once); twice != once || !utf8.ValidString(once) || utf8.RuneCountInString(once) > MaxPrefix {
			t.Fatalf("Normal(%q) = %q, again %q", s, once, twice)
		}
	})
}

func TestAnIndexStaysSmall(t *testing.T) {
	total := 0
	names := []string{"张伟明", "王秀英", "李建国", "刘洋", "陈红梅", "欧阳振华", "单雄信", "曾国强", "黄丽", "吴长江"}
	for _, name := range names {
		total += len(Index(name))
	}
	if mean := total / len(names); mean > 45 {
		t.Errorf("a usual name takes %d tokens", mean)
	}
	if n := len(Index(strings.Repeat("行", 200))); n > MaxKeys*MaxPrefix {
		t.Errorf("a name of 200 characters takes %d tokens", n)
	}
}

func ExampleKeys() {
	fmt.Println(Keys("尉迟恭")[:4])
	fmt.Println(Normal("Yù chí G"))
	// Output:
	// [尉迟恭 yuchigong yuchig ycg]
	// yucig
}

func BenchmarkIndex(b *testing.B) {
	for b.Loop() {
		Index("欧阳振华")
	}
}
