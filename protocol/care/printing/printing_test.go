package printing

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
	"xiangyi/protocol/care/screen"
)

const (
	granny   care.ID = "p-granny"
	neighbor care.ID = "p-neighbor"
)

var (
	driver   = care.Machine("printing")
	doctor   = protocol.Actor{ID: "d1", Role: care.Doctor, Method: care.ByPassword, Terminal: "v01-desk"}
	resident = protocol.Actor{ID: granny, Role: care.Resident, Method: care.ByCard, Terminal: "v01-k1"}
	visit    = protocol.Ref{Kind: "appointment", ID: "a7"}
	result   = protocol.Ref{Kind: "report", ID: "r7"}
)

// people stands in for the identity service: records of residents.
func people() care.Service {
	return care.Service{Name: "people", Kinds: []care.Kind{{KindSpec: protocol.KindSpec{
		Kind: care.KindResident, Class: protocol.ClassPersonal, Retention: protocol.RetainClinical,
	}}}}
}

func station(t *testing.T) (*caretest.World, *caretest.Site) {
	t.Helper()
	w := caretest.New(t, people(), Service())
	s := w.Station("v01")
	_, err := s.Model.Do(t.Context(), protocol.Order{Actor: driver, Action: "people.add"}, func(tx protocol.Tx) error {
		_, err := care.Write(tx, protocol.Draft{Ref: care.ResidentRef(granny), Subject: granny}, &care.Person{Name: "欧阳秀兰"})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return w, s
}

func at(seq protocol.Seq) protocol.Position {
	return protocol.Position{Site: "v01", Incarnation: 2, Lane: protocol.Administrative, Seq: seq}
}

func order(about protocol.Ref, what What, seq protocol.Seq) Order {
	return Order{About: about, Person: granny, What: what, Cause: "appointment.book", Source: at(seq).String(), Terminal: "v01-k1"}
}

func ask(s *caretest.Site, about protocol.Ref, what What, seq protocol.Seq) care.ID {
	return s.Do(driver, "printing.queue", order(about, what, seq)).About.ID
}

func job(t *testing.T, s *caretest.Site, id care.ID) Job {
	t.Helper()
	var j Job
	s.Look(func(r protocol.Reader) (err error) {
		j, _, err = care.Read[Job](r, JobRef(id))
		return err
	})
	return j
}

func (s Step) of(id care.ID) Step { s.Job = id; return s }

func TestOneChangeLeadsToOneSheetHoweverOftenItIsRead(t *testing.T) {
	_, s := station(t)
	id := ask(s, visit, Slip, 7)
	if again := ask(s, visit, Slip, 7); again != "" {
		t.Errorf("a second reading made %s", again)
	}
	if other := ask(s, visit, Slip, 8); other == id || other == "" {
		t.Errorf("another Change led to %q", other)
	}
	j := job(t, s, id)
	if j.State != Queued || j.Site != "v01" || j.Person != granny || j.Terminal != "v01-k1" || !j.Sent.IsZero() {
		t.Errorf("%+v", j)
	}
}

func TestTheVillagerSeesHowTheirSlipGetsOn(t *testing.T) {
	_, s := station(t)
	see := func() Mine { return caretest.Show[Mine](s, resident, "printing.mine", mineInput{visit.Kind, visit.ID}) }
	if m := see(); m.Title != "正在准备打印" || len(m.Buttons) != 0 {
		t.Errorf("before the job: %+v", m)
	}
	id := ask(s, visit, Slip, 7)
	for _, c := range []struct {
		step   Step
		want   string
		labels string
	}{
		{Step{State: WaitingPaper, Why: "out-of-paper"}, "缺纸，请叫村医", "不打了"},
		{Step{State: WaitingPrinter, Why: "cover-open"}, "打印机需要处理，请叫村医", "不打了"},
		{Step{State: WaitingPrinter, Why: "busy"}, "打印机正忙", "不打了"},
		{Step{State: Printing, Send: true}, "正在打印", ""},
		{Step{State: Printed}, "已打印", ""},
	} {
		s.Do(driver, "printing.state", c.step.of(id))
		m := see()
		if m.Title != c.want || labels(m.Buttons) != c.labels || m.Paper != "预约凭条" {
			t.Errorf("%s %s: %q, buttons %q", c.step.State, c.step.Why, m.Title, labels(m.Buttons))
		}
	}
}

func labels(buttons []screen.Button) string {
	var out []string
	for _, b := range buttons {
		out = append(out, b.Label)
	}
	return strings.Join(out, " ")
}

func TestNobodyLearnsAboutANeighboursPaper(t *testing.T) {
	_, s := station(t)
	id := ask(s, result, Report, 7)
	s.Do(driver, "printing.state", Step{Job: id, State: Failed, Why: NoPrinter})
	other := resident
	other.ID = neighbor
	s.ShowRefused("not-yours", other, "printing.mine", mineInput{result.Kind, result.ID})
	s.Refused("not-yours", other, "printing.retry", ByJob{id})
	s.Refused("not-yours", other, "printing.confirm", ByJob{id})
	s.Refused("not-yours", other, "printing.cancel", ByJob{id})
	s.Refused("role", resident, "printing.queue", order(result, Report, 9))
	s.Refused("role", doctor, "printing.state", Step{Job: id, State: Printed})
	s.ShowRefused("role", resident, "printing.jobs", nil)
}

func TestWhatNeverLeftIsTheSameSheetWhenItIsTriedAgain(t *testing.T) {
	_, s := station(t)
	id := ask(s, visit, Slip, 7)
	s.Do(driver, "printing.state", Step{Job: id, State: Printing, Send: true, Hash: "aa"})
	s.Do(driver, "printing.state", Step{Job: id, State: Failed, Why: NotTaken, Unsent: true})
	if a := s.Do(resident, "printing.retry", ByJob{id}); a.About.ID != id {
		t.Errorf("retried as %s", a.About.ID)
	}
	if j := job(t, s, id); j.State != Queued || j.Copy != 0 || j.Tries != 0 || j.Why != "" {
		t.Errorf("%+v", j)
	}
	s.Refused("under-way", resident, "printing.retry", ByJob{id})
}

func TestAReportThatFailedIsAskedForWhereItsCopiesAreCounted(t *testing.T) {
	_, s := station(t)
	id := ask(s, result, Report, 7)
	s.Do(driver, "printing.state", Step{Job: id, State: Failed, Why: NotTaken})
	s.Refused("ask-anew", doctor, "printing.retry", ByJob{id})
	if m := caretest.Show[Mine](s, resident, "printing.mine", mineInput{result.Kind, result.ID}); labels(m.Buttons) != "" || m.Text != "打印机几次都没有接受，请联系维护人员" {
		t.Errorf("%q, %q", m.Text, labels(m.Buttons))
	}
	s.Do(doctor, "printing.cancel", ByJob{id})
}

func TestAfterADoubtTheNextSheetSaysThatItIsACopy(t *testing.T) {
	_, s := station(t)
	id := ask(s, visit, Slip, 7)
	s.Do(driver, "printing.state", Step{Job: id, State: Printing, Send: true, Printer: "slip"})
	s.Do(driver, "printing.state", Step{Job: id, State: InDoubt, Why: Silent})
	m := caretest.Show[Mine](s, resident, "printing.mine", mineInput{visit.Kind, visit.ID})
	if m.Title != "不确定，请看打印机" || labels(m.Buttons) != "纸已经出来了 再打一张" {
		t.Fatalf("%q, %q", m.Title, labels(m.Buttons))
	}
	again := s.Do(resident, "printing.retry", ByJob{id}).About.ID
	j := job(t, s, again)
	if again == id || j.Copy != 1 || j.Of != id || j.State != Queued || j.Reason == "" || !j.Sent.IsZero() || j.Hash != "" {
		t.Errorf("%+v", j)
	}
	if old := job(t, s, id); old.State != Cancelled || old.By != granny {
		t.Errorf("the doubtful sheet stays %s", old.State)
	}
	s.Refused("under-way", resident, "printing.retry", ByJob{id}) // a second tap is not a third sheet
	if m := caretest.Show[Mine](s, resident, "printing.mine", mineInput{visit.Kind, visit.ID}); m.Title != "等待打印" || m.Copy != 1 {
		t.Errorf("the page shows %q, copy %d", m.Title, m.Copy)
	}
}

func TestASecondReportAfterADoubtIsTheDoctorsDecision(t *testing.T) {
	_, s := station(t)
	id := ask(s, result, Report, 7)
	s.Do(driver, "printing.state", Step{Job: id, State: Printing, Send: true})
	s.Do(driver, "printing.state", Step{Job: id, State: InDoubt, Why: Forgotten})
	s.Refused("ask-doctor", resident, "printing.retry", ByJob{id})
	if again := s.Do(doctor, "printing.retry", ByJob{id}).About.ID; job(t, s, again).Copy != 1 {
		t.Error("the doctor's copy is not marked")
	}
}

func TestSomebodyWhoHoldsThePaperEndsTheDoubt(t *testing.T) {
	_, s := station(t)
	id := ask(s, visit, Slip, 7)
	s.Refused("no-doubt", doctor, "printing.confirm", ByJob{id})
	s.Do(driver, "printing.state", Step{Job: id, State: InDoubt, Why: Interrupted})
	s.Do(doctor, "printing.confirm", ByJob{id})
	if j := job(t, s, id); j.State != Printed || j.By != doctor.ID {
		t.Errorf("%+v", j)
	}
	s.Refused("already-printed", resident, "printing.retry", ByJob{id})
	s.Refused(Closed, driver, "printing.state", Step{Job: id, State: Failed})
}

func TestWhatThePrinterHoldsCannotBeCalledOff(t *testing.T) {
	_, s := station(t)
	waits := ask(s, visit, Slip, 7)
	s.Do(resident, "printing.cancel", ByJob{waits})
	s.Do(resident, "printing.cancel", ByJob{waits}) // twice is once
	s.Refused(Closed, driver, "printing.state", Step{Job: waits, State: Printing, Send: true})

	spooled := ask(s, result, Report, 8)
	s.Do(driver, "printing.state", Step{Job: spooled, State: Printing, Send: true, Number: 4})
	s.Do(driver, "printing.state", Step{Job: spooled, State: WaitingPaper, Why: "out-of-paper"})
	s.Refused("at-printer", doctor, "printing.cancel", ByJob{spooled})
	if j := job(t, s, spooled); j.Number != 4 || j.Sent.IsZero() {
		t.Errorf("forgot where the sheet is: %+v", j)
	}
}

func TestTheDeskSeesWhatNeedsSomebodyFirst(t *testing.T) {
	w, s := station(t)
	done := ask(s, visit, Slip, 1)
	s.Do(driver, "printing.state", Step{Job: done, State: Printed})
	w.Advance(time.Minute)
	stuck := ask(s, result, Report, 2)
	s.Do(driver, "printing.state", Step{Job: stuck, State: WaitingPaper, Why: "out-of-paper"})
	w.Advance(time.Minute)
	lost := ask(s, visit, Slip, 3)
	s.Do(driver, "printing.state", Step{Job: lost, State: Printing, Send: true})
	s.Do(driver, "printing.state", Step{Job: lost, State: InDoubt, Why: Silent})

	page := caretest.Show[Jobs](s, doctor, "printing.jobs", nil)
	if len(page.Due.Rows) != 2 || len(page.Done.Rows) != 1 {
		t.Fatalf("%d due, %d done", len(page.Due.Rows), len(page.Done.Rows))
	}
	first := page.Due.Rows[0].Cells
	if first[2].Text != "欧阳*兰" || first[3].Mark.Text != "不确定打没打出来" || first[4].Text != reasons[Silent] || labels(first[6].Buttons) != "纸已经出来了 再打一张 不打了" {
		t.Errorf("%+v", first)
	}
	operator := doctor
	operator.Role = care.Operator
	if page := caretest.Show[Jobs](s, operator, "printing.jobs", nil); labels(page.Due.Rows[0].Cells[6].Buttons) != "" {
		t.Error("an operator may look, not print")
	} else if page.Due.Rows[0].Cells[2].Text != "" {
		t.Error("an operator is told whose papers they are")
	}
}

func TestAMergeGivesTheSameInEitherOrder(t *testing.T) {
	now := time.Date(2030, 1, 7, 8, 0, 0, 0, time.UTC)
	for i, a := range []Job{{State: Queued, At: now}, {State: Printed, At: now}, {State: InDoubt, At: now}, {State: Failed, At: now.Add(time.Hour)}} {
		for _, b := range []Job{{State: Cancelled, At: now}, {State: Printing, At: now.Add(time.Minute)}, {State: Printed, At: now, By: "d1"}} {
			x, _ := protocol.Encode(&a)
			y, _ := protocol.Encode(&b)
			xy, ok1 := merge(x, y)
			yx, ok2 := merge(y, x)
			if !ok1 || !ok2 || !bytes.Equal(xy, yx) {
				t.Errorf("case %d: %s or %s", i, xy, yx)
			}
			if strength[a.State] > strength[b.State] && !bytes.Equal(xy, x) {
				t.Errorf("%s lost against %s", a.State, b.State)
			}
		}
	}
	if _, ok := merge(protocol.Value("x"), protocol.Value("{}")); ok {
		t.Error("merged what cannot be read")
	}
}

func TestEveryStateAndReasonHasWordsAndIsShown(t *testing.T) {
	words, err := screen.LoadWords(screens)
	if err != nil {
		t.Fatal(err)
	}
	set, err := screen.Load(words, screens)
	if err != nil {
		t.Fatal(err)
	}
	for s := range strength {
		if states[s].Title == "" || marks[s] == "" {
			t.Errorf("state %s has no words", s)
		}
	}
	j := Job{State: InDoubt, What: Slip, Copy: 2}
	page := Mine{Said: j.says(), Paper: papers[Slip], Copy: 2, Buttons: forResident(&j, "x.slip", Path(visit))}
	var b strings.Builder
	if err := set.Render(&b, "printing/mine", screen.Page{Chrome: screen.Chrome{Channel: screen.Kiosk, Lang: screen.English}, Body: page}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`id="live"`, "Further copy 2", "Not certain: please look at the printer", `action="/do/printing.retry"`, `name="next" value="/printing/appointment/a7"`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	_, s := station(t)
	ask(s, visit, Slip, 1)
	b.Reset()
	jobs := caretest.Show[Jobs](s, doctor, "printing.jobs", nil)
	if err := set.RenderPart(&b, "printing/jobs", screen.Page{Chrome: screen.Chrome{Channel: screen.Desk}, Body: jobs}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "欧阳*兰") || !strings.Contains(b.String(), "还没有打印过") {
		t.Error(b.String())
	}
}
