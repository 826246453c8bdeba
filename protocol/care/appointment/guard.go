package appointment

import (
	"errors"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// KindGuard is the kind of records that allow a person one appointment a
// session. ID: person "." session.
const KindGuard protocol.Kind = "booking-guard"

// Claim is whose appointment fills a person's place in a session; none when it
// was given up.
type Claim struct {
	Appointment care.ID       `json:"appointment,omitempty"`
	Rest        protocol.Rest `json:",unknown"`
}

func guardRef(person, session care.ID) protocol.Ref {
	return protocol.Ref{Kind: KindGuard, ID: person + "." + session}
}

// claim takes the person's place in a session for an appointment, or refuses
// because they have one there.
func claim(d *care.Deed, person, session, appointment care.ID) error {
	held, err := claimed(d, person, session)
	if err != nil {
		return err
	}
	if held.Appointment != "" {
		other, ok, err := settled(d, held.Appointment)
		if err != nil {
			return err
		}
		if !ok || other.Live() {
			return protocol.Refuse("already-booked", "您在这次出诊已经有一个预约，一次出诊只能约一个号").
				Offer("/appointment/mine/" + string(held.Appointment))
		}
	}
	held.Appointment = appointment
	_, err = care.Write(d, protocol.Draft{Ref: guardRef(person, session), Subject: person}, &held)
	return err
}

// unclaim gives the place up, if it is this appointment's.
func unclaim(d *care.Deed, a *Appointment, id care.ID) error {
	held, err := claimed(d, a.Person, a.Session)
	if err != nil || held.Appointment != id {
		return err
	}
	held.Appointment = ""
	_, err = care.Write(d, protocol.Draft{Ref: guardRef(a.Person, a.Session)}, &held)
	return err
}

// claimed reads who has the person's place, as the merge rule has it.
func claimed(r protocol.Reader, person, session care.ID) (Claim, error) {
	rec, err := r.Get(guardRef(person, session))
	if errors.Is(err, protocol.ErrNotFound) {
		return Claim{}, nil
	}
	if err != nil {
		return Claim{}, err
	}
	return folded[Claim](&rec, mergeClaim)
}

// mergeClaim keeps a claim over none, and one of two: the other appointment
// shows up as a clash (follow.go).
func mergeClaim(a, b protocol.Value) (protocol.Value, bool) {
	return merge(a, b, func(x, y *Claim) (*Claim, bool) {
		if x.Appointment == "" || y.Appointment != "" && y.Appointment < x.Appointment {
			x = y
		}
		return x, true
	})
}
