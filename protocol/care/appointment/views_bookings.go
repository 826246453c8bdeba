package appointment

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// BookingsPage is the appointments of a day.
type BookingsPage struct {
	Date          string
	Before, After string
	Search        screen.Field
	Table         screen.Table
}

// BookingsInput names a day, or a number that somebody says on the telephone.
type BookingsInput struct {
	Date   string `json:"date"`
	Number string `json:"number"`
}

var bookings = care.Show(care.View{
	Name: "appointment.bookings", Roles: schedulers, Purpose: care.ForBooking, Personal: true,
}, func(l *care.Look, in BookingsInput) (BookingsPage, error) {
	at, err := DayInput{Date: in.Date}.day(l)
	if err != nil {
		return BookingsPage{}, err
	}
	out := BookingsPage{Date: day(at), Before: "/appointment/bookings?date=" + day(at.AddDate(0, 0, -1)), After: "/appointment/bookings?date=" + day(at.AddDate(0, 0, 1)),
		Search: screen.Field{Name: "number", Label: "按预约号查", Type: "search", Value: in.Number, Width: 18, MaxLength: 40}}
	var found []care.Found[Appointment]
	if in.Number != "" {
		found, err = care.Collect[Appointment](l, protocol.Query{Kind: KindAppointment, Index: "number", Match: []string{in.Number}})
	} else {
		found, err = bookedOn(l, at)
	}
	if err != nil {
		return out, err
	}
	visits, err := named(l, found)
	out.Table = visitTable("预约", visits, true)
	l.Saw("", len(visits))
	return out, err
})

// bookedOn lists the appointments of a day, session by session.
func bookedOn(r protocol.Reader, at time.Time) ([]care.Found[Appointment], error) {
	sessions, err := sessionsBy(r, "all", "", at, at.AddDate(0, 0, 1))
	if err != nil {
		return nil, err
	}
	var out []care.Found[Appointment]
	for _, s := range sessions {
		more, err := bookedIn(r, s.Ref.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// inState lists appointments that wait for somebody, the earliest visit first.
func inState(l *care.Look, s State, caption string) (screen.Table, error) {
	found, err := care.Collect[Appointment](l, protocol.Query{Kind: KindAppointment, Index: "state", Match: []string{string(s)}, From: l.Now().Add(-shownBack)})
	if err != nil {
		return screen.Table{}, err
	}
	visits, err := named(l, found)
	l.Saw("", len(visits))
	return visitTable(caption, visits, true), err
}

var requests = care.Show(care.View{
	Name: "appointment.requests", Roles: []care.Role{care.Scheduler, care.CountyDoctor}, Purpose: care.ForBooking, Personal: true,
}, func(l *care.Look, _ nobody) (TablePage, error) {
	t, err := inState(l, Requested, "待答复的申请")
	t.Empty = &screen.Empty{Icon: "check-check", Title: "没有待答复的申请"}
	for i := range t.Rows {
		number := &t.Rows[i].Cells[1]
		number.Href = "/appointment/requests/" + number.Href[len("/appointment/mine/"):]
	}
	return TablePage{Table: t}, err
})

var displaced = care.Show(care.View{
	Name: "appointment.displaced", Roles: []care.Role{care.Scheduler, care.Supervisor}, Purpose: care.ForBooking, Personal: true,
}, func(l *care.Look, _ nobody) (TablePage, error) {
	t, err := inState(l, Displaced, "需要改约的预约")
	t.Empty = &screen.Empty{Icon: "check-check", Title: "没有需要改约的预约"}
	return TablePage{Table: t}, err
})

// RequestPage answers one request.
type RequestPage struct {
	Visit
	Head  *screen.Person
	Forms []FormPart
}

// Frame puts the person on top.
func (p RequestPage) Frame(c *screen.Chrome) { c.Person = p.Head }

var requestPage = care.Show(care.View{
	Name: "appointment.request-page", Roles: []care.Role{care.Scheduler, care.CountyDoctor}, Purpose: care.ForBooking, Personal: true,
}, func(l *care.Look, in ByAppointment) (RequestPage, error) {
	a, rec, err := readAppointment(l, l.Actor, in.Appointment)
	if err != nil {
		return RequestPage{}, err
	}
	l.Saw(a.Person, 1)
	v, err := visitOf(l, in.Appointment, &a, &rec)
	if err != nil {
		return RequestPage{}, err
	}
	out := RequestPage{Visit: v}
	if out.Head, err = headOf(l, a.Person); err != nil || a.State != Requested {
		return out, err
	}
	free, err := freeOptions(l, &a)
	if err != nil {
		return out, err
	}
	if len(free) > 0 {
		yes := form("appointment.accept", "/appointment/requests", "同意并约号", screen.Field{Name: "slot", Label: "约哪个时间", Type: "select", Options: free}).with("appointment", in.Appointment)
		yes.Submit.Look = screen.Primary
		out.Forms = append(out.Forms, yes)
	}
	no := form("appointment.decline", "/appointment/requests", "不能安排", screen.Field{Name: "reason", Label: "原因", Hint: "申请人会看到", Width: 24, MaxLength: 80}).with("appointment", in.Appointment)
	out.Forms = append(out.Forms, no)
	return out, nil
})

// freeOptions are the slots of the department that can be booked here, the one
// wished for first.
func freeOptions(l *care.Look, a *Appointment) ([]screen.Option, error) {
	sessions, err := sessionsBy(l, "department", string(a.Department), l.Now().AddDate(0, 0, -1), time.Time{})
	if err != nil {
		return nil, err
	}
	var first, rest []screen.Option
	for _, s := range sessions {
		all, err := slotsOf(l, s.Ref.ID)
		if err != nil {
			return nil, err
		}
		for i := range all {
			if offerOf(l, &all[i], &s.Value) != OfferBook {
				continue
			}
			o := screen.Option{Value: string(all[i].Ref.ID), Label: stamp(all[i].Value.Start)}
			if all[i].Ref.ID == a.Slot || a.Slot == "" && s.Ref.ID == a.Session {
				first = append(first, o)
			} else {
				rest = append(rest, o)
			}
		}
	}
	return append(first, rest...), nil
}

// MyDay is a county doctor's own day.
type MyDay struct {
	Date     string
	Sessions []SessionRow
	Tables   []screen.Table
}

var myDay = care.Show(care.View{
	Name: "appointment.my-day", Roles: []care.Role{care.CountyDoctor}, Purpose: care.ForCare, Personal: true,
}, func(l *care.Look, in DayInput) (MyDay, error) {
	at, err := in.day(l)
	if err != nil {
		return MyDay{}, err
	}
	out := MyDay{Date: day(at)}
	all, err := sessionsBy(l, "doctor", string(l.Actor.ID), at, at.AddDate(0, 0, 1))
	if err != nil {
		return out, err
	}
	for _, s := range all {
		row, err := sessionRow(l, &s, "/appointment/queue/"+string(s.Ref.ID))
		if err != nil {
			return out, err
		}
		found, err := bookedIn(l, s.Ref.ID)
		if err != nil {
			return out, err
		}
		visits, err := named(l, found)
		if err != nil {
			return out, err
		}
		l.Saw("", len(visits))
		out.Sessions = append(out.Sessions, row)
		out.Tables = append(out.Tables, visitTable("我的病人", visits, true))
	}
	return out, nil
})
