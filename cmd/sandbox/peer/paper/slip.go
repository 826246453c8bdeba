package paper

import (
	"fmt"
	"net"
	"sync"
	"time"
)

// Slip is one slip as it came out.
type Slip struct {
	Number int       `json:"number"` // from 1
	At     time.Time `json:"at"`
	Bytes  []byte    `json:"bytes"` // as sent, real-time questions left out
	Text   string    `json:"text"`  // for viewing: GB 18030 decoded, codes and pictures named
	File   string    `json:"file,omitempty"`
	Lost   string    `json:"lost,omitempty"` // why it could not be kept in the directory
}

// slipPrinter is the receipt printer.
type slipPrinter struct {
	addr string // where it listens, also after it was off
	now  func() time.Time
	keep func(string, []byte) (string, error)
	wg   sync.WaitGroup

	mu        sync.Mutex
	l         net.Listener // nil while off
	closed    bool
	condition Condition
	streams   []*stream // in order of arrival; those whose connection ended stay until they are printed
	out       []Slip
}

// stream is what came over one connection and is not printed yet.
type stream struct {
	conn  net.Conn
	ended bool
	buf   []byte // not worked through
	raw   []byte // worked through since the last cut
	plain []byte // printed bytes not decoded yet: a character may come in two pieces
	text  string
	ink   bool // something visible since the last cut
}

func openSlips(addr string, now func() time.Time, keep func(string, []byte) (string, error)) (*slipPrinter, error) {
	l, err := listen(addr, "slip")
	if err != nil {
		return nil, err
	}
	p := &slipPrinter{addr: l.Addr().String(), l: l, now: now, keep: keep}
	p.wg.Go(func() { p.accept(l) })
	return p, nil
}

func (p *slipPrinter) accept(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		s := &stream{conn: conn}
		p.mu.Lock()
		if p.l != l { // switched off since
			reset(conn)
		} else {
			p.streams = append(p.streams, s)
			p.wg.Go(func() { p.receive(s) })
		}
		p.mu.Unlock()
	}
}

// receive reads a connection to its end.
func (p *slipPrinter) receive(s *stream) {
	defer s.conn.Close()
	var questions realtime
	chunk := make([]byte, 4096)
	for {
		n, err := s.conn.Read(chunk)
		rest, asked := questions.feed(chunk[:n])
		p.mu.Lock()
		for _, q := range asked {
			if !p.condition.Mute {
				_, _ = s.conn.Write([]byte{p.condition.reply(q)})
			}
		}
		s.buf = append(s.buf, rest...)
		s.ended = err != nil
		p.pump()
		p.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// pump prints what can be printed. The caller holds mu.
func (p *slipPrinter) pump() {
	waiting := p.streams[:0]
	for _, s := range p.streams {
		if p.condition.prints() {
			p.work(s)
		}
		if !s.ended || len(s.buf) > 0 || s.ink {
			waiting = append(waiting, s)
		}
	}
	p.streams = waiting
}

func (p *slipPrinter) work(s *stream) {
	for len(s.buf) > 0 {
		c, more := next(s.buf)
		if more {
			break
		}
		if c.kind == kindSensor {
			p.sensor(s)
		} else {
			s.raw = append(s.raw, c.bytes...)
		}
		s.show(c)
		s.buf = s.buf[len(c.bytes):]
		if c.kind == kindCut {
			p.emit(s)
		}
	}
	if s.ended {
		s.buf = nil // half a command at the end of a connection never becomes one
		p.emit(s)
	}
}

// show adds a command to what the slip looks like.
func (s *stream) show(c command) {
	if c.kind == kindText {
		s.plain = append(s.plain, c.bytes...)
		s.ink = true
		return
	}
	s.text += look(s.plain) + c.text
	s.plain = nil
	s.ink = s.ink || c.text != ""
}

// sensor answers GS r 1: bits 0 and 1 near end, 2 and 3 out.
func (p *slipPrinter) sensor(s *stream) {
	if p.condition.Mute || s.ended {
		return
	}
	b := byte(0)
	if p.condition.Paper == Low {
		b = 0x03
	}
	_, _ = s.conn.Write([]byte{b})
}

// emit lets a slip fall, unless nothing is on it.
func (p *slipPrinter) emit(s *stream) {
	if s.ink {
		s.show(command{})
		slip := Slip{Number: len(p.out) + 1, At: p.now(), Bytes: s.raw, Text: s.text}
		file, err := p.keep(fmt.Sprintf("slip-%04d.bin", slip.Number), s.raw)
		slip.File = file
		if err != nil {
			slip.Lost = err.Error()
		}
		p.out = append(p.out, slip)
	}
	s.raw, s.text, s.plain, s.ink = nil, "", nil, false
}

func (p *slipPrinter) set(c Condition) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.Off {
		p.powerOff()
	} else if p.l == nil && !p.closed {
		l, err := listen(p.addr, "slip")
		if err != nil {
			return err
		}
		p.l = l
		p.wg.Go(func() { p.accept(l) })
	}
	p.condition = c
	p.pump()
	return nil
}

// powerOff breaks connections and loses the buffer; nobody answers at the address. The caller holds mu.
func (p *slipPrinter) powerOff() {
	if p.l != nil {
		_ = p.l.Close()
		p.l = nil
	}
	for _, s := range p.streams {
		reset(s.conn)
		s.buf, s.raw, s.text, s.plain, s.ink = nil, nil, "", nil, false
	}
}

func (p *slipPrinter) printed() []Slip {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Slip(nil), p.out...)
}

func (p *slipPrinter) close() {
	p.mu.Lock()
	p.closed = true
	p.powerOff()
	p.mu.Unlock()
	p.wg.Wait()
}

// reset breaks a connection the hard way, as a loss of power does.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
