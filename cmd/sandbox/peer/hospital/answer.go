package hospital

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// heardAs is what the hospital does with a type of message.
type heardAs struct {
	act    func(h *Hospital, m *message) (reply []segment, err error)
	answer [3]string // MSH-9 of the reply
	booked bool      // changes bookings: LoseNextAck takes it
}

var known = map[string]heardAs{
	"SRM^S01": {(*Hospital).heardBook, [3]string{"SRR", "S01", "SRR_S01"}, true},
	"SRM^S03": {(*Hospital).heardMove, [3]string{"SRR", "S03", "SRR_S01"}, true},
	"SRM^S04": {(*Hospital).heardCancel, [3]string{"SRR", "S04", "SRR_S01"}, true},
	"SQM^S25": {(*Hospital).heardQuery, [3]string{"SQR", "S25", "SQR_S25"}, false},
	"SIU^S23": {(*Hospital).heardKeep, [3]string{"ACK", "S23", "ACK"}, false},
	"SIU^S24": {(*Hospital).heardRelease, [3]string{"ACK", "S24", "ACK"}, false},
}

// reply acts on a message and makes the answer. The caller holds mu.
func (h *Hospital) reply(m *message) (answer *message, code string, kind heardAs) {
	msh := m.find("MSH")
	kind, ok := known[msh.get(9, 1)+"^"+msh.get(9, 2)]
	var extra []segment
	var err error
	code = "AR"
	switch {
	case !ok:
		kind.answer = [3]string{"ACK", msh.get(9, 2), "ACK"}
		err = unsupported(msh.get(9, 1))
	case msh.get(10, 1) == "":
		err = missing("MSH^1^10")
	case msh.get(12, 1) < "2.4" || msh.get(12, 1) > "2.5.1":
		err = &refusal{203, "MSH^1^12", "version is not supported"}
	default:
		if extra, err = kind.act(h, m); err != nil {
			code = "AE"
		} else {
			code = "AA"
		}
	}
	answer = &message{charset: m.charset, segments: []segment{
		h.header(kind.answer, h.nextControl(), m.charset, msh.raw(3), msh.raw(4)),
		{"MSA", code, escape(msh.get(10, 1))},
	}}
	if err != nil {
		answer.segments = append(answer.segments, errSegment(err))
	}
	answer.segments = append(answer.segments, extra...)
	return answer, code, kind
}

func unsupported(kind string) error {
	for name := range known {
		if strings.HasPrefix(name, kind+"^") {
			return &refusal{201, "MSH^1^9", "event is not supported"}
		}
	}
	return &refusal{200, "MSH^1^9", "message type is not supported"}
}

func errSegment(err error) segment {
	r := &refusal{207, "", err.Error()}
	errors.As(err, &r)
	names := map[int]string{100: "Segment sequence error", 101: "Required field missing", 200: "Unsupported message type", 201: "Unsupported event code",
		203: "Unsupported version id", 204: "Unknown key identifier", 205: "Duplicate key identifier", 207: "Application internal error"}
	return fields("ERR", map[int]string{2: r.where, 3: join(strconv.Itoa(r.code), names[r.code], "HL70357"), 4: "E", 8: escape(r.text)})
}

// header makes MSH. Receiver fields are taken over as they stand.
func (h *Hospital) header(kind [3]string, control string, c Charset, toApp, toFacility string) segment {
	return fields("MSH", map[int]string{1: "|", 2: `^~\&`, 3: "HIS", 4: "COUNTY-HOSPITAL", 5: toApp, 6: toFacility, 7: stamp(h.o.Now()),
		9: join(kind[0], kind[1], kind[2]), 10: control, 11: "P", 12: "2.5.1", 18: string(c)})
}

func stamp(t time.Time) string { return t.Format("20060102150405-0700") }

// request reads what the booking messages have in common. ARQ is the standard's place, SCH is where many senders put it.
func request(m *message) (arq segment, placer PlacerID, slot SlotID) {
	if arq = m.find("ARQ"); arq == nil {
		arq = m.find("SCH")
	}
	return arq, PlacerID(arq.get(1, 1)), SlotID(m.find("AIG").get(3, 1))
}

func (h *Hospital) heardBook(m *message) ([]segment, error) {
	_, placer, slot := request(m)
	pid := m.find("PID")
	switch {
	case placer == "":
		return nil, missing("ARQ^1^1")
	case slot == "":
		return nil, missing("AIG^1^3")
	case pid.get(3, 1) == "":
		return nil, missing("PID^1^3")
	}
	h.adopt(m)
	b, err := h.agenda.book(Booking{Placer: placer, Slot: slot, Person: pid.get(3, 1), Name: pid.get(5, 1)}, h.o.Now())
	return h.appointment(b, err)
}

func (h *Hospital) heardMove(m *message) ([]segment, error) {
	_, placer, slot := request(m)
	switch {
	case placer == "":
		return nil, missing("ARQ^1^1")
	case slot == "":
		return nil, missing("AIG^1^3")
	}
	h.adopt(m)
	b, err := h.agenda.move(placer, slot, h.o.Now())
	return h.appointment(b, err)
}

func (h *Hospital) heardCancel(m *message) ([]segment, error) {
	_, placer, _ := request(m)
	if placer == "" {
		return nil, missing("ARQ^1^1")
	}
	b, err := h.agenda.cancel(placer, h.o.Now())
	return h.appointment(b, err)
}

func (h *Hospital) heardQuery(m *message) ([]segment, error) {
	_, placer, _ := request(m)
	query := m.find("QRD").get(4, 1)
	switch {
	case query == "":
		return nil, missing("QRD^1^4")
	case placer == "":
		return nil, missing("ARQ^1^1")
	}
	b, ok := h.agenda.Bookings[placer]
	if !ok {
		return []segment{{"QAK", escape(query), "NF"}}, nil
	}
	found, err := h.appointment(b, nil)
	return append([]segment{{"QAK", escape(query), "OK"}}, found...), err
}

func (h *Hospital) heardKeep(m *message) ([]segment, error) {
	return h.heardSlot(m, h.agenda.keep)
}

func (h *Hospital) heardRelease(m *message) ([]segment, error) {
	return h.heardSlot(m, h.agenda.release)
}

func (h *Hospital) heardSlot(m *message, act func(SlotID) (*Slot, error)) ([]segment, error) {
	slot := SlotID(m.find("AIG").get(3, 1))
	if slot == "" {
		return nil, missing("AIG^1^3")
	}
	h.adopt(m)
	_, err := act(slot)
	return nil, err
}

// adopt adds an unknown slot to the list, if the hospital lets the county lead its timetable.
func (h *Hospital) adopt(m *message) {
	arq, _, id := request(m)
	if _, ok := h.agenda.Slots[id]; ok || !h.o.Adopt {
		return
	}
	start, end := arq.get(11, 1), arq.get(11, 2)
	if arq.get(0, 1) == "SCH" {
		start, end = arq.get(11, 4), arq.get(11, 5)
	}
	s := &Slot{ID: id, Department: m.find("AIL").get(3, 1), DepartmentName: m.find("AIL").get(3, 9),
		Doctor: m.find("AIP").get(3, 1), DoctorName: m.find("AIP").get(3, 2)}
	from, err := time.Parse("20060102150405-0700", start)
	if err == nil {
		s.Start = from
		if to, err := time.Parse("20060102150405-0700", end); err == nil {
			s.Minutes = int(to.Sub(from).Minutes())
		}
	}
	h.agenda.Slots[id] = s
}

// appointment makes the segments that tell how a booking stands.
func (h *Hospital) appointment(b *Booking, err error) ([]segment, error) {
	if err != nil {
		return nil, err
	}
	status := "Booked"
	if b.Cancelled {
		status = "Cancelled"
	}
	slot := h.agenda.Slots[b.Slot]
	sch := schedule(*slot, "ROUTINE", status)
	sch[1], sch[2] = escape(string(b.Placer)), escape(string(b.Filler))
	return append([]segment{sch}, resources(*slot)...), nil
}

// schedule makes SCH for a slot.
func schedule(s Slot, reason, status string) segment {
	when := ""
	if !s.Start.IsZero() {
		when = join("", "", strconv.Itoa(s.Minutes), stamp(s.Start), stamp(s.Start.Add(time.Duration(s.Minutes)*time.Minute)))
	}
	return fields("SCH", map[int]string{6: reason, 11: when, 16: "COUNTER", 20: "COUNTER", 25: status})
}

func resources(s Slot) []segment {
	out := []segment{{"RGS", "1"}, {"AIG", "1", "", escape(string(s.ID))}}
	if s.Department != "" {
		out = append(out, segment{"AIL", "1", "", join(s.Department, "", "", "", "", "", "", "", s.DepartmentName)})
	}
	if s.Doctor != "" {
		out = append(out, segment{"AIP", "1", "", join(s.Doctor, s.DoctorName)})
	}
	return out
}
