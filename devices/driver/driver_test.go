package driver_test

import (
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"xiangyi/devices"
	"xiangyi/devices/driver"
	"xiangyi/devices/frame"
	"xiangyi/devices/masimo"
	"xiangyi/devices/port"
	"xiangyi/devices/pulsewave"
	"xiangyi/devices/suntech"
	"xiangyi/devices/taidoc"
)

// desk is a driver with the other end of its line.
type desk struct {
	t       *testing.T
	d       *driver.Driver
	plugged atomic.Bool
	ends    chan net.Conn // of the lines that the driver opened
	modes   []string
	told    []driver.Measurement
	stop    context.CancelFunc
}

var errGone = errors.New("no such device")

func at(t *testing.T, p frame.Protocol, change ...func(*driver.Config)) *desk {
	k := &desk{t: t, ends: make(chan net.Conn, 8)}
	k.plugged.Store(true)
	c := driver.Config{Device: "d-1", Model: "m", Address: "a", Protocol: p, Zone: time.UTC, Now: time.Now,
		Tell: func(_ context.Context, m driver.Measurement) error { k.told = append(k.told, m); return nil },
		Open: func(_ context.Context, _ string, m port.Mode) (io.ReadWriteCloser, error) {
			if !k.plugged.Load() {
				return nil, errGone
			}
			near, far := net.Pipe()
			k.modes = append(k.modes, m.String())
			k.ends <- far
			return near, nil
		}}
	for _, f := range change {
		f(&c)
	}
	k.d = driver.New(c)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- k.d.Run(ctx) }()
	k.stop = func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("run ended with %v", err)
		}
	}
	return k
}

// line is the newest end; what the host says on it is thrown away.
func (k *desk) line() net.Conn {
	k.t.Helper()
	conn := <-k.ends
	go func() { _, _ = io.Copy(io.Discard, conn) }() // ends with the line
	return conn
}

func (k *desk) write(conn net.Conn, b []byte) {
	k.t.Helper()
	if _, err := conn.Write(b); err != nil {
		k.t.Fatal(err)
	}
	synctest.Wait()
}

func (k *desk) want(n int) {
	k.t.Helper()
	synctest.Wait()
	if len(k.told) != n {
		k.t.Fatalf("%d measurements were told, want %d: %+v", len(k.told), n, k.told)
	}
}

func (k *desk) is(c driver.Condition) {
	k.t.Helper()
	synctest.Wait()
	if h := k.d.Health(); h.Condition != c {
		k.t.Errorf("it is %s, want %s: %+v", h.Condition, c, h)
	}
}

// pressure is a result of 260/152, pulse 110.
var pressure = []byte{0xAA, 0x80, 0x03, 0x0F, 0x01, 0x06, 0x00, 0x1A, 0x07, 0x15, 0x0A, 0x1E, 0x00, 0x01, 0x04, 0x00, 0x98, 0x00, 0x6E, 0xE4}

func TestAFrameBehindATornOneIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := at(t, pulsewave.RBP)
		defer k.stop()
		conn := k.line()
		k.is(driver.Waiting)
		k.write(conn, pressure[:9])
		k.write(conn, pressure)
		time.Sleep(time.Second) // the line is quiet
		k.want(1)
		m := k.told[0]
		if m.Device != "d-1" || m.Seq != 1 || m.Readings[0] != devices.Of(devices.Systolic, "260") || string(m.Raw) != string(pressure) {
			t.Errorf("told %+v", m)
		}
		k.write(conn, pressure[:9])
		time.Sleep(time.Second)
		if h := k.d.Health(); h.Pending != 0 {
			t.Errorf("on a quiet line %d bytes wait", h.Pending)
		}
		k.write(conn, pressure)
		k.want(2)
		if h := k.d.Health(); h.Pending != 0 || h.Read != 2 {
			t.Errorf("health %+v", h)
		}
	})
}

func TestAPluggedOutInstrumentComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := at(t, pulsewave.RBP)
		defer k.stop()
		conn := k.line()
		k.write(conn, pressure)
		k.is(driver.Ready)
		k.plugged.Store(false)
		conn.Close()
		time.Sleep(10 * time.Minute)
		k.is(driver.Unplugged)
		if err := k.d.Start(t.Context()); !errors.Is(err, driver.ErrNotOpen) {
			t.Errorf("start says %v", err)
		}
		k.plugged.Store(true)
		time.Sleep(30 * time.Second)
		k.write(k.line(), pressure)
		k.is(driver.Ready)
		k.want(2)
		if k.told[1].Seq != 2 {
			t.Errorf("numbered %d", k.told[1].Seq)
		}
	})
}

func TestTheSpeedIsFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := at(t, pulsewave.RBP, func(c *driver.Config) { c.Modes = []port.Mode{{Baud: 115200}, {Baud: 9600}} })
		defer k.stop()
		conn := k.line()
		for range 60 {
			if _, err := conn.Write([]byte{0xCC, 0x80, 0x01, 0xFE, 0x33}); err != nil {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		k.write(k.line(), pressure)
		k.is(driver.Ready)
		k.want(1)
		if len(k.modes) != 2 || k.modes[1] != "9600 8N1" {
			t.Errorf("tried %v", k.modes)
		}
	})
}

func TestASilentInstrumentIsOpenedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := at(t, pulsewave.RBP, func(c *driver.Config) { c.Silence = 5 * time.Second })
		defer k.stop()
		k.write(k.line(), pressure)
		time.Sleep(5*time.Second + time.Millisecond)
		k.is(driver.Silent)
		time.Sleep(time.Second)
		k.write(k.line(), pressure)
		k.want(2)
	})
}

func TestAClockThatIsOffIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := at(t, masimo.ASCII1)
		defer k.stop()
		late := time.Now().UTC().Add(-2 * time.Hour)
		k.write(k.line(), []byte(late.Format("01/02/06 15:04:05")+" SPO2=097% BPM=064 PI=11.82% ALARM=20 EXC=800\r\n"))
		k.want(1)
		if m := k.told[0]; m.Offset == nil || *m.Offset != 2*time.Hour || !m.DeviceTime.Equal(late) {
			t.Errorf("told %+v", m)
		}
		if f := k.d.Health().Faults(); len(f) != 1 || f[0].ZH != "仪器的时间不对，请校准" {
			t.Errorf("faults %v", f)
		}
	})
}

func TestARecordThatIsAskedForAgainIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := at(t, taidoc.Protocol51)
		defer k.stop()
		conn := <-k.ends
		go meter(conn)
		time.Sleep(time.Minute) // twenty polls
		k.want(1)
		if m := k.told[0]; m.DeviceTime != time.Date(2019, 1, 1, 21, 14, 0, 0, time.UTC) || m.Readings[0].Value != "106" || !m.Record {
			t.Errorf("told %+v", m)
		}
	})
}

// meter answers what is asked of a glucose meter with one record.
func meter(conn net.Conn) {
	ask := make([]byte, 8)
	for {
		if _, err := io.ReadFull(conn, ask); err != nil {
			return
		}
		answer := map[byte][]byte{0x25: {0x51, 0x25, 0x21, 0x26, 0x0E, 0x15, 0xA5}, 0x26: {0x51, 0x26, 0x6A, 0, 0, 0, 0xA5}}[ask[1]]
		if answer == nil {
			continue
		}
		if _, err := conn.Write(append(answer, frame.Sum(answer))); err != nil {
			return
		}
	}
}

func TestTheHostBeginsAndFetches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := at(t, suntech.NIBP)
		defer k.stop()
		conn := <-k.ends
		heard := make([]byte, 8)
		go func() {
			if err := k.d.Start(t.Context()); err != nil {
				t.Errorf("start: %v", err)
			}
		}()
		if _, err := io.ReadFull(conn, heard[:3]); err != nil || heard[1] != 0x20 {
			t.Fatalf("heard % X, %v", heard, err)
		}
		go func() { _, _ = conn.Write([]byte{0x3E, 4, 'K', 0x73}) }() // the read below says whether it came
		if _, err := io.ReadFull(conn, heard[:5]); err != nil || heard[1] != 0x79 || heard[2] != 3 {
			t.Fatalf("heard % X, %v", heard, err)
		}
		if err := k.d.Command(t.Context(), "dance"); !errors.Is(err, driver.ErrUnknown) {
			t.Errorf("command says %v", err)
		}
	})
}

func TestAFaultOfWhoIsToldEndsTheDriver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("disk")
		near, far := net.Pipe()
		defer far.Close()
		d := driver.New(driver.Config{Device: "d-1", Protocol: masimo.ASCII1, Now: time.Now,
			Tell: func(context.Context, driver.Measurement) error { return full },
			Open: func(context.Context, string, port.Mode) (io.ReadWriteCloser, error) { return near, nil }})
		go func() { _, _ = far.Write([]byte("09/15/10 15:10:29 SPO2=097% BPM=064\r\n")) }() // Run says whether it came
		if err := d.Run(t.Context()); !errors.Is(err, full) {
			t.Errorf("run ended with %v", err)
		}
	})
}
