package hospital

import (
	"cmp"
	"context"
	"crypto/tls"
	"log/slog"
	"strconv"
	"time"

	"xiangyi/cloud/connect"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/appointment"
	"xiangyi/protocol/codec/hl7"
	"xiangyi/protocol/seal"
)

// Config of the outgoing join.
type Config struct {
	Addr    string        // the hospital's MLLP address
	TLS     *tls.Config   // nil: the line is protected below, by a tunnel
	Timeout time.Duration // for one answer; zero is 10 s
	Engine  *care.Engine  // as connect.Loop wants it: never passes on
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
	return &Hospital{Config: c, line: caller{addr: c.Addr, tls: c.TLS, timeout: cmp.Or(c.Timeout, 10*time.Second)}}
}

// Name implements connect.Connector.
func (h *Hospital) Name() string { return "hospital" }

// Reach implements connect.Connector.
func (h *Hospital) Reach(ctx context.Context) error { return h.line.reach(ctx) }

// Close implements connect.Connector.
func (h *Hospital) Close() { h.line.close() }

// Wants implements connect.Connector: appointments that were booked or called
// off, and slots that the hospital should keep.
func (h *Hospital) Wants(c *protocol.Change) []int {
	var out []int
	for n := range c.Writes {
		switch w := &c.Writes[n]; w.Ref.Kind {
		case appointment.KindAppointment:
			var a appointment.Appointment
			if protocol.Decode(w.Value, &a) == nil && trigger(a.State) != "" {
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

// Letter implements connect.Connector.
func (h *Hospital) Letter(r protocol.Reader, it connect.Item) (connect.Letter, error) {
	if it.Ref.Kind == appointment.KindSlot {
		return h.keeping(r, it)
	}
	return h.booking(r, it)
}

// header begins a message. Its control id is new every time: what is repeated
// is known by the appointment, and the hospital must look at it again.
func (h *Hospital) header(message, event, structure string, rev protocol.Rev) *hl7.Message {
	h.sent++
	now := h.Now()
	d := seal.Sum([]byte(rev.String()), binaryOf(h.sent), binaryOf(uint64(now.UnixNano())))
	return hl7.New(hl7.Header{
		Sender: hl7.Party{Application: "XIANGYI", Facility: "COUNTY"}, Receiver: hl7.Party{Application: "HIS"},
		Time: now, Message: message, Event: event, Structure: structure, ControlID: "XY" + d.String()[:18],
	}, hl7.UTF8)
}

func binaryOf(n uint64) []byte { return strconv.AppendUint([]byte{0}, n, 10) }

// do runs an action that follows from the hospital's word. What the action
// refuses was overtaken by people; that is on record, and nothing to stop for.
func (h *Hospital) do(ctx context.Context, name protocol.ActionName, key string, in any) error {
	input, err := protocol.Encode(in)
	if err != nil {
		return err
	}
	_, err = h.Engine.Do(ctx, care.Request{Actor: machine, Name: name, Input: input, Key: key})
	if refusal, refused := protocol.AsRefusal(err); refused {
		h.Log.Info("hospital's word came too late", "action", string(name), "code", string(refusal.Code))
		return nil
	}
	return err
}

var machine = care.Machine("hospital")

// keyOf makes an idempotency key of at most 64 bytes.
func keyOf(what string, parts ...[]byte) string {
	var all [][]byte
	for _, p := range parts {
		all = append(all, binaryOf(uint64(len(p))), []byte{':'}, p)
	}
	return "hospital:" + what + seal.Sum(all...).String()[:40]
}
