package appointment

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// lateAfter is how long after the start of their slot somebody still keeps
// their turn.
const lateAfter = 10 * time.Minute

// checkin says that a person is here, at the station or at the campus, with or
// without the line. Somebody who was passed over checks in again: within three
// calls their place is kept, later they go to the end.
var checkin = care.Do(care.Action{
	Name: "appointment.checkin", Title: "报到", Roles: bookers,
	Purpose: care.ForCare, Lane: protocol.Clinical,
}, func(d *care.Deed, in ByAppointment) error {
	a, _, err := readAppointment(d, d.Actor, in.Appointment)
	if err != nil {
		return err
	}
	if err := mayCheckIn(d, in.Appointment, &a); err != nil {
		return err
	}
	q, err := readQueue(d, a.Session)
	if err != nil {
		return err
	}
	p, there := q.find(in.Appointment)
	if !there {
		p = Place{Appointment: in.Appointment, Turn: a.Turn, Site: d.Site()}
	}
	switch {
	case p.State == Passed && q.Calls-p.PassedAt <= keptFor:
		p.Kept, p.Late = true, 0
	case p.State == Passed || a.Numbers == "" && d.Now().After(a.Start.Add(lateAfter)):
		p.Kept, p.Late = false, q.late()
	}
	p.Times = 0
	q.move(p, Waiting, d.Now())
	a.become(d, CheckedIn, "")
	if err := writeAppointment(d, in.Appointment, &a); err != nil {
		return err
	}
	return writeQueue(d, a.Session, a.Org, &q)
})

func mayCheckIn(d *care.Deed, id care.ID, a *Appointment) error {
	here := "/appointment/mine/" + string(id)
	session, err := readSession(d, a.Session)
	switch {
	case err != nil:
		return err
	case session.State == SessionStopped:
		return stopped(a.Session)
	case a.State == CheckedIn || a.State == Called:
		return protocol.Refuse("already-in", "您已经报到了，请等候叫号").Offer(here)
	case a.State != Booked && a.State != Missed:
		return protocol.Refuse("not-booked", "这个预约现在不能报到").Offer(here)
	case day(d.Now()) != session.Date:
		return protocol.Refuse("not-today", "请在就诊当天报到").Offer(here)
	case session.State == SessionEnded:
		return protocol.Refuse("session-past", "这次出诊已经结束，请选择其他时间").Offer("/appointment/departments")
	}
	return nil
}
