package line

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// call is one connection over the line.
type call struct {
	line *Line
	near net.Conn

	mu   sync.Mutex
	far  net.Conn // nil until connected, and after it was lost
	lost bool     // the far side is gone and the near side does not know
	gone chan struct{}
	once sync.Once
}

// window is the receive buffer of both sockets, in bytes.
const window = 16 << 10

// carry connects and passes bytes both ways until both directions ended or the call was broken.
func (c *call) carry() {
	far, ok := net.Conn(nil), c.line.flowing(c.gone)
	if ok {
		far, ok = c.dial()
	}
	if !ok {
		c.reset()
		return
	}
	if far == nil { // half open from the start
		<-c.gone
		return
	}
	var both sync.WaitGroup
	both.Go(func() { c.pass(c.near, far, &c.line.up, true) })
	both.Go(func() { c.pass(far, c.near, &c.line.down, false) })
	both.Wait()
	// Both directions ended in order, or the call was broken and this changes nothing. Not a reset: the kernel may still
	// hold bytes for a slow reader.
	_ = c.near.Close()
	_ = far.Close()
}

// dial connects the far side, or leaves it away while the line is half open.
func (c *call) dial() (net.Conn, bool) {
	if c.line.Settings().HalfOpen {
		c.loseFar()
		return nil, true
	}
	ctx, cancel := context.WithCancel(c.line.ctx)
	defer cancel()
	go func() {
		select {
		case <-c.gone:
			cancel()
		case <-ctx.Done():
		}
	}()
	far, err := c.line.connect(ctx)
	if err != nil {
		return nil, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.gone: // broken while it was being connected
		hardClose(far)
		return nil, false
	default:
	}
	if c.lost {
		hardClose(far)
		return nil, true
	}
	c.far = far
	return far, true
}

// packet is bytes on their way, and when they arrive.
type packet struct {
	data []byte
	due  time.Time
}

// pass carries one direction. Reading keeps to the rate; a queue holds what the delay keeps under way.
func (c *call) pass(from, to net.Conn, p *pacer, up bool) {
	queue := make(chan packet, 256)
	var writer sync.WaitGroup
	writer.Go(func() { c.deliver(to, queue, up) })
	err := c.collect(from, p, queue)
	close(queue)
	writer.Wait()
	switch {
	case c.isLost():
		<-c.gone
	case errors.Is(err, io.EOF):
		if half, ok := to.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite() // the other direction may go on
		}
	default:
		c.reset()
	}
}

// collect reads what one side sends, as fast as the line takes it.
func (c *call) collect(from net.Conn, p *pacer, queue chan<- packet) error {
	for {
		if !c.line.flowing(c.gone) {
			return net.ErrClosed
		}
		if c.isLost() { // nobody acknowledges: the sender's own buffers fill up
			<-c.gone
			return net.ErrClosed
		}
		buf := make([]byte, piece(c.line.Settings().Rate))
		n, err := from.Read(buf)
		if n > 0 {
			due, ok := c.line.leave(p, n, c.gone)
			if !ok {
				return net.ErrClosed
			}
			select {
			case queue <- packet{buf[:n], due}:
			case <-c.gone:
				return net.ErrClosed
			}
		}
		if err != nil {
			return err
		}
	}
}

// deliver hands bytes over when they are due. After a failure it empties the queue, so that collect can end.
func (c *call) deliver(to net.Conn, queue <-chan packet, up bool) {
	broken := false
	for pk := range queue {
		if broken || !c.line.arrive(pk.due, c.gone) {
			broken = true
			continue
		}
		n, err := to.Write(pk.data)
		c.line.count(up, n)
		if err != nil {
			broken = true
			if !c.isLost() {
				c.reset()
			}
		}
	}
}

// loseFar takes the far side away without a word to the near side.
func (c *call) loseFar() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lost = true
	if c.far != nil {
		hardClose(c.far)
	}
}

func (c *call) isLost() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lost
}

// reset breaks both sides, and only then says so: whoever waits for that closes them in order, and must come too late. It
// may be called often.
func (c *call) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	hardClose(c.near)
	if c.far != nil {
		hardClose(c.far)
	}
	c.once.Do(func() { close(c.gone) })
}

// hardClose ends a connection with RST where TCP allows, so that the peer cannot take it for an orderly end. After an
// orderly end of both directions there is nothing left to break.
func hardClose(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
