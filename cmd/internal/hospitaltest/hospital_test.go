package hospitaltest

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xiangyi/cmd/sandbox/peer/hospital"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/appointment"
	"xiangyi/protocol/care/report"
)

func (c *county) allFree() bool {
	for n := range 12 {
		if c.slot(n).State != appointment.SlotFree {
			return false
		}
	}
	return true
}

func TestASessionIsKeptBookedAndCalledOff(t *testing.T) {
	c := newCounty(t)
	h := open(t, c, nil)
	defer c.lead(h)()
	c.until("all slots on sale", c.allFree)
	for _, s := range h.Slots() {
		if !s.Kept || s.DepartmentName != "心血管内科" || s.Minutes != 10 {
			t.Errorf("the hospital keeps %+v", s)
		}
	}

	first, second := c.book(0), c.book(1)
	c.until("one booked there", c.taken(first))
	c.until("the other booked there", c.taken(second))
	c.cancel(second)
	c.until("one called off there", c.taken(second))
	for id, off := range map[care.ID]bool{first: false, second: true} {
		b := booking(h, id)
		if b.Cancelled != off || b.Slot == "" {
			t.Errorf("the hospital holds %+v", b)
		}
		if got := c.deliveries(id)[0].Foreign; got != string(b.Filler) || got == "" {
			t.Errorf("the receipt has number %q, the hospital %q", got, b.Filler)
		}
	}
	if b := booking(h, first); b.Person != villager || b.Name != "测试甲明" {
		t.Errorf("booked for %s", b.Name)
	}
	if n, _ := heard(h, "SQM^S25", first); n != 0 {
		t.Error("asked although nothing was lost")
	}
	c.Look(func(r protocol.Reader) error {
		rec, err := r.Get(appointment.AppointmentRef(first))
		if err != nil {
			return err
		}
		level, err := care.LevelOf(r, &rec)
		if level != protocol.Delivered {
			t.Errorf("the slip would say level %d", level)
		}
		return err
	})
}

func TestALostAcknowledgementIsAskedForAndNothingIsBookedTwice(t *testing.T) {
	c := newCounty(t)
	h := open(t, c, nil)
	c.confirm(0, 1, 2)
	h.LoseNextAck()
	defer c.lead(h)()
	first := c.book(0)
	c.until("the answer is lost", func() bool { return len(c.deliveries(first)) == 1 })
	c.cancel(first)
	second, third := c.book(1), c.book(2)
	c.cancel(third)
	for _, id := range []care.ID{first, second, third} {
		c.until("all taken", c.taken(id))
	}
	srm, lost := heard(h, "SRM^S01", first)
	asked, _ := heard(h, "SQM^S25", first)
	if srm != 1 || lost != 1 || asked != 1 {
		t.Errorf("the hospital heard %d bookings (%d lost) and %d questions", srm, lost, asked)
	}
	if d := c.deliveries(first)[0]; !d.Queried || d.Tries != 1 {
		t.Errorf("the receipt says %+v", d)
	}
	if b := booking(h, first); !b.Cancelled {
		t.Errorf("the cancellation did not follow its booking: %+v", b)
	}
	if b := booking(h, third); b.Placer != "" && !b.Cancelled {
		t.Errorf("a booking that was called off is held: %+v", b)
	}
}

func TestABookingThatTheHospitalCannotKeepIsMadeGood(t *testing.T) {
	c := newCounty(t)
	h := open(t, c, func(o *hospital.Options) { o.Quiet, o.Adopt = true, false })
	for n := range 12 {
		if err := h.Add(hospital.Slot{ID: hospital.SlotID(c.slotID(n))}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(h.SellOwn(hospital.SlotID(c.slotID(0))), h.SellOwn(hospital.SlotID(c.slotID(2)))); err != nil {
		t.Fatal(err)
	}
	c.confirm(0)
	id := c.book(0) // the hospital sold it, and told nobody
	next := c.book(firstFree(c, 1))
	defer c.lead(h)()
	c.until("the person is told", func() bool { return c.visit(id).State == appointment.Displaced })
	c.until("the next one is booked", c.taken(next))
	c.until("the end of it is settled", func() bool {
		return len(c.deliveries(id)) == 2 && c.deliveries(id)[1].State == care.DeliveryAcknowledged
	})
	if d := c.deliveries(id)[0]; d.State != care.DeliveryParked || !strings.Contains(d.Reason, "医院已把这个号给了别人") {
		t.Errorf("staff see %+v", d)
	}
	if b := booking(h, id); b.Placer != "" {
		t.Errorf("the hospital holds %+v", b)
	}
	c.Look(func(r protocol.Reader) error {
		_, err := r.Get(protocol.Ref{Kind: care.KindTask, ID: "rebook-" + id})
		return err
	})
	c.until("a slot that the hospital sold leaves the pool", func() bool { return c.slot(2).State == appointment.SlotWithdrawn })

	// A person presses the button: there is nothing to book any more.
	c.Do(planner, "delivery.retry", map[string]string{"id": string(care.DeliveryRef("hospital", mustRev(t, c.deliveries(id)[0].Source)).ID)})
	c.until("it leaves the list", func() bool { return c.deliveries(id)[0].State == "overtaken" })
	if n, _ := heard(h, "SRM^S01", id); n != 1 {
		t.Errorf("booked %d times", n)
	}
}

func mustRev(t *testing.T, s string) protocol.Rev {
	t.Helper()
	rev, err := protocol.ParseRev(s)
	if err != nil {
		t.Fatal(err)
	}
	return rev
}

// firstFree confirms a slot and gives it back.
func firstFree(c *county, n int) int { c.confirm(n); return n }

func TestTheCounterSellsAndTheCountyHearsOfIt(t *testing.T) {
	c := newCounty(t)
	c.confirm(1)
	booked := c.book(1)
	h := open(t, c, func(o *hospital.Options) {
		for n := range 3 {
			o.Slots = append(o.Slots, hospital.Slot{ID: hospital.SlotID(c.slotID(n))})
		}
	})
	if err := errors.Join(h.Block(hospital.SlotID(c.slotID(2))), h.SellOwn(hospital.SlotID(c.slotID(0))), h.SellOwn(hospital.SlotID(c.slotID(1)))); err != nil {
		t.Fatal(err)
	}
	c.until("kept", func() bool { return c.slot(2).State == appointment.SlotFree })
	c.until("sold", func() bool {
		return c.slot(0).State == appointment.SlotWithdrawn && c.slot(1).State == appointment.SlotWithdrawn
	})
	c.world.Settle()
	if s := c.visit(booked).State; s != appointment.Displaced {
		t.Errorf("the person whose slot was sold is %s", s)
	}
	if err := h.Unblock(hospital.SlotID(c.slotID(2))); err != nil {
		t.Fatal(err)
	}
	c.until("no longer kept", func() bool { return c.slot(2).State == appointment.SlotWithdrawn })
}

func TestReportsArriveInBothCharsets(t *testing.T) {
	c := newCounty(t)
	h := open(t, c, nil)
	send := func(r hospital.Report) error {
		control, err := h.Report(r)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		return h.Wait(ctx, control)
	}
	one := func(id string, charset hospital.Charset) hospital.Report {
		return hospital.Report{ID: id, IDNumber: villager, Name: "测试甲明", Service: hospital.Code{ID: "58410-2", Name: "血细胞分析"}, Charset: charset,
			Reviewer: hospital.Code{ID: "r01", Name: "沈审核"}, Comment: "餐后两小时采血",
			Items: []hospital.Item{{Code: hospital.Code{ID: "718-7", Name: "血红蛋白"}, Value: "128.0", Unit: "g/L", Range: "115-150", Flag: "N"}}}
	}
	for id, charset := range map[string]hospital.Charset{"L1": hospital.UTF8, "L2": hospital.GB18030} {
		c.deaf.Store(true) // no leader at first
		control, err := h.Report(one(id, charset))
		if err != nil {
			t.Fatal(err)
		}
		<-c.refused
		<-c.refused
		c.deaf.Store(false)
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := h.Wait(ctx, control); err != nil {
			t.Fatalf("%s: %v", charset, err)
		}
		c.Look(func(r protocol.Reader) error {
			got, _, err := care.Read[report.Report](r, report.Ref(report.ReportID("c1", id)))
			if err == nil && (got.Title != "血细胞分析" || got.Comment != "餐后两小时采血" || got.ReviewerName != "沈审核" || got.Person != c0(r) ||
				len(got.Items) != 1 || got.Items[0].Name != "血红蛋白" || got.Items[0].Value != "128.0") {
				t.Errorf("%s: filed %+v", charset, got)
			}
			return err
		})
	}
	stranger := one("L3", hospital.UTF8)
	stranger.IDNumber = "990101196001010015"
	if err := send(stranger); err != nil {
		t.Errorf("a report of nobody here: %v", err)
	}
	broken := one("L4", hospital.GB18030)
	broken.Service = hospital.Code{}
	if err := send(broken); !errors.Is(err, hospital.ErrParked) || !strings.Contains(err.Error(), "缺少检查项目名称 OBR-4") {
		t.Errorf("a report without title: %v", err)
	}
	if err := send(one("L5", hospital.UTF8)); err != nil {
		t.Errorf("behind the parked one: %v", err)
	}
}

func c0(r protocol.Reader) care.ID { return who(r, 0) }

// Bookings, cancellations, lost answers, absences, restarts of the hospital and
// of the leader, all at once: in the end the hospital holds each booking once.
func TestWhateverHappensEachBookingIsHeldOnce(t *testing.T) {
	c := newCounty(t)
	file := filepath.Join(t.TempDir(), "hospital.json")
	h := open(t, c, func(o *hospital.Options) { o.File = file })
	addr := h.Addr()
	stop := c.lead(h)
	c.until("all slots on sale", c.allFree)
	off := map[care.ID]bool{}
	for n := range 12 {
		switch n % 4 {
		case 0:
			h.LoseNextAck()
		case 1:
			h.Away(true)
		case 2: // the power of the hospital fails
			if err := h.Close(); err != nil {
				t.Fatal(err)
			}
			h = open(t, c, func(o *hospital.Options) { o.File, o.Addr = file, addr })
		case 3: // another node leads
			stop()
			stop = c.lead(h)
		}
		id := c.book(n)
		if off[id] = n%3 == 0; off[id] {
			c.cancel(id)
		}
		h.Away(false)
		if n%4 == 0 || n%4 == 3 {
			c.until(fmt.Sprintf("booking %d", n), c.taken(id))
		}
	}
	for id := range off {
		c.until("all taken", c.taken(id))
	}
	stop()
	numbers := map[hospital.FillerID]bool{}
	for _, b := range h.Bookings() {
		if _, ours := off[care.ID(b.Placer)]; !ours || numbers[b.Filler] {
			t.Errorf("the hospital holds %+v", b)
		}
		numbers[b.Filler] = true
	}
	for id, cancelled := range off { // one that was called off before it left may never have been heard of
		if b := booking(h, id); b.Placer == "" && !cancelled || b.Placer != "" && b.Cancelled != cancelled {
			t.Errorf("the hospital holds %+v, want cancelled %v", b, cancelled)
		}
	}
	for n := range 12 {
		ours := c.slot(n).Appointment
		for _, s := range h.Slots() {
			if care.ID(s.ID) == c.slotID(n) && care.ID(s.Placer) != ours {
				t.Errorf("slot %d is %q's there, and %q's here", n, s.Placer, ours)
			}
		}
	}
}
