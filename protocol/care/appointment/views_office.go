package appointment

import (
	"fmt"
	"strconv"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// office is who sees the schedules in the county.
var office = []care.Role{care.Scheduler, care.Supervisor, care.CountyDoctor}

// FormPart is a form of an office page.
type FormPart struct {
	Title   string
	Note    string
	Action  string // of the service: "appointment.grant"
	Next    string
	Hidden  []screen.Hidden
	Fields  []screen.Field
	Choices []screen.Choices
	Submit  screen.Button
}

func form(action, next, submit string, fields ...screen.Field) FormPart {
	return FormPart{Title: submit, Action: action, Next: next, Fields: fields, Submit: screen.Button{Label: submit}}
}

func (f FormPart) with(name string, value care.ID) FormPart {
	f.Hidden = append(f.Hidden, screen.Hidden{Name: name, Value: string(value)})
	return f
}

// TablePage is an office page of one table and the forms that change it.
type TablePage struct {
	Table screen.Table
	Links []screen.Button
	Forms []FormPart
}

// WeekPage is the sessions of one week.
type WeekPage struct {
	From, To      time.Time
	Before, After string
	Planned       string // how far the plan goes
	Table         screen.Table
	Links         []screen.Button
	Forms         []FormPart
}

var week = care.Show(care.View{
	Name: "appointment.week", Roles: office, Purpose: care.ForOperations,
}, func(l *care.Look, in DayInput) (WeekPage, error) {
	at, err := in.day(l)
	if err != nil {
		return WeekPage{}, err
	}
	from := at.AddDate(0, 0, 1-weekday(at))
	to := from.AddDate(0, 0, 7)
	p, _, err := optional[Plan](l, protocol.Ref{Kind: KindPlan, ID: planID})
	if err != nil {
		return WeekPage{}, err
	}
	out := WeekPage{From: from, To: to.AddDate(0, 0, -1), Planned: p.Until,
		Before: "/appointment/schedules?date=" + day(from.AddDate(0, 0, -7)), After: "/appointment/schedules?date=" + day(to)}
	all, err := sessionsBy(l, "all", "", from, to)
	if err != nil {
		return out, err
	}
	if out.Table, err = sessionTable(l, all); err != nil || l.Actor.Role != care.Scheduler {
		return out, err
	}
	out.Links = []screen.Button{{Label: "每周排班", Href: "/appointment/templates", Icon: "calendar-days"}, {Label: "放假安排", Href: "/appointment/holidays", Icon: "calendar-x"},
		{Label: "村站固定份额", Href: "/appointment/allotments", Icon: "building-2"}, {Label: "科室设置", Href: "/appointment/setup", Icon: "settings"}}
	fields, err := hoursFields(l, screen.Field{Name: "date", Label: "日期", Type: "date", Width: 12})
	out.Forms = []FormPart{form("appointment.plan", "/appointment/schedules", "生成两周排班"), form("appointment.open", "/appointment/sessions/{about}", "临时开放一次出诊", fields...)}
	return out, err
})

func sessionTable(r protocol.Reader, all []care.Found[Session]) (screen.Table, error) {
	t := screen.Table{Caption: "出诊", Columns: []screen.Column{{Label: "日期"}, {Label: "时间"}, {Label: "院区"}, {Label: "科室"}, {Label: "医生"},
		{Label: "空号", Numeric: true}, {Label: "等医院", Numeric: true}, {Label: "在村站", Numeric: true}, {Label: "已约出", Numeric: true}, {Label: "共", Numeric: true}, {Label: "状态"}},
		Empty: &screen.Empty{Icon: "calendar-days", Title: "这一周没有出诊", Text: "先设置每周排班，再生成两周排班"}}
	for _, s := range all {
		n, err := lookUp(r, s.Value.Org, s.Value.Department, s.Value.Doctor)
		if err != nil {
			return t, err
		}
		slots, err := slotsOf(r, s.Ref.ID)
		if err != nil {
			return t, err
		}
		c := count(slots)
		mark, doctor := sessionWords[s.Value.State], screen.Cell{Text: n.Doctor}
		if s.Value.Instead != "" {
			doctor.Note = "替诊"
		}
		t.Rows = append(t.Rows, screen.Row{Cells: []screen.Cell{{Text: s.Value.Date, Href: "/appointment/sessions/" + string(s.Ref.ID)},
			{Text: clock(s.Value.From) + "–" + clock(s.Value.To)}, {Text: n.Org}, {Text: n.Department}, doctor,
			figure(c.free), figure(c.blocking), figure(c.lent), figure(c.sold), figure(len(slots)), {Mark: &mark}}})
	}
	return t, nil
}

type slotCount struct{ free, blocking, lent, sold int }

func count(slots []care.Found[Slot]) (c slotCount) {
	for _, s := range slots {
		switch {
		case s.Value.State == SlotBooked:
			c.sold++
		case s.Value.State == SlotBlocking:
			c.blocking++
		case s.Value.State == SlotFree && s.Value.Holder == County:
			c.free++
		case s.Value.State == SlotFree:
			c.lent++
		}
	}
	return c
}

func figure(n int) screen.Cell { return screen.Cell{Text: strconv.Itoa(n)} }

// hoursFields are the fields of a session or template, with what comes first.
func hoursFields(r protocol.Reader, first ...screen.Field) ([]screen.Field, error) {
	doctors, err := staffOptions(r)
	if err != nil {
		return nil, err
	}
	departments, err := departmentOptions(r)
	return append([]screen.Field{
		{Name: "doctor", Label: "医生", Type: "select", Options: doctors},
		{Name: "department", Label: "科室", Type: "select", Options: departments},
	}, append(first,
		screen.Field{Name: "from", Label: "开始", Value: "08:00", Width: 6, Hint: "如 08:00"}, screen.Field{Name: "to", Label: "结束", Value: "11:30", Width: 6, Hint: "如 11:30"},
		screen.Field{Name: "minutes", Label: "每个号几分钟", Type: "number", Value: "10", Width: 4}, screen.Field{Name: "places", Label: "每个时段几人", Type: "number", Value: "1", Width: 4},
		screen.Field{Name: "fee", Label: "挂号费", Type: "number", Unit: "元", Value: "10", Width: 6},
	)...), err
}

// staffOptions are the doctors of the county who may see people.
func staffOptions(r protocol.Reader) ([]screen.Option, error) {
	all, err := care.Collect[care.StaffMember](r, protocol.Query{Kind: care.KindStaff, Index: "all"})
	var out []screen.Option
	for _, s := range all {
		for _, role := range s.Value.Roles {
			if role == care.CountyDoctor && !s.Value.Suspended {
				out = append(out, screen.Option{Value: string(s.Ref.ID), Label: s.Value.Name})
			}
		}
	}
	return out, err
}

func departmentOptions(r protocol.Reader) ([]screen.Option, error) {
	all, err := care.Collect[Department](r, protocol.Query{Kind: KindDepartment, Index: "all"})
	var out []screen.Option
	for _, d := range all {
		n, err := lookUp(r, d.Value.Org, d.Ref.ID, "")
		if err != nil {
			return nil, err
		}
		if !d.Value.Closed {
			out = append(out, screen.Option{Value: string(d.Ref.ID), Label: n.Department + " · " + n.Org})
		}
	}
	return out, err
}

// stationOptions are the stations that may get slots.
func stationOptions(r protocol.Reader) ([]screen.Option, error) {
	all, err := care.Collect[care.Organisation](r, protocol.Query{Kind: care.KindOrganisation, Index: "all"})
	var out []screen.Option
	for _, o := range all {
		if o.Value.Site != "" && o.Value.Site != County {
			out = append(out, screen.Option{Value: string(o.Value.Site), Label: fmt.Sprintf("%s（%s）", o.Value.Name, o.Value.Site)})
		}
	}
	return out, err
}
