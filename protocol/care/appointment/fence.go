package appointment

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
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
	s, fence, err := lent(d, in.Slot)
	if err != nil {
		return err
	}
	clock := d.Clock()
	if clock.Suspect || d.Now().Add(-clock.Error).Before(s.Closes().Add(Guard)) {
		return protocol.Refuse("before-cutoff", "村站的截止时间还没有过，现在不能收回")
	}
	said, there, err := optional[Statement](d, StatementRef(s.Holder))
	if err != nil {
		return err
	}
	if !there || said.At.Before(s.Closes()) {
		return protocol.Refuse("holder-silent", "村站还没有报来截止前的约号情况，可能已经在断网时约出。等它联网，或由监管人员强制收回").
			Offer("/appointment/sessions/" + string(s.Session))
	}
	return take(d, in.Slot, s, fence, "")
})

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
	s, fence, err := lent(d, in.Slot)
	if err != nil {
		return err
	}
	return take(d, in.Slot, s, fence, in.Reason)
})

// lent reads a slot that a station holds and that nobody is known to have
// bought, and its fence.
func lent(d *care.Deed, id care.ID) (Slot, uint64, error) {
	s, rec, err := readSlot(d, id)
	switch {
	case err != nil:
		return s, 0, err
	case s.Holder == d.Site():
		return s, 0, protocol.Refuse("not-lent", "这个号就在县里，不用收回")
	case s.State == SlotBooked:
		return s, 0, protocol.Refuse("slot-sold", "这个号已经约出，不能收回")
	}
	return s, rec.Custodian().Fence, nil
}

// take raises the fence: the county writes a record that another site holds,
// and whatever that site writes below the fence counts no more.
func take(d *care.Deed, id care.ID, s Slot, fence uint64, reason string) error {
	s.Holder, s.Cutoff, s.Taken = County, time.Time{}, reason
	_, err := care.Write(d, protocol.Draft{Ref: SlotRef(id), Scopes: campus(s.Org), Custodian: County, Fence: fence + 1}, &s)
	return err
}
