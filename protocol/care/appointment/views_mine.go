package appointment

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/codec/mask"
)

// Visit is one appointment as a page shows it.
type Visit struct {
	Facts
	ID      care.ID
	Name    string // where several people's visits stand in one list
	Number  string
	State   State
	Reason  string
	Receipt screen.Receipt
	Level   string // the receipt in words
	Href    string
}

func visitOf(r protocol.Reader, id care.ID, a *Appointment, rec *protocol.Record) (Visit, error) {
	f, err := visitFacts(r, a)
	if err != nil {
		return Visit{}, err
	}
	level, err := levelOf(r, rec)
	v := Visit{Facts: f, ID: id, Number: a.Number, State: a.State, Reason: a.Reason,
		Receipt: screen.Receipt{Level: screen.Level(level) + 1, To: "医院"}, Level: LevelText(level, a.State == Requested),
		Href: "/appointment/mine/" + string(id)}
	return v, err
}

// Mine is a person's list, what is ahead first.
type Mine struct{ List List[Visit] }

var mine = care.Show(care.View{
	Name: "appointment.mine", Roles: []care.Role{care.Resident}, Purpose: care.ForBooking, Personal: true,
}, func(l *care.Look, in Paged) (Mine, error) {
	all, err := visitsOf(l, self(l.Actor))
	l.Saw(self(l.Actor), len(all))
	return Mine{List[Visit]{all, in.Page, "/appointment/mine"}}, err
})

// shownBack is for how long past visits stay in the list.
const shownBack = 90 * 24 * time.Hour

// visitsOf lists a person's visits: those ahead from the next one on, then those
// that are over, the newest first.
func visitsOf(r protocol.Reader, person care.ID) ([]Visit, error) {
	all, err := care.Collect[Appointment](r, protocol.Query{Kind: KindAppointment, Index: "person",
		Match: []string{string(person)}, From: r.Now().Add(-shownBack)})
	if err != nil {
		return nil, err
	}
	var ahead, over []Visit
	for _, f := range all {
		a, err := folded[Appointment](&f.Record, mergeAppointment)
		if err != nil {
			return nil, err
		}
		v, err := visitOf(r, f.Ref.ID, &a, &f.Record)
		if err != nil {
			return nil, err
		}
		if a.Live() && r.Now().Before(a.End.Add(endAfter)) || a.State == Displaced {
			ahead = append(ahead, v)
		} else {
			over = append([]Visit{v}, over...)
		}
	}
	return append(ahead, over...), nil
}

// One is the page of one visit, with what can be done about it.
type One struct {
	Visit
	Person     *screen.Person // for staff
	CanMove    bool
	CanCancel  bool
	CanCheckIn bool
	CanPrint   bool
	Form       bool // the department asks something before the visit
	Answered   int
	Questions  int
	MoveHref   string
	Next       string         // the visit that took its place
	Ahead      int            // people before them, once checked in
	From, To   int            // estimated minutes
	Board      string         // where the queue is shown
	Answers    screen.Summary // for clinicians
	Flags      []string       // red flags of the answers
	Alarm      *Alarm         // that stands, for clinicians
	Who        care.ID        // whose visit it is, for staff
}

// PageTitle says how the visit stands.
func (p One) PageTitle() string { return p.State.Mark().Text }

// Frame puts the person on top for staff.
func (p One) Frame(c *screen.Chrome) {
	c.Person = p.Person
	if p.Person != nil {
		c.Back = "/appointment/person/" + string(p.Who)
	}
}

var one = care.Show(care.View{
	Name: "appointment.one", Roles: readers, Purpose: care.ForBooking, Personal: true,
}, func(l *care.Look, in ByAppointment) (One, error) {
	a, rec, err := readAppointment(l, l.Actor, in.Appointment)
	if err != nil {
		return One{}, err
	}
	l.Saw(a.Person, 1)
	v, err := visitOf(l, in.Appointment, &a, &rec)
	if err != nil {
		return One{}, err
	}
	out := One{Visit: v, CanCancel: a.Changeable(l.Now()), CanPrint: a.Live() || a.State == Displaced,
		MoveHref: way{Move: in.Appointment}.to("/appointment/departments/" + string(a.Department)), Board: "/appointment/board/" + string(a.Session)}
	out.CanMove = out.CanCancel && a.State != Requested
	if a.Next != "" {
		out.Next = "/appointment/mine/" + string(a.Next)
	}
	if err := out.onTheDay(l, in.Appointment, &a); err != nil {
		return out, err
	}
	if err := out.answers(l, in.Appointment, &a); err != nil {
		return out, err
	}
	if l.Actor.Role != care.Resident {
		out.Who = a.Person
		out.Person, err = headOf(l, a.Person)
	}
	return out, err
})

// onTheDay adds what matters on the day of the visit.
func (p *One) onTheDay(l *care.Look, id care.ID, a *Appointment) error {
	session, err := readSession(l, a.Session)
	if err != nil {
		return err
	}
	p.CanCheckIn = (a.State == Booked || a.State == Missed) && day(l.Now()) == session.Date && session.State == SessionOpen
	if a.State != CheckedIn {
		return nil
	}
	q, err := readQueue(l, a.Session)
	for i, w := range q.Waiting() {
		if w.Appointment == id {
			p.Ahead = i
			p.From, p.To = wait(i, session.Minutes)
		}
	}
	return err
}

// answers adds the form before the visit: how far it is filled in, and for
// clinicians what was answered.
func (p *One) answers(l *care.Look, id care.ID, a *Appointment) error {
	dep, err := readDepartment(l, a.Department)
	if err != nil || dep.Form == "" {
		return err
	}
	form, err := readForm(l, dep.Form)
	if err != nil {
		return err
	}
	given, _, err := readPrevisit(l, id)
	if err != nil {
		return err
	}
	p.Form, p.Answered, p.Questions = a.Live(), len(given.Answers), len(form.Questions)
	if l.Actor.Role != care.Doctor && l.Actor.Role != care.CountyDoctor {
		return nil
	}
	p.Answers, p.Flags = summary(&form, &given), given.flags()
	alarm, there, err := optional[Alarm](l, alarmRef(a.Person))
	if there && alarm.Cleared.Before(alarm.At) {
		p.Alarm = &alarm
	}
	return err
}

// headOf is the person on top of a page for staff: enough to know that it is
// the right one.
func headOf(r protocol.Reader, person care.ID) (*screen.Person, error) {
	p, _, err := find[care.Person](r, care.ResidentRef(person), "no-person", "没有找到这位居民", "/identity/find")
	if err != nil {
		return nil, err
	}
	return &screen.Person{Name: p.Name, Sex: sexWords[p.Sex], Age: ageText(p.Age(r.Now())), ID: mask.IDNumber(p.Document.Number),
		Href: "/identity/person/" + string(person)}, nil
}

var sexWords = map[string]string{"1": "男", "2": "女"}

// Done is the page after booking, asking or moving.
type Done struct {
	Visit
	Previous string // the number that counts no more
	Form     bool
}

// Frame says what happened, and never more than is true.
func (p Done) Frame(c *screen.Chrome) {
	switch {
	case p.State == Requested:
		c.Title = "申请已提交"
	case p.State != Booked:
		c.Title = p.State.Mark().Text
	case p.Previous != "":
		c.Title = "改约成功"
	}
}

var done = care.Show(care.View{
	Name: "appointment.done", Roles: bookers, Purpose: care.ForBooking, Personal: true,
}, func(l *care.Look, in ByAppointment) (Done, error) {
	a, rec, err := readAppointment(l, l.Actor, in.Appointment)
	if err != nil {
		return Done{}, err
	}
	l.Saw(a.Person, 1)
	v, err := visitOf(l, in.Appointment, &a, &rec)
	if err != nil {
		return Done{}, err
	}
	out := Done{Visit: v}
	dep, err := readDepartment(l, a.Department)
	out.Form = dep.Form != ""
	if err != nil || a.Previous == "" {
		return out, err
	}
	old, _, err := readAppointment(l, l.Actor, a.Previous)
	out.Previous = old.Number
	return out, err
})

// CancelPage asks once more before a visit is called off.
type CancelPage struct{ Visit }

// Frame leads back to the visit.
func (p CancelPage) Frame(c *screen.Chrome) { c.Back = p.Href }

var cancelPage = care.Show(care.View{
	Name: "appointment.cancel-page", Roles: bookers, Purpose: care.ForBooking, Personal: true,
}, func(l *care.Look, in ByAppointment) (CancelPage, error) {
	a, rec, err := readAppointment(l, l.Actor, in.Appointment)
	if err != nil {
		return CancelPage{}, err
	}
	if !a.Changeable(l.Now()) {
		return CancelPage{}, protocol.Refuse("not-changeable", "这个预约已经不能取消或改约").Offer("/appointment/mine/" + string(in.Appointment))
	}
	l.Saw(a.Person, 1)
	v, err := visitOf(l, in.Appointment, &a, &rec)
	return CancelPage{v}, err
})
