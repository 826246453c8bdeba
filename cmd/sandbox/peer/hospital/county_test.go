package hospital

import (
	"bufio"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

var china = time.FixedZone("CST", 8*3600)

func fixedNow() time.Time { return time.Date(2030, 3, 4, 8, 0, 0, 0, china) }

func slots() []Slot {
	at := func(id SlotID, hour int) Slot {
		return Slot{ID: id, Department: "nk", DepartmentName: "内科", Doctor: "d1", DoctorName: "李某", Start: time.Date(2030, 3, 5, hour, 0, 0, 0, china), Minutes: 20}
	}
	return []Slot{at("s1", 8), at("s2", 9), at("s3", 10)}
}

func open(t *testing.T, change func(*Options)) *Hospital {
	t.Helper()
	o := Options{Addr: "127.0.0.1:0", Slots: slots(), Now: fixedNow, Retry: time.Millisecond}
	if change != nil {
		change(&o)
	}
	h, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for range 2 {
			if err := h.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	return h
}

// caller is a county that speaks to the hospital over one connection.
type caller struct {
	t    *testing.T
	conn net.Conn
	r    *bufio.Reader
	n    int
}

func call(t *testing.T, h *Hospital) *caller {
	t.Helper()
	conn, err := net.Dial("tcp", h.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	return &caller{t: t, conn: conn, r: bufio.NewReader(conn)}
}

// ask sends segments behind an MSH of a type and reads the answer.
func (c *caller) ask(kind string, segments ...string) *message {
	c.t.Helper()
	c.n++
	m, err := c.say(kind, "C"+string(rune('0'+c.n)), UTF8, segments...)
	if err != nil {
		c.t.Fatalf("%s: %v", kind, err)
	}
	return m
}

func (c *caller) say(kind, control string, charset Charset, segments ...string) (*message, error) {
	text := "MSH|^~\\&|XIANGYI|COUNTY|HIS|H|20300304080000+0800||" + kind + "|" + control + "|P|2.5.1||||||" + string(charset) + "\r" + strings.Join(segments, "\r") + "\r"
	m := &message{charset: charset}
	parsed, err := parse([]byte(text))
	if err != nil {
		return nil, err
	}
	m.segments = parsed.segments
	raw, err := m.encode()
	if err != nil {
		return nil, err
	}
	if err := writeFrame(c.conn, raw); err != nil {
		return nil, err
	}
	answer, err := readFrame(c.r)
	if err != nil {
		return nil, err
	}
	return parse(answer)
}

// book, move, cancel and query are the county's four questions.
func (c *caller) book(placer, slot string) *message {
	c.t.Helper()
	return c.ask("SRM^S01^SRM_S01", "ARQ|"+placer, "PID|1||990101199001011233^^^MPS^NI||王某花", "RGS|1", "AIG|1||"+slot)
}

func (c *caller) move(placer, slot string) *message {
	c.t.Helper()
	return c.ask("SRM^S03^SRM_S01", "ARQ|"+placer, "RGS|1", "AIG|1||"+slot)
}

func (c *caller) cancel(placer string) *message {
	c.t.Helper()
	return c.ask("SRM^S04^SRM_S01", "ARQ|"+placer)
}

func (c *caller) query(placer string) *message {
	c.t.Helper()
	return c.ask("SQM^S25^SQM_S25", "QRD|20300304|R|I|q1", "ARQ|"+placer)
}

// told sums an answer up: "AA filler status slot" or "AE code".
func told(m *message) string {
	if code := m.find("MSA").get(1, 1); code != "AA" {
		return code + " " + m.find("ERR").get(3, 1)
	}
	sch := m.find("SCH")
	return strings.TrimSpace(strings.Join([]string{"AA", sch.get(2, 1), sch.get(25, 1), m.find("AIG").get(3, 1)}, " "))
}

func expect(t *testing.T, what string, m *message, want string) {
	t.Helper()
	if got := told(m); got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// postbox is a county that takes letters and answers as scripted; after the script it says AA.
type postbox struct {
	l      net.Listener
	mu     sync.Mutex
	script []string // MSA-1, or "" to hang up
	raw    [][]byte
	got    []*message
	wg     sync.WaitGroup
}

func newPostbox(t *testing.T, script ...string) *postbox {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &postbox{l: l, script: script}
	p.wg.Go(func() {
		for {
			conn, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			p.serve(conn)
			conn.Close()
		}
	})
	t.Cleanup(func() { l.Close(); p.wg.Wait() })
	return p
}

func (p *postbox) addr() string { return p.l.Addr().String() }

func (p *postbox) serve(conn net.Conn) {
	raw, err := readFrame(bufio.NewReader(conn))
	if err != nil {
		return
	}
	m, err := parse(raw)
	if err != nil {
		return
	}
	p.mu.Lock()
	p.raw, p.got = append(p.raw, raw), append(p.got, m)
	code := "AA"
	if len(p.script) > 0 {
		code, p.script = p.script[0], p.script[1:]
	}
	p.mu.Unlock()
	if code != "" {
		_ = writeFrame(conn, []byte("MSH|^~\\&|||||||ACK|1|P|2.5.1\rMSA|"+code+"|"+m.find("MSH").get(10, 1)+"\rERR|||204^Unknown key identifier^HL70357|E||||nobody knows this person\r"))
	}
}

func (p *postbox) letters() []*message {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]*message(nil), p.got...)
}
