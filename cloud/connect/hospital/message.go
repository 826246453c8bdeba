package hospital

import (
	"context"
	"fmt"
	"strconv"

	"xiangyi/cloud/connect"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/appointment"
	"xiangyi/protocol/codec/hl7"
	"xiangyi/protocol/seal"
)

// shorten keeps a key within the 64 bytes of an idempotency key, and a control
// id within HL7's 20.
func shorten(key string) string {
	if len(key) <= 64 {
		return key
	}
	d := seal.Sum([]byte(key))
	return d.String()[:40]
}

func (h *Hospital) header(message, event, structure string, rev protocol.Rev) *hl7.Message {
	h.sent++
	d := seal.Sum([]byte(rev.String()), []byte(strconv.FormatUint(h.sent, 10)), []byte(h.Now().String()))
	return hl7.New(hl7.Header{
		Sender: hl7.Party{Application: "XIANGYI", Facility: "COUNTY"}, Receiver: hl7.Party{Application: "HIS"},
		Time: h.Now(), Message: message, Event: event, Structure: structure, ControlID: "XY" + d.String()[:18],
	}, hl7.UTF8)
}

// message makes what an item says; skip is true when there is nothing to say
// to this hospital about it.
func (h *Hospital) message(ctx context.Context, it connect.Item) (m *hl7.Message, skip bool, err error) {
	err = h.Store.View(ctx, func(r protocol.Reader) error {
		if it.Ref.Kind == appointment.KindSlot {
			m, skip, err = h.keep(r, it)
		} else {
			m, skip, err = h.booking(r, it)
		}
		return err
	})
	return m, skip, err
}

// appointment reads the revision that an item is about.
func (h *Hospital) appointment(ctx context.Context, it connect.Item) (rev protocol.Rev, a appointment.Appointment, err error) {
	err = h.Store.View(ctx, func(r protocol.Reader) error {
		a, err = revision(r, it)
		return err
	})
	return it.Rev, a, err
}

func revision(r protocol.Reader, it connect.Item) (appointment.Appointment, error) {
	var a appointment.Appointment
	all, err := r.History(it.Ref)
	if err != nil {
		return a, err
	}
	for i := range all {
		if all[i].Rev == it.Rev {
			return a, protocol.Decode(all[i].Value, &a)
		}
	}
	return a, fmt.Errorf("%s: %w", it.Rev, errNotThere)
}

// booking is SRM^S01 or S04. Only departments whose hospital sells by its own
// system hear of bookings.
func (h *Hospital) booking(r protocol.Reader, it connect.Item) (*hl7.Message, bool, error) {
	a, err := revision(r, it)
	if err != nil {
		return nil, false, err
	}
	dep, _, err := care.Read[appointment.Department](r, appointment.DepartmentRef(a.Department))
	if err != nil {
		return nil, false, err
	}
	if !dep.Hospital {
		return nil, true, nil
	}
	person, _, err := care.Read[care.Person](r, care.ResidentRef(a.Person))
	if err != nil {
		return nil, false, err
	}
	ev := event(a.State)
	m := h.header("SRM", ev, "SRM_S01", it.Rev)
	m.Add(hl7.NewSegment("ARQ", hl7.Text(string(it.Ref.ID)), nil, nil, nil, nil, nil, nil, nil, nil, nil,
		hl7.Parts(hl7.FormatTime(a.Start), hl7.FormatTime(a.End))))
	m.Add(pid(a.Person, &person), hl7.NewSegment("RGS", hl7.Text("1")))
	if a.Slot != "" {
		m.Add(hl7.NewSegment("AIG", hl7.Text("1"), nil, hl7.Text(string(a.Slot))))
	}
	m.Add(hl7.NewSegment("AIL", hl7.Text("1"), nil, hl7.Parts(string(a.Department), "", "", "", "", "", "", "", dep.Name)),
		hl7.NewSegment("AIP", hl7.Text("1"), nil, hl7.Text(string(a.Doctor))))
	return m, false, nil
}

func pid(id care.ID, p *care.Person) hl7.Segment {
	ids := hl7.Parts(string(id), "", "", "XY", "PI")
	if p.Document.Number != "" {
		ids = hl7.Repeats(hl7.Parts(p.Document.Number, "", "", "MPS", "NI"), ids)
	}
	sex := map[string]string{"1": "M", "2": "F"}[p.Sex]
	return hl7.NewSegment("PID", hl7.Text("1"), nil, ids, nil, hl7.Text(p.Name), nil, hl7.Text(compact(p.Birth)), hl7.Text(sex))
}

// compact turns 1950-03-07 into 19500307.
func compact(date string) string {
	if len(date) != 10 {
		return ""
	}
	return date[:4] + date[5:7] + date[8:]
}

// keep is SIU^S23. A slot that is kept already, or gone, needs no word.
func (h *Hospital) keep(r protocol.Reader, it connect.Item) (*hl7.Message, bool, error) {
	s, _, err := care.Read[appointment.Slot](r, it.Ref)
	if err != nil {
		return nil, false, err
	}
	if s.State != appointment.SlotBlocking {
		return nil, true, nil
	}
	m := h.header("SIU", "S23", "SIU_S12", it.Rev)
	m.Add(hl7.NewSegment("SCH", nil, nil, nil, nil, nil, hl7.Text("BLOCK"), nil, nil, nil, nil,
		hl7.Parts("", "", strconv.Itoa(int(s.End.Sub(s.Start).Minutes())), hl7.FormatTime(s.Start), hl7.FormatTime(s.End))))
	m.Add(hl7.NewSegment("RGS", hl7.Text("1")), hl7.NewSegment("AIG", hl7.Text("1"), nil, hl7.Text(string(it.Ref.ID))),
		hl7.NewSegment("AIL", hl7.Text("1"), nil, hl7.Text(string(s.Department))))
	return m, false, nil
}
