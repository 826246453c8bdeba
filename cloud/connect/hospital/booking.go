package hospital

import (
	"context"
	"fmt"
	"slices"

	"xiangyi/cloud/connect"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/appointment"
	"xiangyi/protocol/codec/hl7"
)

// The trigger events of bookings.
const (
	book   = "S01"
	cancel = "S04"
)

// trigger is what a state of an appointment has to tell, or empty.
func trigger(s appointment.State) string {
	switch s {
	case appointment.Booked:
		return book
	case appointment.Cancelled, appointment.Rescheduled, appointment.Displaced:
		return cancel
	}
	return ""
}

// booking is SRM^S01 or S04 about one revision of an appointment.
type booking struct {
	h       *Hospital
	item    connect.Item
	event   string
	slot    care.ID
	before  bool // the hospital acknowledged another revision of it
	message *hl7.Message
}

func (h *Hospital) booking(r protocol.Reader, it connect.Item) (connect.Letter, error) {
	a, said, err := told(r, it)
	if err != nil || !said {
		return nil, err
	}
	dep, _, err := care.Read[appointment.Department](r, appointment.DepartmentRef(a.Department))
	if err != nil || !dep.Hospital {
		return nil, err
	}
	b := &booking{h: h, item: it, event: trigger(a.State), slot: a.Slot}
	if b.before, err = known(r, it); err != nil {
		return nil, err
	}
	b.message, err = h.srm(r, b, &a, &dep)
	if err != nil {
		return nil, err
	}
	return b, nil
}

// known reports whether the hospital acknowledged another revision.
func known(r protocol.Reader, it connect.Item) (bool, error) {
	all, err := care.Deliveries(r, it.Ref)
	return slices.ContainsFunc(all, func(d care.Delivery) bool {
		return d.To == "hospital" && d.State == care.DeliveryAcknowledged && d.Source != it.Rev.String()
	}), err
}

// told reads the revision that an item is about; said is false when there is
// nothing to tell (any more): a booking that never left us and is held by
// nobody now, or the end of what never was booked.
func told(r protocol.Reader, it connect.Item) (a appointment.Appointment, said bool, err error) {
	history, err := r.History(it.Ref)
	if err != nil {
		return a, false, err
	}
	found, everBooked := false, false
	for i := range history {
		var v appointment.Appointment
		if err := protocol.Decode(history[i].Value, &v); err != nil {
			return a, false, err
		}
		everBooked = everBooked || v.State == appointment.Booked
		if history[i].Rev == it.Rev {
			a, found = v, true
		}
	}
	if !found {
		return a, false, fmt.Errorf("revision %s: %w", it.Rev, protocol.ErrNotFound)
	}
	if trigger(a.State) == cancel {
		return a, everBooked, nil
	}
	held, err := holding(r, it.Ref)
	return a, held || it.Sent, err
}

// holding reports whether any head of an appointment still takes up its slot.
func holding(r protocol.Reader, ref protocol.Ref) (bool, error) {
	rec, err := r.Get(ref)
	for i := range rec.Heads {
		var v appointment.Appointment
		if err := protocol.Decode(rec.Heads[i].Value, &v); err != nil {
			return false, err
		}
		if v.Holding() {
			return true, nil
		}
	}
	return false, err
}

// srm writes the message.
func (h *Hospital) srm(r protocol.Reader, b *booking, a *appointment.Appointment, dep *appointment.Department) (*hl7.Message, error) {
	person, _, err := care.Read[care.Person](r, care.ResidentRef(a.Person))
	if err != nil {
		return nil, err
	}
	m := h.header("SRM", b.event, "SRM_S01", b.item.Rev)
	arq := hl7.NewSegment("ARQ", hl7.Text(string(b.item.Ref.ID)))
	arq.Set(11, hl7.Parts(hl7.FormatTime(a.Start), hl7.FormatTime(a.End)))
	m.Add(arq, pid(a.Person, &person), hl7.NewSegment("RGS", hl7.Text("1")))
	if a.Slot != "" {
		m.Add(hl7.NewSegment("AIG", hl7.Text("1"), nil, hl7.Text(string(a.Slot))))
	}
	m.Add(place(a.Department, dep.Name), hl7.NewSegment("AIP", hl7.Text("1"), nil, hl7.Text(string(a.Doctor))))
	return m, nil
}

func place(id care.ID, name string) hl7.Segment {
	return hl7.NewSegment("AIL", hl7.Text("1"), nil, hl7.Parts(string(id), "", "", "", "", "", "", "", name))
}

// pid names the person by the resident identity number and by ours. Sex is
// GB/T 2261.1 here, table 0001 there.
func pid(id care.ID, p *care.Person) hl7.Segment {
	ids := hl7.Parts(string(id), "", "", authority, "PI")
	if p.Document.Type == residentCard && p.Document.Number != "" {
		ids = hl7.Repeats(hl7.Parts(p.Document.Number, "", "", "MPS", "NI"), ids)
	}
	sex := map[string]string{"1": "M", "2": "F"}[p.Sex]
	return hl7.NewSegment("PID", hl7.Text("1"), nil, ids, nil, hl7.Text(p.Name), nil, hl7.Text(compact(p.Birth)), hl7.Text(sex))
}

const (
	authority    = "XY" // who gives out our person identifiers, in PID-3.4
	residentCard = "01" // CV02.01.101
)

// compact turns 1950-03-07 into 19500307.
func compact(date string) string {
	if len(date) != len("1950-03-07") {
		return ""
	}
	return date[:4] + date[5:7] + date[8:]
}

// Repeatable implements connect.Letter: many hospitals book what they hear.
func (b *booking) Repeatable() bool { return false }

// Send implements connect.Letter. A booking that the hospital has from an
// earlier revision (the doctor changed since) is looked up, not booked again: a
// hospital that refuses doubles would seem to refuse the visit.
func (b *booking) Send(ctx context.Context) (connect.Answer, error) {
	if b.before && b.event == book {
		if a, known, err := b.Ask(ctx); err != nil || known {
			return a, err
		}
	}
	m, err := b.h.line.call(ctx, b.message)
	if err != nil {
		return connect.Answer{}, err
	}
	a, err := reply(m)
	switch {
	case err != nil:
		return a, err
	case b.event == cancel && a.Code == unknownKey:
		return connect.Answer{}, nil // it holds nothing that could be called off
	case b.event == book && a.Accepted() && cancelled(m):
		return calledOff, nil
	}
	return a, nil
}

// Ask implements connect.Letter.
func (b *booking) Ask(ctx context.Context) (connect.Answer, bool, error) {
	m := b.h.header("SQM", "S25", "SQM_S25", b.item.Rev)
	m.Add(hl7.NewSegment("QRD", hl7.Text(hl7.FormatTime(b.h.Now())), hl7.Text("R"), hl7.Text("I"), hl7.Text(m.ControlID())),
		hl7.NewSegment("ARQ", hl7.Text(string(b.item.Ref.ID))))
	answer, err := b.h.line.call(ctx, m)
	if err != nil {
		return connect.Answer{}, false, err
	}
	a, err := reply(answer)
	switch {
	case err != nil:
		return a, false, err
	case !a.Accepted():
		return a, false, fmt.Errorf("hospital does not answer the question: code %s", a.Code)
	case answer.First("QAK").Text(2) != "OK":
		return a, false, nil
	case b.event == cancel:
		return a, cancelled(answer), nil
	case cancelled(answer):
		return calledOff, true, nil
	}
	slot := answer.First("AIG").Text(3)
	return a, slot == "" || slot == string(b.slot), nil
}

// cancelled reads SCH-25.
func cancelled(m *hl7.Message) bool { return m.First("SCH").Text(25) == "Cancelled" }

// Settle implements connect.Letter: a booking that the hospital cannot keep is
// made good, never dropped. A refusal for another reason (a field that it wants
// and did not get) is for people to mend and send again.
func (b *booking) Settle(ctx context.Context, a connect.Answer) error {
	if b.event != book || a.Code != unknownKey && a.Code != taken {
		return nil
	}
	return b.h.do(ctx, "appointment.displace", keyOf("displace:", []byte(b.item.Rev.String())),
		appointment.DisplaceInput{Appointment: b.item.Ref.ID, Cause: appointment.CauseHospital})
}
