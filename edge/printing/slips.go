package printing

import (
	"context"

	"xiangyi/devices/printer"
	"xiangyi/protocol/care/printing"
)

// slip moves a slip on. look asks to be called again after a pause.
func (p *Printing) slip(ctx context.Context, j *job) (look bool, err error) {
	switch {
	case j.State == printing.Printing:
		// Who printed it died, or could not write down what the printer said; and
		// slip printers keep no jobs.
		return false, p.doubt(ctx, j, printing.Interrupted)
	case p.Slips == nil:
		return false, p.fail(ctx, j, printing.NoPrinter)
	case j.late(p.Patience) && j.Sent.IsZero():
		return false, p.fail(ctx, j, printing.TooLate)
	case j.late(p.Patience):
		return false, p.doubt(ctx, j, printing.Silent)
	}
	if j.State.Waiting() {
		ready, look, err := p.slipReady(ctx, j)
		if !ready || err != nil {
			return look, err
		}
	}
	return p.printSlip(ctx, j)
}

// slipReady looks whether a waiting slip can go out now.
func (p *Printing) slipReady(ctx context.Context, j *job) (ready, look bool, err error) {
	st, err := p.Slips.Status(ctx)
	if ctx.Err() != nil {
		return false, false, ctx.Err()
	}
	// A model without status is Unknown for ever: once it can be reached it is
	// tried. One that fell silent was Unknown when the slip was refused.
	silent := err == nil && st.Condition == printer.Unknown && j.Why != printing.Why(printer.Unknown)
	if !st.CanPrint() && !silent {
		look, err = p.wait(ctx, j, st.Condition, false)
		return false, look, err
	}
	if !j.Sent.IsZero() {
		// It ran out in the middle. What the printer had taken came out by now, or
		// never will.
		return false, false, p.doubt(ctx, j, printing.Silent)
	}
	return true, false, nil
}

func (p *Printing) printSlip(ctx context.Context, j *job) (bool, error) {
	document, err := p.slipPaper(ctx, j)
	if lost(err) {
		return false, p.fail(ctx, j, printing.NoDocument)
	}
	if err != nil {
		return true, err
	}
	if err := p.send(ctx, j, "slip", document); err != nil {
		return true, err
	}
	// A stop of the station waits for the slip: it takes seconds, and the printer
	// could not be asked afterwards.
	outcome, err := p.Slips.Print(context.WithoutCancel(ctx), document)
	switch {
	case outcome == printer.Printed:
		return false, p.mark(ctx, j, printing.Step{State: printing.Printed})
	case outcome == printer.NotSent:
		return p.notTaken(ctx, j, err)
	case needsPerson(printer.ConditionOf(err)) && err != nil:
		return p.wait(ctx, j, printer.ConditionOf(err), false)
	}
	return false, p.doubt(ctx, j, printing.Silent)
}

// needsPerson tells the conditions in which a printer keeps what it took and
// goes on when somebody saw to it.
func needsPerson(c printer.Condition) bool {
	switch c {
	case printer.OutOfPaper, printer.CoverOpen, printer.Jam, printer.NoToner:
		return true
	}
	return false
}
