package report

import (
	"slices"
	"strings"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
)

type sheetState struct {
	ID    care.ID `json:"id"`
	About care.ID `json:"about"`
	State string  `json:"state"`
	Why   string  `json:"why,omitempty"`
}

func (s *scene) copies(id care.ID) int { return s.read(id).Copies }

func TestACopyIsCountedWhenItIsOnPaper(t *testing.T) {
	s := newScene(t)
	id := s.receive(s.blood("L1", 1, Final, "d77"))
	first := s.station.Do(resident(grandma), "report.print", Want{Report: id}).About.ID
	page := caretest.Show[Progress](s.station, resident(grandma), "report.printing", printInput{first})
	if page.State != PrintWaiting || page.Copy != 1 || s.copies(id) != 0 {
		t.Fatalf("%+v", page)
	}
	for _, step := range []struct {
		in   Printed
		want PrintState
		text string
	}{
		{Printed{Print: first, State: PrintRunning}, PrintRunning, "请不要离开"},
		{Printed{Print: first, State: PrintStopped, Fault: "out-of-paper"}, PrintStopped, "没有纸"},
		{Printed{Print: first, State: PrintRunning}, PrintRunning, "请不要离开"},
		{Printed{Print: first, State: PrintDone, Pages: 2}, PrintDone, "拿好"},
		{Printed{Print: first, State: PrintRunning}, PrintDone, "拿好"}, // a late word of the printer
	} {
		s.station.Do(printer, "report.printed", step.in)
		page := caretest.Show[Progress](s.station, resident(grandma), "report.printing", printInput{first})
		if page.State != step.want || !strings.Contains(page.Text, step.text) {
			t.Errorf("after %+v: %+v", step.in, page)
		}
	}
	if s.copies(id) != 1 {
		t.Errorf("%d copies", s.copies(id))
	}
	s.station.Refused("no-print", printer, "report.printed", Printed{Print: "nothing", State: PrintDone})
	s.station.Refused("bad-input", printer, "report.printed", Printed{Print: first, State: "x"})
	s.station.Refused("role", resident(grandma), "report.printed", Printed{Print: first, State: PrintDone})
	s.station.ShowRefused("not-yours", resident(uncle), "report.printing", printInput{first})
}

func TestASecondCopyAsksForAReason(t *testing.T) {
	s := newScene(t)
	id := s.receive(s.blood("L1", 1, Final, "d77"))
	gran := resident(grandma)
	first := s.station.Do(gran, "report.print", Want{Report: id}).About.ID
	if r := s.station.Refused("already-printing", gran, "report.print", Want{Report: id}); r.Next != "/report/print/"+string(first) {
		t.Errorf("leads to %q", r.Next)
	}
	s.station.Do(printer, "report.printed", Printed{Print: first, State: PrintDone})
	if r := s.station.Refused("reprint-reason", gran, "report.print", Want{Report: id}); r.Next != "/report/reprint/"+string(id) {
		t.Errorf("leads to %q", r.Next)
	}
	s.station.Refused("bad-input", gran, "report.print", Want{id, "just so"})
	second := s.station.Do(gran, "report.print", Want{id, "lost"}).About.ID
	paper := caretest.Show[Paper](s.station, printer, File, printInput{second})
	if second == first || paper.Watermark != "补打" || !strings.Contains(paper.Footer, "第 2 份") {
		t.Errorf("%q %+v", second, paper)
	}
	s.station.Do(printer, "report.printed", Printed{Print: second, State: PrintFailed})
	s.receive(s.blood("L1", 2, Corrected, "d77"))
	s.station.Do(gran, "report.print", Want{Report: id}) // a new version needs no reason
}

func TestTwoStationsNeverGiveOneNumberTwice(t *testing.T) {
	s := newScene(t)
	s.other.Do(care.Machine("clerk"), "village.settle", villager{grandma, care.Person{Name: "石大妹"}, true})
	id := s.receive(s.blood("L1", 1, Final, "d77"))
	s.station.Cut()
	s.other.Cut()
	a := s.station.Do(resident(grandma), "report.print", Want{Report: id}).About
	b := s.other.Do(resident(grandma), "report.print", Want{Report: id}).About
	if a == b {
		t.Errorf("both are %v", a)
	}
	s.station.Restore()
	s.other.Restore()
	s.Settle()
	if n := len(caretest.Show[Prints](s.County(), countyDoctor, "report.prints", nil).Rows); n != 2 {
		t.Errorf("the county counts %d", n)
	}
	s.County().Look(func(r protocol.Reader) error {
		rec, err := r.Get(countRef(id, "v01"))
		if err == nil && rec.Conflicted() {
			t.Error("the two stations wrote one counter")
		}
		return err
	})
}

func TestAStuckCopyDoesNotBlockForEver(t *testing.T) {
	s := newScene(t)
	id := s.receive(s.blood("L1", 1, Final, "d77"))
	s.station.Do(resident(grandma), "report.print", Want{Report: id})
	s.Advance(patience - time.Second)
	s.station.Refused("already-printing", resident(grandma), "report.print", Want{Report: id})
	s.Advance(time.Second)
	s.station.Do(resident(grandma), "report.print", Want{Report: id})
}

func TestACopyFollowsItsSheetOfPaper(t *testing.T) {
	s := newScene(t)
	id := s.receive(s.blood("L1", 1, Final, "d77"))
	print := s.station.Do(resident(grandma), "report.print", Want{Report: id}).About.ID
	for _, c := range []struct {
		state, why string
		want       PrintState
	}{
		{"printing", "", PrintRunning}, {"waiting-paper", "out-of-paper", PrintStopped}, {"printing", "", PrintRunning},
		{"in-doubt", "silent", PrintInDoubt}, {"printed", "", PrintDone},
	} {
		s.station.Do(printer, "printing.state", sheetState{"job-1", print, c.state, c.why})
		s.Settle()
		if page := caretest.Show[Progress](s.station, resident(grandma), "report.printing", printInput{print}); page.State != c.want {
			t.Errorf("%s leaves the copy %s", c.state, page.State)
		}
	}
	if s.copies(id) != 1 {
		t.Errorf("%d copies", s.copies(id))
	}
}

func TestASavedReportIsCountedApartAndTheFileIsTheirsAlone(t *testing.T) {
	s := newScene(t)
	id := s.receive(s.blood("L1", 1, Final, "d77"))
	saved := s.station.Do(resident(grandma), "report.save", Want{Report: id}).About.ID
	if s.copies(id) != 0 {
		t.Error("a file counts as paper")
	}
	caretest.Show[Paper](s.station, resident(grandma), File, printInput{saved})
	s.station.ShowRefused("not-yours", resident(uncle), File, printInput{saved})
	s.station.Refused("not-yours", resident(uncle), "report.save", Want{Report: id})
	s.station.Refused("not-yours", resident(uncle), "report.print", Want{Report: id})
	s.station.Refused("no-report", resident(grandma), "report.print", Want{Report: "c1.none"})
}

func TestThePaperHoldsWhatWasAskedFor(t *testing.T) {
	s := newScene(t)
	id := s.receive(s.blood("L1", 1, Final, "d77", Item{Code: "a", Name: "甲", Value: "1.0", Unit: "g/L", Range: "2-3", Flag: Low}))
	copy := s.station.Do(resident(grandma), "report.print", Want{Report: id}).About.ID
	s.receive(s.blood("L1", 2, Corrected, "d77", Item{Code: "a", Name: "甲", Value: "2.5"}))
	p := caretest.Show[Paper](s.station, printer, File, printInput{copy})
	if p.Title != "血细胞分析" || p.Organisation != "清溪县人民医院" || !slices.Equal(p.Rows[0], []string{"甲", "1.0", "偏低 ↓", "g/L", "2-3"}) {
		t.Errorf("%+v", p)
	}
	if !slices.Contains(p.Facts, [2]string{"姓名", "石大妹"}) || !slices.Contains(p.Facts, [2]string{"年龄", "71岁"}) {
		t.Errorf("facts %v", p.Facts)
	}
	if len(p.Columns) != len(p.Rows[0]) || p.Created.IsZero() || p.Watermark != "" {
		t.Errorf("%+v", p)
	}
	again := caretest.Show[Paper](s.station, printer, File, printInput{copy})
	if p.QR != again.QR || p.Footer != again.Footer {
		t.Error("the same copy gives another paper")
	}
	if strings.Contains(p.QR, "石") || strings.Contains(p.QR, string(grandma)) {
		t.Errorf("the address names a person: %q", p.QR)
	}
}

func TestAnyoneCanCheckAPaper(t *testing.T) {
	s := newScene(t)
	visitor := protocol.Actor{Role: care.Visitor, Terminal: "kiosk-1"}
	ask := func(at *caretest.Site, code, digest string) Check {
		return caretest.Show[Check](at, visitor, "report.verify", Question{code, digest})
	}
	id := s.receive(s.blood("L1", 1, Final, "d77"))
	var r Report
	s.County().Look(func(rd protocol.Reader) (err error) {
		r, err = version(rd, id, 1)
		return err
	})
	got := ask(s.County(), ShowCode(r.Code), "")
	if got.Verdict != Genuine || got.Name != "石**" || got.Items != 1 || !strings.HasPrefix(strings.ReplaceAll(got.Digest, " ", ""), r.Digest) {
		t.Fatalf("%+v", got)
	}
	typed := strings.ToLower(strings.ReplaceAll(strings.ReplaceAll(r.Code, "0", "o"), "1", "l"))
	for name, c := range map[string]struct {
		code, digest string
		want         Verdict
	}{
		"typed as people type": {typed, "", Genuine}, "with the digest": {r.Code, r.Digest[:8] + " " + r.Digest[8:16], Genuine},
		"another digest": {r.Code, "00000000", Altered}, "nothing": {" ", "", Ask},
		"a slip": {r.Code[:15], "", NotACode}, "no such": {strings.Repeat("Z", 16), "", Unknown},
	} {
		if v := ask(s.station, c.code, c.digest).Verdict; v != c.want {
			t.Errorf("%s: %q", name, v)
		}
	}
	if v := ask(s.other, r.Code, ""); v.Verdict != Unknown || v.Name != "" {
		t.Errorf("where the report is not: %+v", v)
	}
	s.receive(s.blood("L1", 2, Corrected, "d77"))
	if v := ask(s.station, r.Code, "").Verdict; v != Superseded {
		t.Errorf("after a correction: %q", v)
	}
	s.receive(s.blood("L1", 3, Cancelled, "d77"))
	if v := ask(s.station, r.Code, "").Verdict; v != TakenBack {
		t.Errorf("after a withdrawal: %q", v)
	}
}

func TestACodeOfWhatWasNeverReleasedSaysNothing(t *testing.T) {
	s := newScene(t)
	id := s.receive(s.blood("K1", 1, Final, "d77", potassium("6.8", VeryHigh)))
	var r Report
	s.County().Look(func(rd protocol.Reader) (err error) {
		r, err = version(rd, id, 1)
		return err
	})
	if got := caretest.Show[Check](s.County(), protocol.Actor{Role: care.Visitor}, "report.verify", Question{Code: r.Code}); got.Verdict != Unknown || got.Name != "" {
		t.Errorf("%+v", got)
	}
}

func TestARecordThatWasAlteredIsFound(t *testing.T) {
	s := newScene(t)
	id := s.receive(s.blood("L1", 1, Final, "d77"))
	var code string
	_, err := s.County().Model.Do(t.Context(), protocol.Order{Action: "tamper"}, func(tx protocol.Tx) error {
		r, _, err := care.Read[Report](tx, Ref(id))
		if err != nil {
			return err
		}
		code, r.Items[0].Value = r.Code, "16.10"
		_, err = care.Write(tx, protocol.Draft{Ref: Ref(id), Subject: grandma}, &r)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := caretest.Show[Check](s.County(), protocol.Actor{Role: care.Visitor}, "report.verify", Question{Code: code}); got.Verdict != Altered {
		t.Errorf("%+v", got)
	}
}

func TestCodesReadBackAsTheyAreShown(t *testing.T) {
	s := newScene(t)
	in := s.blood("L1", 1, Final, "d77")
	a, err := digest(grandma, &in.Content)
	if err != nil {
		t.Fatal(err)
	}
	b, err := digest(uncle, &in.Content)
	if err != nil {
		t.Fatal(err)
	}
	if code := codeOf(a); len(code) != 16 || ReadCode(ShowCode(code)) != code || code == codeOf(b) {
		t.Errorf("%q", code)
	}
	in.Items[0].Value = "6.1"
	if c, _ := digest(grandma, &in.Content); c == a {
		t.Error("a digit less is the same report")
	}
}
