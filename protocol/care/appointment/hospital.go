package appointment

import (
	"slices"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// BlockInput is a hospital's answer about slots that it was asked to keep for
// us. The hospital's connector brings it.
type BlockInput struct {
	Session care.ID   `json:"session"`
	Slots   []care.ID `json:"slots"` // those that it keeps; empty: all of the session
}

// confirmBlock opens slots for sale that a hospital keeps for us from now on.
// Before it they can only be asked for. A repeat changes nothing.
var confirmBlock = care.Do(care.Action{
	Name: "appointment.confirm-block", Title: "医院确认预留号源", Roles: []care.Role{care.System, care.Scheduler},
	Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty,
}, func(d *care.Deed, in BlockInput) error {
	all, err := slotsOf(d, in.Session)
	if err != nil {
		return err
	}
	for _, s := range all {
		named := len(in.Slots) == 0 || slices.Contains(in.Slots, s.Ref.ID)
		if s.Value.State != SlotBlocking || !named || s.Value.Holder != d.Site() {
			continue
		}
		s.Value.State = SlotFree
		if err := writeSlot(d, s.Ref.ID, &s.Value); err != nil {
			return err
		}
	}
	return nil
})

// hospitalSold takes out of the pool what the hospital sold by itself, at its
// counter or by mistake, from whoever holds it. Who has an appointment for it is
// told by a reaction (follow.go), also when the sale only arrives later. A
// repeat changes nothing.
var hospitalSold = care.Do(care.Action{
	Name: "appointment.hospital-sold", Title: "医院自己售出了号源", Roles: []care.Role{care.System, care.Scheduler},
	Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty,
}, func(d *care.Deed, in BySlot) error {
	s, rec, err := readSlot(d, in.Slot)
	if err != nil || s.State == SlotWithdrawn {
		return err
	}
	s.State = SlotWithdrawn // it keeps whose it was, for the reaction that tells them
	return take(d, &rec, s, "")
})
