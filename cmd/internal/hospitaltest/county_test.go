package hospitaltest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"xiangyi/cloud/connect"
	join "xiangyi/cloud/connect/hospital"
	"xiangyi/cmd/sandbox/peer/hospital"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/appointment"
	"xiangyi/protocol/care/caretest"
	"xiangyi/protocol/care/delivery"
	"xiangyi/protocol/care/report"
)

// The county of these tests: hospital c1 with a session of twelve slots on
// Monday in a week, and twelve invented residents. Its records are a model in
// memory; connections and time on them are real.

const (
	cardio   = care.ID("c1-03.04")
	monday   = "2030-01-14"
	villager = "990101195003070025" // resident 0's number
)

var planner = care.Actor{ID: "s01", Role: care.Scheduler, Terminal: "portal"}

type nothing struct{}

type county struct {
	*caretest.Site
	t       *testing.T
	world   *caretest.World
	session care.ID
	inbox   *join.Inbox
	deaf    atomic.Bool   // commits nothing that comes from the hospital
	refused chan struct{} // one for each message that was not committed
}

func newCounty(t *testing.T) *county {
	w := caretest.New(t, setup(), appointment.Service(), report.Service(), delivery.Service())
	c := &county{Site: w.County(), t: t, world: w, refused: make(chan struct{}, 1024)}
	c.Do(care.Machine("setup"), "setup.all", nothing{})
	c.Do(planner, "appointment.set-department", appointment.DepartmentInput{Org: "c1", Code: "03.04", Name: "心血管内科", Hospital: true})
	c.session = c.Do(planner, "appointment.open", appointment.OpenInput{Doctor: "d02", Department: cardio, Date: monday,
		From: "08:30", To: "10:30", Minutes: 10, Places: 1, Fee: "20"}).About.ID
	engine, err := care.NewEngine(sometimes{c.Model, c}, care.InCounty, nil, []care.Service{setup(), appointment.Service(), report.Service(), delivery.Service()})
	if err != nil {
		t.Fatal(err)
	}
	c.inbox, err = join.Listen(join.InboxConfig{Addr: "127.0.0.1:0", Organisation: "c1", Engine: engine, Store: c.Model, Now: w.Now, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.inbox.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return c
}

var quiet = slog.New(slog.DiscardHandler)

// sometimes is a store whose leader is away while deaf says so.
type sometimes struct {
	protocol.Store
	county *county
}

func (s sometimes) Do(ctx context.Context, o protocol.Order, act func(protocol.Tx) error) (protocol.Change, error) {
	if s.county.deaf.Load() {
		s.county.refused <- struct{}{}
		return protocol.Change{}, protocol.ErrNotLeader
	}
	return s.Store.Do(ctx, o, act)
}

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
	put := func(ref protocol.Ref, subject care.ID, v any) error {
		_, err := care.Write(d, protocol.Draft{Ref: ref, Subject: subject}, v)
		return err
	}
	err := errors.Join(
		put(care.StaffRef("d02"), "", &care.StaffMember{Name: "曾示例", Roles: []care.Role{care.CountyDoctor}}),
		put(care.OrganisationRef("c1"), "", &care.Organisation{Name: "示范县人民医院", Type: "county-hospital"}),
		put(care.ItemRef(appointment.Item), "", &care.Item{Title: "预约挂号", State: care.ItemOnline}))
	for n := range 12 {
		id := who(d, n)
		p := care.Person{Name: fmt.Sprintf("测试%c明", '甲'+rune(n)), Sex: "2", Birth: "1950-03-07", Registered: d.Now()}
		if n == 0 {
			p.Document = care.Document{Type: "01", Number: villager}
		}
		err = errors.Join(err, put(care.ResidentRef(id), id, &p),
			put(care.ConsentRef(id, care.ConsentBasic), id, &care.Consent{Person: id, Purpose: care.ConsentBasic, Given: true, At: d.Now()}))
	}
	return err
}

// who is the n-th resident. The first has a number.
func who(r protocol.Reader, n int) care.ID {
	if n == 0 {
		return r.PersonID("01", villager)
	}
	return care.ID(fmt.Sprintf("p%02d", n))
}

func (c *county) person(n int) (id care.ID) {
	c.Look(func(r protocol.Reader) error { id = who(r, n); return nil })
	return id
}

// slotID is the n-th slot of the session.
func (c *county) slotID(n int) care.ID {
	at := time.Date(2030, 1, 14, 8, 30+10*n, 0, 0, care.Zone)
	return c.session + care.ID("."+at.Format("1504")+".1")
}

func (c *county) slot(n int) (out appointment.Slot) {
	c.Look(func(r protocol.Reader) (err error) {
		out, _, err = care.Read[appointment.Slot](r, appointment.SlotRef(c.slotID(n)))
		return err
	})
	return out
}

func (c *county) visit(id care.ID) (out appointment.Appointment) {
	c.Look(func(r protocol.Reader) (err error) {
		out, _, err = care.Read[appointment.Appointment](r, appointment.AppointmentRef(id))
		return err
	})
	return out
}

// book books the n-th slot for the n-th resident.
func (c *county) book(n int) care.ID {
	c.t.Helper()
	return c.Do(planner, "appointment.book", appointment.Booking{Person: c.person(n), Slot: c.slotID(n)}).About.ID
}

func (c *county) cancel(id care.ID) {
	c.t.Helper()
	c.Do(planner, "appointment.cancel", appointment.CancelInput{Appointment: id, Reason: "本人来电取消"})
}

// confirm opens slots as if the hospital had said yes.
func (c *county) confirm(slots ...int) {
	c.t.Helper()
	in := appointment.BlockInput{Session: c.session}
	for _, n := range slots {
		in.Slots = append(in.Slots, c.slotID(n))
	}
	c.Do(planner, "appointment.confirm-block", in)
}

// lead runs a leader's connector towards a hospital; the function that it gives
// ends it.
func (c *county) lead(h *hospital.Hospital) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	l := &connect.Loop{Engine: c.Engine, Store: c.Model, Now: time.Now, Log: quiet, SaveEvery: 20,
		Connector: join.New(join.Config{Addr: h.Addr(), Timeout: 5 * time.Second, Engine: c.Engine, Store: c.Model, Now: c.world.Now, Log: quiet})}
	ended := make(chan error, 1)
	go func() { ended <- connect.Run(ctx, quiet, l) }()
	return func() { cancel(); <-ended }
}

// deliveries lists what the hospital said of a record.
func (c *county) deliveries(id care.ID) (out []care.Delivery) {
	c.Look(func(r protocol.Reader) (err error) {
		out, err = care.Deliveries(r, appointment.AppointmentRef(id))
		return err
	})
	return out
}

// taken reports whether the hospital took what became of an appointment last,
// and has nothing open about it.
func (c *county) taken(id care.ID) func() bool {
	return func() (ok bool) {
		c.Look(func(r protocol.Reader) error {
			rec, err := r.Get(appointment.AppointmentRef(id))
			if err != nil {
				return err
			}
			all, err := care.Deliveries(r, rec.Ref)
			for _, d := range all {
				if d.State != care.DeliveryAcknowledged {
					ok = false
					break
				}
				ok = ok || d.Source == rec.Head().Rev.String()
			}
			return err
		})
		return ok
	}
}

// until waits for something to become true of the records. It looks again
// whenever something was written.
func (c *county) until(what string, ok func() bool) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		at := c.Last()
		if ok() {
			return
		}
		if _, err := c.Next(ctx, at, 1, protocol.AllValues); err != nil {
			c.t.Fatalf("%s: did not happen", what)
		}
	}
}

func open(t *testing.T, c *county, change func(*hospital.Options)) *hospital.Hospital {
	t.Helper()
	o := hospital.Options{Addr: "127.0.0.1:0", Adopt: true, County: c.inbox.Addr, Now: c.world.Now, Retry: 5 * time.Millisecond}
	if change != nil {
		change(&o)
	}
	h, err := hospital.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

// booking is what the hospital holds under a placer id.
func booking(h *hospital.Hospital, id care.ID) (out hospital.Booking) {
	for _, b := range h.Bookings() {
		if care.ID(b.Placer) == id {
			out = b
		}
	}
	return out
}

// heard counts the messages of a type about an appointment, and those that were
// lost.
func heard(h *hospital.Hospital, kind string, id care.ID) (n, lost int) {
	for _, m := range h.Messages() {
		if m.Type == kind && care.ID(m.Placer) == id {
			n++
			if m.Lost {
				lost++
			}
		}
	}
	return n, lost
}
