package hospital

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"xiangyi/cloud/connect"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/appointment"
	"xiangyi/protocol/care/delivery"
	"xiangyi/protocol/codec/hl7"
)

func TestEveryAnswerOfAHospitalIsUnderstood(t *testing.T) {
	for name, tc := range map[string]struct {
		says string
		want connect.Answer
		err  error
	}{
		"yes":                     {"MSA|AA|1\rSCH|a1|H0007", connect.Answer{Foreign: "H0007"}, nil},
		"received":                {"MSA|CA|1", connect.Answer{}, nil},
		"taken":                   {"MSA|AE|1\rERR||AIG^1^3|205^Duplicate key identifier^HL70357|E||||the slot is taken", connect.Answer{Refusal: "医院已把这个号给了别人：the slot is taken", Code: "205"}, nil},
		"without words":           {"MSA|AE|1\rERR|||204", connect.Answer{Refusal: "医院没有这个号或这个预约", Code: "204"}, nil},
		"without anything":        {"MSA|AE|1", connect.Answer{Refusal: "医院没有说明原因"}, nil},
		"of its own":              {"MSA|CE|1|号源系统维护", connect.Answer{Refusal: "号源系统维护"}, nil},
		"as version 2.4 says it":  {"MSA|AE|1\rERR|AIG^1^3^205&Duplicate key identifier", connect.Answer{Refusal: "医院已把这个号给了别人：Duplicate key identifier", Code: "205"}, nil},
		"not now":                 {"MSA|AR|1", connect.Answer{}, connect.ErrLater},
		"not kept now":            {"MSA|CR|1", connect.Answer{}, connect.ErrLater},
		"nothing that means much": {"MSA|??|1", connect.Answer{}, connect.ErrLost},
		"no MSA":                  {"ZZZ|1", connect.Answer{}, connect.ErrLost},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := hl7.Decode([]byte(msh("SRR^S01", "x", "UNICODE UTF-8") + tc.says + "\r"))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := reply(m); got != tc.want || !errors.Is(err, tc.err) {
				t.Errorf("understood as %+v, %v", got, err)
			}
		})
	}
}

// clerk is a hospital that answers each message by a function; an empty answer
// hangs up.
type clerk struct {
	addr  string
	heard chan *hl7.Message
}

func newClerk(t *testing.T, answer func(m *hl7.Message) string) *clerk {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	k := &clerk{l.Addr().String(), make(chan *hl7.Message, 64)}
	ended := make(chan bool)
	go func() {
		defer close(ended)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			in := hl7.NewScanner(conn)
			for in.Scan() {
				m, err := hl7.Decode(in.Bytes())
				if err != nil {
					t.Error(err)
				}
				k.heard <- m
				says := answer(m)
				if says == "" {
					break
				}
				says = strings.ReplaceAll(says, "{id}", m.ControlID())
				_, _ = conn.Write(hl7.FrameMLLP([]byte(msh("ACK", "x", "UNICODE UTF-8") + says + "\r")))
			}
			conn.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-ended })
	return k
}

// kinds lists what was heard, "SRM^S01 …".
func (k *clerk) kinds() (out []string) {
	for {
		select {
		case m := <-k.heard:
			kind, event := m.Type()
			out = append(out, kind+"^"+event)
		default:
			return out
		}
	}
}

func (c *county) join(t *testing.T, addr string) *Hospital {
	h := New(Config{Addr: addr, Engine: c.Engine, Store: c.Model, Now: c.world.Now, Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(h.Close)
	return h
}

// letter writes the letter of the newest revision of a record.
func (c *county) letter(t *testing.T, h *Hospital, ref protocol.Ref, sent bool) (l connect.Letter) {
	t.Helper()
	c.Look(func(r protocol.Reader) error {
		rec, err := r.Get(ref)
		if err != nil {
			return err
		}
		l, err = h.Letter(r, connect.Item{Rev: rec.Head().Rev, Ref: ref, Subject: rec.Head().Subject, Sent: sent})
		return err
	})
	return l
}

func TestABookingSaysWhoWhereAndWhen(t *testing.T) {
	c := newCounty(t)
	k := newClerk(t, func(*hl7.Message) string { return "MSA|AA|{id}\rSCH|a|H1" })
	h := c.join(t, k.addr)
	id := c.book("0830")
	l := c.letter(t, h, appointment.AppointmentRef(id), false)
	if err := h.Reach(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a, err := l.Send(t.Context()); err != nil || a.Foreign != "H1" {
		t.Fatalf("%+v, %v", a, err)
	}
	m := <-k.heard
	b, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\r")
	want := []string{
		"ARQ|" + string(id) + "||||||||||20300114083000+0800^20300114084000+0800",
		"PID|1||" + number + "^^^MPS^NI~" + string(c.person) + "^^^XY^PI||测试甲明||19500307|F",
		"RGS|1", "AIG|1||" + string(c.slotID("0830")), "AIL|1||c1-03.04^^^^^^^^心血管内科", "AIP|1||d02",
	}
	if got := lines[1:]; !slices.Equal(normal(got), want) {
		t.Errorf("says\n%s\nwant\n%s", strings.Join(normal(got), "\n"), strings.Join(want, "\n"))
	}
	if len(m.ControlID()) != 20 || m.First("MSH").Text(18) != "UNICODE UTF-8" || !strings.Contains(lines[0], "|SRM^S01^SRM_S01|") {
		t.Errorf("header %s", lines[0])
	}
	if again := c.letter(t, h, appointment.AppointmentRef(id), false).(*booking).message.ControlID(); again == m.ControlID() {
		t.Error("two tries have one control id")
	}
}

// normal writes times in the county's zone, which a JSON record may not keep.
func normal(lines []string) []string {
	out := slices.Clone(lines)
	for i := range out {
		out[i] = strings.NewReplacer("20300114003000+0000", "20300114083000+0800", "20300114004000+0000", "20300114084000+0800").Replace(out[i])
	}
	return out
}

func TestThereIsNothingToSayOf(t *testing.T) {
	c := newCounty(t)
	h := c.join(t, "")
	gone := c.book("0830")
	booked := c.revision(gone)
	c.cancel(gone)
	silent := func(what string, it connect.Item) {
		t.Helper()
		c.Look(func(r protocol.Reader) error {
			l, err := h.Letter(r, it)
			if l != nil {
				t.Errorf("%s: writes %v", what, l.(*booking).event)
			}
			return err
		})
	}
	ref := appointment.AppointmentRef(gone)
	silent("a booking that was called off before it left", connect.Item{Rev: booked, Ref: ref})
	sent := connect.Item{Rev: booked, Ref: ref, Sent: true}
	c.Look(func(r protocol.Reader) error {
		l, err := h.Letter(r, sent)
		if l == nil {
			t.Error("a booking that may have been heard must be asked about")
		}
		return err
	})
	if c.letter(t, h, ref, false) == nil {
		t.Error("its cancellation must be told: the booking may have been")
	}

	wish := c.Do(planner, "appointment.request", map[string]any{"person": c.person, "session": c.session}).About.ID
	c.cancel(wish)
	silent("the end of a request that was never booked", connect.Item{Rev: c.revision(wish), Ref: appointment.AppointmentRef(wish)})

	c.Do(planner, "appointment.set-department", appointment.DepartmentInput{Org: "c1", Code: "03.04", Name: "心血管内科"})
	silent("a department that does not sell by the hospital's system", sent)
}

func (c *county) revision(id care.ID) (rev protocol.Rev) {
	c.Look(func(r protocol.Reader) error {
		rec, err := r.Get(appointment.AppointmentRef(id))
		if err == nil {
			rev = rec.Head().Rev
		}
		return err
	})
	return rev
}

func TestAnAnswerToAnotherMessageIsNoAnswer(t *testing.T) {
	c := newCounty(t)
	wrong := true
	k := newClerk(t, func(*hl7.Message) string {
		if wrong {
			return "MSA|AA|another"
		}
		return "MSA|AA|{id}"
	})
	h := c.join(t, k.addr)
	l := c.letter(t, h, appointment.AppointmentRef(c.book("0830")), false)
	if _, err := l.Send(t.Context()); !errors.Is(err, connect.ErrLost) {
		t.Errorf("taken: %v", err)
	}
	if h.line.conn != nil {
		t.Error("the line stays open, and the right answer may still come on it")
	}
	wrong = false
	if _, err := l.Send(t.Context()); err != nil {
		t.Errorf("on a new line: %v", err)
	}
}

func TestALineThatTheOtherEndClosedIsNotSpokenInto(t *testing.T) {
	c := newCounty(t)
	n := 0
	k := newClerk(t, func(*hl7.Message) string {
		if n++; n == 2 {
			return ""
		}
		return "MSA|AA|{id}"
	})
	h := c.join(t, k.addr)
	l := c.letter(t, h, appointment.AppointmentRef(c.book("0830")), false)
	if _, err := l.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	first := h.line.conn
	if err := h.Reach(t.Context()); err != nil || h.line.conn != first {
		t.Errorf("a line that stands is left: %v", err)
	}
	if _, err := l.Send(t.Context()); !errors.Is(err, connect.ErrLost) {
		t.Errorf("no answer, and taken: %v", err)
	}
	h.line.conn, h.line.in = half(t), nil
	if err := h.Reach(t.Context()); err != nil || h.line.conn == nil {
		t.Fatal(err)
	}
	if _, err := l.Send(t.Context()); err != nil {
		t.Errorf("after the other end hung up: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := New(Config{Addr: k.addr}).Reach(ctx); err == nil {
		t.Error("calls although nobody waits for it")
	}
}

// half is a connection whose other end is closed.
func half(t *testing.T) net.Conn {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	other, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	other.Close()
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Fatal("the other end speaks")
	}
	return conn
}

func TestWhatTheHospitalCalledOffIsNoBooking(t *testing.T) {
	c := newCounty(t)
	k := newClerk(t, func(m *hl7.Message) string {
		id := m.First("ARQ").Text(1)
		sch := "\rSCH|" + id + "|H1|||||||||||||||||||||||Cancelled"
		if kind, _ := m.Type(); kind == "SQM" {
			return "MSA|AA|{id}\rQAK|q|OK" + sch
		}
		return "MSA|AA|{id}" + sch
	})
	h := c.join(t, k.addr)
	id := c.book("0830")
	l := c.letter(t, h, appointment.AppointmentRef(id), true)
	if a, known, err := l.Ask(t.Context()); err != nil || !known || a.Accepted() {
		t.Errorf("asked: %+v, %v, %v", a, known, err)
	}
	a, err := l.Send(t.Context())
	if err != nil || a.Accepted() {
		t.Fatalf("sent: %+v, %v", a, err)
	}
	for range 2 { // a crash repeats it
		if err := l.Settle(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	if s := c.visit(id).State; s != appointment.Displaced {
		t.Errorf("the person stands with a booking that is %s", s)
	}
}

func TestAskingLooksAtTheSlotToo(t *testing.T) {
	c := newCounty(t)
	slot := ""
	k := newClerk(t, func(m *hl7.Message) string { return "MSA|AA|{id}\rQAK|q|OK\rSCH|a|H1\rAIG|1||" + slot })
	h := c.join(t, k.addr)
	l := c.letter(t, h, appointment.AppointmentRef(c.book("0830")), true)
	for held, want := range map[string]bool{string(c.slotID("0830")): true, "": true, string(c.slotID("0840")): false} {
		slot = held
		if _, known, err := l.Ask(t.Context()); err != nil || known != want {
			t.Errorf("holding %q: known %v, %v", held, known, err)
		}
	}
}

func TestABookingThatTheHospitalHasIsNotBookedAgainForANewDoctor(t *testing.T) {
	c := newCounty(t)
	k := newClerk(t, func(m *hl7.Message) string {
		if kind, _ := m.Type(); kind == "SQM" {
			return "MSA|AA|{id}\rQAK|q|OK\rSCH|a|H1"
		}
		return "MSA|AE|{id}\rERR|||205"
	})
	h := c.join(t, k.addr)
	id := c.book("0830")
	ref := appointment.AppointmentRef(id)
	first := c.letter(t, h, ref, false)
	c.Do(machine, delivery.Record, delivery.Mark{To: "hospital", Source: c.revision(id).String(), About: ref, State: care.DeliveryAcknowledged, Foreign: "H1"})
	c.Do(planner, "appointment.substitute", appointment.SubstituteInput{Session: c.session, Doctor: "d03"})
	c.world.Settle()
	if c.visit(id).Doctor != "d03" {
		t.Fatal("the person is still with the first doctor")
	}
	if a, err := c.letter(t, h, ref, false).Send(t.Context()); err != nil || a.Foreign != "H1" {
		t.Errorf("with another doctor: %+v, %v", a, err)
	}
	if got := strings.Join(k.kinds(), " "); got != "SQM^S25" {
		t.Errorf("heard %s, want the question alone", got)
	}
	if a, err := first.Send(t.Context()); err != nil || a.Accepted() {
		t.Fatalf("the first time: %+v, %v", a, err)
	}
	if got := strings.Join(k.kinds(), " "); got != "SRM^S01" {
		t.Errorf("heard %s, want the booking alone", got)
	}
}

func TestOnlyARefusalOfTheSlotDisplacesAndOnlyItWithdraws(t *testing.T) {
	c := newCounty(t)
	h := c.join(t, "")
	id := c.book("0830")
	visit := c.letter(t, h, appointment.AppointmentRef(id), false)
	keep := c.letter(t, h, appointment.SlotRef(c.slotID("0840")), false)
	for _, code := range []string{"101", "207", ""} {
		no := connect.Answer{Refusal: "x", Code: code}
		if err := errors.Join(visit.Settle(t.Context(), no), keep.Settle(t.Context(), no)); err != nil {
			t.Fatal(err)
		}
		if c.visit(id).State != appointment.Booked || c.slot("0840").State != appointment.SlotBlocking {
			t.Fatalf("after %q: visit %s, slot %s", code, c.visit(id).State, c.slot("0840").State)
		}
	}
	no := connect.Answer{Refusal: "x", Code: taken}
	if err := errors.Join(visit.Settle(t.Context(), no), keep.Settle(t.Context(), no)); err != nil {
		t.Fatal(err)
	}
	if c.visit(id).State != appointment.Displaced || c.slot("0840").State != appointment.SlotWithdrawn {
		t.Errorf("visit %s, slot %s", c.visit(id).State, c.slot("0840").State)
	}
	kept := c.letter(t, h, appointment.SlotRef(c.slotID("0850")), false)
	for range 2 {
		if err := kept.Settle(t.Context(), connect.Answer{}); err != nil {
			t.Fatal(err)
		}
	}
	if c.slot("0850").State != appointment.SlotFree {
		t.Errorf("a kept slot is %s", c.slot("0850").State)
	}
	if l := c.letter(t, h, appointment.SlotRef(c.slotID("0850")), false); l != nil {
		t.Error("asks again for what is kept")
	}
}
