package appointment

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// open pages: who has not signed in may look at what can be booked.

// Start is the first page: how would you like to choose.
type Start struct{ List List[screen.Tile] }

var start = care.Show(care.View{
	Name: "appointment.start", Roles: everyone, Purpose: care.ForBooking,
}, func(_ *care.Look, in Paged) (Start, error) {
	return Start{List[screen.Tile]{At: in.Page, Path: "/appointment", Items: []screen.Tile{
		{Label: "按科室挂号", Note: "先选看什么科，再选时间", Icon: "hospital", Href: "/appointment/departments", Main: true},
		{Label: "按医生挂号", Note: "先找医生，再选时间", Icon: "stethoscope", Href: "/appointment/doctors"},
		{Label: "我的预约", Note: "查看、改约、取消、报到", Icon: "calendar-check", Href: "/appointment/mine"},
		{Label: "我的通知", Note: "预约成功、停诊等消息", Icon: "message-circle", Href: "/appointment/notices"},
		{Label: "候诊叫号", Note: "看看叫到几号了", Icon: "ticket", Href: "/appointment/boards"},
	}}}, nil
})

// Paged is the input of a list that may go on.
type Paged struct {
	Page int `json:"page"`
}

// DepartmentRow is one department of one campus in the list.
type DepartmentRow struct {
	Name, Org, Route string
	Next             time.Time // of the next session; zero: none in two weeks
	Href             string
}

// Departments is the list of all campuses.
type Departments struct {
	List List[DepartmentRow]
	way  way
}

// Frame leads back to where the person came from.
func (p Departments) Frame(c *screen.Chrome) { c.Back = p.way.start(c) }

// ChooseInput is the input of the pages on the way to a slot.
type ChooseInput struct {
	Department care.ID `json:"department"`
	Session    care.ID `json:"session"`
	Date       string  `json:"date"`
	Page       int     `json:"page"`
	Move       care.ID `json:"move"`
	Person     care.ID `json:"person"`
}

func (in ChooseInput) way() way { return way{in.Move, in.Person} }

var chooseDepartment = care.Show(care.View{
	Name: "appointment.departments", Roles: everyone, Purpose: care.ForBooking,
}, func(l *care.Look, in ChooseInput) (Departments, error) {
	rows, err := departmentRows(l, in.way())
	return Departments{List[DepartmentRow]{rows, in.Page, in.way().to("/appointment/departments")}, in.way()}, err
})

func departmentRows(r protocol.Reader, w way) ([]DepartmentRow, error) {
	all, err := care.Collect[Department](r, protocol.Query{Kind: KindDepartment, Index: "all"})
	if err != nil {
		return nil, err
	}
	ahead, err := sessionsBy(r, "all", "", r.Now(), time.Time{})
	if err != nil {
		return nil, err
	}
	next := map[care.ID]time.Time{}
	for _, s := range ahead {
		if _, earlier := next[s.Value.Department]; !earlier && s.Value.State == SessionOpen {
			next[s.Value.Department] = s.Value.From
		}
	}
	slices.SortFunc(all, func(a, b care.Found[Department]) int {
		return cmp.Or(cmp.Compare(a.Value.Code, b.Value.Code), cmp.Compare(a.Value.Org, b.Value.Org))
	})
	var out []DepartmentRow
	for _, d := range all {
		if d.Value.Closed {
			continue
		}
		n, err := lookUp(r, d.Value.Org, d.Ref.ID, "")
		if err != nil {
			return nil, err
		}
		out = append(out, DepartmentRow{d.Value.Name, n.Org, d.Value.Route, next[d.Ref.ID], w.to("/appointment/departments/" + string(d.Ref.ID))})
	}
	return out, nil
}

// DayRow is one day on which a department sees people.
type DayRow struct {
	Date    time.Time
	Free    int // can be booked here and now
	Ask     int // can be asked for
	Doctors []string
	Href    string
}

// Days is the list of days of a department.
type Days struct {
	Department, Org, Route string
	Moving                 bool
	List                   List[DayRow]
	back                   string
}

// PageTitle says which department.
func (p Days) PageTitle() string { return p.Department }

// Frame leads back to where the person came from.
func (p Days) Frame(c *screen.Chrome) { c.Back = p.back }

var chooseDay = care.Show(care.View{
	Name: "appointment.days", Roles: everyone, Purpose: care.ForBooking,
}, func(l *care.Look, in ChooseInput) (Days, error) {
	dep, err := readDepartment(l, in.Department)
	if err != nil {
		return Days{}, err
	}
	n, err := lookUp(l, dep.Org, in.Department, "")
	if err != nil {
		return Days{}, err
	}
	path := "/appointment/departments/" + string(in.Department)
	out := Days{Department: n.Department, Org: n.Org, Route: n.Route, Moving: in.Move != "",
		List: List[DayRow]{At: in.Page, Path: in.way().to(path)}, back: in.backFromDays()}
	sessions, err := sessionsBy(l, "department", string(in.Department), l.Now(), time.Time{})
	if err != nil {
		return out, err
	}
	for _, group := range byDate(sessions) {
		row, err := dayRow(l, group, path, in.way())
		if err != nil {
			return out, err
		}
		if row.Free+row.Ask > 0 {
			out.List.Items = append(out.List.Items, row)
		}
	}
	return out, nil
})

func (in ChooseInput) backFromDays() string {
	switch {
	case in.Move != "":
		return "/appointment/mine/" + string(in.Move)
	case in.Person != "":
		return "/appointment/person/" + string(in.Person)
	}
	return "/appointment/departments"
}

// byDate groups sessions that are open, in order of time.
func byDate(all []care.Found[Session]) [][]care.Found[Session] {
	var out [][]care.Found[Session]
	for _, s := range all {
		if s.Value.State != SessionOpen {
			continue
		}
		if n := len(out); n > 0 && out[n-1][0].Value.Date == s.Value.Date {
			out[n-1] = append(out[n-1], s)
			continue
		}
		out = append(out, []care.Found[Session]{s})
	}
	return out
}

// dayRow sums up a day. With one session it leads straight to its times.
func dayRow(r protocol.Reader, day []care.Found[Session], path string, w way) (DayRow, error) {
	row := DayRow{Date: day[0].Value.From, Href: w.to(path + "/" + day[0].Value.Date)}
	if len(day) == 1 {
		row.Href = w.to("/appointment/session/" + string(day[0].Ref.ID))
	}
	for _, s := range day {
		free, ask, err := counts(r, s.Ref.ID, &s.Value, w)
		if err != nil {
			return row, err
		}
		n, err := lookUp(r, s.Value.Org, s.Value.Department, s.Value.Doctor)
		if err != nil {
			return row, err
		}
		row.Free, row.Ask = row.Free+free, row.Ask+ask
		if !slices.Contains(row.Doctors, n.Doctor) {
			row.Doctors = append(row.Doctors, n.Doctor)
		}
	}
	return row, nil
}

// Doctor joins the names of a day's doctors.
func (d DayRow) Doctor() string { return strings.Join(d.Doctors, "、") }

// counts is how many slots and walk-in numbers of a session can be had here and
// now, and how many slots can be asked for.
func counts(r protocol.Reader, id care.ID, s *Session, w way) (free, ask int, err error) {
	all, err := slotsOf(r, id)
	for i := range all {
		switch w.takes(offerOf(r, &all[i], s)) {
		case OfferBook:
			free++
		case OfferAsk:
			ask++
		}
	}
	if err == nil && w.Move == "" {
		var walk int
		walk, err = walkable(r, id, s)
		free += walk
	}
	return free, ask, err
}

// Offer is what can be done with a slot here and now.
type Offer string

// The offers.
const (
	OfferBook Offer = "book"
	OfferAsk  Offer = "ask"
	OfferNone Offer = ""
)

func offerOf(r protocol.Reader, s *care.Found[Slot], session *Session) Offer {
	switch err := sellable(r, s.Ref.ID, &s.Value, session); {
	case err == nil:
		return OfferBook
	case isToAsk(err):
		return OfferAsk
	}
	return OfferNone
}

// isToAsk reports whether a refusal leads to the page where the same slot can
// be asked for.
func isToAsk(err error) bool {
	r, ok := protocol.AsRefusal(err)
	return ok && strings.HasPrefix(r.Next, "/appointment/request/")
}
