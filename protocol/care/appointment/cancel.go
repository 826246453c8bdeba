package appointment

import (
	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// CancelInput calls a visit off.
type CancelInput struct {
	Appointment care.ID `json:"appointment"`
	Reason      string  `json:"reason"`
}

// Check implements care.Checked.
func (in CancelInput) Check() error {
	if len([]rune(in.Reason)) > 200 {
		return protocol.Refuse("reason-long", "原因请写得短一些").OnField("reason")
	}
	return nil
}

// cancel works until the session's slot begins, with or without the line. The
// slot goes back to whoever holds it.
var cancel = care.Do(care.Action{
	Name: "appointment.cancel", Title: "取消预约", Roles: care.Roles(bookers, care.System),
	Purpose: care.ForBooking, Lane: protocol.Administrative,
}, func(d *care.Deed, in CancelInput) error {
	a, err := changeable(d, in.Appointment)
	if err != nil {
		return err
	}
	a.become(d, Cancelled, in.Reason)
	if err := writeAppointment(d, in.Appointment, &a); err != nil {
		return err
	}
	if err := leave(d, &a, in.Appointment); err != nil {
		return err
	}
	return tell(d, in.Appointment, &a, "cancelled")
})

// changeable reads an appointment that the person may still call off or move.
func changeable(d *care.Deed, id care.ID) (Appointment, error) {
	a, _, err := readAppointment(d, d.Actor, id)
	if err != nil {
		return a, err
	}
	here := "/appointment/mine/" + string(id)
	switch {
	case a.Changeable(d.Now()):
		return a, nil
	case a.State == Cancelled:
		return a, protocol.Refuse("already-cancelled", "这个预约已经取消了").Offer(here)
	case a.State == Rescheduled:
		return a, protocol.Refuse("already-moved", "这个预约已经改到别的时间了").Offer("/appointment/mine/" + string(a.Next))
	case a.State == Booked:
		return a, protocol.Refuse("too-late", "就诊时间已经开始，不能再取消或改约，请联系村医").Offer(here)
	}
	return a, protocol.Refuse("not-changeable", "这个预约已经不能取消或改约").Offer(here)
}

// leave gives up what an appointment took: its slot and the person's place in
// the session.
func leave(d *care.Deed, a *Appointment, id care.ID) error {
	if err := vacate(d, a, id); err != nil {
		return err
	}
	return unclaim(d, a, id)
}
