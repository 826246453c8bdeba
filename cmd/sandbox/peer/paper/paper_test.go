package paper_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"xiangyi/cmd/sandbox/peer/paper"
	"xiangyi/devices/printer"
	"xiangyi/devices/printer/escpos"
	"xiangyi/devices/printer/ipp"
	"xiangyi/devices/printer/raw9100"
)

func open(t *testing.T) (*paper.Printer, string) {
	t.Helper()
	dir := t.TempDir()
	p, err := paper.Open(paper.Options{Slip: "127.0.0.1:0", Page: "127.0.0.1:0", Admin: "127.0.0.1:0", Dir: dir,
		Now: func() time.Time { return time.Date(2030, 3, 4, 8, 0, 0, 0, time.UTC) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close(); _ = p.Close() })
	return p, dir
}

// receipt is the station's way to the slip printer, with short waits.
func receipt(p *paper.Printer) *raw9100.Printer {
	return raw9100.New(raw9100.Options{Addr: p.SlipAddr(), Answer: 200 * time.Millisecond, Finish: 200 * time.Millisecond})
}

func pages(t *testing.T, p *paper.Printer) *ipp.Client {
	t.Helper()
	c, err := ipp.New(ipp.Options{URL: p.PageURL()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func ticket(t *testing.T) []byte {
	t.Helper()
	s := escpos.New(escpos.Profile{}).Align(escpos.Center).Size(2, 2).Line("第 3 号").Size(1, 1).Pair("姓名", "王*花").Line("𬭎")
	if err := s.QR("https://county.example/v/7", 6, escpos.Medium); err != nil {
		t.Fatal(err)
	}
	return s.Cut().Bytes()
}

func TestASlipComesOutReadableAndConfirmed(t *testing.T) {
	p, _ := open(t)
	if outcome, err := receipt(p).Print(t.Context(), ticket(t)); outcome != printer.Printed || err != nil {
		t.Fatalf("%v, %v", outcome, err)
	}
	slips := p.Slips()
	if len(slips) != 1 {
		t.Fatalf("%d slips", len(slips))
	}
	for _, want := range []string{"第 3 号\n", "姓名", "王*花\n", "𬭎", "[QR https://county.example/v/7]"} {
		if !strings.Contains(slips[0].Text, want) {
			t.Errorf("slip reads %q, without %q", slips[0].Text, want)
		}
	}
	if kept, err := os.ReadFile(slips[0].File); err != nil || !bytes.Equal(kept, slips[0].Bytes) {
		t.Errorf("kept file: %v", err)
	}
}

func TestEveryConditionIsSeenByTheStationAndNothingIsSentIntoIt(t *testing.T) {
	p, _ := open(t)
	for _, c := range []struct {
		set       paper.Condition
		slip, a4  printer.Condition
		canPrint  bool
		slipWords string
	}{
		{paper.Condition{Paper: paper.OK}, printer.Ready, printer.Ready, true, "正常"},
		{paper.Condition{Paper: paper.Low}, printer.NearEnd, printer.NearEnd, true, "换纸"},
		{paper.Condition{Paper: paper.Out}, printer.OutOfPaper, printer.OutOfPaper, false, "没纸"},
		{paper.Condition{Cover: true}, printer.CoverOpen, printer.CoverOpen, false, "合上"},
		{paper.Condition{Jam: true}, printer.Jam, printer.Jam, false, "卡纸"},
		{paper.Condition{Offline: true}, printer.Offline, printer.Busy, false, "电源"},
		{paper.Condition{Off: true}, printer.Offline, printer.Offline, false, "电源"},
	} {
		if err := errors.Join(p.SetSlip(c.set), p.SetPage(c.set)); err != nil {
			t.Fatal(err)
		}
		st, _ := receipt(p).Status(t.Context())
		if st.Condition != c.slip || st.CanPrint() != c.canPrint || !strings.Contains(st.Condition.Words().ZH, c.slipWords) {
			t.Errorf("%+v: slip printer %v, want %s", c.set, st, c.slip)
		}
		if st, _ := pages(t, p).Status(t.Context()); st.Condition != c.a4 {
			t.Errorf("%+v: page printer %v, want %s", c.set, st, c.a4)
		}
		before := len(p.Slips())
		outcome, _ := receipt(p).Print(t.Context(), ticket(t))
		if got := len(p.Slips()) - before; (outcome == printer.Printed) != c.canPrint || (got == 1) != c.canPrint {
			t.Errorf("%+v: %v, %d slips", c.set, outcome, got)
		}
	}
}

func TestAMutePrinterPrintsAndPromisesNothing(t *testing.T) {
	p, _ := open(t)
	if err := p.SetSlip(paper.Condition{Mute: true}); err != nil {
		t.Fatal(err)
	}
	if st, err := receipt(p).Status(t.Context()); st.Condition != printer.Unknown || err != nil {
		t.Errorf("%v, %v", st, err)
	}
	r := raw9100.New(raw9100.Options{Addr: p.SlipAddr(), Mute: true, Answer: time.Minute})
	if outcome, err := r.Print(t.Context(), ticket(t)); outcome != printer.Sent || err != nil {
		t.Errorf("%v, %v", outcome, err)
	}
	if len(p.Slips()) != 1 {
		t.Errorf("%d slips", len(p.Slips()))
	}
}

// port is a bare connection to the slip printer.
type port struct {
	t *testing.T
	net.Conn
}

func dial(t *testing.T, p *paper.Printer) port {
	t.Helper()
	conn, err := net.Dial("tcp", p.SlipAddr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	return port{t, conn}
}

// answer asks a status question, cut into pieces; when it is answered the printer has read all that was sent before.
func (c port) answer(question byte) byte {
	c.t.Helper()
	for _, b := range []byte{0x10, 0x04, question} {
		c.send([]byte{b})
	}
	var one [1]byte
	if _, err := io.ReadFull(c, one[:]); err != nil {
		c.t.Fatal(err)
	}
	return one[0]
}

func (c port) send(b []byte) {
	c.t.Helper()
	if _, err := c.Write(b); err != nil {
		c.t.Fatal(err)
	}
}

func TestACharacterThatComesInTwoPiecesIsOneCharacter(t *testing.T) {
	p, _ := open(t)
	c := dial(t, p)
	for _, b := range escpos.New(escpos.Profile{}).Line("内科𬭎").Cut().Bytes() {
		c.send([]byte{b})
		c.answer(1)
	}
	if slips := p.Slips(); len(slips) != 1 || slips[0].Text != "内科𬭎\n" {
		t.Errorf("%+v", slips)
	}
}

func TestWhatWaitsForPaperComesOutOnce(t *testing.T) {
	p, _ := open(t)
	c := dial(t, p)
	if err := p.SetSlip(paper.Condition{Paper: paper.Out}); err != nil {
		t.Fatal(err)
	}
	slip := ticket(t)
	c.send(slip[:len(slip)/2])
	if got := []byte{c.answer(1), c.answer(2), c.answer(4)}; !bytes.Equal(got, []byte{0x1A, 0x32, 0x7E}) {
		t.Errorf("out of paper reads % X", got)
	}
	c.send(slip[len(slip)/2:])
	c.answer(1)
	if n := len(p.Slips()); n != 0 {
		t.Fatalf("%d slips without paper", n)
	}
	for range 2 {
		if err := p.SetSlip(paper.Condition{Paper: paper.OK}); err != nil {
			t.Fatal(err)
		}
	}
	if slips := p.Slips(); len(slips) != 1 || !bytes.Equal(slips[0].Bytes, slip) || !strings.Contains(slips[0].Text, "第 3 号") {
		t.Errorf("%d slips came out: %+v", len(slips), slips)
	}
}

func TestAReportWaitsForPaperAndIsPrintedOnce(t *testing.T) {
	p, _ := open(t)
	c := pages(t, p)
	if err := p.SetPage(paper.Condition{Paper: paper.Out}); err != nil {
		t.Fatal(err)
	}
	pdf := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte{0, 1, 0xFF}, 40000)...)
	id, err := c.Print(t.Context(), "r-7", pdf, 2)
	if err != nil {
		t.Fatal(err)
	}
	if job, err := c.JobStatus(t.Context(), id); err != nil || job.State != printer.Pending || job.Outcome() == printer.Printed || job.Name != "r-7" {
		t.Errorf("%+v, %v", job, err)
	}
	for range 2 {
		if err := p.SetPage(paper.Condition{}); err != nil {
			t.Fatal(err)
		}
	}
	if job, err := c.JobStatus(t.Context(), id); err != nil || job.State != printer.Completed {
		t.Errorf("%+v, %v", job, err)
	}
	out := p.Pages()
	if len(out) != 1 || out[0].Copies != 2 || !bytes.Equal(out[0].PDF, pdf) {
		t.Fatalf("%d documents came out", len(out))
	}
	if kept, err := os.ReadFile(out[0].File); err != nil || !bytes.Equal(kept, pdf) {
		t.Errorf("kept file: %v", err)
	}
}

func TestAReportWhoseAnswerWasLostIsFoundAndNotPrintedTwice(t *testing.T) {
	p, _ := open(t)
	c := pages(t, p)
	p.LoseNextReply()
	_, err := c.Print(t.Context(), "r-8", []byte("%PDF-1.7"), 1)
	var fault *printer.Fault
	if !errors.As(err, &fault) || fault.Outcome != printer.Sent {
		t.Fatalf("%v", err)
	}
	job, err := c.Find(t.Context(), "r-8")
	if err != nil || job.State != printer.Completed || len(p.Pages()) != 1 {
		t.Errorf("%+v, %v, %d documents", job, err, len(p.Pages()))
	}
	if _, err := c.Find(t.Context(), "r-9"); !errors.Is(err, ipp.ErrNoJob) {
		t.Errorf("%v", err)
	}
}

func TestWhatIsNotAPDFIsRefusedAndNothingComesOut(t *testing.T) {
	p, _ := open(t)
	_, err := pages(t, p).Print(t.Context(), "x", []byte("hello"), 1)
	var fault *printer.Fault
	if !errors.As(err, &fault) || fault.Outcome != printer.NotSent || len(p.Jobs()) != 0 {
		t.Errorf("%v, %d jobs", err, len(p.Jobs()))
	}
}

func TestThePrinterIsSteeredFromAnotherProcess(t *testing.T) {
	p, _ := open(t)
	post := func(path, body string) int {
		t.Helper()
		rsp, err := http.Post("http://"+p.AdminAddr()+path, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		rsp.Body.Close()
		return rsp.StatusCode
	}
	if code := post("/condition", `{"printer":"slip","paper":"out"}`); code != 200 {
		t.Fatal(code)
	}
	if st, _ := receipt(p).Status(t.Context()); st.Condition != printer.OutOfPaper {
		t.Errorf("%v", st)
	}
	if post("/condition", `{"printer":"slip","paper":"lots"}`) != 409 || post("/condition", `{"printer":"fax"}`) != 409 {
		t.Error("nonsense was taken")
	}
	if post("/condition", `{"printer":"slip","paper":"ok"}`) != 200 {
		t.Fatal("paper did not come back")
	}
	if _, err := receipt(p).Print(t.Context(), ticket(t)); err != nil {
		t.Fatal(err)
	}
	rsp, err := http.Get("http://" + p.AdminAddr() + "/slips")
	if err != nil {
		t.Fatal(err)
	}
	defer rsp.Body.Close()
	var slips []paper.Slip
	if err := json.NewDecoder(rsp.Body).Decode(&slips); err != nil || len(slips) != 1 {
		t.Errorf("%d slips, %v", len(slips), err)
	}
}
