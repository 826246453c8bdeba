package week

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"xiangyi/devices/printer"
	"xiangyi/devices/printer/ipp"
)

// paper is both printers of the station, with one tray.
type paper struct {
	mu    sync.Mutex
	empty bool
	jobs  map[string]printer.JobID
	out   int // sheets and slips that came out
}

func (p *paper) tray(empty bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.empty = empty
}

// Status implements printing.SlipPrinter and printing.PagePrinter.
func (p *paper) Status(context.Context) (printer.Status, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.empty {
		return printer.Status{Condition: printer.OutOfPaper}, nil
	}
	return printer.Status{Condition: printer.Ready}, nil
}

// Print implements printing.SlipPrinter.
func (p *paper) Print(context.Context, []byte) (printer.Outcome, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.out++
	if p.out%5 == 0 { // it stopped answering while it printed
		return printer.Sent, errors.New("no answer")
	}
	return printer.Printed, nil
}

// pages is the same tray as a page printer.
type pages struct{ *paper }

// Print implements printing.PagePrinter.
func (p pages) Print(_ context.Context, name string, _ []byte, _ int) (printer.JobID, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.jobs == nil {
		p.jobs = map[string]printer.JobID{}
	}
	p.out++
	p.jobs[name] = printer.JobID(len(p.jobs) + 1)
	return p.jobs[name], nil
}

// JobStatus implements printing.PagePrinter.
func (p pages) JobStatus(_ context.Context, id printer.JobID) (printer.Job, error) {
	return printer.Job{ID: id, State: printer.Completed}, nil
}

// Find implements printing.PagePrinter.
func (p pages) Find(_ context.Context, name string) (printer.Job, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if id, ok := p.jobs[name]; ok {
		return printer.Job{ID: id, Name: name, State: printer.Completed}, nil
	}
	return printer.Job{}, fmt.Errorf("find %s: %w", name, ipp.ErrNoJob)
}
