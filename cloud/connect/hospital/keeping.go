package hospital

import (
	"context"
	"strconv"

	"xiangyi/cloud/connect"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/appointment"
	"xiangyi/protocol/codec/hl7"
)

// keeping is SIU^S23: the hospital is asked to keep a slot for the county.
type keeping struct {
	h       *Hospital
	item    connect.Item
	session care.ID
	message *hl7.Message
}

// keeping gives no letter for a slot that is kept already, sold, or gone.
func (h *Hospital) keeping(r protocol.Reader, it connect.Item) (connect.Letter, error) {
	s, _, err := care.Read[appointment.Slot](r, it.Ref)
	if err != nil || s.State != appointment.SlotBlocking {
		return nil, err
	}
	dep, _, err := care.Read[appointment.Department](r, appointment.DepartmentRef(s.Department))
	if err != nil {
		return nil, err
	}
	m := h.header("SIU", "S23", "SIU_S12", it.Rev)
	sch := hl7.NewSegment("SCH")
	sch.Set(6, hl7.Text("BLOCK"))
	sch.Set(11, hl7.Parts("", "", strconv.Itoa(int(s.End.Sub(s.Start).Minutes())), hl7.FormatTime(s.Start), hl7.FormatTime(s.End)))
	sch.Set(25, hl7.Text("Blocked"))
	m.Add(sch, hl7.NewSegment("RGS", hl7.Text("1")), hl7.NewSegment("AIG", hl7.Text("1"), nil, hl7.Text(string(it.Ref.ID))),
		place(s.Department, dep.Name))
	return &keeping{h, it, s.Session, m}, nil
}

// Repeatable implements connect.Letter: to keep a slot twice is to keep it.
func (k *keeping) Repeatable() bool { return true }

// Send implements connect.Letter.
func (k *keeping) Send(ctx context.Context) (connect.Answer, error) {
	m, err := k.h.line.call(ctx, k.message)
	if err != nil {
		return connect.Answer{}, err
	}
	return reply(m)
}

// Ask implements connect.Letter. Nobody asks about what may be repeated.
func (k *keeping) Ask(context.Context) (connect.Answer, bool, error) {
	return connect.Answer{}, false, nil
}

// Settle implements connect.Letter: a kept slot goes on sale, one that the
// hospital sold or does not know leaves the pool. After another refusal it
// stays as it is, and the refusal is parked.
func (k *keeping) Settle(ctx context.Context, a connect.Answer) error {
	rev := []byte(k.item.Rev.String())
	switch {
	case a.Accepted():
		return k.h.do(ctx, confirmBlock, keyOf("kept:", rev), appointment.BlockInput{Session: k.session, Slots: []care.ID{k.item.Ref.ID}})
	case a.Code == unknownKey, a.Code == taken:
		return k.h.do(ctx, hospitalSold, keyOf("sold:", rev), appointment.BySlot{Slot: k.item.Ref.ID})
	}
	return nil
}

// Actions of appointment that carry the hospital's word about slots.
const (
	confirmBlock protocol.ActionName = "appointment.confirm-block"
	hospitalSold protocol.ActionName = "appointment.hospital-sold"
)
