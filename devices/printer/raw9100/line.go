package raw9100

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"xiangyi/devices/printer"
	"xiangyi/devices/printer/escpos"
)

// line is one connection to a printer, for the length of one call.
type line struct {
	conn net.Conn
	o    Options
	ctx  context.Context
	stop func() bool
}

func (l *line) close() {
	l.stop()
	_ = l.conn.Close()
}

// ask puts questions one after another and gathers the answers. At the first question without an answer it gives up with
// errMute and what it has: a mute printer would cost its time-out four times.
func (l *line) ask(questions ...escpos.Question) (escpos.State, error) {
	var state escpos.State
	for _, q := range questions {
		if err := l.write(q.Bytes()); err != nil {
			return state, fmt.Errorf("ask status: %w", err)
		}
		b, err := l.await(l.o.Answer, escpos.IsAnswer)
		if err != nil {
			return state, fmt.Errorf("status question %d: %w", q, err)
		}
		if err := state.Take(q, b); err != nil {
			return state, err
		}
	}
	return state, nil
}

// await reads until a byte that fits comes; others are left-overs of earlier questions or automatic status.
func (l *line) await(wait time.Duration, fits func(byte) bool) (byte, error) {
	if err := l.conn.SetReadDeadline(time.Now().Add(wait)); err != nil {
		return 0, l.cause(err)
	}
	var one [1]byte
	for {
		_, err := l.conn.Read(one[:])
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return 0, errMute
		case err != nil:
			return 0, l.cause(err)
		case fits(one[0]):
			return one[0], nil
		}
	}
}

// ready refuses unless the printer says that a slip would come out now.
func (l *line) ready() error {
	state, err := l.ask(escpos.Questions...)
	switch {
	case errors.Is(err, errMute):
		return fault(printer.Unknown, printer.NotSent, err)
	case err != nil:
		return gone(l.ctx, printer.NotSent, err)
	}
	if s := state.Status(); !s.CanPrint() {
		return fault(s.Condition, printer.NotSent, fmt.Errorf("printer says %v", s))
	}
	return nil
}

// send writes a slip in pieces that small printers hold, and returns how many of its bytes left.
func (l *line) send(slip []byte) (int, error) {
	const piece = 4 << 10
	if !l.o.Mute {
		if err := l.write(escpos.QuietStatus); err != nil {
			return 0, err
		}
	}
	for sent := 0; sent < len(slip); {
		part := slip[sent:min(sent+piece, len(slip))]
		if err := l.conn.SetWriteDeadline(time.Now().Add(l.o.Send)); err != nil {
			return sent, l.cause(err)
		}
		n, err := l.conn.Write(part)
		sent += n
		if err != nil {
			return sent, l.cause(err)
		}
	}
	return len(slip), nil
}

func (l *line) write(b []byte) error {
	if err := l.conn.SetWriteDeadline(time.Now().Add(l.o.Send)); err != nil {
		return l.cause(err)
	}
	_, err := l.conn.Write(b)
	return l.cause(err)
}

// confirm finds out what became of a slip that was sent in full.
func (l *line) confirm() (printer.Outcome, error) {
	if l.o.Mute {
		l.hangUp()
		return printer.Sent, nil
	}
	if !l.o.NoFence {
		if err := l.write(escpos.Fence); err != nil {
			return printer.Sent, gone(l.ctx, printer.Sent, fmt.Errorf("send fence: %w", err))
		}
		if _, err := l.await(l.o.Finish, escpos.IsFence); err == nil {
			return printer.Printed, nil // running out after the cut does not unprint it
		} else if !errors.Is(err, errMute) {
			return printer.Sent, gone(l.ctx, printer.Sent, fmt.Errorf("wait for the end of the slip: %w", err))
		}
	}
	return l.unconfirmed()
}

// unconfirmed asks a printer that did not confirm how it is now.
func (l *line) unconfirmed() (printer.Outcome, error) {
	state, err := l.ask(escpos.Questions...)
	s := state.Status()
	switch {
	case err != nil && !errors.Is(err, errMute):
		return printer.Sent, gone(l.ctx, printer.Sent, err)
	case err != nil:
		return printer.Sent, fault(printer.Unknown, printer.Sent, err)
	case !s.CanPrint():
		return printer.Sent, fault(s.Condition, printer.Sent, fmt.Errorf("printer says %v after the slip", s))
	}
	return printer.Sent, nil
}

// explain asks a printer that stopped taking bytes what is wrong; no answer means that it is gone.
func (l *line) explain(o printer.Outcome, cause error) error {
	if l.ctx.Err() == nil && errors.Is(cause, os.ErrDeadlineExceeded) && !l.o.Mute {
		if state, err := l.ask(escpos.Questions...); err == nil {
			if s := state.Status(); !s.CanPrint() {
				return fault(s.Condition, o, cause)
			}
			return fault(printer.Busy, o, cause)
		}
	}
	return gone(l.ctx, o, cause)
}

// hangUp lets the printer take what is on the way: closing with an unread byte from it would reset the connection, and
// the printer would forget the end of the slip.
func (l *line) hangUp() {
	half, ok := l.conn.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	_, _ = l.await(l.o.Answer, func(byte) bool { return false })
}

// cause prefers the caller's reason to "use of closed connection".
func (l *line) cause(err error) error {
	if err != nil && l.ctx.Err() != nil {
		return l.ctx.Err()
	}
	return err
}
