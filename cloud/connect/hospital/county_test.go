package hospital

import (
	"bufio"
	"context"
	"log/slog"
	"net"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/appointment"
	"xiangyi/protocol/care/caretest"
	"xiangyi/protocol/care/delivery"
	"xiangyi/protocol/care/report"
	"xiangyi/protocol/codec/hl7"
)

// The county of these tests: a hospital c1 that sells by its own system, one
// resident with an invented number, a session on Monday in a week with four
// slots that the hospital has not confirmed.

const (
	number = "990101195003070025"
	cardio = care.ID("c1-03.04")
	monday = "2030-01-14"
)

var planner = care.Actor{ID: "s01", Role: care.Scheduler, Terminal: "portal"}

type county struct {
	*caretest.Site
	world   *caretest.World
	person  care.ID
	session care.ID
}

type nothing struct{}

func newCounty(t testing.TB) *county {
	w := caretest.New(t, setup(), appointment.Service(), report.Service(), delivery.Service())
	c := &county{Site: w.County(), world: w}
	c.Look(func(r protocol.Reader) error { c.person = r.PersonID("01", number); return nil })
	c.Do(machine, "setup.all", nothing{})
	c.Do(planner, "appointment.set-department", appointment.DepartmentInput{Org: "c1", Code: "03.04", Name: "心血管内科", Hospital: true})
	c.session = c.Do(planner, "appointment.open", appointment.OpenInput{Doctor: "d02", Department: cardio, Date: monday,
		From: "08:30", To: "09:10", Minutes: 10, Places: 1, Fee: "20"}).About.ID
	return c
}

// setup stands in for the services that own people and places.
func setup() care.Service {
	kind := func(k protocol.Kind, c protocol.Class, names ...string) care.Kind {
		out := care.Kind{KindSpec: protocol.KindSpec{Kind: k, Class: c, Retention: protocol.RetainClinical}}
		for _, n := range names {
			out.Indexes = append(out.Indexes, protocol.Index{Name: n, Fields: []string{n}})
		}
		return out
	}
	return care.Service{
		Name: "setup",
		Kinds: []care.Kind{kind(care.KindResident, protocol.ClassPersonal, "phone", "last4", "household"), kind(care.KindStaff, protocol.ClassPublic),
			kind(care.KindOrganisation, protocol.ClassPublic), kind(care.KindItem, protocol.ClassPublic), kind(care.KindConsent, protocol.ClassPersonal)},
		Actions: []care.Action{care.Do(care.Action{Name: "setup.all", Roles: []care.Role{care.System}, Purpose: care.ForOperations}, settlers)},
	}
}

func settlers(d *care.Deed, _ nothing) error {
	id := d.PersonID("01", number)
	for ref, v := range map[protocol.Ref]any{
		care.ResidentRef(id):                   &care.Person{Name: "测试甲明", Document: care.Document{Type: "01", Number: number}, Sex: "2", Birth: "1950-03-07", Registered: d.Now()},
		care.ConsentRef(id, care.ConsentBasic): &care.Consent{Person: id, Purpose: care.ConsentBasic, Given: true, At: d.Now()},
		care.StaffRef("d02"):                   &care.StaffMember{Name: "曾示例", Roles: []care.Role{care.CountyDoctor}},
		care.StaffRef("d03"):                   &care.StaffMember{Name: "单模拟", Roles: []care.Role{care.CountyDoctor}},
		care.OrganisationRef("c1"):             &care.Organisation{Name: "示范县人民医院", Type: "county-hospital"},
		care.ItemRef(appointment.Item):         &care.Item{Title: "预约挂号", State: care.ItemOnline},
	} {
		draft := protocol.Draft{Ref: ref}
		if ref.Kind == care.KindResident || ref.Kind == care.KindConsent {
			draft.Subject = id
		}
		if _, err := care.Write(d, draft, v); err != nil {
			return err
		}
	}
	return nil
}

func (c *county) slotID(clock string) care.ID { return c.session + care.ID("."+clock+".1") }

func (c *county) slot(clock string) (out appointment.Slot) {
	c.Look(func(r protocol.Reader) (err error) {
		out, _, err = care.Read[appointment.Slot](r, appointment.SlotRef(c.slotID(clock)))
		return err
	})
	return out
}

// onSale opens a slot as the hospital's yes does.
func (c *county) onSale(clock string) care.ID {
	c.Do(machine, confirmBlock, appointment.BlockInput{Session: c.session, Slots: []care.ID{c.slotID(clock)}})
	return c.slotID(clock)
}

func (c *county) book(clock string) care.ID {
	return c.Do(planner, "appointment.book", appointment.Booking{Person: c.person, Slot: c.onSale(clock)}).About.ID
}

func (c *county) cancel(id care.ID) {
	c.Do(planner, "appointment.cancel", appointment.CancelInput{Appointment: id, Reason: "本人来电取消"})
}

func (c *county) visit(id care.ID) (out appointment.Appointment) {
	c.Look(func(r protocol.Reader) (err error) {
		out, _, err = care.Read[appointment.Appointment](r, appointment.AppointmentRef(id))
		return err
	})
	return out
}

// reports lists the person's reports.
func (c *county) reports(person care.ID) (out []report.Report) {
	c.Look(func(r protocol.Reader) error {
		all, err := care.Collect[report.Report](r, protocol.Query{Kind: report.KindReport, Index: "person", Match: []string{string(person)}})
		for _, f := range all {
			out = append(out, f.Value)
		}
		return err
	})
	return out
}

func (c *county) inbox(t testing.TB) *Inbox {
	t.Helper()
	in, err := Listen(InboxConfig{Addr: "127.0.0.1:0", Organisation: "c1", Engine: c.Engine, Store: c.Model, Now: c.world.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(in.Close)
	return in
}

// phone is an open connection to an inbox that runs.
type phone struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Scanner
}

func dial(t testing.TB, in *Inbox) *phone {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- in.Run(ctx) }()
	conn, err := net.Dial("tcp", in.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(); cancel(); <-ended })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	return &phone{t, conn, hl7.NewScanner(conn)}
}

func (l *phone) send(raw []byte) {
	l.t.Helper()
	if _, err := l.conn.Write(hl7.FrameMLLP(raw)); err != nil {
		l.t.Fatal(err)
	}
}

func (l *phone) hear() *hl7.Message {
	l.t.Helper()
	if !l.in.Scan() {
		l.t.Fatalf("the line ended: %v", l.in.Err())
	}
	m, err := hl7.Decode(l.in.Bytes())
	if err != nil {
		l.t.Fatal(err)
	}
	return m
}

func (l *phone) ask(raw []byte) *hl7.Message {
	l.t.Helper()
	l.send(raw)
	return l.hear()
}

// said sums an answer up: "AA 7" or "AE 7 101 PID-3".
func said(m *hl7.Message) string {
	msa, e := m.First("MSA"), m.First("ERR")
	out := msa.Text(1) + " " + msa.Text(2)
	if e != nil {
		out += " " + e.Text(3)
		if e.Text(2) != "" {
			out += " " + e.Text(2) + "-" + e.At(2, 1, 3, 1)
		}
	}
	return out
}
