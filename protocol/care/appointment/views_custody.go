package appointment

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/custody"
)

// SessionPage is one session in the county: whose each slot is, and what can be
// done about it.
type SessionPage struct {
	Session SessionRow
	State   SessionState
	Reason  string
	Table   screen.Table
	Numbers screen.Table // of people who come without a booking
	Links   []screen.Button
	Forms   []FormPart // the one that was chosen
}

// SessionInput names a session and what is to be done with it: "grant", "stop",
// and so on. Only one form stands on the page at a time.
type SessionInput struct {
	Session care.ID `json:"session"`
	Do      string  `json:"do"`
}

// PageTitle says whose session it is.
func (p SessionPage) PageTitle() string { return p.Session.Department + " · " + p.Session.Doctor }

var sessionPage = care.Show(care.View{
	Name: "appointment.session", Roles: office, Purpose: care.ForOperations, Personal: true,
}, func(l *care.Look, in SessionInput) (SessionPage, error) {
	s, _, row, err := queueOf(l, in.Session)
	if err != nil {
		return SessionPage{}, err
	}
	out := SessionPage{Session: row, State: s.State, Reason: s.Reason,
		Links: []screen.Button{{Label: "候诊", Icon: "ticket", Href: "/appointment/queue/" + string(in.Session)}}}
	all, err := slotsOf(l, in.Session)
	if err != nil {
		return out, err
	}
	l.Saw("", len(all))
	if out.Table, err = custodyTable(l, in.Session, all); err != nil {
		return out, err
	}
	if out.Numbers, err = numbersTable(l, in.Session); err != nil {
		return out, err
	}
	forms, err := sessionForms(l, in.Session, &s)
	for _, f := range forms {
		_, name, _ := strings.Cut(f.Action, ".")
		if name == in.Do {
			out.Forms = []FormPart{f}
			continue
		}
		out.Links = append(out.Links, screen.Button{Label: f.Title, Href: addQuery("/appointment/sessions/"+string(in.Session), "do", name)})
	}
	return out, err
})

func custodyTable(l *care.Look, session care.ID, all []care.Found[Slot]) (screen.Table, error) {
	t := screen.Table{Caption: "号源", Columns: []screen.Column{{Label: "序号", Numeric: true}, {Label: "时间"}, {Label: "在谁手上"}, {Label: "截止"}, {Label: "状态"}, {Label: "预约号"}, {Label: "操作", Hidden: true}}}
	holder, err := holderNames(l)
	if err != nil {
		return t, err
	}
	for _, s := range all {
		mark := slotWords[s.Value.State]
		cells := []screen.Cell{{Text: turn(s.Value.Turn)}, {Text: clock(s.Value.Start)}, {Text: holder(s.Value.Holder)}, {}, {Mark: &mark, Note: s.Value.Taken}, {}, {}}
		if !s.Value.Cutoff.IsZero() {
			cells[3].Text = clock(s.Value.Cutoff)
		}
		if s.Value.Appointment != "" {
			a, there, err := optional[Appointment](l, AppointmentRef(s.Value.Appointment))
			if err != nil {
				return t, err
			}
			if there {
				cells[5] = screen.Cell{Text: a.Number, Href: "/appointment/mine/" + string(s.Value.Appointment)}
			}
		}
		cells[6].Buttons = custodyButtons(l, session, &s)
		t.Rows = append(t.Rows, screen.Row{Cells: cells})
	}
	return t, nil
}

// holderNames gives sites the names that people know.
func holderNames(r protocol.Reader) (func(protocol.Site) string, error) {
	stations, err := stationOptions(r)
	names := map[protocol.Site]string{County: "县里"}
	for _, o := range stations {
		names[protocol.Site(o.Value)] = o.Label
	}
	return func(s protocol.Site) string { return cmp.Or(names[s], string(s)) }, err
}

// custodyButtons are what can be done with one slot. Taking it by force asks for
// a reason on a page of its own.
func custodyButtons(l *care.Look, session care.ID, s *care.Found[Slot]) []screen.Button {
	here := "/appointment/sessions/" + string(session)
	if s.Value.Holder == County || s.Value.State != SlotFree {
		return nil
	}
	switch {
	case l.Actor.Role == care.Supervisor:
		return []screen.Button{{Label: "强制收回", Look: screen.Danger, Href: "/appointment/repossess/" + string(s.Ref.ID)}}
	case l.Actor.Role == care.Scheduler && !l.Now().Before(s.Value.Closes(s.Value.Start).Add(custody.Guard)):
		return []screen.Button{{Label: "收回", Look: screen.Quiet, Action: "/do/appointment.reclaim",
			Fields: []screen.Hidden{{Name: "slot", Value: string(s.Ref.ID)}, {Name: "next", Value: here}}}}
	}
	return nil
}

// sessionForms are what a scheduler can do with the session.
func sessionForms(l *care.Look, id care.ID, s *Session) ([]FormPart, error) {
	here := "/appointment/sessions/" + string(id)
	if l.Actor.Role != care.Scheduler {
		return nil, nil
	}
	if s.State == SessionStopped {
		return []FormPart{form("appointment.reopen", here, "恢复出诊").with("session", id)}, nil
	}
	if s.State != SessionOpen {
		return nil, nil
	}
	stations, err := stationOptions(l)
	if err != nil {
		return nil, err
	}
	doctors, err := staffOptions(l)
	if err != nil {
		return nil, err
	}
	departments, err := departmentOptions(l)
	if err != nil {
		return nil, err
	}
	used, err := recentUse(l, s)
	if err != nil {
		return nil, err
	}
	grantForm := form("appointment.grant", here, "分给村站", screen.Field{Name: "site", Label: "村站", Type: "select", Options: stations},
		screen.Field{Name: "count", Label: "几个号", Type: "number", Value: fmt.Sprint(max(used, 1)), Width: 4},
		screen.Field{Name: "reserve", Label: "县里至少保留几个空号", Type: "number", Value: "2", Width: 4},
		screen.Field{Name: "before", Label: "开始前几分钟截止", Type: "number", Value: fmt.Sprint(usualCutoff), Width: 5}).with("session", id)
	stopForm := form("appointment.stop", here, "停诊", screen.Field{Name: "reason", Label: "停诊原因", Hint: "群众会看到", Width: 20, MaxLength: 60}).with("session", id)
	stopForm.Submit.Look, stopForm.Note = screen.Danger, "约好的人会收到通知，可以改约"
	moveForm := form("appointment.move", "/appointment/sessions/{about}", "移到其他院区", screen.Field{Name: "department", Label: "移到哪个科室", Type: "select", Options: departments},
		screen.Field{Name: "count", Label: "几个号", Type: "number", Value: "2", Width: 4}).with("session", id)
	numbers, err := numbersForms(l, id, s, stations)
	return append([]FormPart{grantForm,
		form("appointment.extra", here, "加号", screen.Field{Name: "at", Label: "加在几点", Value: clock(s.To.Add(-time.Duration(s.Minutes) * time.Minute)), Width: 6},
			screen.Field{Name: "count", Label: "几个号", Type: "number", Value: "1", Width: 4}).with("session", id),
		form("appointment.substitute", here, "替诊", screen.Field{Name: "doctor", Label: "换成哪位医生", Type: "select", Options: doctors}).with("session", id),
		moveForm, stopForm}, numbers...), err
}

// recentUse is how many slots of a department a session's stations sold lately:
// the mean of the last four weeks, as a size to grant.
func recentUse(l *care.Look, s *Session) (int, error) {
	stations, err := stationOptions(l)
	if err != nil || len(stations) == 0 {
		return 0, err
	}
	from := l.Now().AddDate(0, 0, -28)
	sold := 0
	for _, o := range stations {
		all, err := care.Collect[Appointment](l, protocol.Query{Kind: KindAppointment, Index: "made", Match: []string{o.Value, string(s.Department)}, From: from})
		if err != nil {
			return 0, err
		}
		sold += len(all)
	}
	sessions, err := sessionsBy(l, "department", string(s.Department), from, l.Now())
	if n := len(sessions) * len(stations); n > 0 {
		return (sold + n - 1) / n, err
	}
	return 0, err
}

// RepossessPage asks for the reason before a slot is taken by force.
type RepossessPage struct {
	Facts
	Holder string
	Forms  []FormPart
}

var repossessPage = care.Show(care.View{
	Name: "appointment.repossess-page", Roles: []care.Role{care.Supervisor}, Purpose: care.ForOperations,
}, func(l *care.Look, in BySlot) (RepossessPage, error) {
	s, session, err := slotAndSession(l, in.Slot)
	if err != nil {
		return RepossessPage{}, err
	}
	holder, err := holderNames(l)
	if err != nil {
		return RepossessPage{}, err
	}
	f, err := factsOf(l, s.Org, s.Department, session.Doctor, s.Start, s.End, s.Fee)
	return repossessPart(f, holder(s.Holder), form("appointment.repossess", "/appointment/sessions/"+string(s.Session), "强制收回").with("slot", in.Slot)), err
})

func repossessPart(f Facts, holder string, part FormPart) RepossessPage {
	part.Fields = []screen.Field{{Name: "reason", Label: "原因", Hint: "写入审计，至少四个字", Width: 30, MaxLength: 120}}
	part.Submit.Look = screen.Danger
	part.Note = "村站可能已经在断网时约出。那样的预约会转为“需要改约”，本人会收到致歉通知，并给排班员开一个任务。"
	return RepossessPage{Facts: f, Holder: holder, Forms: []FormPart{part}}
}
