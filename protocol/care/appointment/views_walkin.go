package appointment

import (
	"fmt"
	"strings"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/custody"
)

// WalkInOffer leads to the walk-in numbers of a session.
type WalkInOffer struct {
	Left int
	Href string
}

func walkInOffer(r protocol.Reader, in ChooseInput, s *Session) (*WalkInOffer, error) {
	if in.Move != "" {
		return nil, nil
	}
	left, err := walkable(r, in.Session, s)
	if err != nil || left == 0 {
		return nil, err
	}
	return &WalkInOffer{left, in.way().to("/appointment/walk-in/" + string(in.Session))}, nil
}

// WalkInPage is the page before somebody takes a number: check, then take it.
type WalkInPage struct {
	Facts
	Session care.ID
	Person  care.ID
	Head    *screen.Person // when staff act for somebody
	back    string
}

// Frame leads back to the session.
func (p WalkInPage) Frame(c *screen.Chrome) { c.Back, c.Person = p.back, p.Head }

var walkInPage = care.Show(care.View{
	Name: "appointment.walk-in-page", Roles: bookers, Purpose: care.ForBooking, Personal: true,
}, func(l *care.Look, in ChooseInput) (WalkInPage, error) {
	s, err := readSession(l, in.Session)
	if err != nil {
		return WalkInPage{}, err
	}
	w := in.way()
	n, err := nextRange(l, in.Session, &s)
	if err != nil {
		return WalkInPage{}, w.stays(err)
	}
	out := WalkInPage{Session: in.Session, Person: in.Person, back: w.to("/appointment/session/" + string(in.Session))}
	if out.Facts, err = factsOf(l, s.Org, s.Department, s.Doctor, s.From, s.To, s.Fee); err != nil {
		return out, err
	}
	out.Turn = turn(n.Value.First + len(n.Value.Given))
	if l.Actor.Role == care.Resident {
		return out, nil
	}
	if in.Person == "" {
		return out, protocol.Refuse("person-missing", "请先选定就诊的人").Offer("/identity/find")
	}
	out.Head, err = headOf(l, in.Person)
	l.Saw(in.Person, 1)
	return out, err
})

// numbersTable is whose each walk-in number is to give out, for schedulers.
func numbersTable(l *care.Look, session care.ID) (screen.Table, error) {
	t := screen.Table{Caption: "现场号", Columns: []screen.Column{{Label: "号码"}, {Label: "在谁手上"}, {Label: "截止"}, {Label: "已取", Numeric: true}, {Label: "操作", Hidden: true}}}
	all, err := numbersOf(l, session)
	if err != nil {
		return t, err
	}
	holder, err := holderNames(l)
	if err != nil {
		return t, err
	}
	for _, n := range all {
		until := n.Value.Closes(n.Value.End)
		t.Rows = append(t.Rows, screen.Row{Cells: []screen.Cell{{Text: turn(n.Value.First) + "–" + turn(n.Value.Last)}, {Text: holder(n.Value.Holder), Note: n.Value.Taken},
			{Text: clock(until)}, figure(len(n.Value.Given)), {Buttons: numbersButtons(l, &n)}}})
	}
	return t, nil
}

func numbersButtons(l *care.Look, n *care.Found[Numbers]) []screen.Button {
	switch {
	case n.Value.Holder == County:
		return nil
	case l.Actor.Role == care.Supervisor:
		return []screen.Button{{Label: "强制收回", Look: screen.Danger, Href: "/appointment/repossess-numbers/" + string(n.Ref.ID)}}
	case l.Actor.Role == care.Scheduler && !l.Now().Before(n.Value.Closes(n.Value.End).Add(custody.Guard)):
		return []screen.Button{{Label: "收回", Look: screen.Quiet, Action: "/do/appointment.reclaim-numbers",
			Fields: []screen.Hidden{{Name: "numbers", Value: string(n.Ref.ID)}, {Name: "next", Value: "/appointment/sessions/" + string(n.Value.Session)}}}}
	}
	return nil
}

// numbersForms are what a scheduler can do with walk-in numbers, of a department
// whose numbers are ours to give.
func numbersForms(l *care.Look, id care.ID, s *Session, stations []screen.Option) ([]FormPart, error) {
	dep, err := readDepartment(l, s.Department)
	if err != nil || dep.Hospital {
		return nil, err
	}
	here := "/appointment/sessions/" + string(id)
	out := []FormPart{form("appointment.open-numbers", here, "放现场号", screen.Field{Name: "count", Label: "几个号", Type: "number", Value: "10", Width: 4}).with("session", id)}
	out[0].Note = "没有预约的人当天取号，排在已预约的人后面"
	all, err := numbersOf(l, id)
	if from, ok := largest(l, all); ok && from.Value.Left() > 0 {
		out = append(out, form("appointment.grant-numbers", here, "把现场号分给村站", screen.Field{Name: "site", Label: "村站", Type: "select", Options: stations},
			screen.Field{Name: "count", Label: "几个号", Type: "number", Value: fmt.Sprint((from.Value.Left() + 1) / 2), Width: 4},
			screen.Field{Name: "reserve", Label: "县里至少保留几个空号", Type: "number", Value: "2", Width: 4},
			screen.Field{Name: "before", Label: "出诊结束前几分钟截止", Type: "number", Value: fmt.Sprint(usualWalkInEnd), Width: 5}).with("session", id))
	}
	return out, err
}

var repossessNumbersPage = care.Show(care.View{
	Name: "appointment.repossess-numbers-page", Roles: []care.Role{care.Supervisor}, Purpose: care.ForOperations,
}, func(l *care.Look, in ByNumbers) (RepossessPage, error) {
	n, _, err := readNumbers(l, in.Numbers)
	if err != nil {
		return RepossessPage{}, err
	}
	session, err := readSession(l, n.Session)
	if err != nil {
		return RepossessPage{}, err
	}
	holder, err := holderNames(l)
	if err != nil {
		return RepossessPage{}, err
	}
	f, err := factsOf(l, n.Org, n.Department, session.Doctor, n.Start, n.End, session.Fee)
	f.Turn = strings.Join([]string{turn(n.First), turn(n.Last)}, "–")
	return repossessPart(f, holder(n.Holder), form("appointment.repossess-numbers", "/appointment/sessions/"+string(n.Session), "强制收回").with("numbers", in.Numbers)), err
})
