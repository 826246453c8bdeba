package printing

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"xiangyi/cmd/sandbox/peer/paper"
	"xiangyi/devices/printer"
	"xiangyi/devices/printer/raw9100"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/appointment"
	"xiangyi/protocol/care/printing"
	"xiangyi/protocol/seal"
)

func TestABookingComesOutAsASlipThatSaysHowSafeItIs(t *testing.T) {
	v := open(t)
	v.run()
	j := v.until(v.book("a1"), printing.Printed)
	slips := v.paper.Slips()
	if len(slips) != 1 {
		t.Fatalf("%d slips", len(slips))
	}
	for _, want := range []string{"预约凭条", "V01-300107-003", "当天叫号 03", "欧阳*兰", "12.50 元", "已保存在本站", "[QR xiangyi:appointment/a1]", "打印时间 2030-01-07 08:00"} {
		if !strings.Contains(slips[0].Text, want) {
			t.Errorf("the slip lacks %q:\n%s", want, slips[0].Text)
		}
	}
	if strings.Contains(slips[0].Text, "秀") || strings.Contains(slips[0].Text, "补打") {
		t.Errorf("the slip says too much:\n%s", slips[0].Text)
	}
	if len(j.Hash) != 2*seal.DigestSize {
		t.Error("the job does not say what was printed")
	}
	if j.Person != granny || j.Terminal != "v01-k1" || j.Cause != "appointment.book" || j.Printer != "slip" || j.Tries != 1 {
		t.Errorf("%+v", j)
	}
}

func TestTheSlipShowsTheReceiptThatIsHeldWhenItComesOut(t *testing.T) {
	v := open(t)
	must(t, v.paper.SetSlip(paper.Condition{Paper: paper.Out}))
	v.run()
	id := v.book("a1")
	v.until(id, printing.WaitingPaper)
	rev := rev(v, appointment.AppointmentRef("a1"))
	v.writeAs(care.Machine("hospital"), "delivery.mark", care.DeliveryRef("hospital", rev), granny, &care.Delivery{
		To: "hospital", Source: rev.String(), About: appointment.AppointmentRef("a1"), State: care.DeliveryAcknowledged})
	must(t, v.paper.SetSlip(paper.Condition{}))
	v.until(id, printing.Printed)
	if s := v.paper.Slips(); len(s) != 1 || !strings.Contains(s[0].Text, "医院已确认") {
		t.Errorf("%d slips: %+v", len(s), s)
	}
}

func rev(v *village, ref protocol.Ref) (out protocol.Rev) {
	v.Helper()
	err := v.store.View(v.Context(), func(r protocol.Reader) error {
		rec, err := r.Get(ref)
		if err == nil {
			out = rec.Head().Rev
		}
		return err
	})
	must(v.T, err)
	return out
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestOutOfPaperIsShownAndTheSlipComesOnceWhenThereIsPaper(t *testing.T) {
	v := open(t)
	must(t, v.paper.SetSlip(paper.Condition{Paper: paper.Out}))
	v.run()
	first, second := v.book("a1"), v.book("a2")
	if j := v.until(first, printing.WaitingPaper); j.Why != "out-of-paper" || !j.Sent.IsZero() {
		t.Errorf("%+v", j)
	}
	must(t, v.paper.SetSlip(paper.Condition{Paper: paper.Out, Cover: true})) // somebody puts paper in
	await(v, printing.JobRef(first), func(j *printing.Job) bool { return j.State == printing.WaitingPrinter && j.Why == "cover-open" })
	must(t, v.paper.SetSlip(paper.Condition{}))
	v.until(first, printing.Printed)
	v.until(second, printing.Printed)
	if n := len(v.paper.Slips()); n != 2 {
		t.Errorf("%d slips came out of two", n)
	}
	want := []printing.State{printing.Queued, printing.Printing, printing.WaitingPaper, printing.WaitingPrinter, printing.Printing, printing.Printed}
	if got := v.states(first); !slices.Equal(got, want) {
		t.Errorf("went %v, want %v", got, want)
	}
}

func TestWhatWasCalledOffWhileItWaitedDoesNotComeOut(t *testing.T) {
	v := open(t)
	must(t, v.paper.SetSlip(paper.Condition{Off: true}))
	v.run()
	first, second := v.book("a1"), v.book("a2")
	v.until(first, printing.WaitingPrinter)
	v.do(resident, "printing.cancel", printing.ByJob{Job: first})
	must(t, v.paper.SetSlip(paper.Condition{}))
	v.until(second, printing.Printed)
	if s := v.paper.Slips(); len(s) != 1 || !strings.Contains(s[0].Text, "appointment/a2") {
		t.Errorf("%d slips", len(s))
	}
}

func TestASlipThatNobodyConfirmsIsInDoubtAndItsCopySaysSo(t *testing.T) {
	v := open(t)
	v.config.Slips = raw9100.New(raw9100.Options{Addr: v.paper.SlipAddr(), Mute: true, Answer: 50 * time.Millisecond})
	v.run()
	id := v.book("a1")
	v.until(id, printing.InDoubt)
	again := v.do(resident, "printing.retry", printing.ByJob{Job: id}).About.ID
	v.until(again, printing.InDoubt)
	s := v.paper.Slips()
	if len(s) != 2 || strings.Contains(s[0].Text, "补打") || !strings.Contains(s[1].Text, "补打 第 1 次") {
		t.Errorf("%d slips", len(s))
	}
	v.do(doctor, "printing.confirm", printing.ByJob{Job: again})
	v.until(again, printing.Printed)
}

func TestReprintsAreMarkedAndOtherDeedsHaveTheirOwnSlips(t *testing.T) {
	v := open(t)
	v.run()
	v.until(v.book("a1"), printing.Printed)
	c := v.write("appointment.reprint", protocol.Ref{Kind: appointment.KindReprint, ID: "a1"}, granny, &appointment.Reprint{Appointment: "a1", Count: 2})
	if j := v.until(printing.JobID(c.Position, printing.Slip), printing.Printed); j.About != appointment.AppointmentRef("a1") || j.Copy != 2 {
		t.Errorf("%+v", j)
	}
	cancelled := appointment.Appointment{Person: granny, Number: "V01-300107-003", State: appointment.Cancelled, Org: "c1", Start: time.Date(2030, 1, 8, 9, 30, 0, 0, care.Zone)}
	c = v.writeAs(doctor, "appointment.cancel", appointment.AppointmentRef("a1"), granny, &cancelled)
	v.until(printing.JobID(c.Position, printing.Slip), printing.Printed)
	s := v.paper.Slips()
	if len(s) != 3 || !strings.Contains(s[1].Text, "补打 第 2 次") || !strings.Contains(s[2].Text, "取消预约凭条") || strings.Contains(s[2].Text, "补打") {
		t.Errorf("%d slips", len(s))
	}
}

func TestNobodyElsesDeedsAndNoOldOnesComeOut(t *testing.T) {
	v := open(t)
	v.book("old")
	v.advance(2 * time.Hour) // the journal is read anew after a repair
	v.writeAs(care.Machine("settle"), "appointment.cancel", appointment.AppointmentRef("b1"), granny, &appointment.Appointment{Person: granny})
	v.run()
	v.until(v.book("new"), printing.Printed)
	if s := v.paper.Slips(); len(s) != 1 || !strings.Contains(s[0].Text, "appointment/new") {
		t.Errorf("%d slips", len(s))
	}
}

func TestOnlyWhatPeopleDidHereAsksForPaper(t *testing.T) {
	v := open(t)
	p := New(v.config)
	here := protocol.Change{Position: protocol.Position{Site: "v01", Incarnation: 7, Lane: 2, Seq: 9}, Actor: resident, Action: "appointment.book", Outcome: protocol.Done,
		Writes: []protocol.Write{{Ref: appointment.AppointmentRef("a1"), Subject: granny}}}
	if o, asked, err := p.orderOf(&here); !asked || err != nil || o.Source != "v01.7.2.9" || o.Person != granny || o.Terminal != "v01-k1" {
		t.Errorf("%+v, %v, %v", o, asked, err)
	}
	for name, spoil := range map[string]func(c *protocol.Change){
		"at another station": func(c *protocol.Change) { c.Site = "v02" },
		"by a machine":       func(c *protocol.Change) { c.Actor = care.Machine("settle") },
		"refused":            func(c *protocol.Change) { c.Outcome = protocol.Refused },
		"something else":     func(c *protocol.Change) { c.Action = "appointment.checkin" },
		"nothing written":    func(c *protocol.Change) { c.Writes = nil },
	} {
		c := here
		spoil(&c)
		if _, asked, err := p.orderOf(&c); asked || err != nil {
			t.Errorf("%s: asked %v, %v", name, asked, err)
		}
	}
}

func TestAStationWithoutASlipPrinterSaysSo(t *testing.T) {
	v := open(t)
	v.config.Slips = nil
	v.run()
	if j := v.until(v.book("a1"), printing.Failed); j.Why != printing.NoPrinter {
		t.Errorf("%+v", j)
	}
}

func TestPaperThatNobodyWaitsForAnyMoreIsNotPrinted(t *testing.T) {
	v := open(t)
	must(t, v.paper.SetSlip(paper.Condition{Paper: paper.Out}))
	v.run()
	id := v.book("a1")
	v.until(id, printing.WaitingPaper)
	v.advance(61 * time.Minute)
	if j := v.until(id, printing.Failed); j.Why != printing.TooLate {
		t.Errorf("%+v", j)
	}
	must(t, v.paper.SetSlip(paper.Condition{}))
	v.do(doctor, "printing.retry", printing.ByJob{Job: id}) // the villager came back
	v.until(id, printing.Printed)
	if n := len(v.paper.Slips()); n != 1 {
		t.Errorf("%d slips", n)
	}
}

func TestASlipOfNothingFails(t *testing.T) {
	v := open(t)
	v.run()
	v.do(self, "printing.queue", printing.Order{About: appointment.AppointmentRef("gone"), What: printing.Slip, Source: "v01.7.2.99", Cause: "appointment.book"})
	if j := v.until("v01.7.2.99.slip", printing.Failed); j.Why != printing.NoDocument {
		t.Errorf("%+v", j)
	}
}

// crash leaves a job as a station that was killed leaves it.
func (v *village) crash(id care.ID, steps ...printing.Step) {
	v.Helper()
	for _, s := range steps {
		s.Job = id
		v.do(self, "printing.state", s)
	}
}

// queued makes the job of a booking without running anything.
func (v *village) queued(appointed care.ID) care.ID {
	v.Helper()
	c := v.book(appointed)
	source := strings.TrimSuffix(string(c), ".slip")
	return v.do(self, "printing.queue", printing.Order{About: appointment.AppointmentRef(appointed), Person: granny, What: printing.Slip, Source: source, Cause: "appointment.book"}).About.ID
}

func TestAStationThatWasKilledNeitherLosesASlipNorPrintsItTwice(t *testing.T) {
	sending := printing.Step{State: printing.Printing, Send: true, Printer: "slip", Hash: "aa"}
	for name, c := range map[string]struct {
		before []printing.Step
		want   printing.State
		slips  int
	}{
		"before anything happened":  {nil, printing.Printed, 1},
		"while it waited for paper": {[]printing.Step{sending, {State: printing.WaitingPaper, Why: "out-of-paper", Unsent: true}}, printing.Printed, 1},
		"while it printed":          {[]printing.Step{sending}, printing.InDoubt, 0},
		"while the rest waited":     {[]printing.Step{sending, {State: printing.WaitingPaper, Why: "out-of-paper"}}, printing.InDoubt, 0},
		"after it came out":         {[]printing.Step{sending, {State: printing.Printed}}, printing.Printed, 0},
		"after it failed":           {[]printing.Step{{State: printing.Failed, Why: printing.NotTaken}}, printing.Failed, 0},
		"in doubt":                  {[]printing.Step{sending, {State: printing.InDoubt, Why: printing.Silent}}, printing.InDoubt, 0},
	} {
		t.Run(name, func(t *testing.T) {
			v := open(t)
			id := v.queued("a1")
			v.crash(id, c.before...)
			stop := v.run()
			v.until(id, c.want)
			v.until(v.book("a2"), printing.Printed) // what comes behind is printed
			stop()
			v.run()
			v.until(v.book("a3"), printing.Printed)
			if got := len(v.paper.Slips()); got != c.slips+2 {
				t.Errorf("%d slips, want %d", got-2, c.slips)
			}
			if j := v.until(id, c.want); j.State != c.want {
				t.Errorf("%s", j.State)
			}
		})
	}
}

// moody is a slip printer that answers as it is told.
type moody struct {
	mu      sync.Mutex
	status  []printer.Status
	outcome printer.Outcome
	err     error
	sent    int
}

func (m *moody) Status(context.Context) (printer.Status, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.status[0]
	if len(m.status) > 1 {
		m.status = m.status[1:]
	}
	return s, nil
}

func (m *moody) Print(context.Context, []byte) (printer.Outcome, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sent++
	return m.outcome, m.err
}

func TestASlipThatRanOutInTheMiddleIsNotSentAgain(t *testing.T) {
	v := open(t)
	m := &moody{outcome: printer.Sent, err: &printer.Fault{Condition: printer.OutOfPaper, Outcome: printer.Sent, Err: errors.New("halfway")},
		status: []printer.Status{{Condition: printer.OutOfPaper}, {Condition: printer.Ready}}}
	v.config.Slips = m
	v.run()
	id := v.book("a1")
	if j := v.until(id, printing.InDoubt); j.Sent.IsZero() || m.sent != 1 {
		t.Errorf("%+v, sent %d times", j, m.sent)
	}
	if got := v.states(id); !slices.Contains(got, printing.WaitingPaper) {
		t.Errorf("nobody saw that paper is out: %v", got)
	}
}

func TestAPrinterThatRefusesAgainAndAgainIsGivenUp(t *testing.T) {
	v := open(t)
	m := &moody{err: &printer.Fault{Condition: printer.NeedsService, Err: errors.New("no")}, status: []printer.Status{{Condition: printer.Ready}}}
	v.config.Slips = m
	v.run()
	if j := v.until(v.book("a1"), printing.Failed); j.Why != printing.NotTaken || m.sent != mostTries || !j.Sent.IsZero() {
		t.Errorf("%+v, sent %d times", j, m.sent)
	}
}

func TestAPrinterThatFellSilentIsNotPesteredAndGoesOnWhenItAnswers(t *testing.T) {
	v := open(t)
	must(t, v.paper.SetSlip(paper.Condition{Mute: true}))
	v.run()
	id := v.book("a1")
	await(v, printing.JobRef(id), func(j *printing.Job) bool { return j.State == printing.WaitingPrinter && j.Why == "unknown" })
	must(t, v.paper.SetSlip(paper.Condition{}))
	v.until(id, printing.Printed)
	if n := len(v.paper.Slips()); n != 1 {
		t.Errorf("%d slips", n)
	}
}

func TestWaitingIsWrittenDownOnce(t *testing.T) {
	v := open(t)
	out := printer.Status{Condition: printer.OutOfPaper}
	v.config.Slips = &moody{outcome: printer.Printed, status: []printer.Status{out, out, out, out, out, {Condition: printer.NearEnd}}}
	id := v.queued("a1")
	v.crash(id, printing.Step{State: printing.WaitingPaper, Why: "out-of-paper"})
	v.run()
	v.until(id, printing.Printed)
	want := []printing.State{printing.Queued, printing.WaitingPaper, printing.Printing, printing.Printed}
	if got := v.states(id); !slices.Equal(got, want) {
		t.Errorf("went %v, want %v", got, want)
	}
}
