package appointment

import (
	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// RescheduleInput moves a visit to another slot.
type RescheduleInput struct {
	Appointment care.ID `json:"appointment"`
	Slot        care.ID `json:"slot"`
}

// reschedule books the new slot and frees the old one in one Change: nobody is
// ever left with neither. The new appointment has its own number, since the old
// one may be on paper already.
var reschedule = care.Do(care.Action{
	Name: "appointment.reschedule", Title: "改约", Roles: bookers,
	Purpose: care.ForBooking, Lane: protocol.Administrative,
}, func(d *care.Deed, in RescheduleInput) error {
	old, err := changeable(d, in.Appointment)
	if err != nil {
		return err
	}
	if old.State == Requested {
		return protocol.Refuse("still-requested", "申请还没有答复，请先取消申请再约别的时间").Offer("/appointment/mine/" + string(in.Appointment))
	}
	s, session, err := chosen(d, in.Slot)
	if err != nil {
		return err
	}
	a := newAppointment(d, old.Person, Booked)
	a.takes(in.Slot, &s, &session)
	a.Previous = in.Appointment
	id, err := replace(d, &a, &old)
	if err != nil {
		return err
	}
	if err := fill(d, in.Slot, &s, id); err != nil {
		return err
	}
	return tell(d, id, &a, "rescheduled")
})

// replace writes the new appointment first, since the Change is about it, then
// gives up what the old one took. Within one session the person's place passes
// from one to the other.
func replace(d *care.Deed, a, old *Appointment) (care.ID, error) {
	n, err := nextNumber(d)
	if err != nil {
		return "", err
	}
	a.Number = n.text
	id := d.NewID()
	if err := writeAppointment(d, id, a); err != nil {
		return "", err
	}
	if err := leave(d, old, a.Previous); err != nil {
		return "", err
	}
	if err := claim(d, a.Person, a.Session, id); err != nil {
		return "", err
	}
	old.become(d, Rescheduled, "")
	old.Next = id
	if err := writeAppointment(d, a.Previous, old); err != nil {
		return "", err
	}
	return id, n.use(d)
}
