package appointment

import (
	"fmt"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// KindPlan is the kind of the one record that says how far ahead the sessions
// are planned. ID: planID.
const KindPlan protocol.Kind = "schedule-plan"

const planID care.ID = "plan"

// ahead is how many days of sessions are open for booking.
const ahead = 14

// Plan is how far the sessions are planned.
type Plan struct {
	Until string        `json:"until"` // last date
	At    time.Time     `json:"at"`
	Rest  protocol.Rest `json:",unknown"`
}

// plan moves the horizon to fourteen days from now. A reaction opens what is
// missing, one session a Change.
var plan = care.Do(care.Action{
	Name: "appointment.plan", Title: "生成两周排班", Roles: planners,
	Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty,
}, func(d *care.Deed, _ nobody) error {
	p := Plan{Until: day(d.Now().AddDate(0, 0, ahead)), At: d.Now()}
	_, err := care.Write(d, protocol.Draft{Ref: protocol.Ref{Kind: KindPlan, ID: planID}, Scopes: catalogue}, &p)
	return err
})

// openPlanned asks for every session that the templates foresee up to the
// horizon and that is not there yet.
func openPlanned(r protocol.Reader, _ protocol.Change) ([]care.Request, error) {
	p, there, err := optional[Plan](r, protocol.Ref{Kind: KindPlan, ID: planID})
	if err != nil || !there {
		return nil, err
	}
	weekly, err := templates(r)
	if err != nil {
		return nil, err
	}
	closed, err := holidays(r)
	if err != nil {
		return nil, err
	}
	var out []care.Request
	for at := midnight(r.Now()); day(at) <= p.Until; at = at.AddDate(0, 0, 1) {
		for _, t := range weekly {
			in, due, err := foreseen(r, &t, at, closed)
			if err != nil {
				return nil, err
			}
			if due {
				out = append(out, ask("appointment.open", in))
			}
		}
	}
	return out, nil
}

// foreseen is the session of a template on a day, if one is due there.
func foreseen(r protocol.Reader, t *care.Found[Template], at time.Time, closed []care.Found[Holiday]) (OpenInput, bool, error) {
	v := &t.Value
	if weekday(at) != v.Weekday {
		return OpenInput{}, false, nil
	}
	if _, off := closedOn(closed, v.Org, day(at)); off {
		return OpenInput{}, false, nil
	}
	from, err := onDay(day(at), v.From)
	if err != nil || !from.After(r.Now()) {
		return OpenInput{}, false, err
	}
	there, err := care.Exists(r, SessionRef(SessionID(v.Doctor, from, v.Org)))
	return OpenInput{
		Doctor: v.Doctor, Department: v.Department, Date: day(at), From: v.From, To: v.To,
		Minutes: v.Minutes, Places: v.Places, Fee: protocol.Decimal(v.Fee.Yuan()),
	}, !there, err
}

// weekday counts from Monday, 1, to Sunday, 7.
func weekday(t time.Time) int { return (int(t.In(care.Zone).Weekday())+6)%7 + 1 }

// ask is a request by the appointment service's own hand.
func ask(name protocol.ActionName, in any) care.Request {
	raw, err := protocol.Encode(in)
	if err != nil {
		panic(fmt.Sprintf("input of %s: %v", name, err)) // inputs are our own structs
	}
	return care.Request{Actor: care.Machine("appointment"), Name: name, Input: raw}
}
