package monitor

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// link is one connection to the broker, from CONNACK until it breaks.
type link struct {
	conn net.Conn
	done chan struct{} // closed when the reader ended; err says why

	mu    sync.Mutex
	err   error
	acks  map[uint16]chan struct{} // closed when the PUBACK came
	pongs int
	write sync.Mutex
}

// Refused is a broker's no to a connection; trying again unchanged is of no use, though a monitor does.
type Refused struct{ Code byte }

// Error gives the refusal in the words of the standard.
func (r *Refused) Error() string {
	return fmt.Sprintf("mqtt: broker refused: %s (code %d)", connackErrors[r.Code], r.Code)
}

// connect opens a link. It takes at most wait.
func connect(ctx context.Context, o Options, hello packet, wait time.Duration) (*link, error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	conn, err := o.Dial(ctx, o.Addr)
	if err != nil {
		return nil, fmt.Errorf("mqtt: connect: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	r := bufio.NewReader(conn)
	if err := shake(conn, r, hello); err != nil {
		stop()
		_ = conn.Close()
		return nil, err
	}
	if !stop() {
		return nil, fmt.Errorf("mqtt: connect: %w", ctx.Err())
	}
	l := &link{conn: conn, done: make(chan struct{}), acks: map[uint16]chan struct{}{}}
	go l.read(r)
	return l, nil
}

func shake(conn net.Conn, r *bufio.Reader, hello packet) error {
	if _, err := conn.Write(hello.encode()); err != nil {
		return fmt.Errorf("mqtt: send CONNECT: %w", err)
	}
	p, err := readPacket(r)
	switch {
	case err != nil:
		return fmt.Errorf("mqtt: wait for CONNACK: %w", err)
	case p.kind() != typeConnack || len(p.body) != 2:
		return fmt.Errorf("mqtt: broker opened with packet %02X", p.first)
	case p.body[1] != 0:
		return &Refused{Code: p.body[1]}
	}
	return nil
}

func (l *link) read(r *bufio.Reader) {
	defer close(l.done)
	for {
		p, err := readPacket(r)
		if err != nil {
			l.fail(err)
			return
		}
		l.mu.Lock()
		switch {
		case p.kind() == typePuback && len(p.body) == 2:
			id := binary.BigEndian.Uint16(p.body)
			if ack, ok := l.acks[id]; ok {
				close(ack)
				delete(l.acks, id)
			}
		case p.kind() == typePingresp:
			l.pongs++
		}
		l.mu.Unlock()
	}
}

// fail ends the link; the first reason is kept.
func (l *link) fail(err error) {
	l.mu.Lock()
	if l.err == nil {
		l.err = err
	}
	l.mu.Unlock()
	_ = l.conn.Close()
}

func (l *link) send(p packet) error {
	l.write.Lock()
	defer l.write.Unlock()
	if err := l.conn.SetWriteDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	if _, err := l.conn.Write(p.encode()); err != nil {
		l.fail(err)
		return fmt.Errorf("mqtt: send: %w", err)
	}
	return nil
}

// errNoAck means that the broker took a message and said nothing.
var errNoAck = errors.New("mqtt: no PUBACK in time")

// publish sends a message and, for QoS 1, waits for its PUBACK.
func (l *link) publish(ctx context.Context, m message, dup bool, wait time.Duration) error {
	if m.id == 0 {
		return l.send(m.packet(false))
	}
	ack := make(chan struct{})
	l.mu.Lock()
	l.acks[m.id] = ack
	l.mu.Unlock()
	if err := l.send(m.packet(dup)); err != nil {
		return err
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ack:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		l.fail(errNoAck) // a broker that is silent is a connection that is dead
		return errNoAck
	case <-l.done:
		select {
		case <-ack: // it came just before the end
			return nil
		default:
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		return fmt.Errorf("mqtt: connection ended before PUBACK: %w", l.err)
	}
}

// heard gives how many PINGRESP came.
func (l *link) heard() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pongs
}

func (l *link) alive() bool {
	select {
	case <-l.done:
		return false
	default:
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.err == nil
	}
}

// close ends the link and waits for its reader.
func (l *link) close() {
	l.fail(net.ErrClosed)
	<-l.done
}
