package hospital

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/appointment"
	"xiangyi/protocol/care/report"
	"xiangyi/protocol/codec/gb18030"
	"xiangyi/protocol/codec/hl7"
)

func msh(kind, control, charset string) string {
	return `MSH|^~\&|HIS|COUNTY-HOSPITAL|XIANGYI|COUNTY|20300107100000+0800||` + kind + "|" + control + "|P|2.5.1||||||" + charset + "\r"
}

// blood is a blood count of the resident; status and value vary.
func blood(control, charset, status, value string) string {
	return msh("ORU^R01^ORU_R01", control, charset) +
		"PID|1||" + number + "^^^MPS^NI||测试甲明||19500307|F\r" +
		"ORC|RE||L30010701\r" +
		"OBR|1||L30010701|58410-2^血细胞分析^L|||20300107083000+0800|||||||||||||||20300107095500+0800||LAB|" + status + "|||||||r01&沈审核\r" +
		"OBX|1|NM|718-7^血红蛋白^L||" + value + "|g/L^^UCUM|115-150|N|||F\r" +
		"NTE|1|L|标本轻度溶血\r" +
		"OBX|2|NM|WBC^白细胞^L^6690-2^Leukocytes^LN||6.10|10^9/L|3.5-9.5||||F\r" +
		"OBX|3|ST|URO^尿胆原^L||阴性（-）瓅||||||F\r"
}

func TestAReportOfEitherCharsetIsFiledWithTheRightChinese(t *testing.T) {
	for _, charset := range []string{"UNICODE UTF-8", "GB 18030-2000", "GBK", ""} {
		t.Run("declared "+charset, func(t *testing.T) {
			c := newCounty(t)
			l := dial(t, c.inbox(t))
			raw := []byte(blood("7", charset, "F", "128"))
			if charset == "GB 18030-2000" || charset == "GBK" {
				raw, _ = gb18030.Encode(string(raw))
			}
			if got := said(l.ask(raw)); got != "AA 7" {
				t.Fatalf("answered %s", got)
			}
			all := c.reports(c.person)
			if len(all) != 1 {
				t.Fatalf("%d reports", len(all))
			}
			r := all[0]
			if r.Title != "血细胞分析" || r.Issuer != "示范县人民医院" || r.Source != "c1" || r.Number != "L30010701" || r.Category != report.Lab ||
				r.Status != report.Final || r.Reviewer != "r01" || r.ReviewerName != "沈审核" || r.Comment != "血红蛋白：标本轻度溶血" {
				t.Errorf("filed %+v", r.Content)
			}
			if want := time.Date(2030, 1, 7, 9, 55, 0, 0, care.Zone); !r.Issued.Equal(want) {
				t.Errorf("issued %v", r.Issued)
			}
			want := []report.Item{
				{Code: "718-7", Name: "血红蛋白", Value: "128", Unit: "g/L", Range: "115-150", Flag: report.Normal, Status: report.Final},
				{Code: "6690-2", Name: "白细胞", Value: "6.10", Unit: "10^9/L", Range: "3.5-9.5", Status: report.Final},
				{Code: "URO", Name: "尿胆原", Value: "阴性（-）瓅", Status: report.Final},
			}
			if fmt.Sprint(r.Items) != fmt.Sprint(want) {
				t.Errorf("items %+v", r.Items)
			}
		})
	}
}

func TestARepeatHasNoSecondEffectAndAReusedControlIdIsAnotherMessage(t *testing.T) {
	c := newCounty(t)
	l := dial(t, c.inbox(t))
	first := []byte(blood("7", "UNICODE UTF-8", "P", "128"))
	l.ask(first)
	before := c.Last()
	if got := said(l.ask(first)); got != "AA 7" || c.Last() != before {
		t.Errorf("a repeat is answered %s and wrote %d Changes", got, c.Last()-before)
	}
	// The hospital's counter began again at 7, for the final report.
	if got := said(l.ask([]byte(blood("7", "UNICODE UTF-8", "F", "129")))); got != "AA 7" {
		t.Fatalf("answered %s", got)
	}
	if r := c.reports(c.person); len(r) != 1 || r[0].Status != report.Final || r[0].Items[0].Value != "129" {
		t.Errorf("the final report was taken for a repeat: %+v", r)
	}
}

func TestAReportOfNobodyHereIsTakenAndHeld(t *testing.T) {
	c := newCounty(t)
	l := dial(t, c.inbox(t))
	stranger := strings.ReplaceAll(blood("8", "UNICODE UTF-8", "F", "128"), number, "990101196001010015")
	if got := said(l.ask([]byte(stranger))); got != "AA 8" {
		t.Fatalf("answered %s", got)
	}
	c.Look(func(r protocol.Reader) error {
		held, err := care.Collect[struct {
			Rest protocol.Rest `json:",unknown"`
		}](r, protocol.Query{Kind: report.KindHeld, Index: "state", Match: []string{"waiting"}})
		if err == nil && len(held) != 1 {
			t.Errorf("%d held reports", len(held))
		}
		return err
	})
}

func TestWhatCanNeverBeTakenIsAnsweredWithWhatToDo(t *testing.T) {
	c := newCounty(t)
	l := dial(t, c.inbox(t))
	ok := blood("9", "UNICODE UTF-8", "F", "128")
	swap := func(old, new string) []byte {
		if !strings.Contains(ok, old) {
			t.Fatalf("nothing to swap: %q", old)
		}
		return []byte(strings.Replace(ok, old, new, 1))
	}
	long := strings.Repeat("OBX|1|ST|X^"+strings.Repeat("项", 60)+"^L||"+strings.Repeat("长", 300)+"||||||F\r", 150)
	for name, tc := range map[string]struct {
		raw  []byte
		want string
	}{
		"no control id":        {swap("|9|P|", "||P|"), "AE  101 MSH-10"},
		"a test message":       {swap("|9|P|", "|9|T|"), "AE 9 202 MSH-11"},
		"another type":         {swap("ORU^R01^ORU_R01", "ADT^A08"), "AE 9 200 MSH-9"},
		"another event":        {swap("ORU^R01^ORU_R01", "ORU^R30"), "AE 9 201 MSH-9"},
		"no person":            {swap(number+"^^^MPS^NI", "778^^^H^MR"), "AE 9 101 PID-3"},
		"no name":              {swap("测试甲明", ""), "AE 9 101 PID-5"},
		"no report number":     {[]byte(strings.ReplaceAll(ok, "L30010701", "")), "AE 9 101 OBR-3"},
		"no title":             {swap("58410-2^血细胞分析^L", ""), "AE 9 101 OBR-4"},
		"no state":             {swap("|LAB|F|", "|LAB||"), "AE 9 103 OBR-25"},
		"a state of its own":   {swap("|LAB|F|", "|LAB|完成|"), "AE 9 103 OBR-25"},
		"no sensible time":     {swap("20300107095500+0800", "昨天"), "AE 9 102 OBR-22"},
		"an item without code": {swap("718-7^血红蛋白^L", ""), "AE 9 101 OBX-3"},
		"no report":            {[]byte(msh("ORU^R01", "9", "UNICODE UTF-8") + "PID|1||" + number + "^^^MPS^NI||测试甲明\r"), "AE 9 100 OBR-"},
		"too long":             {[]byte(ok + long), "AE 9 102"},
		"no message at all":    {[]byte("hello"), "AE  100"},
		"broken characters":    {swap("测试甲明", "测试\xff\xfe"), "AE 9 102"},
	} {
		t.Run(name, func(t *testing.T) {
			m := l.ask(tc.raw)
			if got := said(m); got != tc.want {
				t.Errorf("answered %s, want %s", got, tc.want)
			}
			if name != "no message at all" && name != "broken characters" && m.First("ERR").Text(8) == "" {
				t.Error("no word of what to do")
			}
			if all := m.First("ERR").Text(8) + m.First("MSA").Text(3); strings.Contains(all, number) || strings.Contains(all, "甲明") {
				t.Errorf("the answer names the person: %s", all)
			}
		})
	}
	if len(c.reports(c.person)) != 0 {
		t.Error("something was filed")
	}
	if got := said(l.ask([]byte(ok))); got != "AA 9" {
		t.Errorf("after all that, the right message is answered %s", got)
	}
}

// mute is a store that cannot commit.
type mute struct {
	protocol.Store
	err error
}

func (m mute) Do(context.Context, protocol.Order, func(protocol.Tx) error) (protocol.Change, error) {
	return protocol.Change{}, m.err
}

func TestWithoutAQuorumTheHospitalIsAskedToSendAgain(t *testing.T) {
	c := newCounty(t)
	for _, err := range []error{protocol.ErrNotLeader, protocol.ErrUnknown, protocol.ErrSpace, context.DeadlineExceeded, errors.New("disk")} {
		store := mute{c.Model, err}
		engine, failed := care.NewEngine(store, care.InCounty, nil, []care.Service{appointment.Service(), report.Service(), delivered()})
		if failed != nil {
			t.Fatal(failed)
		}
		in, failed := Listen(InboxConfig{Addr: "127.0.0.1:0", Engine: engine, Store: store, Now: c.world.Now, Log: slog.New(slog.DiscardHandler)})
		if failed != nil {
			t.Fatal(failed)
		}
		m := dial(t, in).ask([]byte(blood("10", "UNICODE UTF-8", "F", "128")))
		if got := said(m); got != "AR 10 207" {
			t.Errorf("%v: answered %s", err, got)
		}
	}
	if got := said(dial(t, c.inbox(t)).ask([]byte(blood("10", "UNICODE UTF-8", "F", "128")))); got != "AA 10" {
		t.Errorf("when it is back: %s", got)
	}
}

// delivered keeps the roster of the mute county complete.
func delivered() care.Service { return care.Service{Name: "none"} }

func TestEachModeOfAnsweringIsSpoken(t *testing.T) {
	c := newCounty(t)
	l := dial(t, c.inbox(t))
	enhanced := func(control, accept, result string) []byte {
		return []byte(strings.Replace(blood(control, "UNICODE UTF-8", "F", "128"), "|2.5.1|||||", "|2.5.1|||"+accept+"|"+result+"|", 1))
	}
	l.send(enhanced("20", "AL", "AL"))
	if a, b := said(l.hear()), said(l.hear()); a != "CA 20" || b != "AA 20" {
		t.Errorf("receipt and result: %s, %s", a, b)
	}
	if got := said(l.ask(enhanced("21", "AL", "NE"))); got != "CA 21" {
		t.Errorf("receipt alone: %s", got)
	}
	l.send(enhanced("22", "NE", "NE")) // wants to hear nothing
	old := strings.Replace(blood("23", "", "", "128"), "|P|2.5.1", "|P|2.4", 1)
	m := l.ask([]byte(old))
	if m.First("MSA").Text(1) != "AE" || m.First("MSA").Text(2) != "23" || m.First("MSA").Text(3) == "" {
		t.Errorf("version 2.4 hears %q and no words", said(m))
	}
}

func TestSeveralPanelsAreOneReportAndSeveralReportsAreSeveral(t *testing.T) {
	panel := func(number, title, status, reviewer, obx string) string {
		return "OBR|1||" + number + "|" + title + "^" + title + "^L||||||||||||||||||20300107095500+0800||LAB|" + status + "|||||||" + reviewer + "\r" + obx
	}
	item := func(code string) string { return "OBX|1|NM|" + code + "^" + code + "^L||1|||||\r" }
	head := msh("ORU^R01", "30", "UNICODE UTF-8") + "PID|1||" + number + "^^^MPS^NI||测试甲明\r"
	for name, tc := range map[string]struct{ raw, want string }{
		"one":                    {head + panel("n1", "血", "F", "r1", item("a")) + panel("n1", "尿", "F", "r1", item("b")), "n1 血、尿 final r1 [a  b ]"},
		"two":                    {head + panel("n1", "血", "F", "r1", item("a")) + panel("n2", "尿", "F", "r1", item("b")), "n1 血 final r1 [a ];n2 尿 final r1 [b ]"},
		"one waits":              {head + panel("n1", "血", "F", "r1", item("a")) + panel("n1", "尿", "P", "r1", item("b")), "n1 血、尿 preliminary r1 [a  b ]"},
		"one is not reviewed":    {head + panel("n1", "血", "F", "r1", item("a")) + panel("n1", "尿", "F", "", item("b")), "n1 血、尿 final  [a  b ]"},
		"one is cancelled":       {head + panel("n1", "血", "X", "", item("a")) + panel("n1", "尿", "F", "r2", item("b")), "n1 血、尿 final r2 [a cancelled b ]"},
		"the other is cancelled": {head + panel("n1", "血", "C", "r1", item("a")) + panel("n1", "尿", "X", "", item("b")), "n1 血、尿 corrected r1 [a  b cancelled]"},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := hl7.Decode([]byte(tc.raw))
			if err != nil {
				t.Fatal(err)
			}
			deeds, err := newCounty(t).inbox(t).read(t.Context(), m)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range deeds {
				r := d.input.(*report.Incoming)
				var items []string
				for _, i := range r.Items {
					items = append(items, i.Code+" "+string(i.Status))
				}
				got = append(got, fmt.Sprintf("%s %s %s %s %v", r.Number, r.Title, r.Status, r.Reviewer, items))
			}
			if s := strings.Join(got, ";"); s != tc.want {
				t.Errorf("read as %s, want %s", s, tc.want)
			}
		})
	}
}

func TestWhatTheCounterDoesReachesThePool(t *testing.T) {
	c := newCounty(t)
	l := dial(t, c.inbox(t))
	n := 40
	tell := func(event, placer string, slots ...care.ID) string {
		n++
		raw := msh("SIU^"+event+"^SIU_S12", fmt.Sprint(n), "UNICODE UTF-8") + "SCH|" + placer + "|||||ROUTINE\r"
		for _, s := range slots {
			raw += "RGS|1\rAIG|1||" + string(s) + "\r"
		}
		return strings.TrimPrefix(said(l.ask([]byte(raw))), fmt.Sprintf("A%c %d", 'A', n))
	}
	expect := func(clock string, want appointment.SlotState) {
		t.Helper()
		if got := c.slot(clock).State; got != want {
			t.Errorf("slot %s is %s, want %s", clock, got, want)
		}
	}
	if got := tell("S23", "", c.slotID("0830"), c.slotID("0840")); got != "" {
		t.Errorf("kept: %s", got)
	}
	expect("0830", appointment.SlotFree)
	expect("0840", appointment.SlotFree)
	expect("0850", appointment.SlotBlocking)
	if got := tell("S23", "", c.slotID("0830")); got != "" {
		t.Errorf("kept again: %s", got)
	}

	visit := c.book("0900")
	if got := tell("S12", string(visit), c.slotID("0900")); got != "" || c.slot("0900").State != appointment.SlotBooked {
		t.Errorf("our own booking, told back: %s, slot %s", got, c.slot("0900").State)
	}
	if got := tell("S12", "", c.slotID("0830")); got != "" {
		t.Errorf("sold: %s", got)
	}
	expect("0830", appointment.SlotWithdrawn)
	if got := tell("S24", "", c.slotID("0840")); got != "" {
		t.Errorf("no longer kept: %s", got)
	}
	expect("0840", appointment.SlotWithdrawn)
	if got := tell("S12", "", c.slotID("0900")); got != "" {
		t.Errorf("sold by mistake: %s", got)
	}
	c.world.Settle()
	if s := c.visit(visit).State; s != appointment.Displaced {
		t.Errorf("the person booked there is %s, and was not told", s)
	}

	if got := tell("S12", "", "nobody-knows-it"); got != "" {
		t.Errorf("a slot of the hospital's own: %s", got)
	}
	for what, got := range map[string]string{
		"kept, not in our schedule": tell("S23", "", "nobody-knows-it"),
		"kept, but withdrawn":       tell("S23", "", c.slotID("0830")),
		"no slot named":             tell("S12", ""),
		"another event":             tell("S26", "", c.slotID("0850")),
	} {
		if !strings.HasPrefix(got, "AE ") {
			t.Errorf("%s: answered %q", what, got)
		}
	}
}

func TestAnInboxEndsWithItsContext(t *testing.T) {
	c := newCounty(t)
	in := c.inbox(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- in.Run(ctx) }()
	for range 3 {
		raw := []byte(blood("50", "UNICODE UTF-8", "F", "128"))
		conn := (&caller{addr: in.Addr(), timeout: 10 * time.Second})
		m, err := hl7.Decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		if a, err := conn.call(ctx, m); err != nil || said(a) != "AA 50" {
			t.Fatalf("answered %v, %v", a, err)
		}
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	if err := (&caller{addr: in.Addr()}).reach(t.Context()); err == nil {
		t.Error("still takes calls")
	}
	in.Close()
}

func TestOneCallTooManyIsHungUpOn(t *testing.T) {
	c := newCounty(t)
	in := c.inbox(t)
	first := dial(t, in)
	conns := []net.Conn{first.conn}
	for range mostCalls - 1 {
		conn, err := net.Dial("tcp", in.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conns = append(conns, conn)
	}
	last, err := net.Dial("tcp", in.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer last.Close()
	_ = last.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := last.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the %dth call is not hung up on: %v", len(conns)+1, err)
	}
	if got := said(first.ask([]byte(blood("60", "UNICODE UTF-8", "F", "128")))); got != "AA 60" {
		t.Errorf("the first one hears %s", got)
	}
}

func TestTheLineMayBeSealedByTLS(t *testing.T) {
	c := newCounty(t)
	certified := httptest.NewTLSServer(nil)
	defer certified.Close()
	in, err := Listen(InboxConfig{Addr: "127.0.0.1:0", TLS: certified.TLS, Engine: c.Engine, Store: c.Model, Now: c.world.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	dial(t, in)
	m, err := hl7.Decode([]byte(blood("70", "UNICODE UTF-8", "F", "128")))
	if err != nil {
		t.Fatal(err)
	}
	trusted := x509.NewCertPool()
	trusted.AddCert(certified.Certificate())
	sealed := &caller{addr: in.Addr(), timeout: 10 * time.Second, tls: &tls.Config{RootCAs: trusted, ServerName: "example.com"}}
	defer sealed.close()
	for range 2 { // the second on the same line, looked at before
		if err := sealed.reach(t.Context()); err != nil {
			t.Fatal(err)
		}
		if a, err := sealed.call(t.Context(), m); err != nil || said(a) != "AA 70" {
			t.Fatalf("answered %v, %v", a, err)
		}
	}
	if r := c.reports(c.person); len(r) != 1 || r[0].Issuer != "COUNTY-HOSPITAL" {
		t.Errorf("filed %+v", r)
	}
}
