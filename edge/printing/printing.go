// Package printing puts on paper what the station's journal asks for: slips on
// the slip printer, reports on A4. It follows the journal, keeps one record a
// job (protocol/care/printing), and asks the printers until they say that a
// sheet came out.
//
// A sheet is printed once, or somebody is told that nobody knows:
//
//  1. The job is a record before anything happens to it.
//  2. That bytes are about to leave, with their SM3, is on disk before the first
//     of them does. Who is killed after that finds the job "printing".
//  3. A page is then looked for at the printer by its job's name. A slip printer
//     keeps no jobs: the slip is in doubt, and a person looks.
//  4. Nothing is sent to a printer that says it cannot print: the job waits here,
//     where it can be called off, and goes out when the printer is ready.
//  5. A job that waited longer than Patience is not printed any more: a report
//     must not lie on a printer that nobody stands at.
//
// It does not know what a slip or a report says, nor who may have one: services
// decided that when they were asked.
package printing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"xiangyi/devices/printer"
	"xiangyi/devices/printer/escpos"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/printing"
)

// SlipPrinter prints slips and says how far it got: devices/printer/raw9100.
// After printer.NotSent a slip may be sent again.
type SlipPrinter interface {
	Status(ctx context.Context) (printer.Status, error)
	Print(ctx context.Context, slip []byte) (printer.Outcome, error)
}

// PagePrinter prints PDF and keeps jobs under numbers and names:
// devices/printer/ipp. A job that it does not know is an error that is
// ipp.ErrNoJob.
type PagePrinter interface {
	Status(ctx context.Context) (printer.Status, error)
	Print(ctx context.Context, name string, pdf []byte, copies int) (printer.JobID, error)
	JobStatus(ctx context.Context, id printer.JobID) (printer.Job, error)
	Find(ctx context.Context, name string) (printer.Job, error)
}

// Config of a station's printing.
type Config struct {
	Site   protocol.Site
	Engine *care.Engine
	Store  protocol.Store
	Slips  SlipPrinter // nil: the station has none, and slips fail with plain words
	Pages  PagePrinter // nil: likewise

	Profile  escpos.Profile // of the slip printer
	Address  string         // put before the path in a report's code: "https://health.example"
	Patience time.Duration  // how long a job may wait for its printer; default 1 h

	// Pause waits before another try or look, longer with each one in a row, and
	// never more than ten seconds. Nil: from a tenth of a second up.
	Pause func(ctx context.Context, try int) error
	Log   *slog.Logger
}

// Printing drives the printers of one station.
type Printing struct {
	Config
	desks [2]*desk
}

// New prepares printing; it touches nothing before Run.
func New(c Config) *Printing {
	if c.Patience <= 0 {
		c.Patience = time.Hour
	}
	if c.Pause == nil {
		c.Pause = backOff
	}
	p := &Printing{Config: c}
	p.desks = [2]*desk{
		{what: printing.Slip, step: p.slip, wake: make(chan struct{}, 1)},
		{what: printing.Report, step: p.page, wake: make(chan struct{}, 1)},
	}
	return p
}

// Run prints until the context ends or the store fails. A sheet that is on its
// way to the slip printer is finished first.
func (p *Printing) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var work sync.WaitGroup
	run := func(f func(context.Context) error) {
		work.Go(func() { cancel(f(ctx)) })
	}
	run(p.follow)
	for _, d := range p.desks {
		run(func(ctx context.Context) error { return p.serve(ctx, d) })
	}
	work.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return fmt.Errorf("printing: %w", err)
	}
	return ctx.Err()
}

func backOff(ctx context.Context, try int) error {
	timer := time.NewTimer(min(10*time.Second, 100*time.Millisecond<<min(try, 7)))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// self is who prints.
var self = care.Machine("printing")
