package report

import (
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// Parts of pages: what stands where there is nothing, and what is said beside a
// report.

// Icon is the category's sign in a list.
func (r Row) Icon() string {
	for c, label := range categories {
		if label == r.Category {
			return c.Icon()
		}
	}
	return "file-text"
}

// None stands where a person has no report.
func (Mine) None() screen.Empty {
	return screen.Empty{Icon: "file-text", Title: "还没有报告", Text: "医院审核完报告后，这里会显示，也会通知您。"}
}

// Elsewhere stands where the filter hides every report.
func (Mine) Elsewhere() screen.Empty {
	return screen.Empty{
		Icon: "filter", Title: "没有符合条件的报告", Action: &screen.Button{Label: "看全部报告", Href: "/report", Look: screen.Primary},
	}
}

// TakenBack says that a hospital withdrew a report.
func (Sheet) TakenBack() screen.Notice {
	return screen.Notice{Kind: screen.Warn, Title: "医院撤回了这份报告", Text: "请不要再使用以前打印的这份报告。有疑问请问村医。"}
}

// Explain says who explains a report.
func (Sheet) Explain() screen.Notice {
	return screen.Notice{
		Kind: screen.Info, Title: "请咨询医生", Text: "参考范围是化验室给的，不等于有病或没病。结果请让医生解释，不要自己用药。",
	}
}

// PageTitle is the report's own.
func (s Sheet) PageTitle() string { return s.Title }

// PageTitle is the item's name.
func (c Course) PageTitle() string { return c.Name }

// Frame leads back to the report.
func (c Course) Frame(f *screen.Chrome) { f.Back = c.Back }

// Frame leads back to the report.
func (a Again) Frame(f *screen.Chrome) { f.Back = a.Back }

// Moving reports whether the copy is still on its way.
func (p Progress) Moving() bool { return p.State != "" && !p.State.over() }

// None stands where no report came yet.
func (Desk) None() screen.Empty {
	return screen.Empty{Icon: "file-text", Title: "还没有收到报告"}
}

// None stands where a person has no report.
func (PersonPage) None() screen.Empty {
	return screen.Empty{Icon: "file-text", Title: "还没有收到报告"}
}

// None stands where every report has its person.
func (HeldList) None() screen.Empty {
	return screen.Empty{Icon: "check-check", Title: "所有报告都对上了人"}
}

// None stands where nothing was printed yet.
func (Prints) None() screen.Empty {
	return screen.Empty{Icon: "printer", Title: "还没有打印过报告"}
}

// Nobody stands where a search found no one.
func (MatchPage) Nobody() screen.Empty {
	return screen.Empty{
		Icon: "search", Title: "没有找到这个人", Text: "换一种写法再找，或先登记。",
		Action: &screen.Button{Label: "登记居民", Href: "/identity/register"},
	}
}

// Printable reports whether a copy may be made at the desk.
func (s StaffSheet) Printable() bool {
	for _, m := range s.State {
		if m.Text == "本人可看" {
			return true
		}
	}
	return false
}

// Frame leads back to the person.
func (s StaffSheet) Frame(f *screen.Chrome) { f.Back = "/report/person/" + string(s.Person) }

// CodeField asks for a code.
func (c Check) CodeField() screen.Field {
	return screen.Field{
		Name: "code", Label: "验证码", Hint: "印在二维码旁边，16 位，字母和数字。也可以扫二维码。", Value: c.Code, MaxLength: 24, Width: 20,
	}
}

// Answer is what the check found; nil before anything was asked.
func (c Check) Answer() *screen.Notice {
	n, ok := verdicts[c.Verdict]
	if !ok {
		return nil
	}
	if c.Verdict == Unknown && !c.County {
		n.Text = "请检查有没有输错。刚打印的报告可能还没有传到这里，可以到县医院或联网后再查。"
	}
	return &n
}

var verdicts = map[Verdict]screen.Notice{
	NotACode:   {Kind: screen.Warn, Title: "这不是一个验证码", Text: "验证码是 16 位字母和数字，没有 I、L、O、U。"},
	Unknown:    {Kind: screen.Warn, Title: "没有查到这份报告", Text: "请检查有没有输错。多次都查不到，这张纸可能不是真的。"},
	Genuine:    {Kind: screen.Good, Title: "这份报告是真的", Text: "请对照下面的信息和纸上的摘要，一样才没有被改过。"},
	Superseded: {Kind: screen.Warn, Title: "报告是真的，但医院已经更正过", Text: "请以新的报告为准。"},
	TakenBack:  {Kind: screen.Warn, Title: "报告是真的，但医院已经撤回", Text: "请不要再使用这份报告。"},
	Altered:    {Kind: screen.Bad, Title: "这份报告被改过", Text: "内容和医院发出的不一样，请不要相信这张纸，并告诉县医院。"},
}

// Facts is what a holder compares the paper with.
func (c Check) Facts() screen.Summary {
	rows := []screen.SummaryRow{
		{Key: "姓名", Value: c.Name}, {Key: "医院", Value: c.Issuer},
		{Key: "报告时间", Value: c.Issued.In(care.Zone).Format("2006-01-02 15:04")}, {Key: "验证码", Value: c.Code},
	}
	if c.Items > 0 {
		rows = append(rows, screen.SummaryRow{Key: "项目数", Value: itoa(c.Items)})
	}
	return screen.Summary{Title: "请和纸上对照", Rows: append(rows, screen.SummaryRow{Key: "摘要", Value: c.Digest})}
}
