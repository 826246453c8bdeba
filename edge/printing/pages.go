package printing

import (
	"context"
	"errors"
	"time"

	"xiangyi/devices/printer"
	"xiangyi/devices/printer/ipp"
	"xiangyi/protocol/care/printing"
)

// page moves a report on. look asks to be called again after a pause.
func (p *Printing) page(ctx context.Context, j *job) (look bool, err error) {
	switch {
	case p.Pages == nil:
		return false, p.fail(ctx, j, printing.NoPrinter)
	case j.Number != 0:
		return p.attend(ctx, j)
	case !j.Sent.IsZero():
		return p.find(ctx, j)
	case j.late(p.Patience):
		return false, p.fail(ctx, j, printing.TooLate)
	}
	st, err := p.Pages.Status(ctx)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err != nil || !st.CanPrint() {
		return p.wait(ctx, j, st.Condition, false)
	}
	return p.printPage(ctx, j)
}

func (p *Printing) printPage(ctx context.Context, j *job) (bool, error) {
	document, err := p.reportPaper(ctx, j)
	if lost(err) {
		return false, p.fail(ctx, j, printing.NoDocument)
	}
	if err != nil {
		return true, err
	}
	if err := p.send(ctx, j, "page", document); err != nil {
		return true, err
	}
	number, err := p.Pages.Print(ctx, string(j.id), document, 1)
	var f *printer.Fault
	switch {
	case err == nil:
		return false, p.mark(ctx, j, printing.Step{State: printing.Printing, Number: int32(number)})
	case errors.As(err, &f) && f.Outcome == printer.NotSent:
		return p.notTaken(ctx, j, err)
	}
	p.Log.Info("printer did not answer, asking for the job", "job", string(j.id), "err", err)
	return true, nil // the record says that it may be there: the next step looks for it
}

// remembers is how long a printer that stayed on surely knows a job. What it
// does not know after that may be on paper all the same.
const remembers = time.Minute

// find looks at the printer for a job that may have got there: the answer was
// lost, or the station died before it wrote the number down.
func (p *Printing) find(ctx context.Context, j *job) (bool, error) {
	at, err := p.Pages.Find(ctx, string(j.id))
	age := j.now.Sub(j.Sent)
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case err == nil:
		return false, p.mark(ctx, j, printing.Step{State: printing.Printing, Number: int32(at.ID)})
	case errors.Is(err, ipp.ErrNoJob) && age >= 0 && age < remembers && j.Tries < mostTries:
		return false, p.mark(ctx, j, printing.Step{State: printing.Queued, Unsent: true}) // it never arrived
	case errors.Is(err, ipp.ErrNoJob):
		return false, p.doubt(ctx, j, printing.Forgotten)
	case j.late(p.Patience):
		return false, p.doubt(ctx, j, printing.Silent)
	}
	return p.wait(ctx, j, printer.ConditionOf(err), false)
}

// attend asks the printer how far a job is that it has.
func (p *Printing) attend(ctx context.Context, j *job) (bool, error) {
	at, err := p.Pages.JobStatus(ctx, printer.JobID(j.Number))
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case errors.Is(err, ipp.ErrNoJob), err == nil && at.Name != "" && at.Name != string(j.id):
		// It was switched off, and counts from the beginning again.
		return false, p.doubt(ctx, j, printing.Forgotten)
	case err == nil && at.State == printer.Completed:
		return false, p.mark(ctx, j, printing.Step{State: printing.Printed})
	case err == nil && at.State.Final():
		return false, p.fail(ctx, j, printing.Aborted)
	case j.late(p.Patience):
		return false, p.doubt(ctx, j, printing.Silent)
	case err != nil:
		return p.wait(ctx, j, printer.ConditionOf(err), false)
	}
	return p.watch(ctx, j)
}

// watch shows what a job in the printer waits for.
func (p *Printing) watch(ctx context.Context, j *job) (bool, error) {
	st, err := p.Pages.Status(ctx)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err != nil || needsPerson(st.Condition) || st.Condition == printer.NeedsService {
		return p.wait(ctx, j, st.Condition, false)
	}
	if j.State != printing.Printing {
		return true, p.mark(ctx, j, printing.Step{State: printing.Printing})
	}
	return true, nil
}
