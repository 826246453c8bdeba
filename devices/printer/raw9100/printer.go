// Package raw9100 carries slips to a receipt printer over TCP, usually port 9100, and finds out whether they were printed.
//
// A socket takes bytes whether or not there is paper, so a write that succeeds proves nothing. Print asks how the printer
// is, sends, then sends a fence that is answered only after all before it was worked through. It opens a connection for
// each call and keeps none: many printers serve one connection at a time and forget a silent one. It never repeats.
package raw9100

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"xiangyi/devices/printer"
	"xiangyi/devices/printer/escpos"
)

// Options describe one printer. Only Addr is required.
type Options struct {
	Addr string // host:port

	Connect time.Duration // to open the connection; default 3 s
	Answer  time.Duration // for one status byte; default 500 ms, after which the printer counts as mute
	Send    time.Duration // without progress of a write; default 5 s
	Finish  time.Duration // from the last byte to the fence's answer; default 20 s, a long slip at 50 mm/s

	// Mute is for a model that answers no status question: slips are sent unasked and end as Sent, never as Printed.
	Mute bool
	// NoFence is for a model that answers DLE EOT but not GS r: slips end as Sent when it is well after the last byte.
	NoFence bool
}

// Printer is one receipt printer. Calls may overlap, and then queue at the printer or are refused by it.
type Printer struct{ o Options }

// New describes a printer; it does not connect.
func New(o Options) *Printer {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&o.Connect, 3*time.Second)
	def(&o.Answer, 500*time.Millisecond)
	def(&o.Send, 5*time.Second)
	def(&o.Finish, 20*time.Second)
	return &Printer{o: o}
}

// errMute means that the printer took a question and gave no answer.
var errMute = errors.New("printer gave no status answer")

// Status asks how the printer is. An error means that it could not be asked at all; its status is then Offline. A
// printer that is connected and mute is Unknown, without an error.
func (p *Printer) Status(ctx context.Context) (printer.Status, error) {
	l, err := p.dial(ctx)
	if err != nil {
		return printer.Status{Condition: printer.Offline}, gone(ctx, printer.NotSent, err)
	}
	defer l.close()
	if p.o.Mute {
		return printer.Status{Condition: printer.Unknown, Reasons: []string{"model has no status"}}, nil
	}
	state, err := l.ask(escpos.Questions...)
	if err != nil && !errors.Is(err, errMute) {
		return printer.Status{Condition: printer.Offline}, gone(ctx, printer.NotSent, err)
	}
	return state.Status(), nil
}

// Print sends a slip as escpos built it. It returns Printed without an error when the printer worked through all of it,
// and Sent without an error where the model cannot confirm. Every error is a *printer.Fault with the same outcome; after
// NotSent the slip may be sent again without printing twice.
func (p *Printer) Print(ctx context.Context, slip []byte) (printer.Outcome, error) {
	l, err := p.dial(ctx)
	if err != nil {
		return printer.NotSent, gone(ctx, printer.NotSent, err)
	}
	defer l.close()
	if !p.o.Mute {
		if err := l.ready(); err != nil {
			return printer.NotSent, err
		}
	}
	if n, err := l.send(slip); err != nil {
		outcome := printer.Sent
		if n == 0 {
			outcome = printer.NotSent
		}
		return outcome, l.explain(outcome, fmt.Errorf("send slip: %w", err))
	}
	return l.confirm()
}

func (p *Printer) dial(ctx context.Context) (*line, error) {
	d := net.Dialer{Timeout: p.o.Connect}
	conn, err := d.DialContext(ctx, "tcp", p.o.Addr)
	if err != nil {
		return nil, fmt.Errorf("connect to printer: %w", err)
	}
	// The context ends every read and write that is under way.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	return &line{conn: conn, o: p.o, ctx: ctx, stop: stop}, nil
}

func fault(c printer.Condition, o printer.Outcome, err error) *printer.Fault {
	return &printer.Fault{Condition: c, Outcome: o, Err: err}
}

// gone is the fault of a printer that cannot be reached or went away, unless it was the caller who gave up.
func gone(ctx context.Context, o printer.Outcome, err error) *printer.Fault {
	if ctx.Err() != nil {
		return fault(printer.Unknown, o, err)
	}
	return fault(printer.Offline, o, err)
}
