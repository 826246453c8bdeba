package hospital

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"xiangyi/cloud/connect"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/appointment"
	"xiangyi/protocol/codec/hl7"
)

// Config of the join.
type Config struct {
	Addr    string // the hospital's MLLP address
	Timeout time.Duration
	Engine  *care.Engine
	Store   protocol.Store
	Now     func() time.Time
	Log     *slog.Logger
}

// Hospital is the connector of outgoing messages. It implements
// connect.Connector.
type Hospital struct {
	Config
	line caller
	sent uint64
}

// New makes the connector. It connects when there is something to say.
func New(c Config) *Hospital {
	return &Hospital{Config: c, line: caller{addr: c.Addr, timeout: c.Timeout}}
}

// Close ends the connection.
func (h *Hospital) Close() { h.line.close() }

// Name implements connect.Connector.
func (h *Hospital) Name() string { return "hospital" }

// Wants implements connect.Connector: appointments that were booked or called
// off, and slots that the hospital should keep.
func (h *Hospital) Wants(c *protocol.Change) []int {
	var out []int
	for n := range c.Writes {
		switch w := &c.Writes[n]; w.Ref.Kind {
		case appointment.KindAppointment:
			var a appointment.Appointment
			if protocol.Decode(w.Value, &a) == nil && event(a.State) != "" {
				out = append(out, n)
			}
		case appointment.KindSlot:
			var s appointment.Slot
			if protocol.Decode(w.Value, &s) == nil && s.State == appointment.SlotBlocking {
				out = append(out, n)
			}
		}
	}
	return out
}

// event is the trigger that a state leads to.
func event(s appointment.State) string {
	switch s {
	case appointment.Booked:
		return "S01"
	case appointment.Cancelled, appointment.Rescheduled, appointment.Displaced:
		return "S04"
	}
	return ""
}

// Repeatable implements connect.Connector: to keep a slot twice is to keep it.
func (h *Hospital) Repeatable(it connect.Item) bool { return it.Ref.Kind == appointment.KindSlot }

// Send implements connect.Connector.
func (h *Hospital) Send(ctx context.Context, it connect.Item) (connect.Answer, error) {
	m, skip, err := h.message(ctx, it)
	if err != nil {
		return connect.Answer{}, fmt.Errorf("%w: %w", connect.ErrAway, err)
	}
	if skip {
		return connect.Answer{Foreign: "-"}, nil
	}
	answer, err := h.line.call(ctx, m)
	if err != nil {
		return connect.Answer{}, err
	}
	return reply(answer)
}

// reply reads MSA, ERR and SCH of an answer. AR asks for another try.
func reply(m *hl7.Message) (connect.Answer, error) {
	switch code := hl7.AckCode(m.First("MSA").Text(1)); code {
	case hl7.Accepted, hl7.CommitAccepted:
		return connect.Answer{Foreign: m.First("SCH").Text(2)}, nil
	case hl7.Failed, hl7.CommitFailed:
		e := m.First("ERR")
		text := e.Text(8)
		if text == "" {
			text = e.At(3, 1, 2, 1)
		}
		if text == "" {
			text = "医院没有说明原因"
		}
		return connect.Answer{Refusal: text, Code: e.Text(3)}, nil
	default:
		return connect.Answer{}, fmt.Errorf("%w: hospital answers %q: not now", connect.ErrAway, code)
	}
}

// Ask implements connect.Connector.
func (h *Hospital) Ask(ctx context.Context, it connect.Item) (connect.Answer, bool, error) {
	rev, a, err := h.appointment(ctx, it)
	if err != nil {
		return connect.Answer{}, false, err
	}
	want := event(a.State)
	m := h.header("SQM", "S25", "SQM_S25", rev)
	m.Add(hl7.NewSegment("QRD", hl7.Text(hl7.FormatTime(h.Now())), hl7.Text("R"), hl7.Text("I"), hl7.Text(m.ControlID())),
		hl7.NewSegment("ARQ", hl7.Text(string(it.Ref.ID))))
	answer, err := h.line.call(ctx, m)
	if err != nil {
		return connect.Answer{}, false, err
	}
	if got, err := reply(answer); err != nil || !got.Accepted() {
		return got, false, err
	}
	if answer.First("QAK").Text(2) != "OK" {
		return connect.Answer{}, false, nil
	}
	sch := answer.First("SCH")
	cancelled := sch.Text(25) == "Cancelled"
	if want == "S04" && !cancelled {
		return connect.Answer{}, false, nil
	}
	return connect.Answer{Foreign: sch.Text(2)}, true, nil
}

// Settled implements connect.Connector: a kept slot goes on sale, and a booking
// that the hospital cannot keep is made good, never dropped.
func (h *Hospital) Settled(ctx context.Context, it connect.Item, a connect.Answer) error {
	if it.Ref.Kind == appointment.KindSlot {
		return h.slotSettled(ctx, it, a)
	}
	if a.Accepted() {
		return nil
	}
	_, rec, err := h.appointment(ctx, it)
	if err != nil || rec.State != appointment.Booked {
		return err
	}
	return h.do(ctx, "appointment.displace", "hospital:displace:"+it.Rev.String(),
		appointment.DisplaceInput{Appointment: it.Ref.ID, Cause: appointment.CauseHospital})
}

func (h *Hospital) slotSettled(ctx context.Context, it connect.Item, a connect.Answer) error {
	if !a.Accepted() {
		return h.do(ctx, "appointment.hospital-sold", "hospital:sold:"+it.Rev.String(), appointment.BySlot{Slot: it.Ref.ID})
	}
	var s appointment.Slot
	err := h.Store.View(ctx, func(r protocol.Reader) (err error) {
		s, _, err = care.Read[appointment.Slot](r, it.Ref)
		return err
	})
	if err != nil || s.State != appointment.SlotBlocking {
		return err
	}
	return h.do(ctx, "appointment.confirm-block", "hospital:kept:"+it.Rev.String(),
		appointment.BlockInput{Session: s.Session, Slots: []care.ID{it.Ref.ID}})
}

// do runs an action of the join. What the action refuses was overtaken by
// people; that is on record, and nothing to stop for.
func (h *Hospital) do(ctx context.Context, name protocol.ActionName, key string, in any) error {
	input, err := protocol.Encode(in)
	if err != nil {
		return err
	}
	_, err = h.Engine.Do(ctx, care.Request{Actor: care.Machine("hospital"), Name: name, Input: input, Key: shorten(key)})
	if refusal, refused := protocol.AsRefusal(err); refused {
		h.Log.Info("hospital's word came too late", "action", string(name), "code", string(refusal.Code))
		return nil
	}
	return err
}

var errNotThere = errors.New("record is not there yet")
