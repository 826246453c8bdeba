package hospital

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/codec/hl7"
)

// InboxConfig of the incoming join.
type InboxConfig struct {
	Addr         string       // MLLP address, host:port
	TLS          *tls.Config  // nil: the line is protected below, by a tunnel
	Organisation care.ID      // which of our organisations speaks here ("c1"); empty: it is called as it calls itself
	Engine       *care.Engine // any node's: it passes on to the leader
	Store        protocol.Store
	Now          func() time.Time
	Log          *slog.Logger
}

// Inbox takes the hospital's messages, one after the other on each connection.
type Inbox struct {
	InboxConfig
	listener net.Listener
	said     atomic.Uint64 // answers given, for their control ids

	mu    sync.Mutex
	conns map[net.Conn]bool
	work  sync.WaitGroup
}

const (
	mostCalls = 32               // connections at once; a hospital needs one or two
	patience  = 15 * time.Second // for one message to be committed, and its answer to be taken
)

// Listen takes the address. Nothing is answered before Run.
func Listen(c InboxConfig) (*Inbox, error) {
	l, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return nil, fmt.Errorf("listen for the hospital: %w", err)
	}
	if c.TLS != nil {
		l = tls.NewListener(l, c.TLS)
	}
	return &Inbox{InboxConfig: c, listener: l, conns: map[net.Conn]bool{}}, nil
}

// Addr is where it listens, host:port.
func (in *Inbox) Addr() string { return in.listener.Addr().String() }

// Close gives the address back and hangs up. It may be called twice.
func (in *Inbox) Close() {
	_ = in.listener.Close()
	in.mu.Lock()
	defer in.mu.Unlock()
	for conn := range in.conns {
		_ = conn.Close()
	}
}

// Run answers until the context ends, and waits for what is under way.
func (in *Inbox) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, in.Close)
	defer stop()
	defer in.work.Wait()
	for {
		conn, err := in.listener.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				_ = conn.Close()
			}
			return ctx.Err()
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("listen for the hospital: %w", err)
		case err != nil: // too many open files: it passes
			in.Log.Warn("hospital's call was not taken", "err", err)
			pause(ctx, 100*time.Millisecond)
		case !in.admit(conn):
			_ = conn.Close()
		default:
			in.work.Go(func() { in.serve(ctx, conn) })
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func (in *Inbox) admit(conn net.Conn) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.conns) >= mostCalls {
		return false
	}
	in.conns[conn] = true
	return true
}

func (in *Inbox) leave(conn net.Conn) {
	_ = conn.Close()
	in.mu.Lock()
	defer in.mu.Unlock()
	delete(in.conns, conn)
}

// serve answers one connection. It may stay open and silent for as long as the
// hospital likes.
func (in *Inbox) serve(ctx context.Context, conn net.Conn) {
	defer in.leave(conn)
	frames := hl7.NewScanner(conn)
	for frames.Scan() {
		for _, answer := range in.hear(ctx, frames.Bytes()) {
			if !in.say(conn, answer) {
				return
			}
		}
	}
	var bad *hl7.Error
	if errors.As(frames.Err(), &bad) && bad.Kind == hl7.TooLarge {
		in.say(conn, hl7.Refuse(nil, bad, in.controlID(), in.Now()))
	}
}

// say writes one answer. One that cannot be written in the hospital's character
// set is said without words.
func (in *Inbox) say(conn net.Conn, m *hl7.Message) bool {
	b, err := m.Encode()
	if err != nil {
		for i := range m.Segments {
			s := &m.Segments[i]
			if n := map[string]int{"MSA": 3, "ERR": 8}[s.Name]; n > 0 && len(s.Fields) >= n {
				s.Fields = s.Fields[:n-1]
			}
		}
		if b, err = m.Encode(); err != nil {
			return false
		}
	}
	if conn.SetWriteDeadline(time.Now().Add(patience)) != nil {
		return false
	}
	_, err = conn.Write(hl7.FrameMLLP(b))
	return err == nil
}
