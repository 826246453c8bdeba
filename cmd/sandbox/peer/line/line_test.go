package line

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

// county is a far side that gives every connection it accepts to a test.
type county struct {
	addr  string
	calls chan net.Conn
}

func newCounty(t *testing.T) *county {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &county{addr: l.Addr().String(), calls: make(chan net.Conn, 64)}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			c.calls <- conn
		}
	})
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
		for len(c.calls) > 0 {
			(<-c.calls).Close()
		}
	})
	return c
}

func open(t *testing.T, s Settings, targets ...string) *Line {
	t.Helper()
	l, err := Open("127.0.0.1:0", func() []string { return targets }, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for range 2 {
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	return l
}

// call connects over the line and gives both ends.
func dial(t *testing.T, l *Line, c *county) (near, far net.Conn) {
	t.Helper()
	near, err := net.Dial("tcp", l.Addr())
	if err != nil {
		t.Fatal(err)
	}
	far = <-c.calls
	t.Cleanup(func() { near.Close(); far.Close() })
	for _, conn := range []net.Conn{near, far} { // no test may hang: far longer than anything here takes
		_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	}
	return near, far
}

func noise(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func TestEveryByteArrivesBothWaysAndIsCounted(t *testing.T) {
	c := newCounty(t)
	l := open(t, Settings{}, c.addr)
	near, far := dial(t, l, c)
	up, down := noise(3<<20), noise(1<<20)
	var wg sync.WaitGroup
	for conn, data := range map[net.Conn][]byte{near: up, far: down} {
		wg.Go(func() {
			_, _ = conn.Write(data)
			_ = conn.(*net.TCPConn).CloseWrite()
		})
	}
	for conn, want := range map[net.Conn][]byte{far: up, near: down} {
		wg.Go(func() {
			if got, err := io.ReadAll(conn); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d bytes of %d arrived, %v", len(got), len(want), err)
			}
		})
	}
	wg.Wait()
	if n := l.Counts(); n.Up != 3<<20 || n.Down != 1<<20 || n.Connections != 1 {
		t.Errorf("%+v", n)
	}
}

func TestASlowReaderStillGetsTheEndOfAStreamThatWasClosed(t *testing.T) {
	c := newCounty(t)
	l := open(t, Settings{}, c.addr)
	near, far := dial(t, l, c)
	data := noise(200_000) // more than the reader's system takes in, less than that and the line's together
	if _, err := near.Write(data); err != nil {
		t.Fatal(err)
	}
	_ = near.(*net.TCPConn).CloseWrite()
	_ = far.(*net.TCPConn).CloseWrite()
	for began := time.Now(); l.Counts().Open > 0; runtime.Gosched() { // the line has done its part before anybody reads
		if time.Since(began) > 20*time.Second {
			t.Fatal("the line waits for the reader")
		}
	}
	if got, err := io.ReadAll(far); err != nil || !bytes.Equal(got, data) {
		t.Errorf("%d bytes of %d, %v", len(got), len(data), err)
	}
}

func TestTwoConnectionsShareTheRateOfTheLine(t *testing.T) {
	c := newCounty(t)
	l := open(t, Settings{Rate: 400_000}, c.addr) // 50 KB/s
	began := time.Now()
	var wg sync.WaitGroup
	for range 2 {
		near, far := dial(t, l, c)
		wg.Go(func() { _, _ = near.Write(noise(10_000)) })
		wg.Go(func() {
			if _, err := io.ReadFull(far, make([]byte, 10_000)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if took := time.Since(began); took < 380*time.Millisecond || took > 5*time.Second {
		t.Errorf("20,000 bytes at 50,000 a second took %v, want about 0.4 s", took)
	}
}

func TestASlowSenderFeelsTheLineAndARaisedRateHoldsAtOnce(t *testing.T) {
	c := newCounty(t)
	l := open(t, Settings{Rate: 8}, c.addr) // a byte a second
	near, far := dial(t, l, c)
	go func() { _, _ = near.Write(noise(1 << 20)) }()
	placed := func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return !l.up.free.IsZero()
	}
	for !placed() {
		runtime.Gosched()
	}
	if n := l.Counts().Up; n != 0 {
		t.Errorf("%d bytes passed in no time", n)
	}
	l.Set(Settings{Rate: 800_000_000}) // the first piece alone had a minute to go
	if _, err := io.ReadFull(far, make([]byte, 1<<20)); err != nil {
		t.Error(err)
	}
}

func TestDelayIsAddedOneWayAndDoesNotCostRate(t *testing.T) {
	c := newCounty(t)
	l := open(t, Settings{Delay: 100 * time.Millisecond}, c.addr)
	near, far := dial(t, l, c)
	began := time.Now()
	go func() { _, _ = near.Write(noise(500_000)) }() // many windows: waiting for each would take seconds
	if _, err := io.ReadFull(far, make([]byte, 500_000)); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < 100*time.Millisecond || took > 2*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestAStallLosesNothingAndSaysNothing(t *testing.T) {
	c := newCounty(t)
	l := open(t, Settings{}, c.addr)
	near, far := dial(t, l, c)
	exchange(t, near, far, "before")
	l.Set(Settings{Stall: true})
	if _, err := near.Write([]byte("during")); err != nil {
		t.Fatal(err)
	}
	_ = far.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if n, err := far.Read(make([]byte, 10)); n != 0 || err == nil || errors.Is(err, io.EOF) {
		t.Fatalf("%d bytes came over a line that stands still, %v", n, err)
	}
	_ = far.SetReadDeadline(time.Now().Add(20 * time.Second))
	l.Set(Settings{})
	got := make([]byte, 6)
	if _, err := io.ReadFull(far, got); err != nil || string(got) != "during" {
		t.Errorf("%q, %v", got, err)
	}
	exchange(t, near, far, "after")
}

func TestADownLineBreaksWhatStandsAndRefusesWhatComes(t *testing.T) {
	c := newCounty(t)
	l := open(t, Settings{}, c.addr)
	near, far := dial(t, l, c)
	exchange(t, near, far, "hello")
	l.Set(Settings{Down: true})
	for _, conn := range []net.Conn{near, far} {
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("an end learned of the cut as %v, want a reset", err)
		}
	}
	if conn, err := net.Dial("tcp", l.Addr()); err == nil { // it may be refused after the handshake
		if _, err := conn.Read(make([]byte, 1)); err == nil {
			t.Error("a connection stands on a line that is down")
		}
		conn.Close()
	}
	l.Set(Settings{})
	near, far = dial(t, l, c)
	exchange(t, near, far, "again")
}

func TestHalfOpenIsNoticedOnlyWhenItEnds(t *testing.T) {
	c := newCounty(t)
	l := open(t, Settings{}, c.addr)
	near, far := dial(t, l, c)
	exchange(t, near, far, "hello")
	l.Set(Settings{HalfOpen: true})
	if _, err := far.Read(make([]byte, 1)); err == nil {
		t.Error("the far side did not lose the connection")
	}
	late, err := net.Dial("tcp", l.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer late.Close()
	for _, conn := range []net.Conn{near, late} {
		if _, err := conn.Write([]byte("are you there?")); err != nil {
			t.Errorf("the near side noticed: %v", err)
		}
		_ = conn.SetReadDeadline(time.Now().Add(30 * time.Millisecond))
		var timeout net.Error
		if _, err := conn.Read(make([]byte, 1)); !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("the near side noticed: %v", err)
		}
		_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	}
	l.Set(Settings{})
	for _, conn := range []net.Conn{near, late} {
		if _, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, io.EOF) {
			t.Errorf("the near side was told %v, want a reset", err)
		}
	}
}

func TestConnectionsGoRoundTheTargetsThatAccept(t *testing.T) {
	a, b := newCounty(t), newCounty(t)
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead.Close()
	l := open(t, Settings{}, a.addr, dead.Addr().String(), b.addr)
	for range 6 {
		conn, err := net.Dial("tcp", l.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	got := map[*county]int{}
	for range 6 {
		select {
		case conn := <-a.calls:
			got[a]++
			conn.Close()
		case conn := <-b.calls:
			got[b]++
			conn.Close()
		}
	}
	if got[a] != 2 || got[b] != 4 { // b also takes the turns of the dead one
		t.Errorf("a took %d, b took %d", got[a], got[b])
	}
}

func TestWithoutAnyTargetTheCallerIsReset(t *testing.T) {
	conn, err := net.Dial("tcp", open(t, Settings{}).Addr())
	if errors.Is(err, syscall.ECONNRESET) {
		return // it was quick
	}
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("%v", err)
	}
}

func TestPlacesOnTheLineFollowEachOther(t *testing.T) {
	var p pacer
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, want := range []time.Duration{time.Second, 2 * time.Second, 3 * time.Second} {
		if got := p.reserve(now, 100, 800).Sub(now); got != want {
			t.Errorf("place %d is at %v, want %v", i, got, want)
		}
	}
	later := now.Add(time.Minute) // an idle line saves nothing up
	if got := p.reserve(later, 100, 800).Sub(later); got != time.Second {
		t.Errorf("after a pause: %v", got)
	}
	p.forget()
	if got := p.reserve(now, 100, 0).Sub(now); got != 0 {
		t.Errorf("an unlimited line makes wait %v", got)
	}
}

// exchange says a word one way and back.
func exchange(t *testing.T, near, far net.Conn, word string) {
	t.Helper()
	for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
		if _, err := way[0].Write([]byte(word)); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(word))
		if _, err := io.ReadFull(way[1], got); err != nil || string(got) != word {
			t.Fatalf("%q arrived as %q, %v", word, got, err)
		}
	}
}
