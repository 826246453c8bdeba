package printing

import (
	"context"
	"errors"
	"time"

	"xiangyi/devices/printer"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/printing"
	"xiangyi/protocol/seal"
)

// desk is one printer with its queue. Its goroutine alone moves its jobs.
type desk struct {
	what printing.What
	step func(context.Context, *job) (look bool, err error)
	wake chan struct{}
}

func (d *desk) poke() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// job is a job as it was read a moment ago.
type job struct {
	printing.Job
	id  care.ID
	now time.Time
}

// late reports whether nobody can be expected to wait for it any more. Asking
// once more begins a new wait.
func (j *job) late(patience time.Duration) bool { return j.now.Sub(j.Asked) > patience }

// serve moves the desk's jobs on, one step of the oldest at a time. Each step
// begins from the record, so that it does not matter whether the step before it
// was taken by this process.
func (p *Printing) serve(ctx context.Context, d *desk) error {
	for looks, last := 0, care.ID(""); ; {
		j, found, err := p.next(ctx, d.what)
		if err == nil && !found {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-d.wake:
			}
			continue
		}
		again := false
		if err == nil {
			if j.id != last {
				looks, last = 0, j.id
			}
			again, err = d.step(ctx, &j)
		}
		if refusal, refused := protocol.AsRefusal(err); refused {
			p.Log.Info("job was closed meanwhile", "job", string(j.id), "code", string(refusal.Code))
			err = nil
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil && !again:
			looks = 0
			continue
		case err != nil:
			p.Log.Warn("printing will try again", "job", string(j.id), "what", string(d.what), "err", err)
		}
		if err := p.Pause(ctx, min(looks, mostLooks)); err != nil {
			return err
		}
		looks++
	}
}

// mostLooks bounds how seldom a printer is looked at: with a pause that begins
// at a tenth of a second and doubles, every three seconds.
const mostLooks = 5

// next is the job to move on: one that is under way, else the one that was
// asked for first.
func (p *Printing) next(ctx context.Context, what printing.What) (out job, found bool, err error) {
	err = p.Store.View(ctx, func(r protocol.Reader) error {
		for _, s := range []printing.State{printing.Printing, printing.WaitingPaper, printing.WaitingPrinter, printing.Queued} {
			jobs, err := printing.InState(r, p.Site, s, 0)
			if err != nil {
				return err
			}
			for _, f := range jobs {
				if f.Value.What == what {
					out, found = job{f.Value, f.Ref.ID, r.Now()}, true
					return nil
				}
			}
		}
		return nil
	})
	return out, found, err
}

// mark writes down where a job stands. It does so even when the station is
// stopping: what a printer said must not be lost.
func (p *Printing) mark(ctx context.Context, j *job, s printing.Step) error {
	s.Job = j.id
	return p.do(context.WithoutCancel(ctx), "printing.state", s, "")
}

func (p *Printing) fail(ctx context.Context, j *job, why printing.Why) error {
	p.Log.Warn("job failed", "job", string(j.id), "what", string(j.What), "why", string(why))
	return p.mark(ctx, j, printing.Step{State: printing.Failed, Why: why})
}

func (p *Printing) doubt(ctx context.Context, j *job, why printing.Why) error {
	p.Log.Warn("job is in doubt", "job", string(j.id), "what", string(j.What), "why", string(why))
	return p.mark(ctx, j, printing.Step{State: printing.InDoubt, Why: why})
}

// wait shows that a job waits for its printer, once for each thing that is
// wrong; unsent says that nothing of it is with the printer.
func (p *Printing) wait(ctx context.Context, j *job, c printer.Condition, unsent bool) (bool, error) {
	s := printing.Step{State: printing.WaitingPrinter, Why: printing.Why(c), Unsent: unsent}
	if c == printer.OutOfPaper {
		s.State = printing.WaitingPaper
	}
	if j.State == s.State && j.Why == s.Why && (!unsent || j.Sent.IsZero()) {
		return true, nil
	}
	return true, p.mark(ctx, j, s)
}

// send writes down that a document is about to leave.
func (p *Printing) send(ctx context.Context, j *job, on string, document []byte) error {
	return p.mark(ctx, j, printing.Step{State: printing.Printing, Send: true, Printer: on, Hash: seal.Sum(document).String()})
}

// mostTries is how often a printer that says it is ready may refuse a job for
// another reason than that it is busy.
const mostTries = 6

// notTaken is for a document of which nothing left: it waits and is sent again,
// but not for ever to a printer that calls itself ready.
func (p *Printing) notTaken(ctx context.Context, j *job, err error) (bool, error) {
	p.Log.Info("printer did not take a job", "job", string(j.id), "try", j.Tries+1, "err", err)
	if j.Tries+1 >= mostTries && printer.ConditionOf(err) != printer.Busy {
		return false, p.mark(ctx, j, printing.Step{State: printing.Failed, Why: printing.NotTaken, Unsent: true})
	}
	s := *j
	s.Sent = j.now // as it was written by send
	return p.wait(ctx, &s, printer.ConditionOf(err), true)
}

// lost is for a document that cannot be made: refused or gone, not broken.
func lost(err error) bool {
	_, refused := protocol.AsRefusal(err)
	return refused || errors.Is(err, protocol.ErrNotFound)
}
