package appointment

import (
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/custody"
)

// BySlot is the input of what concerns one slot.
type BySlot struct {
	Slot care.ID `json:"slot"`
}

// reclaim takes back a slot after its cut-off and the guard, by the latest
// reckoning of the county's clock, once its holder stated that all its sales up
// to the cut-off are in. The cut-off alone would not do: a sale may wait in a
// station whose line is down.
var reclaim = care.Do(care.Action{
	Name: "appointment.reclaim", Title: "收回过了截止时间的号", Roles: planners,
	Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty,
}, func(d *care.Deed, in BySlot) error {
	s, rec, err := lent(d, in.Slot)
	if err != nil {
		return err
	}
	said, _, err := optional[custody.Statement](d, custody.StatementRef(s.Holder))
	if err != nil {
		return err
	}
	if err := over(s.Reclaim(d, s.Start, said), s.Session); err != nil {
		return err
	}
	return take(d, &rec, s, "")
})

// over is a denial to take something back without force, in words.
func over(denied custody.Denial, session care.ID) error {
	switch denied {
	case custody.BeforeCutoff:
		return protocol.Refuse("before-cutoff", "村站的截止时间还没有过，现在不能收回")
	case custody.HolderSilent:
		return protocol.Refuse("holder-silent", "村站还没有报来截止前的约号情况，可能已经在断网时约出。等它联网，或由监管人员强制收回").
			Offer("/appointment/sessions/" + string(session))
	case custody.NotLent:
		return protocol.Refuse("not-lent", "这个号就在县里，不用收回")
	}
	return nil
}

// RepossessInput takes a slot by force.
type RepossessInput struct {
	Slot   care.ID `json:"slot"`
	Reason string  `json:"reason"`
}

// Check implements care.Checked.
func (in RepossessInput) Check() error {
	if len([]rune(in.Reason)) < 4 {
		return protocol.Refuse("reason-missing", "强制收回要写明原因").OnField("reason")
	}
	return nil
}

// repossess takes a slot from a station by force, at any time. What the station
// may have sold meanwhile will stand behind the fence.
var repossess = care.Do(care.Action{
	Name: "appointment.repossess", Title: "强制收回号源", Roles: []care.Role{care.Supervisor},
	Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty,
}, func(d *care.Deed, in RepossessInput) error {
	s, rec, err := lent(d, in.Slot)
	if err != nil {
		return err
	}
	return take(d, &rec, s, in.Reason)
})

// lent reads a slot that a station holds and that nobody is known to have
// bought.
func lent(d *care.Deed, id care.ID) (Slot, protocol.Record, error) {
	s, rec, err := readSlot(d, id)
	switch {
	case err != nil:
		return s, rec, err
	case s.Holder == d.Site():
		return s, rec, over(custody.NotLent, s.Session)
	case s.State == SlotBooked:
		return s, rec, protocol.Refuse("slot-sold", "这个号已经约出，不能收回")
	}
	return s, rec, nil
}

// take has the county write a slot that another site may hold.
func take(d *care.Deed, rec *protocol.Record, s Slot, reason string) error {
	draft := s.Take(rec, reason, campus(s.Org))
	_, err := care.Write(d, draft, &s)
	return err
}
