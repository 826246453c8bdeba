package protocols

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"xiangyi/devices"
	"xiangyi/devices/driver"
	"xiangyi/devices/port"
	"xiangyi/devices/sim"
)

// line is a simulated instrument on a pseudo-terminal, and the driver that reads it.
type line struct {
	t    *testing.T
	pty  *port.Pty
	path string
	d    *driver.Driver
	sent int64
	told chan driver.Measurement
}

// connect plugs an instrument in behind a link, as /dev/serial/by-id has it.
func connect(t *testing.T, protocol string, modes ...port.Mode) *line {
	t.Helper()
	p, ok := Named(protocol)
	if !ok {
		t.Fatal(protocol)
	}
	l := &line{t: t, told: make(chan driver.Measurement, 1024), path: filepath.Join(t.TempDir(), "by-id")}
	l.plug()
	p.Talk.Poll, p.Talk.Every = nil, 0 // it speaks unasked here
	l.d = driver.New(driver.Config{Device: "d-1", Address: l.path, Protocol: p, Modes: modes, Now: time.Now, Pause: time.Millisecond,
		Tell: func(_ context.Context, m driver.Measurement) error { l.told <- m; return nil }})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.d.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		<-done
		l.pty.Close()
	})
	l.until("it is open", func(h driver.Health) bool { return h.Condition == driver.Waiting })
	return l
}

func (l *line) plug() {
	l.t.Helper()
	var err error
	if l.pty, err = port.OpenPty(); err != nil {
		l.t.Fatal(err)
	}
	_ = os.Remove(l.path) // there may be none yet
	if err := os.Symlink(l.pty.Path(), l.path); err != nil {
		l.t.Fatal(err)
	}
	go func(p *port.Pty) { _, _ = io.Copy(io.Discard, p) }(l.pty) // what the host says; ends with the line
}

// until looks at the driver's health until something is true of it.
func (l *line) until(what string, is func(driver.Health) bool) {
	l.t.Helper()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	late := time.After(30 * time.Second)
	for !is(l.d.Health()) {
		select {
		case <-look.C:
		case <-late:
			l.t.Fatalf("not in time: %s: %+v", what, l.d.Health())
		}
	}
}

func (l *line) write(b []byte) {
	l.t.Helper()
	if _, err := l.pty.Write(b); err != nil {
		l.t.Fatal(err)
	}
	l.sent += int64(len(b))
}

// quiet waits until the driver took everything and gave up what is unfinished.
func (l *line) quiet() {
	l.t.Helper()
	l.until("the line is quiet", func(h driver.Health) bool { return h.Bytes == l.sent && h.Pending == 0 })
}

// said are the measurements that were told, each by its values.
func (l *line) said() (out []string) {
	for len(l.told) > 0 {
		m := <-l.told
		var values []string
		for _, r := range m.Readings {
			if r.Code != devices.PerfusionIndex {
				values = append(values, fmt.Sprint(r.Code, "=", r.Value))
			}
		}
		out = append(out, strings.Join(values, " "))
	}
	return out
}

// values of a person, of the quantities that a measurement's text names.
func values(v sim.Vitals, like string) string {
	var out []string
	for _, word := range strings.Fields(like) {
		name, _, _ := strings.Cut(word, "=")
		n := devices.Int(v.Of(devices.Code(name)))
		if devices.Code(name) == devices.Weight {
			n = n.Shift(-1)
		}
		out = append(out, fmt.Sprint(name, "=", n))
	}
	return strings.Join(out, " ")
}

// then is the instruments' clock: a seed must write the same bytes on every day.
func then() time.Time { return time.Date(2030, 1, 7, 8, 0, 0, 0, time.UTC) }

// mayInvent are the protocols of which garbage can be a frame by chance: five
// bytes with the right top bits, and nothing else to go by.
var mayInvent = []string{"contec-cms50-v4", "berry-bci-v1.2"}

func TestEveryFamilyOverATerminalLosesAndInventsNothing(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(Simulated)) {
		for seed := range uint64(3) {
			t.Run(fmt.Sprint(name, "/", seed), func(t *testing.T) {
				t.Parallel()
				l := connect(t, name)
				s := sim.Simulator{Instrument: Simulated[name], Rand: rand.New(rand.NewPCG(seed, 7)), Now: then, Faults: sim.Faults{Torn: 150, Drop: 50, Noise: 200}}
				count := 90
				if s.Instrument.Pauses {
					count, s.Faults.Noise = 12, 0
				}
				var whole []sim.Vitals
				for range count {
					b, v, ok := s.Next()
					l.write(b)
					if ok {
						whole = append(whole, v)
					}
					if s.Instrument.Pauses {
						l.quiet()
					}
				}
				l.quiet()
				compare(t, l.said(), whole, slices.Contains(mayInvent, name))
			})
		}
	}
}

func compare(t *testing.T, said []string, whole []sim.Vitals, inventions bool) {
	t.Helper()
	at := 0
	for _, text := range said {
		if at < len(whole) && text == values(whole[at], text) {
			at++
		} else if !inventions {
			t.Errorf("it says %q, which nobody had; next is person %d", text, whole[min(at, len(whole)-1)].N)
		}
	}
	if at != len(whole) || len(said) == 0 {
		t.Errorf("%d of %d whole frames were told; next is person %d", at, len(whole), whole[min(at, len(whole)-1)].N)
	}
}

func TestAnInstrumentIsPluggedInElsewhere(t *testing.T) {
	l := connect(t, "pulsewave-rbp")
	s := sim.Simulator{Instrument: Simulated["pulsewave-rbp"], Rand: rand.New(rand.NewPCG(1, 1)), Now: then}
	var whole []sim.Vitals
	for range 3 {
		b, v, _ := s.Next()
		l.write(b)
		l.quiet()
		whole = append(whole, v)
		b, _, _ = s.Next()
		l.write(b[:11]) // the plug is pulled in the middle
		opened := l.d.Health().Opened
		l.pty.Close()
		l.until("it is gone", func(h driver.Health) bool { return h.Opened > opened || h.Condition == driver.Unplugged })
		l.plug()
		l.until("it is back", func(h driver.Health) bool { return h.Opened > opened && h.Condition == driver.Waiting })
		l.sent = l.d.Health().Bytes
	}
	compare(t, l.said(), whole, false)
}

func TestAWrongSpeedIsMended(t *testing.T) {
	l := connect(t, "pulsewave-rbp", port.Mode{Baud: 115200}, port.Mode{Baud: 9600})
	s := sim.Simulator{Instrument: Simulated["pulsewave-rbp"], Rand: rand.New(rand.NewPCG(1, 1)), Now: then}
	every := time.NewTicker(20 * time.Millisecond)
	defer every.Stop()
	for l.pty.Baud() != 9600 && t.Context().Err() == nil {
		b, _, _ := s.Next()
		for i := range b {
			b[i] = b[i]<<3 ^ 0xE7 // what a wrong clock makes of it
		}
		l.write(b)
		<-every.C
	}
	l.until("it is open again", func(h driver.Health) bool { return h.Mode == "9600 8N1" })
	l.sent = l.d.Health().Bytes
	b, v, _ := s.Next()
	l.write(b)
	l.until("it is ready", func(h driver.Health) bool { return h.Condition == driver.Ready })
	compare(t, l.said(), []sim.Vitals{v}, false)
}

func TestOneProgramHasAPort(t *testing.T) {
	l := connect(t, "pulsewave-rbp")
	if p, err := port.Open(t.Context(), l.path, port.Mode{}); err == nil {
		p.Close()
		t.Error("a second program may read half of each frame")
	}
}
