// Package port opens the lines on which instruments speak: a serial device, or
// TCP for those behind a converter. It knows nothing of what is said.
package port

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"go.bug.st/serial"
)

// Parity of a character.
type Parity string

// The parities; empty is None.
const (
	None Parity = "N"
	Odd  Parity = "O"
	Even Parity = "E"
)

// Mode is how characters are sent. A TCP line has none.
type Mode struct {
	Baud     int    `json:"baud"`     // bit/s; 0 is 9600
	DataBits int    `json:"dataBits"` // 5 to 8; 0 is 8
	Parity   Parity `json:"parity"`
	StopBits int    `json:"stopBits"` // 1 or 2; 0 is 1
}

// String is the mode as people write it: 9600 8N1.
func (m Mode) String() string {
	m = m.whole()
	return fmt.Sprintf("%d %d%s%d", m.Baud, m.DataBits, m.Parity, m.StopBits)
}

func (m Mode) whole() Mode {
	if m.Baud == 0 {
		m.Baud = 9600
	}
	if m.DataBits == 0 {
		m.DataBits = 8
	}
	if m.Parity == "" {
		m.Parity = None
	}
	if m.StopBits == 0 {
		m.StopBits = 1
	}
	return m
}

// Byte is how long one byte takes.
func (m Mode) Byte() time.Duration {
	m = m.whole()
	bits := 1 + m.DataBits + m.StopBits
	if m.Parity != None {
		bits++
	}
	return time.Duration(bits) * time.Second / time.Duration(m.Baud)
}

const dialTime = 5 * time.Second

// Open opens an address: tcp:host:port, listen:host:port for an instrument that
// calls by itself (one at a time), or the path of a serial device. A path
// that is a link is followed anew each time, so /dev/serial/by-id finds a device
// again that was plugged in elsewhere. The input that waited is thrown away.
//
// Close may be called from any goroutine and ends a Read that waits.
func Open(ctx context.Context, address string, m Mode) (io.ReadWriteCloser, error) {
	if host, is := strings.CutPrefix(address, "tcp:"); is {
		d := net.Dialer{Timeout: dialTime}
		conn, err := d.DialContext(ctx, "tcp", host)
		if err != nil {
			return nil, fmt.Errorf("open port: %w", err)
		}
		return conn, nil
	}
	if host, is := strings.CutPrefix(address, "listen:"); is {
		return accept(ctx, host)
	}
	p, err := open(address, m.whole())
	if err != nil {
		return nil, fmt.Errorf("open port %s at %v: %w", address, m, err)
	}
	return p, nil
}

// accept waits until an instrument calls.
func accept(ctx context.Context, host string) (io.ReadWriteCloser, error) {
	var c net.ListenConfig
	l, err := c.Listen(ctx, "tcp", host)
	if err != nil {
		return nil, fmt.Errorf("open port: %w", err)
	}
	defer l.Close()
	defer context.AfterFunc(ctx, func() { l.Close() })()
	conn, err := l.Accept()
	if err != nil {
		return nil, fmt.Errorf("open port: %w", err)
	}
	return conn, nil
}

// line is an open serial device and the lock on it.
type line struct {
	serial.Port
	lock io.Closer
}

func open(path string, m Mode) (io.ReadWriteCloser, error) {
	parity := map[Parity]serial.Parity{None: serial.NoParity, Odd: serial.OddParity, Even: serial.EvenParity}
	stop := map[int]serial.StopBits{1: serial.OneStopBit, 2: serial.TwoStopBits}
	mode := &serial.Mode{BaudRate: m.Baud, DataBits: m.DataBits}
	var ok, ok2 bool
	if mode.Parity, ok = parity[m.Parity]; !ok {
		return nil, fmt.Errorf("no parity %q", m.Parity)
	}
	if mode.StopBits, ok2 = stop[m.StopBits]; !ok2 {
		return nil, fmt.Errorf("no %d stop bits", m.StopBits)
	}
	lock, err := acquire(path)
	if err != nil {
		return nil, err
	}
	p, err := serial.Open(path, mode)
	if err != nil {
		_ = lock.Close() // nothing was written through it
		return nil, err
	}
	if err := p.ResetInputBuffer(); err != nil {
		_, _ = p.Close(), lock.Close() // the first error is the one to tell
		return nil, err
	}
	return &line{p, lock}, nil
}

// Close implements io.Closer. It may be called twice.
func (l *line) Close() error {
	err := l.Port.Close()
	_ = l.lock.Close() // nothing was written through it
	return err
}
