package appointment

import (
	"cmp"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// SubstituteInput lets another doctor see the people of a session.
type SubstituteInput struct {
	Session care.ID `json:"session"`
	Doctor  care.ID `json:"doctor"`
}

// substitute changes who sees people. Bookings stay; everybody is told who it
// is now, and may cancel or move as before.
var substitute = care.Do(care.Action{
	Name: "appointment.substitute", Title: "替诊", Roles: planners,
	Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty,
}, func(d *care.Deed, in SubstituteInput) error {
	s, err := readSession(d, in.Session)
	if err != nil {
		return err
	}
	doctor, there, err := optional[care.StaffMember](d, care.StaffRef(in.Doctor))
	switch {
	case err != nil:
		return err
	case !there || doctor.Suspended:
		return protocol.Refuse("no-doctor", "没有找到这位医生").OnField("doctor")
	case s.State != SessionOpen:
		return protocol.Refuse("not-open", "这次出诊已经停诊或结束")
	case s.Doctor == in.Doctor:
		return protocol.Refuse("same-doctor", "这次出诊本来就是这位医生").OnField("doctor")
	}
	busy, err := sessionsBy(d, "doctor", string(in.Doctor), midnight(s.From), midnight(s.From).AddDate(0, 0, 1))
	if err != nil {
		return err
	}
	for _, o := range busy {
		if o.Value.Half == s.Half && o.Value.State == SessionOpen {
			return protocol.Refuse("doctor-busy", "这位医生这半天另有出诊").OnField("doctor")
		}
	}
	s.Instead = cmp.Or(s.Instead, s.Doctor)
	s.Doctor = in.Doctor
	if s.Doctor == s.Instead {
		s.Instead = ""
	}
	return writeSession(d, in.Session, &s)
})

// tellSubstitute tells everybody who is booked that another doctor will see
// them.
func tellSubstitute(r protocol.Reader, c protocol.Change) ([]care.Request, error) {
	session, _, err := care.Read[Session](r, c.About())
	if err != nil {
		return nil, err
	}
	booked, err := bookedIn(r, c.About().ID)
	var out []care.Request
	for _, a := range booked {
		if a.Value.Live() && a.Value.Doctor != session.Doctor {
			out = append(out, ask("appointment.new-doctor", ByAppointment{a.Ref.ID}))
		}
	}
	return out, err
}

// newDoctor writes into one appointment who sees the person now, and tells them.
var newDoctor = care.Do(care.Action{
	Name: "appointment.new-doctor", Title: "告知替诊", Roles: []care.Role{care.System},
	Purpose: care.ForBooking, Lane: protocol.Administrative, Place: care.InCounty,
}, func(d *care.Deed, in ByAppointment) error {
	a, _, err := readAppointment(d, d.Actor, in.Appointment)
	if err != nil {
		return err
	}
	session, err := readSession(d, a.Session)
	if err != nil || a.Doctor == session.Doctor || !a.Live() {
		return err
	}
	a.Doctor, a.Changed = session.Doctor, d.Now()
	if err := writeAppointment(d, in.Appointment, &a); err != nil {
		return err
	}
	return tell(d, in.Appointment, &a, "new-doctor."+string(session.Doctor))
})
