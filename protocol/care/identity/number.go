package identity

import (
	"errors"
	"strings"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/codec/idnumber"
)

// DocumentCard is CV02.01.101 01, the resident identity card.
const DocumentCard = "01"

// documents are the types that people may be registered with.
var documents = []struct{ code, label string }{
	{DocumentCard, "居民身份证"}, {"02", "居民户口簿"}, {"03", "护照"}, {"04", "军官证"},
	{"06", "港澳居民来往内地通行证"}, {"07", "台湾居民来往内地通行证"}, {"99", "其他证件"},
}

// cardNumber reads an identity number as of a day; the refusal says in plain
// words what is wrong with it and never repeats it.
func cardNumber(text string, today time.Time, field string) (idnumber.Number, error) {
	n, err := idnumber.ParseOn(text, idnumber.DateOf(today.In(care.Zone)))
	var fault idnumber.Fault
	if !errors.As(err, &fault) {
		return n, err
	}
	refusal := protocol.Refuse("id-form", "身份证号有误，请核对")
	switch fault {
	case idnumber.Length:
		refusal = protocol.Refuse("id-length", "身份证号应该是 18 位，请核对")
	case idnumber.Character:
		refusal = protocol.Refuse("id-character", "身份证号里只能有数字，最后一位可以是 X")
	case idnumber.Region:
		refusal = protocol.Refuse("id-region", "身份证号开头的地区不存在，请核对")
	case idnumber.BirthDate:
		refusal = protocol.Refuse("id-birth", "身份证号里的出生日期不存在，请核对")
	case idnumber.FutureDate:
		refusal = protocol.Refuse("id-future", "身份证号里的出生日期不对，请核对，也请看看本机的日期")
	case idnumber.Checksum:
		refusal = protocol.Refuse("id-checksum", "身份证号有一位不对，请对照证件再看一遍")
	}
	return "", refusal.OnField(field)
}

// phoneNumber reads a mobile number; empty stays empty.
func phoneNumber(text, field string) (string, error) {
	if strings.TrimSpace(text) == "" {
		return "", nil
	}
	p, err := idnumber.ParsePhone(text)
	if err != nil {
		return "", protocol.Refuse("phone-form", "手机号应该是 1 开头的 11 位数字").OnField(field)
	}
	return string(p), nil
}

// name tidies a name: no space around it, none doubled within.
func name(text string) string { return strings.Join(strings.Fields(text), " ") }

func checkName(text string) error {
	if n := len([]rune(name(text))); n < 1 || n > 50 {
		return protocol.Refuse("name-missing", "请填写姓名").OnField("name")
	}
	return nil
}

// birthday reads yyyy-mm-dd as of a day.
func birthday(text string, today time.Time) (string, error) {
	b, err := time.ParseInLocation(time.DateOnly, strings.TrimSpace(text), care.Zone)
	if err != nil || b.After(today) || b.Before(today.AddDate(-150, 0, 0)) {
		return "", protocol.Refuse("birth-form", "请按 年-月-日 填写出生日期，例如 1952-03-09").OnField("birth")
	}
	return b.Format(time.DateOnly), nil
}

// The sexes of GB/T 2261.1.
var sexes = []struct{ code, label string }{{"1", "男"}, {"2", "女"}, {"9", "未说明"}, {"0", "未知"}}

// sexOf reads what card readers and forms give: a code or the word.
func sexOf(text string) (string, bool) {
	for _, s := range sexes {
		if text == s.code || text == s.label {
			return s.code, true
		}
	}
	return "", false
}

// sexWord is the zh-CN word of a code.
func sexWord(code string) string {
	for _, s := range sexes {
		if s.code == code {
			return s.label
		}
	}
	return "未知"
}
