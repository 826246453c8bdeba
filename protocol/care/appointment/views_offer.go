package appointment

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// Facts is what a visit is: when, where, who, how much.
type Facts struct {
	Start, End                            time.Time
	Org, Department, Route, Doctor, Title string
	Fee                                   Fen
	Turn                                  string
}

// OfferPage is the page before anything is decided: check, then book, ask or
// move.
type OfferPage struct {
	Facts
	Slot   care.ID
	Offer  Offer
	Why    *screen.Notice // why it can only be asked for
	Person care.ID
	Move   care.ID
	Old    *Facts         // the visit that is moved
	Others string         // where to choose another time
	Head   *screen.Person // when staff act for somebody
}

// Frame names what is asked.
func (p OfferPage) Frame(c *screen.Chrome) {
	c.Back, c.Person = p.Others, p.Head
	switch {
	case p.Move != "":
		c.Title = "请核对改约信息"
	case p.Offer == OfferAsk:
		c.Title = "提交预约申请"
	}
}

// OfferInput names a slot and what somebody is about.
type OfferInput struct {
	Slot   care.ID `json:"slot"`
	Person care.ID `json:"person"`
	Move   care.ID `json:"move"`
}

// offer is for who signed in: the host sends visitors to sign in and back.
var offer = care.Show(care.View{
	Name: "appointment.offer", Roles: bookers, Purpose: care.ForBooking, Personal: true,
}, func(l *care.Look, in OfferInput) (OfferPage, error) {
	s, session, err := slotAndSession(l, in.Slot)
	if err != nil {
		return OfferPage{}, err
	}
	w := way{in.Move, in.Person}
	out := OfferPage{Slot: in.Slot, Person: in.Person, Move: in.Move, Others: w.to("/appointment/session/" + string(s.Session))}
	if out.Facts, err = factsOf(l, s.Org, s.Department, session.Doctor, s.Start, s.End, s.Fee); err != nil {
		return out, err
	}
	if err := out.decide(l, &s, &session); err != nil {
		return out, err
	}
	return out, out.whose(l)
})

func (p *OfferPage) decide(l *care.Look, s *Slot, session *Session) error {
	err := sellable(l, p.Slot, s, session)
	switch {
	case err == nil:
		p.Offer = OfferBook
	case isToAsk(err) && p.Move == "":
		refusal, _ := protocol.AsRefusal(err)
		p.Offer, p.Why = OfferAsk, &screen.Notice{Kind: screen.Calm, Text: refusal.Words}
	case isToAsk(err):
		return protocol.Refuse("move-elsewhere", "这个号要医院确认，不能直接改约过去。请选择可以直接约的时间，或先取消再申请").Offer(p.Others)
	default:
		return way{p.Move, p.Person}.stays(err)
	}
	return nil
}

// whose fills in for whom it is: the person, when staff act for somebody, and
// the visit that is moved.
func (p *OfferPage) whose(l *care.Look) error {
	if p.Move != "" {
		a, _, err := readAppointment(l, l.Actor, p.Move)
		if err != nil {
			return err
		}
		old, err := visitFacts(l, &a)
		if err != nil {
			return err
		}
		p.Old, p.Person = &old, a.Person
	}
	if l.Actor.Role == care.Resident {
		return nil
	}
	if p.Person == "" {
		return protocol.Refuse("person-missing", "请先选定就诊的人").Offer("/identity/find")
	}
	var err error
	p.Head, err = headOf(l, p.Person)
	l.Saw(p.Person, 1)
	return err
}

func factsOf(r protocol.Reader, org, department, doctor care.ID, start, end time.Time, fee Fen) (Facts, error) {
	n, err := lookUp(r, org, department, doctor)
	return Facts{Start: start, End: end, Org: n.Org, Department: n.Department, Route: n.Route, Doctor: n.Doctor, Title: n.Title, Fee: fee}, err
}

func visitFacts(r protocol.Reader, a *Appointment) (Facts, error) {
	f, err := factsOf(r, a.Org, a.Department, a.Doctor, a.Start, a.End, a.Fee)
	f.Turn = turnText(a)
	return f, err
}

// AskAny asks for any time of a session that is full.
type AskAny struct {
	Facts
	Session care.ID
	Person  care.ID
}

// Frame leads back to the session.
func (p AskAny) Frame(c *screen.Chrome) { c.Back = "/appointment/session/" + string(p.Session) }

var askAny = care.Show(care.View{
	Name: "appointment.ask", Roles: bookers, Purpose: care.ForBooking,
}, func(l *care.Look, in ChooseInput) (AskAny, error) {
	s, err := readSession(l, in.Session)
	if err != nil {
		return AskAny{}, err
	}
	if s.State != SessionOpen {
		return AskAny{}, stopped(in.Session)
	}
	if l.Actor.Role != care.Resident && in.Person == "" {
		return AskAny{}, protocol.Refuse("person-missing", "请先选定就诊的人").Offer("/identity/find")
	}
	f, err := factsOf(l, s.Org, s.Department, s.Doctor, s.From, s.To, s.Fee)
	return AskAny{f, in.Session, in.Person}, err
})
