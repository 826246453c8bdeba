package printing

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"xiangyi/cmd/sandbox/peer/paper"
	"xiangyi/devices/printer"
	"xiangyi/devices/printer/ipp"
	"xiangyi/protocol/care/printing"
	"xiangyi/protocol/care/report"
	"xiangyi/protocol/seal"
)

func TestAReportComesOutOnceAndIsCounted(t *testing.T) {
	v := open(t)
	v.lab()
	v.run()
	id, copied := v.print("")
	j := v.until(id, printing.Printed)
	v.copyUntil(copied, report.PrintDone)
	pages := v.paper.Pages()
	if len(pages) != 1 || pages[0].Copies != 1 {
		t.Fatalf("%d pages", len(pages))
	}
	sheet := text(t, pages[0].PDF)
	for _, want := range []string{"云岭县人民医院", "血常规", "欧阳秀兰", "血红蛋白", "103", "偏低", "115-150", "轻度贫血，请复查", "何审", "验证码", "打印 第 1 份", "第 1 页/共 1 页"} {
		if !strings.Contains(sheet, want) {
			t.Errorf("the sheet lacks %q:\n%s", want, sheet)
		}
	}
	if strings.Contains(sheet, "补") {
		t.Error("the first copy says that it is another")
	}
	if j.Hash != seal.Sum(pages[0].PDF).String() {
		t.Error("the job's hash is not that of the paper")
	}
	if pages[0].Name != string(id) || j.Number != 1 || j.Printer != "page" {
		t.Errorf("the printer knows it as %q, number %d", pages[0].Name, j.Number)
	}
}

func TestAnotherCopyHasAReasonAndAMark(t *testing.T) {
	v := open(t)
	v.lab()
	v.run()
	_, first := v.print("")
	v.copyUntil(first, report.PrintDone)
	id, second := v.print("lost")
	v.copyUntil(second, report.PrintDone)
	if j := v.until(id, printing.Printed); j.Reason != "lost" {
		t.Errorf("%+v", j)
	}
	if p := v.paper.Pages(); len(p) != 2 || !strings.Contains(text(t, p[1].PDF), "补") {
		t.Errorf("%d pages", len(p))
	}
}

func TestPaperRunsOutAndThePageComesOnceWhenThereIsPaper(t *testing.T) {
	v := open(t)
	v.lab()
	must(t, v.paper.SetPage(paper.Condition{Paper: paper.Out}))
	v.run()
	id, copied := v.print("")
	if j := v.until(id, printing.WaitingPaper); !j.Sent.IsZero() || len(v.paper.Jobs()) != 0 {
		t.Errorf("sent to a printer without paper: %+v", j)
	}
	if p := v.copyUntil(copied, report.PrintStopped); p.Fault != "out-of-paper" {
		t.Errorf("%+v", p)
	}
	must(t, v.paper.SetPage(paper.Condition{}))
	v.until(id, printing.Printed)
	v.copyUntil(copied, report.PrintDone)
	if n := len(v.paper.Pages()); n != 1 {
		t.Errorf("%d pages", n)
	}
}

// late finds out about the paper only after it sent the page.
type late struct {
	PagePrinter
	looked atomic.Bool
}

func (l *late) Status(ctx context.Context) (printer.Status, error) {
	if l.looked.CompareAndSwap(false, true) {
		return printer.Status{Condition: printer.Ready}, nil
	}
	return l.PagePrinter.Status(ctx)
}

func TestAPageThatWaitsInsideThePrinterIsFollowed(t *testing.T) {
	v := open(t)
	v.lab()
	v.config.Pages = &late{PagePrinter: v.config.Pages}
	must(t, v.paper.SetPage(paper.Condition{Jam: true}))
	v.run()
	id, copied := v.print("")
	await(v, printing.JobRef(id), func(j *printing.Job) bool {
		return j.State == printing.WaitingPrinter && j.Why == "jam" && j.Number == 1
	})
	must(t, v.paper.SetPage(paper.Condition{}))
	v.until(id, printing.Printed)
	v.copyUntil(copied, report.PrintDone)
	if n := len(v.paper.Pages()); n != 1 {
		t.Errorf("%d pages", n)
	}
}

func TestAPageThatWasCancelledAtThePrinterIsAskedForAnew(t *testing.T) {
	v := open(t)
	v.lab()
	v.config.Pages = &late{PagePrinter: v.config.Pages}
	must(t, v.paper.SetPage(paper.Condition{Paper: paper.Out}))
	v.run()
	id, copied := v.print("")
	v.until(id, printing.WaitingPaper)
	must(t, v.paper.SetPage(paper.Condition{Off: true})) // loses what waited
	await(v, printing.JobRef(id), func(j *printing.Job) bool { return j.Why == "offline" })
	must(t, v.paper.SetPage(paper.Condition{}))
	if j := v.until(id, printing.Failed); j.Why != printing.Aborted {
		t.Errorf("%+v", j)
	}
	v.copyUntil(copied, report.PrintFailed)
	again, copied := v.print("") // nothing came out: no reason is asked for
	v.until(again, printing.Printed)
	v.copyUntil(copied, report.PrintDone)
}

func TestAnAnswerThatWasLostPrintsNothingTwice(t *testing.T) {
	v := open(t)
	v.lab()
	v.paper.LoseNextReply()
	v.run()
	id, copied := v.print("")
	v.until(id, printing.Printed)
	v.copyUntil(copied, report.PrintDone)
	if n := len(v.paper.Pages()); n != 1 {
		t.Errorf("%d pages", n)
	}
}

func TestAStationWithoutAPagePrinterSaysSo(t *testing.T) {
	v := open(t)
	v.lab()
	v.config.Pages = nil
	v.run()
	id, copied := v.print("")
	if j := v.until(id, printing.Failed); j.Why != printing.NoPrinter {
		t.Errorf("%+v", j)
	}
	if p := v.copyUntil(copied, report.PrintFailed); p.Fault != string(printing.NoPrinter) {
		t.Errorf("%+v", p)
	}
}

func TestAStationThatWasKilledNeitherLosesAPageNorPrintsItTwice(t *testing.T) {
	sending := printing.Step{State: printing.Printing, Send: true, Printer: "page", Hash: "aa"}
	type scene struct {
		spool   bool // the printer had taken it
		other   bool // the printer was switched off since, and counts anew
		number  int32
		before  []printing.Step
		away    time.Duration // how long the station was off
		want    printing.State
		printed int
	}
	for name, c := range map[string]scene{
		"before anything happened":         {want: printing.Printed, printed: 1},
		"while it waited for paper":        {before: []printing.Step{sending, {State: printing.WaitingPaper, Unsent: true}}, want: printing.Printed, printed: 1},
		"before the first byte left":       {before: []printing.Step{sending}, away: 30 * time.Second, want: printing.Printed, printed: 1},
		"before the number was noted":      {spool: true, before: []printing.Step{sending}, want: printing.Printed, printed: 1},
		"after the number was noted":       {spool: true, number: 1, before: []printing.Step{sending}, want: printing.Printed, printed: 1},
		"long ago, the printer knows":      {spool: true, before: []printing.Step{sending}, away: 10 * time.Minute, want: printing.Printed, printed: 1},
		"long ago, the printer forgot":     {before: []printing.Step{sending}, away: 10 * time.Minute, want: printing.InDoubt},
		"its number is somebody else's":    {other: true, number: 1, before: []printing.Step{sending}, want: printing.InDoubt, printed: 1},
		"its number is nobody's":           {number: 9, before: []printing.Step{sending}, want: printing.InDoubt},
		"with a clock that went backwards": {before: []printing.Step{sending}, away: -time.Hour, want: printing.InDoubt},
	} {
		t.Run(name, func(t *testing.T) {
			v := open(t)
			v.lab()
			id, copied := v.print("")
			source := strings.TrimSuffix(string(id), ".report")
			v.do(self, "printing.queue", printing.Order{About: report.PrintRef(copied), Person: granny, What: printing.Report, Source: source, Cause: report.Asked})
			v.crash(id, c.before...)
			v.spool(string(id), c.spool)
			v.spool("another", c.other)
			if c.number != 0 {
				v.crash(id, printing.Step{State: printing.Printing, Number: c.number})
			}
			v.advance(c.away)
			stop := v.run()
			v.until(id, c.want)
			stop()
			v.run()
			v.copyUntil(copied, map[printing.State]report.PrintState{printing.Printed: report.PrintDone, printing.InDoubt: report.PrintInDoubt}[c.want])
			if n := len(v.paper.Pages()); n != c.printed {
				t.Errorf("%d pages, want %d", n, c.printed)
			}
		})
	}
}

// spool puts a document into the printer under a name, past the station.
func (v *village) spool(name string, do bool) {
	v.Helper()
	if !do {
		return
	}
	if _, err := v.config.Pages.Print(v.Context(), name, []byte("%PDF-1.7 "+name), 1); err != nil {
		v.Fatal(err)
	}
}

func TestAfterADoubtTheDoctorsCopyIsMarkedAndCounts(t *testing.T) {
	v := open(t)
	v.lab()
	id, copied := v.print("")
	source := strings.TrimSuffix(string(id), ".report")
	v.do(self, "printing.queue", printing.Order{About: report.PrintRef(copied), Person: granny, What: printing.Report, Source: source, Cause: report.Asked})
	v.crash(id, printing.Step{State: printing.Printing, Send: true}, printing.Step{State: printing.InDoubt, Why: printing.Forgotten})
	v.run()
	v.copyUntil(copied, report.PrintInDoubt)
	again := v.do(doctor, "printing.retry", printing.ByJob{Job: id}).About.ID
	v.until(again, printing.Printed)
	v.copyUntil(copied, report.PrintDone)
	if p := v.paper.Pages(); len(p) != 1 || !strings.Contains(text(t, p[0].PDF), "补") {
		t.Errorf("%d pages", len(p))
	}
}

func TestPrintersSayWhatTheStationAsks(t *testing.T) {
	var _ PagePrinter = (*ipp.Client)(nil)
	v := open(t)
	if _, err := v.config.Pages.Find(t.Context(), "nothing"); err == nil {
		t.Error("found what was never sent")
	}
}

func TestAPrinterThatWasOffIsAskedForTheJobBeforeItIsSentAgain(t *testing.T) {
	v := open(t)
	v.lab()
	id, copied := v.print("")
	source := strings.TrimSuffix(string(id), ".report")
	v.do(self, "printing.queue", printing.Order{About: report.PrintRef(copied), Person: granny, What: printing.Report, Source: source, Cause: report.Asked})
	v.crash(id, printing.Step{State: printing.Printing, Send: true})
	v.spool(string(id), true) // it came out, and nobody heard of it
	must(t, v.paper.SetPage(paper.Condition{Off: true}))
	v.run()
	if j := v.until(id, printing.WaitingPrinter); j.Why != "offline" || j.Sent.IsZero() {
		t.Errorf("%+v", j)
	}
	must(t, v.paper.SetPage(paper.Condition{}))
	v.until(id, printing.Printed)
	if n := len(v.paper.Pages()); n != 1 {
		t.Errorf("%d pages", n)
	}
}
