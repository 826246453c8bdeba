package appointment

import (
	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// RequestInput asks the county for a visit that cannot be booked here: at a
// slot, or at any time of a session. A resident leaves Person empty.
type RequestInput struct {
	Person  care.ID `json:"person,omitempty"`
	Slot    care.ID `json:"slot,omitempty"`
	Session care.ID `json:"session,omitempty"`
}

// Subject implements care.Subjected.
func (in RequestInput) Subject() protocol.ID { return in.Person }

// Check implements care.Checked.
func (in RequestInput) Check() error {
	if in.Slot == "" && in.Session == "" {
		return protocol.Refuse("slot-missing", "请先选择想看的时间").Offer("/appointment/departments")
	}
	return nil
}

// request is an appointment that somebody has still to confirm. It works
// without the line, without custody and with a clock that nobody trusts: the
// slip says requested, and promises nothing.
var request = care.Do(care.Action{
	Name: "appointment.request", Title: "申请预约", Roles: bookers,
	Purpose: care.ForBooking, Lane: protocol.Administrative, Consent: care.ConsentBasic,
}, func(d *care.Deed, in RequestInput) error {
	person, err := mayBook(d, in.Person)
	if err != nil {
		return err
	}
	a := newAppointment(d, person, Requested)
	if err := a.wish(d, in); err != nil {
		return err
	}
	id, err := enter(d, &a)
	if err != nil {
		return err
	}
	return tell(d, id, &a, "requested")
})

// wish fills in what is asked for. A slot that could be booked here and now is
// booked, not asked for.
func (a *Appointment) wish(d *care.Deed, in RequestInput) error {
	id := in.Session
	var s Slot
	if in.Slot != "" {
		var err error
		if s, _, err = readSlot(d, in.Slot); err != nil {
			return err
		}
		id = s.Session
	}
	session, err := readSession(d, id)
	switch {
	case err != nil:
		return err
	case session.State != SessionOpen:
		return stopped(id)
	case !d.Now().Before(session.To):
		return protocol.Refuse("session-past", "这次出诊已经结束，请选择其他时间").Offer("/appointment/departments")
	}
	if in.Slot == "" {
		a.Session, a.Org, a.Department, a.Doctor = id, session.Org, session.Department, session.Doctor
		a.Start, a.End, a.Fee = session.From, session.To, session.Fee
		return nil
	}
	direct, err := canSell(d, in.Slot, &s, &session)
	if err == nil && direct {
		err = protocol.Refuse("book-instead", "这个号现在就可以直接约").Offer("/appointment/slot/" + string(in.Slot))
	}
	a.takes(in.Slot, &s, &session)
	a.Turn = 0 // nobody has a place in the queue before the county said yes
	return err
}
