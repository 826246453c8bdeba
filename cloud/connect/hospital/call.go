package hospital

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"xiangyi/cloud/connect"
	"xiangyi/protocol/codec/hl7"
)

// caller is one MLLP connection on which one message waits for its answer.
// After any doubt it is closed: an answer that comes late must not be taken
// for another message's.
type caller struct {
	addr    string
	timeout time.Duration
	conn    net.Conn
	in      *bufio.Scanner
}

// call sends a message and gives its answer. ErrAway means that nothing was
// sent; any other error that it may have been.
func (c *caller) call(ctx context.Context, m *hl7.Message) (*hl7.Message, error) {
	b, err := m.Encode()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", connect.ErrAway, err)
	}
	fresh := c.conn == nil
	if fresh {
		if err := c.dial(ctx); err != nil {
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

func (c *caller) dial(ctx context.Context) error {
	d := net.Dialer{Timeout: 5 * time.Second}
	conn, err := d.DialContext(ctx, "tcp", c.addr)
	if err != nil {
		return err
	}
	c.conn, c.in = conn, hl7.NewScanner(conn)
	return nil
}

func (c *caller) exchange(ctx context.Context, b []byte, id string) (*hl7.Message, error) {
	stop := context.AfterFunc(ctx, func() { _ = c.conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if err := c.conn.SetDeadline(time.Now().Add(c.timeout)); err != nil {
		return nil, err
	}
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
