package appointment

import (
	"errors"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/custody"
)

// KindAllotment is the kind of standing orders: which share of a department's
// slots each station gets as soon as a session opens.
const KindAllotment protocol.Kind = "slot-allotment"

// Allotment is one standing order. ID: department "." station.
type Allotment struct {
	Department care.ID       `json:"department"`
	Site       protocol.Site `json:"site"`
	Share      int           `json:"share"`   // percent of a session's slots; 0 ends it
	Reserve    int           `json:"reserve"` // free slots that stay with the county
	Before     int           `json:"before"`  // cut-off, minutes before the start
	Rest       protocol.Rest `json:",unknown"`
}

// AllotInput sets one.
type AllotInput struct {
	Department care.ID       `json:"department"`
	Site       protocol.Site `json:"site"`
	Share      int           `json:"share"`
	Reserve    int           `json:"reserve"`
	Before     int           `json:"before"`
}

// Check implements care.Checked.
func (in AllotInput) Check() error {
	if in.Share == 0 && in.Site.Valid() && in.Site != County {
		return nil
	}
	return GrantInput{Site: in.Site, Share: in.Share, Reserve: in.Reserve, Before: in.Before}.Check()
}

// maxShare leaves the county something to answer requests with.
const maxShare = 80

var allot = care.Do(care.Action{
	Name: "appointment.allot", Title: "设置村站固定份额", Roles: planners,
	Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty,
}, func(d *care.Deed, in AllotInput) error {
	if _, err := readDepartment(d, in.Department); err != nil {
		return err
	}
	others, err := allotments(d, in.Department)
	if err != nil {
		return err
	}
	total := in.Share
	for _, o := range others {
		if o.Site != in.Site {
			total += o.Share
		}
	}
	if total > maxShare {
		return protocol.Refuse("over-allotted", "所有村站的份额加起来不能超过 %d%%，县里要留一些回应申请", maxShare).OnField("share")
	}
	a := Allotment{in.Department, in.Site, in.Share, in.Reserve, in.Before, nil}
	ref := protocol.Ref{Kind: KindAllotment, ID: in.Department + "." + care.ID(in.Site)}
	_, err = care.Write(d, protocol.Draft{Ref: ref, Scopes: catalogue}, &a)
	return err
})

func allotments(r protocol.Reader, department care.ID) ([]Allotment, error) {
	found, err := care.Collect[Allotment](r, protocol.Query{Kind: KindAllotment, Index: "department", Match: []string{string(department)}})
	var out []Allotment
	for _, f := range found {
		out = append(out, f.Value)
	}
	return out, err
}

// grantAllotted hands out the standing shares of a session whose slots have
// become free: when it opened, when the hospital confirmed them, when more were
// added. What a station holds already counts.
func grantAllotted(r protocol.Reader, c protocol.Change) ([]care.Request, error) {
	id, ok := sessionOf(r, c)
	if !ok {
		return nil, nil
	}
	session, _, err := care.Read[Session](r, SessionRef(id))
	if err != nil {
		return nil, err
	}
	orders, err := allotments(r, session.Department)
	if err != nil || len(orders) == 0 {
		return nil, err
	}
	all, err := slotsOf(r, id)
	if err != nil {
		return nil, err
	}
	held, free := map[protocol.Site]int{}, 0
	for _, s := range all {
		held[s.Value.Holder]++
		if s.Value.Holder == County && s.Value.State == SlotFree {
			free++
		}
	}
	var out []care.Request
	for _, a := range orders {
		want := custody.Spare(len(all)*a.Share/100-held[a.Site], free, a.Reserve)
		if want > 0 {
			out = append(out, ask("appointment.grant", GrantInput{Session: id, Site: a.Site, Count: want, Reserve: a.Reserve, Before: a.Before}))
			free -= want
		}
	}
	return out, nil
}

// sessionOf is the session that a Change opened or put slots into.
func sessionOf(r protocol.Reader, c protocol.Change) (care.ID, bool) {
	for _, w := range c.Writes {
		if w.Ref.Kind == KindSession {
			return w.Ref.ID, true
		}
		if w.Ref.Kind != KindSlot {
			continue
		}
		s, _, err := care.Read[Slot](r, w.Ref)
		if !errors.Is(err, protocol.ErrNotFound) && err == nil {
			return s.Session, true
		}
	}
	return "", false
}
