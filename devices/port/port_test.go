package port_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"xiangyi/devices/driver"
	"xiangyi/devices/monitor"
	"xiangyi/devices/port"
	"xiangyi/devices/sim"
)

func TestAMonitorThatCallsHearsThatItsReadingWasTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	taken := 0
	d := driver.New(driver.Config{Device: "mon-1", Address: "listen:" + addr, Protocol: monitor.ORU, Now: time.Now, Pause: time.Millisecond,
		Tell: func(context.Context, driver.Measurement) error { taken++; return nil }})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	at := time.Date(2030, 1, 7, 8, 0, 0, 0, time.UTC)
	for n := range 2 { // the second is the same again, over a new line
		conn := call(ctx, t, addr)
		if _, err := conn.Write(monitor.Simulated.Says(sim.Person(4, at))); err != nil {
			t.Fatal(err)
		}
		answer := make([]byte, 256)
		if m, err := conn.Read(answer); err != nil || !strings.Contains(string(answer[:m]), "MSA|AA|20300107080000+0000.4\r") {
			t.Errorf("time %d: it answers %q, %v", n, answer[:m], err)
		}
		conn.Close()
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("run ended with %v", err)
	}
	if taken != 1 {
		t.Errorf("taken %d times", taken)
	}
}

// call connects as a monitor does: again and again.
func call(ctx context.Context, t *testing.T, addr string) net.Conn {
	t.Helper()
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			return conn
		}
		select {
		case <-ctx.Done():
			t.Fatal(err)
		case <-again.C:
		}
	}
}

func TestATCPLineIsAPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		conn, err := l.Accept()
		if err == nil {
			fmt.Fprint(conn, "S S")
			conn.Close()
		}
	}()
	p, err := port.Open(t.Context(), "tcp:"+l.Addr().String(), port.Mode{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if b, err := io.ReadAll(p); err != nil || string(b) != "S S" {
		t.Errorf("read %q, %v", b, err)
	}
}

func TestWhatCannotBeOpenedIsNamed(t *testing.T) {
	for _, m := range []port.Mode{{Parity: "X"}, {StopBits: 3}, {}} {
		if _, err := port.Open(t.Context(), "/dev/none", m); err == nil || !strings.Contains(err.Error(), "/dev/none") {
			t.Errorf("%v: %v", m, err)
		}
	}
	if m := (port.Mode{Baud: 19200, Parity: port.Odd}); m.String() != "19200 8O1" || m.Byte() != 11*time.Second/19200 {
		t.Errorf("%v, a byte is %v", m, m.Byte())
	}
}
