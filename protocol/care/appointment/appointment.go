package appointment

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// KindAppointment is the kind of appointments.
const KindAppointment protocol.Kind = "appointment"

// State is how far an appointment has come.
type State string

// The states of an appointment.
const (
	Requested   State = "requested"   // asked for; the county answers
	Declined    State = "declined"    // the county could not
	Booked      State = "booked"      //
	Cancelled   State = "cancelled"   //
	Rescheduled State = "rescheduled" // another appointment took its place
	Displaced   State = "needs-rebooking"
	CheckedIn   State = "checked-in"
	Called      State = "called"
	Missed      State = "missed" // called, and not there
	NoShow      State = "no-show"
	Seen        State = "seen"
)

// Appointment is one person's visit. It is never deleted and never taken over
// by another: a reschedule makes a new one.
type Appointment struct {
	Person     care.ID       `json:"person"`
	Number     string        `json:"number"` // what people say and write down: "V01-301126-007"
	State      State         `json:"state"`
	Session    care.ID       `json:"session"`
	Slot       care.ID       `json:"slot,omitempty"`    // the one booked; of a request the one wished for, or none
	Numbers    care.ID       `json:"numbers,omitempty"` // the range that its walk-in number is of
	Org        care.ID       `json:"org"`
	Department care.ID       `json:"department"`
	Doctor     care.ID       `json:"doctor"`
	Start      time.Time     `json:"start"`
	End        time.Time     `json:"end"`
	Turn       int           `json:"turn,omitzero"` // called on the day; 0 before it is booked
	Fee        Fen           `json:"fee"`
	Site       protocol.Site `json:"site"` // where it was made
	By         care.ID       `json:"by"`   // who made it
	ByRole     care.Role     `json:"byRole"`
	At         time.Time     `json:"at"`                 // when it was made
	Changed    time.Time     `json:"changed"`            // when its state was reached
	Reason     string        `json:"reason,omitempty"`   // of the state, as the person is told
	Cause      string        `json:"cause,omitempty"`    // of a displacement: stopped, fenced, clash, hospital
	Previous   care.ID       `json:"previous,omitempty"` // rescheduled from
	Next       care.ID       `json:"next,omitempty"`     // rescheduled to
	Rest       protocol.Rest `json:",unknown"`
}

// AppointmentRef names an appointment.
func AppointmentRef(id care.ID) protocol.Ref { return protocol.Ref{Kind: KindAppointment, ID: id} }

// ByAppointment is the input of what concerns one appointment.
type ByAppointment struct {
	Appointment care.ID `json:"appointment"`
}

// Live reports whether the person still expects something of it.
func (a *Appointment) Live() bool {
	switch a.State {
	case Requested, Booked, CheckedIn, Called, Missed:
		return true
	}
	return false
}

// Holding reports whether it takes up its slot: cancelled and moved ones do
// not, one that was seen does.
func (a *Appointment) Holding() bool {
	switch a.State {
	case Booked, CheckedIn, Called, Missed, Seen, NoShow:
		return true
	}
	return false
}

// Changeable reports whether the person may still cancel it: until their time, and
// any time when we could not keep it.
func (a *Appointment) Changeable(now time.Time) bool {
	switch a.State {
	case Displaced:
		return true
	case Requested, Booked:
		if a.Numbers != "" { // somebody may come at any time of it
			return now.Before(a.End)
		}
		return now.Before(a.Start)
	}
	return false
}

// readAppointment reads an appointment as its merge rule has it, and checks
// that whoever asks may see it.
func readAppointment(r protocol.Reader, who protocol.Actor, id care.ID) (Appointment, protocol.Record, error) {
	a, rec, err := find[Appointment](r, AppointmentRef(id), "no-appointment", "没有找到这个预约", "/appointment/mine")
	if err != nil {
		return a, rec, err
	}
	if rec.Conflicted() {
		if a, err = folded[Appointment](&rec, mergeAppointment); err != nil {
			return a, rec, err
		}
	}
	return a, rec, care.Own(who, a.Person)
}

// writeAppointment writes a changed appointment.
func writeAppointment(d *care.Deed, id care.ID, a *Appointment) error {
	_, err := care.Write(d, protocol.Draft{Ref: AppointmentRef(id), Subject: a.Person}, a)
	return err
}

// become moves an appointment to a state, with what the person is told of it.
func (a *Appointment) become(d *care.Deed, s State, reason string) {
	a.State, a.Reason, a.Changed = s, reason, d.Now()
}

// takes puts a slot of a session into an appointment.
func (a *Appointment) takes(id care.ID, s *Slot, session *Session) {
	a.Slot, a.Session, a.Turn = id, s.Session, s.Turn
	a.Org, a.Department, a.Doctor = s.Org, s.Department, session.Doctor
	a.Start, a.End, a.Fee = s.Start, s.End, s.Fee
}

// newAppointment begins one in the name of whoever does the deed.
func newAppointment(d *care.Deed, person care.ID, s State) Appointment {
	return Appointment{Person: person, State: s, Site: d.Site(), By: d.Actor.ID, ByRole: d.Actor.Role, At: d.Now(), Changed: d.Now()}
}
