package appointment

import (
	"fmt"
	"strconv"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// schedulers set up what is planned.
var schedulers = []care.Role{care.Scheduler, care.Supervisor}

var templatePage = care.Show(care.View{
	Name: "appointment.templates", Roles: schedulers, Purpose: care.ForOperations,
}, func(l *care.Look, _ nobody) (TablePage, error) {
	here := "/appointment/templates"
	out := TablePage{Table: screen.Table{Caption: "每周排班", Columns: []screen.Column{{Label: "星期"}, {Label: "时间"}, {Label: "院区"}, {Label: "科室"}, {Label: "医生"},
		{Label: "每号分钟", Numeric: true}, {Label: "每段人数", Numeric: true}, {Label: "挂号费", Numeric: true}, {Label: "操作", Hidden: true}}, Empty: &screen.Empty{Title: "还没有排班"}}}
	all, err := templates(l)
	if err != nil {
		return out, err
	}
	for _, t := range all {
		n, err := lookUp(l, t.Value.Org, t.Value.Department, t.Value.Doctor)
		if err != nil {
			return out, err
		}
		stop := screen.Button{Label: "结束", Look: screen.Quiet, Action: "/do/appointment.end-template", Fields: []screen.Hidden{{Name: "id", Value: string(t.Ref.ID)}, {Name: "next", Value: here}}}
		out.Table.Rows = append(out.Table.Rows, screen.Row{Cells: []screen.Cell{{Text: weekWords[t.Value.Weekday-1]}, {Text: t.Value.From + "–" + t.Value.To}, {Text: n.Org}, {Text: n.Department},
			{Text: n.Doctor}, figure(t.Value.Minutes), figure(t.Value.Places), {Text: t.Value.Fee.Yuan()}, {Buttons: []screen.Button{stop}}}})
	}
	var days []screen.Option
	for i, w := range weekWords {
		days = append(days, screen.Option{Value: strconv.Itoa(i + 1), Label: w})
	}
	fields, err := hoursFields(l, screen.Field{Name: "weekday", Label: "星期", Type: "select", Options: days})
	out.Forms = []FormPart{form("appointment.set-template", here, "保存排班", fields...)}
	return out, err
})

var holidayPage = care.Show(care.View{
	Name: "appointment.holidays", Roles: schedulers, Purpose: care.ForOperations,
}, func(l *care.Look, _ nobody) (TablePage, error) {
	here := "/appointment/holidays"
	out := TablePage{Table: screen.Table{Caption: "放假安排", Columns: []screen.Column{{Label: "放假名称"}, {Label: "第一天"}, {Label: "最后一天"}, {Label: "院区"}, {Label: "操作", Hidden: true}},
		Empty: &screen.Empty{Title: "没有放假安排"}}}
	all, err := holidays(l)
	if err != nil {
		return out, err
	}
	for _, h := range all {
		row := screen.Row{Cells: []screen.Cell{{Text: h.Value.Name}, {Text: h.Value.From}, {Text: h.Value.To}, {Text: "全部院区"}, {Text: "已取消"}}}
		if h.Value.Org != "" {
			n, err := lookUp(l, h.Value.Org, "", "")
			if err != nil {
				return out, err
			}
			row.Cells[3].Text = n.Org
		}
		if !h.Value.Ended {
			row.Cells[4] = screen.Cell{Buttons: []screen.Button{{Label: "取消放假", Look: screen.Quiet, Action: "/do/appointment.end-holiday",
				Fields: []screen.Hidden{{Name: "id", Value: string(h.Ref.ID)}, {Name: "next", Value: here}}}}}
		}
		out.Table.Rows = append(out.Table.Rows, row)
	}
	campuses, err := campusOptions(l)
	add := form("appointment.holiday", here, "保存放假安排",
		screen.Field{Name: "name", Label: "放假名称", Width: 16, MaxLength: 40}, screen.Field{Name: "from", Label: "第一天", Type: "date", Width: 12}, screen.Field{Name: "to", Label: "最后一天", Type: "date", Width: 12},
		screen.Field{Name: "org", Label: "院区", Type: "select", Options: append([]screen.Option{{Label: "全部院区"}}, campuses...)})
	add.Note = "已经开放的出诊会停诊，约好的人会收到通知"
	out.Forms = []FormPart{add}
	return out, err
})

// campusOptions are the organisations that have departments.
func campusOptions(r protocol.Reader) ([]screen.Option, error) {
	all, err := care.Collect[care.Organisation](r, protocol.Query{Kind: care.KindOrganisation, Index: "all"})
	var out []screen.Option
	for _, o := range all {
		out = append(out, screen.Option{Value: string(o.Ref.ID), Label: o.Value.Name})
	}
	return out, err
}

var allotmentPage = care.Show(care.View{
	Name: "appointment.allotments", Roles: schedulers, Purpose: care.ForOperations,
}, func(l *care.Look, _ nobody) (TablePage, error) {
	here := "/appointment/allotments"
	out := TablePage{Table: screen.Table{Caption: "村站固定份额", Columns: []screen.Column{{Label: "科室"}, {Label: "院区"}, {Label: "村站"}, {Label: "份额 %", Numeric: true},
		{Label: "县里保留", Numeric: true}, {Label: "截止（开始前分钟）", Numeric: true}}, Empty: &screen.Empty{Title: "还没有固定份额", Text: "每次出诊开放时，按份额把号分给村站"}}}
	all, err := care.Collect[Allotment](l, protocol.Query{Kind: KindAllotment, Index: "all"})
	if err != nil {
		return out, err
	}
	for _, a := range all {
		dep, _, err := optional[Department](l, DepartmentRef(a.Value.Department))
		if err != nil {
			return out, err
		}
		n, err := lookUp(l, dep.Org, a.Value.Department, "")
		if err != nil {
			return out, err
		}
		out.Table.Rows = append(out.Table.Rows, screen.Row{Cells: []screen.Cell{{Text: n.Department}, {Text: n.Org}, {Text: string(a.Value.Site)},
			figure(a.Value.Share), figure(a.Value.Reserve), figure(a.Value.Before)}})
	}
	departments, err := departmentOptions(l)
	if err != nil {
		return out, err
	}
	stations, err := stationOptions(l)
	add := form("appointment.allot", here, "保存份额", screen.Field{Name: "department", Label: "科室", Type: "select", Options: departments},
		screen.Field{Name: "site", Label: "村站", Type: "select", Options: stations}, screen.Field{Name: "share", Label: "份额", Type: "number", Unit: "%", Value: "25", Width: 4},
		screen.Field{Name: "reserve", Label: "县里至少保留几个空号", Type: "number", Value: "2", Width: 4},
		screen.Field{Name: "before", Label: "开始前几分钟截止", Type: "number", Value: fmt.Sprint(usualCutoff), Width: 5})
	add.Note = "份额填 0 表示不再分"
	out.Forms = []FormPart{add}
	return out, err
})

var setupPage = care.Show(care.View{
	Name: "appointment.setup", Roles: schedulers, Purpose: care.ForOperations,
}, func(l *care.Look, _ nobody) (TablePage, error) {
	here := "/appointment/setup"
	out := TablePage{Table: screen.Table{Caption: "科室设置", Columns: []screen.Column{{Label: "代码"}, {Label: "科室"}, {Label: "院区"}, {Label: "位置"}, {Label: "就诊前问答"}, {Label: "号源"}, {Label: "申请"}, {Label: "状态"}}}}
	all, err := care.Collect[Department](l, protocol.Query{Kind: KindDepartment, Index: "all"})
	if err != nil {
		return out, err
	}
	forms, err := care.Collect[Form](l, protocol.Query{Kind: KindForm, Index: "all"})
	if err != nil {
		return out, err
	}
	titles := map[care.ID]string{}
	choice := []screen.Option{{Label: "不用问答"}}
	for _, f := range forms {
		titles[f.Ref.ID] = f.Value.Title
		choice = append(choice, screen.Option{Value: string(f.Ref.ID), Label: f.Value.Title})
	}
	for _, d := range all {
		n, err := lookUp(l, d.Value.Org, d.Ref.ID, "")
		if err != nil {
			return out, err
		}
		out.Table.Rows = append(out.Table.Rows, screen.Row{Cells: []screen.Cell{{Text: d.Value.Code}, {Text: n.Department}, {Text: n.Org}, {Text: d.Value.Route}, {Text: titles[d.Value.Form]},
			{Text: either(d.Value.Hospital, "医院确认后放号", "直接放号")}, {Text: either(d.Value.Prompt, "有空号自动同意", "人工答复")}, {Text: either(d.Value.Closed, "停用", "开放")}}})
	}
	campuses, err := campusOptions(l)
	add := form("appointment.set-department", here, "保存科室", screen.Field{Name: "org", Label: "院区", Type: "select", Options: campuses},
		screen.Field{Name: "code", Label: "代码", Hint: "诊疗科目代码，如 03.04", Width: 6, MaxLength: 5}, screen.Field{Name: "name", Label: "科室名称", Width: 12, MaxLength: 20},
		screen.Field{Name: "route", Label: "位置", Width: 16, MaxLength: 40, Optional: true}, screen.Field{Name: "form", Label: "就诊前问答", Type: "select", Options: choice})
	add.Choices = []screen.Choices{
		{Name: "hospital", Legend: "号源由医院系统确认后才放出吗？", Options: yesNo},
		{Name: "prompt", Legend: "有空号的申请自动同意吗？", Options: yesNo},
		{Name: "closed", Legend: "停用这个科室吗？", Options: yesNo},
	}
	add.Note = "院区和代码相同就是修改"
	out.Forms = []FormPart{add}
	return out, err
})

var yesNo = []screen.Option{{Value: "no", Label: "否", Checked: true}, {Value: "yes", Label: "是"}}

func either(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}
