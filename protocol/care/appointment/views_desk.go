package appointment

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// PersonPage is where staff book for a person: what they have, and where to
// look for more.
type PersonPage struct {
	Head        *screen.Person
	Visits      screen.Table
	Departments screen.Table
	Doctors     string // the list of doctors, for this person
	Alarm       *Alarm
	Person      care.ID
	CanClear    bool
}

// Frame puts the person on top.
func (p PersonPage) Frame(c *screen.Chrome) { c.Person = p.Head }

// ByPerson names a person.
type ByPerson struct {
	Person care.ID `json:"person"`
}

// Subject implements care.Subjected.
func (in ByPerson) Subject() protocol.ID { return in.Person }

var personPage = care.Show(care.View{
	Name: "appointment.person", Roles: []care.Role{care.Doctor, care.CountyDoctor, care.Scheduler}, Purpose: care.ForBooking, Personal: true,
}, func(l *care.Look, in ByPerson) (PersonPage, error) {
	head, err := headOf(l, in.Person)
	if err != nil {
		return PersonPage{}, err
	}
	out := PersonPage{Head: head, Person: in.Person, Doctors: way{Person: in.Person}.to("/appointment/doctors"),
		CanClear: l.Actor.Role != care.Scheduler}
	alarm, there, err := optional[Alarm](l, alarmRef(in.Person))
	if err != nil {
		return out, err
	}
	if there && alarm.Cleared.Before(alarm.At) && out.CanClear {
		out.Alarm = &alarm
	}
	visits, err := visitsOf(l, in.Person)
	if err != nil {
		return out, err
	}
	l.Saw(in.Person, len(visits))
	out.Visits = visitTable("已有的预约", visits, false)
	rows, err := departmentRows(l, way{Person: in.Person})
	out.Departments = departmentTable(rows)
	return out, err
})

// visitTable lists visits for staff; names are shown where several people's are
// in one list.
func visitTable(caption string, visits []Visit, named bool) screen.Table {
	t := screen.Table{Caption: caption, Columns: []screen.Column{{Label: "预约号"}, {Label: "就诊时间"}, {Label: "院区"}, {Label: "科室"}, {Label: "医生"}, {Label: "状态"}, {Label: "送达"}},
		Empty: &screen.Empty{Icon: "calendar-days", Title: "没有预约"}}
	if named {
		t.Columns = append([]screen.Column{{Label: "姓名"}}, t.Columns...)
	}
	for _, v := range visits {
		mark, receipt := v.State.Mark(), v.Receipt
		cells := []screen.Cell{{Text: v.Number, Href: v.Href}, {Text: stamp(v.Start)}, {Text: v.Org}, {Text: v.Department}, {Text: v.Doctor}, {Mark: &mark}, {Receipt: &receipt}}
		if named {
			cells = append([]screen.Cell{{Text: v.Name}}, cells...)
		}
		t.Rows = append(t.Rows, screen.Row{Cells: cells})
	}
	return t
}

func departmentTable(rows []DepartmentRow) screen.Table {
	t := screen.Table{Caption: "选择科室", Columns: []screen.Column{{Label: "科室"}, {Label: "院区"}, {Label: "位置"}, {Label: "最近出诊"}}}
	for _, d := range rows {
		next := screen.Cell{Text: "两周内没有出诊"}
		if !d.Next.IsZero() {
			next.Text = stamp(d.Next)
		}
		t.Rows = append(t.Rows, screen.Row{Cells: []screen.Cell{{Text: d.Name, Href: d.Href}, {Text: d.Org}, {Text: d.Route}, next}})
	}
	return t
}

// stamp is a time for tables, the same in every language.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(care.Zone).Format("2006-01-02 15:04")
}

func clock(t time.Time) string { return t.In(care.Zone).Format("15:04") }

// TodayPage is a station's day: its own people, and the queues that it can run.
type TodayPage struct {
	Date   string
	Before string
	After  string
	Visits screen.Table
	Queues []SessionRow
	Held   screen.Table // the slots that the station may sell
}

// DayInput names a day; empty is today.
type DayInput struct {
	Date       string  `json:"date"`
	Department care.ID `json:"department"`
}

func (in DayInput) day(r protocol.Reader) (time.Time, error) {
	if in.Date == "" {
		return midnight(r.Now()), nil
	}
	at, err := onDay(in.Date, "00:00")
	if err != nil {
		return at, protocol.Refuse("date-wrong", "日期填写得不对").OnField("date")
	}
	return at, nil
}

var todayPage = care.Show(care.View{
	Name: "appointment.today", Roles: []care.Role{care.Doctor}, Purpose: care.ForBooking, Personal: true,
}, func(l *care.Look, in DayInput) (TodayPage, error) {
	at, err := in.day(l)
	if err != nil {
		return TodayPage{}, err
	}
	out := TodayPage{Date: day(at), Before: "/appointment/today?date=" + day(at.AddDate(0, 0, -1)), After: "/appointment/today?date=" + day(at.AddDate(0, 0, 1))}
	found, err := care.Collect[Appointment](l, protocol.Query{Kind: KindAppointment, Index: "site",
		Match: []string{string(l.Site())}, From: at, To: at.AddDate(0, 0, 1)})
	if err != nil {
		return out, err
	}
	visits, err := named(l, found)
	if err != nil {
		return out, err
	}
	l.Saw("", len(visits))
	out.Visits = visitTable("本站约的就诊", visits, true)
	all, err := todays(l)
	for _, s := range all {
		row, err := sessionRow(l, &s, "/appointment/queue/"+string(s.Ref.ID))
		if err != nil {
			return out, err
		}
		out.Queues = append(out.Queues, row)
	}
	if err != nil {
		return out, err
	}
	out.Held, err = heldTable(l)
	return out, err
})

// heldTable is what a station holds and has not sold, by session. What it does
// not need it may give back, so that others can book it.
func heldTable(l *care.Look) (screen.Table, error) {
	t := screen.Table{Caption: "本站手上的号", Columns: []screen.Column{{Label: "出诊"}, {Label: "院区"}, {Label: "科室"}, {Label: "医生"}, {Label: "空号", Numeric: true}, {Label: "截止"}, {Label: "操作", Hidden: true}},
		Empty: &screen.Empty{Icon: "ticket", Title: "本站手上没有空号", Text: "仍然可以提交申请，由医院确认"}}
	free, err := care.Collect[Slot](l, protocol.Query{Kind: KindSlot, Index: "holder", Match: []string{string(l.Site()), string(SlotFree)}, From: l.Now()})
	if err != nil {
		return t, err
	}
	counted, first := map[care.ID]int{}, []care.Found[Slot]{}
	for _, s := range free {
		if counted[s.Value.Session]++; counted[s.Value.Session] == 1 {
			first = append(first, s)
		}
	}
	for _, s := range first {
		session, err := readSession(l, s.Value.Session)
		if err != nil {
			return t, err
		}
		n, err := lookUp(l, session.Org, session.Department, session.Doctor)
		if err != nil {
			return t, err
		}
		back := screen.Button{Label: "交回", Look: screen.Quiet, Action: "/do/appointment.return",
			Fields: []screen.Hidden{{Name: "session", Value: string(s.Value.Session)}, {Name: "next", Value: "/appointment/today"}}}
		t.Rows = append(t.Rows, screen.Row{Cells: []screen.Cell{{Text: stamp(session.From), Href: "/appointment/session/" + string(s.Value.Session)}, {Text: n.Org}, {Text: n.Department}, {Text: n.Doctor},
			figure(counted[s.Value.Session]), {Text: stamp(s.Value.Closes(s.Value.Start))}, {Buttons: []screen.Button{back}}}})
	}
	return t, nil
}

// named makes visits of appointments, with the people's names for staff.
func named(r protocol.Reader, found []care.Found[Appointment]) ([]Visit, error) {
	var out []Visit
	for _, f := range found {
		a, err := folded[Appointment](&f.Record, mergeAppointment)
		if err != nil {
			return nil, err
		}
		v, err := visitOf(r, f.Ref.ID, &a, &f.Record)
		if err != nil {
			return nil, err
		}
		person, _, err := optional[care.Person](r, care.ResidentRef(a.Person))
		if err != nil {
			return nil, err
		}
		v.Name = person.Name
		out = append(out, v)
	}
	return out, nil
}
