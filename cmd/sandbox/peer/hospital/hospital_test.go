package hospital

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestABookingIsTakenOnceHoweverOftenItIsAsked(t *testing.T) {
	h := open(t, nil)
	c := call(t, h)
	for range 3 {
		expect(t, "book", c.book("v01-1", "s1"), "AA H000001 Booked s1")
	}
	expect(t, "someone else, same slot", c.book("v01-2", "s1"), "AE 205")
	expect(t, "same name, other slot", c.book("v01-1", "s2"), "AE 205")
	expect(t, "no such slot", c.book("v01-2", "s9"), "AE 204")
	expect(t, "someone else, other slot", c.book("v01-2", "s2"), "AA H000002 Booked s2")
	if got := h.Bookings(); len(got) != 2 || got[0].Person != "990101199001011233" || got[0].Name != "王某花" {
		t.Errorf("%+v", got)
	}
}

func TestAnAnswerTellsWhenAndWhereInFull(t *testing.T) {
	m := call(t, open(t, nil)).book("v01-1", "s1")
	msh, sch := m.find("MSH"), m.find("SCH")
	if msh.raw(9) != "SRR^S01^SRR_S01" || msh.get(18, 1) != string(UTF8) || m.find("MSA").get(2, 1) != "C1" {
		t.Errorf("%v %v", msh, m.find("MSA"))
	}
	if sch.get(1, 1) != "v01-1" || sch.raw(11) != "^^20^20300305080000+0800^20300305082000+0800" {
		t.Errorf("%v", sch)
	}
	if m.find("AIP").get(3, 2) != "李某" || m.find("AIL").get(3, 9) != "内科" {
		t.Errorf("%v %v", m.find("AIP"), m.find("AIL"))
	}
}

func TestCancellingFreesTheSlotAndALateCopyDoesNotReviveIt(t *testing.T) {
	c := call(t, open(t, nil))
	expect(t, "cancel what never was", c.cancel("v01-1"), "AE 204")
	c.book("v01-1", "s1")
	for range 2 {
		expect(t, "cancel", c.cancel("v01-1"), "AA H000001 Cancelled s1")
	}
	expect(t, "late copy", c.book("v01-1", "s1"), "AA H000001 Cancelled s1")
	expect(t, "the next one", c.book("v01-2", "s1"), "AA H000002 Booked s1")
	expect(t, "move what is cancelled", c.move("v01-1", "s2"), "AE 204")
}

func TestMovingKeepsTheNumberAndFreesTheOldSlot(t *testing.T) {
	c := call(t, open(t, nil))
	c.book("v01-1", "s1")
	c.book("v01-2", "s3")
	expect(t, "move to a taken slot", c.move("v01-1", "s3"), "AE 205")
	for range 2 {
		expect(t, "move", c.move("v01-1", "s2"), "AA H000001 Booked s2")
	}
	expect(t, "the old slot", c.book("v01-3", "s1"), "AA H000003 Booked s1")
}

func TestALateCopyOfAMoveDoesNotMoveBack(t *testing.T) {
	c := call(t, open(t, nil))
	c.book("v01-1", "s1")
	moveTo := func(control, slot string) *message {
		m, err := c.say("SRM^S03^SRM_S01", control, UTF8, "ARQ|v01-1", "RGS|1", "AIG|1||"+slot)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	moveTo("M1", "s2")
	moveTo("M2", "s3")
	expect(t, "the copy gets the old answer", moveTo("M1", "s2"), "AA H000001 Booked s2")
	expect(t, "and nothing moved", c.query("v01-1"), "AA H000001 Booked s3")
}

func TestALostAcknowledgementIsFoundByAsking(t *testing.T) {
	h := open(t, nil)
	c := call(t, h)
	expect(t, "before", c.query("v01-1"), "AA")
	h.LoseNextAck()
	if _, err := c.say("SRM^S01^SRM_S01", "B1", UTF8, "ARQ|v01-1", "PID|1||p1^^^XY^PI", "RGS|1", "AIG|1||s1"); !errors.Is(err, io.EOF) {
		t.Fatalf("answered: %v", err)
	}
	c = call(t, h)
	m := c.query("v01-1")
	expect(t, "after", m, "AA H000001 Booked s1")
	if q := m.find("QAK"); q.get(1, 1) != "q1" || q.get(2, 1) != "OK" {
		t.Errorf("%v", q)
	}
	expect(t, "an answer is lost once", c.book("v01-1", "s1"), "AA H000001 Booked s1")
	var story []string
	for _, heard := range h.Messages() {
		line := heard.Type + " " + string(heard.Placer) + " " + heard.Answer
		if heard.Lost {
			line += " lost"
		}
		story = append(story, line)
	}
	if got, want := strings.Join(story, ", "), "SQM^S25 v01-1 AA, SRM^S01 v01-1 AA lost, SQM^S25 v01-1 AA, SRM^S01 v01-1 AA"; got != want {
		t.Errorf("heard %s\nwant  %s", got, want)
	}
}

func TestSlotsAreKeptForTheCountyAndTheCounterSellsItsOwn(t *testing.T) {
	county := newPostbox(t)
	h := open(t, func(o *Options) { o.County = county.addr })
	c := call(t, h)
	keep := func(kind, slot string) *message { return c.ask(kind, "SCH||", "RGS|1", "AIG|1||"+slot) }
	expect(t, "the county asks to keep", keep("SIU^S23^SIU_S12", "s1"), "AA")
	if err := h.SellOwn("s1"); err == nil {
		t.Error("the counter sold a kept slot")
	}
	if err := h.SellOwn("s2"); err != nil {
		t.Fatal(err)
	}
	expect(t, "keep a sold slot", keep("SIU^S23^SIU_S12", "s2"), "AE 205")
	expect(t, "book a sold slot", c.book("v01-1", "s2"), "AE 205")
	expect(t, "book a kept slot", c.book("v01-1", "s1"), "AA H000001 Booked s1")
	expect(t, "keep it again", keep("SIU^S23^SIU_S12", "s1"), "AA")
	expect(t, "release it while it is booked", keep("SIU^S24^SIU_S12", "s1"), "AE 205")
	if err := errors.Join(h.Block("s3"), h.Unblock("s3"), h.SellOwn("s3")); err != nil {
		t.Fatal(err)
	}
	if err := h.Wait(t.Context(), h.Outbox()[3].Control); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range county.letters() {
		got = append(got, m.find("MSH").get(9, 2)+" "+m.find("AIG").get(3, 1)+" "+m.find("SCH").get(25, 1)+m.find("PID").get(3, 1))
	}
	if s := strings.Join(got, ", "); s != "S12 s2 Booked, S23 s3 Blocked, S24 s3 Started, S12 s3 Booked" {
		t.Errorf("the county was told %s", s)
	}
}

func TestASlotOfTheCountysTimetableIsAdoptedWhereTheHospitalAllowsIt(t *testing.T) {
	h := open(t, func(o *Options) { o.Adopt = true })
	c := call(t, h)
	expect(t, "book", c.ask("SRM^S01", "ARQ|v01-1||||||||||20300306090000+0800^20300306091500+0800", "PID|1||p1^^^XY^PI", "RGS|1", "AIG|1||x7",
		"AIL|1||ek^^^^^^^^儿科", "AIP|1||d2^周某"), "AA H000001 Booked x7")
	expect(t, "a sender that puts SCH", c.ask("SRM^S01", "SCH|v01-2||||||||||^^15^20300306100000+0800^20300306101500+0800", "PID|1||p2^^^XY^PI", "RGS|1", "AIG|1||x8"), "AA H000002 Booked x8")
	all := h.Slots()
	x7, x8 := all[3], all[4]
	if !x7.Start.Equal(time.Date(2030, 3, 6, 9, 0, 0, 0, china)) || x7.Minutes != 15 || x7.DepartmentName != "儿科" || x7.Doctor != "d2" || x8.Minutes != 15 {
		t.Errorf("%+v %+v", x7, x8)
	}
}

func TestBadMessagesAreRefusedWithTheirCode(t *testing.T) {
	c := call(t, open(t, nil))
	pid, aig := "PID|1||p1", "AIG|1||s1"
	expect(t, "no placer", c.ask("SRM^S01", "ARQ|", pid, aig), "AE 101")
	expect(t, "no slot", c.ask("SRM^S01", "ARQ|a", pid), "AE 101")
	expect(t, "nobody", c.ask("SRM^S01", "ARQ|a", aig), "AE 101")
	expect(t, "no query id", c.ask("SQM^S25", "ARQ|a"), "AE 101")
	expect(t, "another event", c.ask("SRM^S06", "ARQ|a"), "AR 201")
	expect(t, "another type", c.ask("ADT^A04", pid), "AR 200")
	if m, err := c.say("SRM^S01", "", UTF8, "ARQ|a", pid, aig); err != nil || told(m) != "AR 101" {
		t.Errorf("no control id: %v", err)
	}
	_ = writeFrame(c.conn, []byte("GET / HTTP/1.1"))
	raw, err := readFrame(c.r)
	if err != nil || !bytes.Contains(raw, []byte("MSA|AR")) {
		t.Errorf("%q, %v", raw, err)
	}
	expect(t, "and goes on", c.ask("SRM^S01", "ARQ|a", pid, aig), "AA H000001 Booked s1")
}

func TestFiftyAskForOneSlotAndOneGetsIt(t *testing.T) {
	h := open(t, nil)
	var wg sync.WaitGroup
	var mu sync.Mutex
	got := map[string]int{}
	for i := range 50 {
		c := call(t, h)
		wg.Go(func() {
			m, err := c.say("SRM^S01", "C"+string(rune('0'+i)), UTF8, "ARQ|v"+string(rune('0'+i)), "PID|1||p", "AIG|1||s1")
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
				return
			}
			got[told(m)]++
		})
	}
	wg.Wait()
	if got["AA H000001 Booked s1"] != 1 || got["AE 205"] != 49 {
		t.Errorf("%v", got)
	}
}

func TestAHospitalThatWasKilledRemembers(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hospital.json")
	remember := func(o *Options) { o.File, o.County = file, func() string { return "" } }
	h := open(t, remember)
	call(t, h).book("v01-1", "s1")
	if err := h.SellOwn("s2"); err != nil {
		t.Fatal(err)
	}
	_ = h.Close()
	county := newPostbox(t)
	h = open(t, func(o *Options) { remember(o); o.County = county.addr })
	c := call(t, h)
	expect(t, "asked", c.query("v01-1"), "AA H000001 Booked s1")
	expect(t, "sold", c.book("v01-2", "s2"), "AE 205")
	expect(t, "numbers go on", c.book("v01-2", "s3"), "AA H000002 Booked s3")
	if err := h.Wait(t.Context(), h.Outbox()[0].Control); err != nil {
		t.Errorf("the letter of before: %v", err)
	}
}

func TestAHospitalThatIsAwayTakesNothing(t *testing.T) {
	h := open(t, nil)
	c := call(t, h)
	c.book("v01-1", "s1")
	h.Away(true)
	if _, err := c.say("SQM^S25", "Q", UTF8, "QRD||||q", "ARQ|a"); err == nil {
		t.Error("the old connection stands")
	}
	c = call(t, h)
	if _, err := c.say("SQM^S25", "Q", UTF8, "QRD||||q", "ARQ|a"); err == nil {
		t.Error("a new connection stands")
	}
	h.Away(false)
	h.Slow(30 * time.Millisecond)
	began := time.Now()
	expect(t, "back", call(t, h).query("v01-1"), "AA H000001 Booked s1")
	if took := time.Since(began); took < 30*time.Millisecond {
		t.Errorf("answered after %v", took)
	}
}

func TestItIsSteeredFromAnotherProcess(t *testing.T) {
	h := open(t, func(o *Options) { o.Admin = "127.0.0.1:0" })
	post := func(path, body string) int {
		t.Helper()
		rsp, err := http.Post("http://"+h.AdminAddr()+path, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		rsp.Body.Close()
		return rsp.StatusCode
	}
	for _, c := range []struct {
		path, body string
		code       int
	}{
		{"/block", `{"slot":"s1"}`, 200}, {"/sell", `{"slot":"s1"}`, 409}, {"/unblock", `{"slot":"s1"}`, 200}, {"/sell", `{"slot":"s1"}`, 200},
		{"/slots", `{"id":"s4","department":"nk","start":"2030-03-05T11:00:00+08:00","minutes":20}`, 200},
		{"/report", `{"id":"r1","person":"p1","name":"王某花","charset":"GB 18030-2000"}`, 200}, {"/report", `{"id":"r1"}`, 409},
		{"/away", `{"away":false,"slowMs":1}`, 200}, {"/lose-next-ack", ``, 200},
	} {
		if got := post(c.path, c.body); got != c.code {
			t.Errorf("POST %s %s: %d, want %d", c.path, c.body, got, c.code)
		}
	}
	if _, err := call(t, h).say("SRM^S01", "B", UTF8, "ARQ|v01-1", "PID|1||p1", "AIG|1||s4"); err == nil {
		t.Error("the acknowledgement was not lost")
	}
	rsp, err := http.Get("http://" + h.AdminAddr() + "/bookings")
	if err != nil {
		t.Fatal(err)
	}
	defer rsp.Body.Close()
	var got []Booking
	if err := json.NewDecoder(rsp.Body).Decode(&got); err != nil || len(got) != 1 || got[0].Slot != "s4" {
		t.Errorf("%+v, %v", got, err)
	}
}
