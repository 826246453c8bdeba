package hospital

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"xiangyi/cloud/connect"
	"xiangyi/protocol/codec/hl7"
)

// caller is one MLLP connection on which one message waits for its answer.
// After any doubt it is closed: an answer that comes late must not be taken
// for another message's.
type caller struct {
	addr    string
	tls     *tls.Config
	timeout time.Duration
	conn    net.Conn
	in      *bufio.Scanner
}

// dialTimeout bounds how long a hospital may be looked for.
const dialTimeout = 5 * time.Second

// reach makes sure that there is a connection that is not known to be dead.
func (c *caller) reach(ctx context.Context) error {
	if c.conn != nil && !c.alive() {
		c.close()
	}
	if c.conn != nil {
		return nil
	}
	ctx, done := context.WithTimeout(ctx, dialTimeout)
	defer done()
	conn, err := c.dial(ctx)
	if err != nil {
		return fmt.Errorf("call hospital: %w", err)
	}
	c.conn, c.in = conn, hl7.NewScanner(conn)
	return nil
}

func (c *caller) dial(ctx context.Context) (net.Conn, error) {
	if c.tls != nil {
		return (&tls.Dialer{Config: c.tls}).DialContext(ctx, "tcp", c.addr)
	}
	return new(net.Dialer).DialContext(ctx, "tcp", c.addr)
}

// alive looks whether the other end hung up while nothing was said: a message
// on such a line would be lost, and asked about for nothing. Bytes that nobody
// asked for are as bad.
func (c *caller) alive() bool {
	if c.conn.SetReadDeadline(time.Now().Add(time.Millisecond)) != nil {
		return false
	}
	n, err := c.conn.Read(make([]byte, 1))
	return n == 0 && errors.Is(err, os.ErrDeadlineExceeded)
}

// call sends a message and gives its answer. ErrAway means that nothing was
// sent; any other error that it may have been.
func (c *caller) call(ctx context.Context, m *hl7.Message) (*hl7.Message, error) {
	b, err := m.Encode()
	if err != nil {
		return nil, fmt.Errorf("write message: %w", err)
	}
	if c.conn == nil {
		if err := c.reach(ctx); err != nil {
			return nil, fmt.Errorf("%w: %w", connect.ErrAway, err)
		}
	}
	answer, err := c.exchange(ctx, b, m.ControlID())
	if err != nil {
		c.close()
		return nil, fmt.Errorf("%w: %w", connect.ErrLost, err)
	}
	return answer, nil
}

func (c *caller) exchange(ctx context.Context, b []byte, id string) (*hl7.Message, error) {
	if err := c.conn.SetDeadline(time.Now().Add(c.timeout)); err != nil {
		return nil, err
	}
	conn := c.conn
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := c.conn.Write(hl7.FrameMLLP(b)); err != nil {
		return nil, err
	}
	if !c.in.Scan() {
		return nil, errors.Join(errors.New("connection ended before the answer"), c.in.Err())
	}
	answer, err := hl7.Decode(c.in.Bytes())
	if err != nil {
		return nil, err
	}
	if got := answer.First("MSA").Text(2); got != id {
		return nil, fmt.Errorf("answer is to message %q, not to this one", got)
	}
	return answer, nil
}

func (c *caller) close() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}
