// Package line is the telephone line between a station and the county: a TCP proxy whose rate, delay and mood can be
// changed while it runs, and which counts what passes. It knows bytes and connections, never what is in them.
//
// The bytes of one direction share one line, whichever connection they belong to, as on a real modem. Nothing is ever
// dropped out of a stream: what the far side reads is always the beginning of what the near side wrote. A reset ends a
// stream, it does not tear a hole.
//
//	Down      connections are reset and new ones refused: a modem that says "no carrier"
//	Stall     everything stands still and nothing is said: a cable pulled out, a dead radio cell
//	HalfOpen  the far side is gone and the near side has not heard of it; when it ends, near sides are reset
package line

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// Settings are how the line is. The zero value passes everything at once.
type Settings struct {
	Down     bool          `json:"down"`
	Stall    bool          `json:"stall"`
	HalfOpen bool          `json:"halfOpen"`
	Rate     int64         `json:"rate"`  // bit/s each way, payload only; 0 = unlimited
	Delay    time.Duration `json:"delay"` // one way, in nanoseconds
}

// Counts are what passed since Open. Bytes count when they are handed to the receiving side.
type Counts struct {
	Up, Down    int64 // bytes from the near side to the far side, and back
	Connections int64 // accepted from the near side, refused ones included
	Open        int64 // connections that stand now
}

// Line is an open line. It is safe for concurrent use.
type Line struct {
	l       net.Listener
	targets func() []string
	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	wg      sync.WaitGroup

	mu       sync.Mutex
	up, down pacer
	settings Settings
	changed  chan struct{} // closed and replaced whenever settings change
	calls    map[*call]struct{}
	turn     int // whose turn among the targets it is
	counts   Counts
}

// Open listens at an address ("127.0.0.1:0" takes a free port) and carries connections to the targets, asked afresh for
// each connection and taken in turn; one that does not accept is passed over.
func Open(addr string, targets func() []string, s Settings) (*Line, error) {
	config := net.ListenConfig{Control: modem}
	l, err := config.Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("open line: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	line := &Line{l: l, targets: targets, ctx: ctx, cancel: cancel, settings: s, changed: make(chan struct{}), calls: map[*call]struct{}{}}
	line.wg.Go(line.accept)
	return line, nil
}

// Addr is where the near side connects, host:port.
func (l *Line) Addr() string { return l.l.Addr().String() }

// Close resets all connections and waits for them. It may be called twice.
func (l *Line) Close() error {
	l.cancel()
	err := l.l.Close()
	l.Reset()
	l.wg.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// Settings gives how the line is now.
func (l *Line) Settings() Settings {
	s, _ := l.now()
	return s
}

// Counts gives what passed so far.
func (l *Line) Counts() Counts {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.counts
	c.Open = int64(len(l.calls))
	return c
}

// Set changes the line; bytes under way obey at once.
func (l *Line) Set(s Settings) {
	l.mu.Lock()
	before := l.settings
	l.settings = s
	l.up.forget()
	l.down.forget()
	close(l.changed)
	l.changed = make(chan struct{})
	l.mu.Unlock()
	switch {
	case s.Down, before.HalfOpen && !s.HalfOpen:
		l.Reset()
	case s.HalfOpen && !before.HalfOpen:
		for _, c := range l.standing() {
			c.loseFar()
		}
	}
}

// Reset breaks all connections now, on both sides. The settings stay.
func (l *Line) Reset() {
	for _, c := range l.standing() {
		c.reset()
	}
}

func (l *Line) standing() []*call {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]*call, 0, len(l.calls))
	for c := range l.calls {
		out = append(out, c)
	}
	return out
}

// now gives the settings, and a channel that closes when they no longer hold.
func (l *Line) now() (Settings, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.settings, l.changed
}

// place gives n bytes their place in one direction, with the settings under which it holds.
func (l *Line) place(p *pacer, n int) (left time.Time, s Settings, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return p.reserve(time.Now(), n, l.settings.Rate), l.settings, l.changed
}

func (l *Line) accept() {
	for {
		conn, err := l.l.Accept()
		if err != nil {
			return
		}
		c := &call{line: l, near: conn, gone: make(chan struct{})}
		l.mu.Lock()
		l.counts.Connections++
		refused := l.settings.Down || l.ctx.Err() != nil
		if !refused {
			l.calls[c] = struct{}{}
		}
		l.mu.Unlock()
		if refused {
			hardClose(conn)
			continue
		}
		l.wg.Go(func() {
			c.carry()
			l.mu.Lock()
			delete(l.calls, c)
			l.mu.Unlock()
		})
	}
}

// connect finds a target that accepts, beginning with the one whose turn it is.
func (l *Line) connect(ctx context.Context) (net.Conn, error) {
	targets := l.targets()
	l.mu.Lock()
	first := l.turn
	l.turn++
	l.mu.Unlock()
	errs := []error{errors.New("no target accepts")}
	for i := range targets {
		d := net.Dialer{Timeout: 2 * time.Second, Control: modem}
		conn, err := d.DialContext(ctx, "tcp", targets[(first+i)%len(targets)])
		if err == nil {
			return conn, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

func (l *Line) count(up bool, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if up {
		l.counts.Up += int64(n)
	} else {
		l.counts.Down += int64(n)
	}
}
