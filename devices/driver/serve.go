package driver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"xiangyi/devices/frame"
	"xiangyi/devices/port"
)

const (
	pauseBytes = 20                     // byte times without a byte end a frame
	leastPause = 200 * time.Millisecond // converters hold bytes back
	patience   = 2 * time.Second        // with bytes that nobody understands, before the next speed is tried
)

// conversation is one opening of the port.
type conversation struct {
	*session
	port     io.ReadWriter
	decoder  *frame.Decoder
	pause    time.Duration
	ends     time.Time // of the pause that is waited for
	came     int64
	counted  int64     // of these, in the health
	confused time.Time // since when bytes came and no frame; zero: it is understood
}

// serve talks through an open port until it breaks, and closes it.
func (d *Driver) serve(ctx context.Context, p io.ReadWriteCloser, m port.Mode) error {
	in, failed := make(chan []byte, 64), make(chan error, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		failed <- receive(ctx, p, in)
	}()
	defer func() {
		_ = p.Close() // it is broken, or the station stops
		for {
			select {
			case <-in:
			case <-ended:
				return
			}
		}
	}()
	c := conversation{session: &session{d: d}, port: p, decoder: d.Protocol.New(), pause: max(leastPause, pauseBytes*m.Byte())}
	if err := c.say(d.Protocol.Talk.Greet); err != nil {
		return err
	}
	quiet, silent, poll := stoppedTimer(), stoppedTimer(), time.NewTicker(max(d.Protocol.Talk.Every, time.Millisecond))
	defer quiet.Stop()
	defer silent.Stop()
	defer poll.Stop()
	if d.Protocol.Talk.Every == 0 {
		poll.Stop()
	}
	if d.Silence > 0 {
		silent.Reset(d.Silence)
	}
	for {
		var err error
		select {
		case <-ctx.Done():
			return ctx.Err()
		case b := <-in:
			c.listen(quiet)
			if d.Silence > 0 {
				silent.Reset(d.Silence)
			}
			err = c.take(ctx, b)
		case <-quiet.C:
			if len(in) > 0 || c.heldUp() {
				c.listen(quiet)
				continue
			}
			err = c.tell(ctx, c.decoder.Quiet())
		case <-poll.C:
			err = c.say(d.Protocol.Talk.Poll)
		case o := <-d.commands:
			_, err = p.Write(o.bytes)
			o.done <- err
		case <-silent.C:
			return errSilent
		case err = <-failed:
			return errors.Join(c.rest(ctx, in), err)
		}
		if err != nil {
			return err
		}
	}
}

// listen begins a pause anew.
func (c *conversation) listen(quiet *time.Timer) {
	c.ends = time.Now().Add(c.pause)
	quiet.Reset(c.pause)
}

// heldUp reports that the machine was too busy to listen: the line may have
// spoken meanwhile.
func (c *conversation) heldUp() bool { return time.Since(c.ends) > c.pause/8 }

func stoppedTimer() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

// receive carries bytes from the port until it breaks.
func receive(ctx context.Context, p io.Reader, in chan<- []byte) error {
	for {
		chunk := make([]byte, 512)
		n, err := p.Read(chunk)
		if n > 0 {
			select {
			case in <- chunk[:n]:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err != nil {
			return fmt.Errorf("port: %w", err)
		}
	}
}

// rest takes what came before the port broke.
func (c *conversation) rest(ctx context.Context, in <-chan []byte) error {
	for {
		select {
		case b := <-in:
			if err := c.take(ctx, b); err != nil {
				return err
			}
		default:
			return c.tell(ctx, c.decoder.Quiet())
		}
	}
}

// take tells what bytes say, and then answers: an instrument that hears that its
// record was taken may forget it.
func (c *conversation) take(ctx context.Context, b []byte) error {
	c.came += int64(len(b))
	events := c.decoder.Feed(b)
	if err := c.tell(ctx, events); err != nil {
		return err
	}
	answer := c.d.Protocol.Talk.Answer
	if answer == nil {
		return nil
	}
	if out := answer(b, events); len(out) > 0 {
		if _, err := c.port.Write(out); err != nil {
			return fmt.Errorf("port: %w", err)
		}
	}
	return nil
}

// tell passes on what was measured, and judges the line.
func (c *conversation) tell(ctx context.Context, events []frame.Event) error {
	now := c.d.Now()
	for _, e := range events {
		parts := []frame.Event{e}
		if apart := c.d.Protocol.Talk.Apart; apart != nil {
			parts = append(parts, apart(e)...)
		}
		for i := range parts {
			if err := c.event(ctx, &parts[i], now); err != nil {
				return err
			}
		}
	}
	c.d.mark(func(h *Health) {
		h.Heard, h.Counts, h.Pending = now, c.decoder.Counts, c.decoder.Waiting()
		h.Bytes += c.came - c.counted
		h.Condition = judge(c.decoder.Counts, c.came)
	})
	c.counted = c.came
	return c.understood(now)
}

func (c *conversation) event(ctx context.Context, e *frame.Event, now time.Time) error {
	if why, is := e.Fact("error").(string); is {
		c.d.mark(func(h *Health) { h.Fault = why })
	}
	m, ok := c.measure(e, now)
	if !ok {
		return nil
	}
	if err := c.d.Tell(ctx, m); err != nil {
		return &stopped{err}
	}
	c.d.mark(func(h *Health) {
		h.Measured, h.Fault = now, ""
		h.Read++
	})
	return nil
}

// understood asks for another speed when none of what comes is understood.
func (c *conversation) understood(now time.Time) error {
	switch {
	case len(c.d.Modes) < 2 || judge(c.decoder.Counts, c.came) != Unreadable:
		c.confused = time.Time{}
	case c.confused.IsZero():
		c.confused = now
	case now.Sub(c.confused) >= patience:
		return errOtherMode
	}
	return nil
}

// say sends commands by name, in order.
func (c *conversation) say(names []string) error {
	for _, name := range names {
		if _, err := c.port.Write(c.d.Protocol.Commands[name]); err != nil {
			return fmt.Errorf("port: say %s: %w", name, err)
		}
	}
	return nil
}
