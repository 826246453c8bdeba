package mask

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func check(t *testing.T, rule string, mask func(string) string, want map[string]string) {
	t.Helper()
	for in, out := range want {
		if got := mask(in); got != out {
			t.Errorf("%s(%q) = %q, want %q", rule, in, got, out)
		}
	}
}

func TestNamesKeepTheFamily(t *testing.T) {
	check(t, "Name", Name, map[string]string{
		"张伟明": "张**", "张伟": "张*", "欧阳明": "欧阳*", "司马相如": "司马**", "张": "*", "": "", "𬱖小龙": "𬱖**",
		"阿依古丽·买买提": "阿*******", "John": "J***", "夏侯": "夏*", " 张伟 ": "张*", "A": "*",
	})
	check(t, "Call", Call, map[string]string{
		"张伟明": "张*明", "张明": "张*", "欧阳明": "欧阳*", "欧阳明华": "欧阳*华", "张": "*", "": "", "阿依古丽·买买提": "阿******提",
	})
}

func TestNumbersKeepTheirEnds(t *testing.T) {
	check(t, "IDNumber", IDNumber, map[string]string{
		"99010119520309123X": "9901**********123X", "990101520309123": "990********9123", "": "", "1": "*", "123": "**3", "甲乙丙丁": "**丙丁",
	})
	check(t, "Phone", Phone, map[string]string{"13812345678": "138****5678", "07521234567": "075****4567", "12345": "***45"})
	check(t, "BankCard", BankCard, map[string]string{"6200000000001234": "**** 1234", "1234": "**** 34", "": "**** "})
	check(t, "HealthCard", HealthCard, map[string]string{"9901001234": "******1234", "123": "******3"})
	check(t, "Permit", Permit, map[string]string{"E12345645": "E******45", "H1234567": "H*****67", "AB": "*B"})
}

func TestAddressesEndAtTheTownship(t *testing.T) {
	check(t, "Address", Address, map[string]string{
		"广东省惠州市博罗县石坝镇上洞村三组12号":    "广东省惠州市博罗县石坝镇***",
		"广东省东莞市虎门镇金洲小区3栋":         "广东省东莞市虎门镇***",
		"江苏省镇江市丹徒区谷阳镇三山村":         "江苏省镇江市丹徒区谷阳镇***",
		"河南省新乡市卫辉市唐庄镇山庄村":         "河南省新乡市卫辉市唐庄镇***",
		"山西省临汾市乡宁县光华镇北村":          "山西省临汾市乡宁县光华镇***",
		"江西省景德镇市浮梁县瑶里镇1号":         "江西省景德镇市浮梁县瑶里镇***",
		"贵州省黔东南苗族侗族自治州镇远县羊坪镇5号":   "贵州省黔东南苗族侗族自治州镇远县羊坪镇***",
		"内蒙古自治区锡林郭勒盟东乌珠穆沁旗额吉淖尔苏木": "内蒙古自治区锡林郭勒盟东乌珠穆沁旗额吉淖尔苏木***",
		"北京市海淀区中关村街道 8 号":         "北京市海淀区中关村街道***",
		"湖南省湘西州龙山县里耶土家族乡2组":       "湖南省湘西州龙山县里耶土家族乡***",
		"广东省惠州市博罗县上洞村三组十二号院内":     "广东省惠州市博罗县***",
		"上洞村三组": "***",
		"":      "***",
	})
}

func TestAgesFallInBands(t *testing.T) {
	for age, want := range map[int]string{0: "0–4岁", 4: "0–4岁", 5: "5–9岁", 72: "70–74岁", 89: "85–89岁", 90: "90岁及以上", 107: "90岁及以上", -1: "0–4岁"} {
		if got := AgeBand(age).Chinese(); got != want {
			t.Errorf("age %d: %s, want %s", age, got, want)
		}
	}
	if AgeBand(72).English() != "aged 70–74" || AgeBand(95).English() != "aged 90 or over" || BirthYear(1952) != "1952年" {
		t.Error("words")
	}
}

func TestNothingIsEverShownWhole(t *testing.T) {
	rules := map[string]func(string) string{
		"Name": Name, "Call": Call, "IDNumber": IDNumber, "Phone": Phone, "BankCard": BankCard, "HealthCard": HealthCard, "Permit": Permit,
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOfN(rapid.RuneFrom([]rune("张欧阳司马0123456789AZ·明é𬱖")), 1, 24, -1).Draw(t, "text")
		for name, rule := range rules {
			got := rule(s)
			if !utf8.ValidString(got) || strings.Contains(got, s) || !strings.Contains(got, "*") {
				t.Fatalf("%s(%q) = %q", name, s, got)
			}
			shown := utf8.RuneCountInString(strings.ReplaceAll(strings.ReplaceAll(got, "*", ""), " ", ""))
			if n := utf8.RuneCountInString(s); n < 9 && name != "Name" && name != "Call" && shown > n/2 {
				t.Fatalf("%s(%q) = %q shows %d of %d", name, s, got, shown, n)
			}
		}
	})
}
