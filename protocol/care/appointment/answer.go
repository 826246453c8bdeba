package appointment

import (
	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// AcceptInput books a request. Slot may differ from the one wished for.
type AcceptInput struct {
	Appointment care.ID `json:"appointment"`
	Slot        care.ID `json:"slot"`
}

var accept = care.Do(care.Action{
	Name: "appointment.accept", Title: "同意预约申请", Roles: []care.Role{care.Scheduler, care.CountyDoctor, care.System},
	Purpose: care.ForBooking, Lane: protocol.Administrative, Place: care.InCounty,
}, func(d *care.Deed, in AcceptInput) error {
	a, err := requested(d, in.Appointment)
	if err != nil {
		return err
	}
	s, session, err := chosen(d, in.Slot)
	if err != nil {
		return err
	}
	before := a
	a.takes(in.Slot, &s, &session)
	a.become(d, Booked, "")
	if err := writeAppointment(d, in.Appointment, &a); err != nil {
		return err
	}
	if before.Session != a.Session {
		if err := unclaim(d, &before, in.Appointment); err != nil {
			return err
		}
		if err := claim(d, a.Person, a.Session, in.Appointment); err != nil {
			return err
		}
	}
	if err := fill(d, in.Slot, &s, in.Appointment); err != nil {
		return err
	}
	return tell(d, in.Appointment, &a, "accepted")
})

// DeclineInput turns a request down, with what the person should know.
type DeclineInput struct {
	Appointment care.ID `json:"appointment"`
	Reason      string  `json:"reason"`
}

// Check implements care.Checked.
func (in DeclineInput) Check() error {
	if len([]rune(in.Reason)) < 2 {
		return protocol.Refuse("reason-missing", "请写明不能安排的原因，申请人会看到").OnField("reason")
	}
	return nil
}

var decline = care.Do(care.Action{
	Name: "appointment.decline", Title: "不能安排预约申请", Roles: []care.Role{care.Scheduler, care.CountyDoctor, care.System},
	Purpose: care.ForBooking, Lane: protocol.Administrative, Place: care.InCounty,
}, func(d *care.Deed, in DeclineInput) error {
	a, err := requested(d, in.Appointment)
	if err != nil {
		return err
	}
	a.become(d, Declined, in.Reason)
	if err := writeAppointment(d, in.Appointment, &a); err != nil {
		return err
	}
	if err := unclaim(d, &a, in.Appointment); err != nil {
		return err
	}
	return tell(d, in.Appointment, &a, "declined")
})

func requested(d *care.Deed, id care.ID) (Appointment, error) {
	a, _, err := readAppointment(d, d.Actor, id)
	if err == nil && a.State != Requested {
		err = protocol.Refuse("not-requested", "这个申请已经处理过了").Offer("/appointment/requests")
	}
	return a, err
}
