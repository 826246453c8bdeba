package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"xiangyi/protocol/care"
	"xiangyi/protocol/codec/mask"
)

// Paper is a report as texts, for whoever makes paper or a file of it. It is in
// Chinese: it goes to other doctors. The same report and copy give the same
// texts on any day.
type Paper struct {
	Title        string
	Organisation string
	Number       string // the hospital's
	Facts        [][2]string
	Columns      []Column
	Rows         [][]string
	Sections     [][2]string // heading and text: 结论
	Footer       string
	Code         string // for people, in groups of four
	QR           string // path; the host puts its public address before it
	QRLines      []string
	Watermark    string // "" for the first copy
	FileName     string
	Created      time.Time
}

// Column is one column of a Paper's table.
type Column struct {
	Label string
	Width float64 // share of the width
	Right bool    // figures stand to the right
	Flag  bool    // a cell that is not empty marks its row
}

// Document writes a report for one copy.
func Document(person *care.Person, r *Report, copy *Print) Paper {
	p := Paper{
		Title: titleOf(r), Organisation: r.Issuer, Number: r.Number,
		Facts: factsOf(person, r), Footer: footerOf(copy), Code: ShowCode(r.Code), QR: verifyPath(r.Code),
		QRLines:  []string{"扫码或在村卫生站输入验证码，核对真伪", "验证码 " + ShowCode(r.Code), "摘要 " + eights(r.Digest)[:17]},
		FileName: "report-" + ShowCode(r.Code) + ".pdf", Created: copy.Asked,
	}
	if len(r.Items) > 0 {
		p.Columns = []Column{{Label: "项目", Width: 3}, {Label: "结果", Width: 2, Right: true}, {Label: "提示", Width: 1.2, Flag: true}, {Label: "单位", Width: 1.5}, {Label: "参考范围", Width: 2}}
	}
	for i := range r.Items {
		p.Rows = append(p.Rows, rowOf(&r.Items[i]))
	}
	for _, s := range [][2]string{{"结论", r.Conclusion}, {"备注", r.Comment}} {
		if s[1] != "" {
			p.Sections = append(p.Sections, s)
		}
	}
	p.Sections = append(p.Sections, [2]string{"说明", "本报告仅对本次检查负责。结果请由医生解释，不要自行用药。"})
	if copy.Again {
		p.Watermark = "补打"
	}
	return p
}

func titleOf(r *Report) string {
	if r.Status.changed() {
		return r.Title + "（已更正）"
	}
	return r.Title
}

func factsOf(person *care.Person, r *Report) [][2]string {
	facts := [][2]string{{"姓名", person.Name}, {"性别", sexes[person.Sex]}}
	if age := person.Age(r.Issued); age >= 0 {
		facts = append(facts, [2]string{"年龄", strconv.Itoa(age) + "岁"})
	}
	if person.Document.Number != "" {
		facts = append(facts, [2]string{"证件号", mask.IDNumber(person.Document.Number)})
	}
	facts = append(facts, [2]string{"报告编号", r.Number})
	for _, f := range []struct {
		label string
		at    time.Time
	}{{"开单时间", r.Ordered}, {"采样时间", r.Collected}, {"报告时间", r.Issued}} {
		if !f.at.IsZero() {
			facts = append(facts, [2]string{f.label, f.at.In(care.Zone).Format("2006-01-02 15:04")})
		}
	}
	return append(facts, [2]string{"审核", strings.TrimSpace(r.ReviewerName + " " + r.Reviewer)})
}

var sexes = map[string]string{"1": "男", "2": "女", "0": "未知", "9": "未说明"}

func rowOf(i *Item) []string {
	if !i.told() {
		return []string{i.Name, "尚未出结果", "", "", ""}
	}
	return []string{i.Name, i.Value, flagWords[i.Flag], paperUnit(i.Unit), i.Range}
}

// flagWords says a flag in words; what is as it should be stays empty.
var flagWords = map[Flag]string{
	Low: "偏低 ↓", High: "偏高 ↑", VeryLow: "危急 ↓↓", VeryHigh: "危急 ↑↑", Abnormal: "异常", VeryUnlike: "危急",
}

func footerOf(copy *Print) string {
	kind := "打印"
	if copy.Medium == AsFile {
		kind = "电子"
	}
	return fmt.Sprintf("%s 第 %d 份 · 站点 %s · %s", kind, copy.Copy, copy.Site, copy.Asked.In(care.Zone).Format("2006-01-02 15:04"))
}
