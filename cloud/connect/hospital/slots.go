package hospital

import (
	"context"
	"errors"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/appointment"
	"xiangyi/protocol/codec/hl7"
)

// noSlot is how appointment refuses to know a slot.
const noSlot protocol.Code = "no-slot"

// slots reads SIU about slots. The hospital tells of all that it sells; those
// that are not in the county's schedule are not ours to act on.
func (in *Inbox) slots(ctx context.Context, m *hl7.Message, event string) ([]deed, error) {
	groups := m.All("AIG")
	if len(groups) == 0 {
		return nil, wrong(hl7.RequiredFieldMissing, "AIG", 3, "缺少号源编号 AIG-3")
	}
	var out []deed
	err := in.Store.View(ctx, func(r protocol.Reader) error {
		ours, err := placedByUs(r, m)
		if err != nil || ours && event == "S12" {
			return err // our own booking, told back to us
		}
		for n, g := range groups {
			id := care.ID(g.Text(3))
			if id == "" {
				f := wrong(hl7.RequiredFieldMissing, "AIG", 3, "缺少号源编号 AIG-3")
				f.Nth = n + 1
				return f
			}
			if event != "S23" {
				out = append(out, deed{hospitalSold, appointment.BySlot{Slot: id}, noSlot})
				continue
			}
			d, err := kept(r, id, n+1)
			if err != nil {
				return err
			}
			out = append(out, d...)
		}
		return nil
	})
	return out, err
}

// placedByUs reports whether SCH-1 names an appointment of the county.
func placedByUs(r protocol.Reader, m *hl7.Message) (bool, error) {
	placer := care.ID(m.First("SCH").Text(1))
	if !placer.Valid() {
		return false, nil
	}
	return care.Exists(r, appointment.AppointmentRef(placer))
}

// kept opens a slot for sale that waited for the hospital's word.
func kept(r protocol.Reader, id care.ID, nth int) ([]deed, error) {
	no := func(text string) *fault {
		f := wrong(hl7.UnknownKey, "AIG", 3, text)
		f.Nth = nth
		return f
	}
	if !id.Valid() {
		return nil, no("号源编号的格式不对")
	}
	s, _, err := care.Read[appointment.Slot](r, appointment.SlotRef(id))
	switch {
	case errors.Is(err, protocol.ErrNotFound):
		return nil, no("县里的排班没有这个号，请县里先排班再预留")
	case err != nil:
		return nil, err
	case s.State == appointment.SlotWithdrawn:
		return nil, no("这个号在县里已经停用，请县里另开新号")
	case s.State != appointment.SlotBlocking:
		return nil, nil // it is on sale already
	}
	return []deed{{confirmBlock, appointment.BlockInput{Session: s.Session, Slots: []care.ID{id}}, ""}}, nil
}
