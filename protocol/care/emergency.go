package care

import (
	"time"

	"xiangyi/protocol"
)

// KindEmergency is the kind of openings of somebody's record without their
// consent, because it could not be asked for. The identity service writes it, the Engine
// reads it.
const KindEmergency protocol.Kind = "emergency"

// Emergency is one such opening: who looked, why, until when, and what a
// reviewer thinks of it. It lets its opener look, not write.
type Emergency struct {
	Person   ID            `json:"person"`
	By       ID            `json:"by"`
	Role     Role          `json:"role"`
	Site     protocol.Site `json:"site"`
	Terminal ID            `json:"terminal,omitempty"`
	Why      string        `json:"why"`   // one of the reasons
	Words    string        `json:"words"` // what happened
	At       time.Time     `json:"at"`
	Until    time.Time     `json:"until"`
	State    string        `json:"state"`             // open, reviewed
	Verdict  string        `json:"verdict,omitempty"` // justified, unjustified
	Reviewer ID            `json:"reviewer,omitempty"`
	Reviewed time.Time     `json:"reviewed,omitzero"`
	Note     string        `json:"note,omitempty"` // the reviewer's
	Rest     protocol.Rest `json:",unknown"`
}

// The verdicts.
const (
	Justified   = "justified"
	Unjustified = "unjustified"
)

// EmergencyKind describes openings to a store.
var EmergencyKind = Kind{KindSpec: protocol.KindSpec{
	Kind: KindEmergency, Class: protocol.ClassPersonal, Retention: protocol.RetainClinical,
	Indexes: []protocol.Index{
		{Name: "standing", Fields: []string{"person", "by"}, Time: "until"},
		{Name: "by", Fields: []string{"by"}, Time: "at"},
		{Name: "state", Fields: []string{"state"}, Time: "at"},
	},
}, Decider: Supervisor}

// clocksApart is how far the clock of a site may lag behind the time that it
// writes; an opening further ahead means that it was set back.
const clocksApart = 5 * time.Minute

// InEmergency finds the opening by which somebody may look at a person's record
// now; "" is none. One that a reviewer called unjustified is over.
func InEmergency(r protocol.Reader, who, person ID) (ID, error) {
	found, err := Collect[Emergency](r, protocol.Query{Kind: KindEmergency, Index: "standing", Match: []string{string(person), string(who)}, From: r.Now()})
	if err != nil {
		return "", err
	}
	for _, f := range found {
		over := false
		for _, h := range f.Heads {
			var e Emergency
			if err := protocol.Decode(h.Value, &e); err != nil {
				return "", err
			}
			over = over || e.Verdict == Unjustified || e.At.Sub(r.Now()) > clocksApart
		}
		if !over {
			return f.Ref.ID, nil
		}
	}
	return "", nil
}

// NeedConsent refuses to show unless the person agreed, or whoever looks
// declared an emergency. For views whose input names a record, not a person; the
// Engine asks the same for the others.
func (l *Look) NeedConsent(person ID, need ConsentPurpose) error {
	if err := l.Own(person); err != nil {
		return err
	}
	return l.agreed(person, need)
}

// MayShow is the same as an answer, for lists that leave out what it forbids.
func (l *Look) MayShow(person ID, need ConsentPurpose) (bool, error) {
	err := l.NeedConsent(person, need)
	if _, refused := protocol.AsRefusal(err); refused {
		return false, nil
	}
	return err == nil, err
}

func (l *Look) agreed(person ID, need ConsentPurpose) error {
	err := agreed(l, l.Actor, person, need)
	if _, refused := protocol.AsRefusal(err); !refused || !allowed(Clinicians, l.Actor.Role) {
		return err
	}
	id, failed := InEmergency(l, l.Actor.ID, person)
	if failed != nil {
		return failed
	}
	if id == "" {
		return err
	}
	l.emergency = id
	return nil
}
