package appointment

import (
	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Booking asks for one slot for one person. A resident leaves Person empty.
type Booking struct {
	Person care.ID `json:"person,omitempty"`
	Slot   care.ID `json:"slot"`
}

// Subject implements care.Subjected.
func (in Booking) Subject() protocol.ID { return in.Person }

// book sells a slot that this site holds: the slot, the appointment, the
// person's place in the session and the number are written in one Change or not
// at all, so two people who press at once cannot both have it, and pressing
// twice is one appointment (the form's key).
var book = care.Do(care.Action{
	Name: "appointment.book", Title: "预约挂号", Roles: bookers,
	Purpose: care.ForBooking, Lane: protocol.Administrative, Consent: care.ConsentBasic,
}, func(d *care.Deed, in Booking) error {
	person, err := mayBook(d, in.Person)
	if err != nil {
		return err
	}
	s, session, err := chosen(d, in.Slot)
	if err != nil {
		return wayOf(d.Actor, person).stays(err)
	}
	a := newAppointment(d, person, Booked)
	a.takes(in.Slot, &s, &session)
	id, err := enter(d, &a)
	if err != nil {
		return err
	}
	if err := fill(d, in.Slot, &s, id); err != nil {
		return err
	}
	return tell(d, id, &a, "booked")
})

// Item is the item of the catalogue that opens and closes booking. What is
// booked already runs to its end.
const Item = "appointment"

// mayBook is the person to book for. Somebody whose answers point to an
// emergency does not simply book on: a doctor speaks with them first.
func mayBook(d *care.Deed, named care.ID) (care.ID, error) {
	if err := care.NeedItem(d, Item); err != nil {
		return "", err
	}
	person, err := whom(d, d.Actor, named)
	if err != nil || d.Actor.Role != care.Resident {
		return person, err
	}
	flag, raised, err := alarmOf(d, person)
	if err == nil && raised {
		err = protocol.Refuse("red-flag", "您刚才的回答提示可能有急症，请先看急救提示，或请村医帮忙").Offer("/appointment/emergency/" + flag)
	}
	return person, err
}

// chosen reads a slot that somebody picked, with its session, and refuses one
// that may not be sold here and now.
func chosen(d *care.Deed, id care.ID) (Slot, Session, error) {
	s, _, err := readSlot(d, id)
	if err != nil {
		return s, Session{}, err
	}
	session, err := readSession(d, s.Session)
	if err != nil {
		return s, session, err
	}
	return s, session, sellable(d, id, &s, &session)
}

// enter writes a new appointment under a number of its own, and takes the
// person's place in the session.
func enter(d *care.Deed, a *Appointment) (care.ID, error) {
	n, err := nextNumber(d)
	if err != nil {
		return "", err
	}
	a.Number = n.text
	id := d.NewID()
	if err := writeAppointment(d, id, a); err != nil {
		return "", err
	}
	if err := claim(d, a.Person, a.Session, id); err != nil {
		return "", err
	}
	return id, n.use(d)
}

// fill marks a slot as somebody's.
func fill(d *care.Deed, slot care.ID, s *Slot, appointment care.ID) error {
	s.State, s.Appointment = SlotBooked, appointment
	return writeSlot(d, slot, s)
}

// vacate frees the slot of an appointment, if this site holds it and it is
// still that appointment's. Where another site holds it, that site frees it
// when it hears (follow.go).
func vacate(d *care.Deed, a *Appointment, id care.ID) error {
	if a.Slot == "" || doubtful(d) { // with a clock or a journal in doubt it waits until that is over (chores.go)
		return nil
	}
	there, err := care.Exists(d, SlotRef(a.Slot))
	if err != nil || !there {
		return err
	}
	s, _, err := readSlot(d, a.Slot)
	if err != nil || s.Holder != d.Site() || s.State != SlotBooked || s.Appointment != id {
		return err
	}
	s.State, s.Appointment = SlotFree, ""
	return writeSlot(d, a.Slot, &s)
}
