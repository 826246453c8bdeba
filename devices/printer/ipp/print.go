package ipp

import (
	"context"
	"errors"
	"fmt"

	"github.com/OpenPrinting/goipp"

	"xiangyi/devices/printer"
)

// Status asks how the printer is. An error means that it could not be asked, or refused; it is a *printer.Fault.
func (c *Client) Status(ctx context.Context) (printer.Status, error) {
	m := c.request(goipp.OpGetPrinterAttributes)
	m.Operation.Add(goipp.MakeAttr("requested-attributes", goipp.TagKeyword,
		goipp.String("printer-state"), goipp.String("printer-state-reasons"), goipp.String("printer-is-accepting-jobs")))
	answer, err := c.do(ctx, m, nil)
	if err != nil {
		return printer.Status{Condition: printer.ConditionOf(err)}, err
	}
	return statusOf(answer.Printer), nil
}

// Print sends a PDF under a name by which Find can find it again: it must be unique and hold nothing personal, since
// printers show it on their panels. copies below 1 is 1. Every error is a *printer.Fault: after NotSent the document may
// be sent again; after Sent ask Find first. A job that was taken is not printed yet: ask JobStatus.
func (c *Client) Print(ctx context.Context, name string, pdf []byte, copies int) (printer.JobID, error) {
	m := c.request(goipp.OpPrintJob)
	m.Operation.Add(goipp.MakeAttr("job-name", goipp.TagName, goipp.String(name)))
	m.Operation.Add(goipp.MakeAttr("document-format", goipp.TagMimeType, goipp.String("application/pdf")))
	if copies > 1 {
		m.Job.Add(goipp.MakeAttr("copies", goipp.TagInteger, goipp.Integer(copies)))
	}
	answer, err := c.do(ctx, m, pdf)
	if err != nil {
		return 0, err
	}
	job, ok := jobOf(answer.Job)
	if !ok {
		return 0, fault(printer.Unknown, printer.Sent, errors.New("printer took the document and named no job"))
	}
	return job.ID, nil
}

// ErrNoJob means that the printer knows no such job (any more).
var ErrNoJob = errors.New("printer knows no such job")

// JobStatus asks where a job stands. An error wraps ErrNoJob when the printer does not know it; printers forget jobs
// after minutes, some when switched off.
func (c *Client) JobStatus(ctx context.Context, id printer.JobID) (printer.Job, error) {
	m := c.request(goipp.OpGetJobAttributes)
	m.Operation.Add(goipp.MakeAttr("job-id", goipp.TagInteger, goipp.Integer(id)))
	m.Operation.Add(wanted())
	answer, err := c.do(ctx, m, nil)
	if answer != nil && (goipp.Status(answer.Code) == goipp.StatusErrorNotFound || goipp.Status(answer.Code) == goipp.StatusErrorGone) {
		return printer.Job{}, fmt.Errorf("job %d: %w", id, ErrNoJob)
	}
	if err != nil {
		return printer.Job{}, err
	}
	job, ok := jobOf(answer.Job)
	if !ok {
		return printer.Job{}, fmt.Errorf("job %d: %w", id, ErrNoJob)
	}
	return job, nil
}

// Find looks for a job by the name under which Print sent it, among waiting and finished ones. It returns ErrNoJob if
// there is none; the newest if there are several.
func (c *Client) Find(ctx context.Context, name string) (printer.Job, error) {
	for _, which := range []string{"not-completed", "completed"} {
		m := c.request(goipp.OpGetJobs)
		m.Operation.Add(goipp.MakeAttr("which-jobs", goipp.TagKeyword, goipp.String(which)))
		m.Operation.Add(wanted())
		answer, err := c.do(ctx, m, nil)
		if err != nil {
			return printer.Job{}, err
		}
		if job, ok := newest(answer, name); ok {
			return job, nil
		}
	}
	return printer.Job{}, ErrNoJob
}

func wanted() goipp.Attribute {
	return goipp.MakeAttr("requested-attributes", goipp.TagKeyword, goipp.String("job-id"), goipp.String("job-name"),
		goipp.String("job-state"), goipp.String("job-state-reasons"))
}

func newest(answer *goipp.Message, name string) (found printer.Job, ok bool) {
	for _, group := range answer.AttrGroups() {
		if group.Tag != goipp.TagJobGroup {
			continue
		}
		if job, is := jobOf(group.Attrs); is && job.Name == name && job.ID > found.ID {
			found, ok = job, true
		}
	}
	return found, ok
}

func jobOf(attrs goipp.Attributes) (printer.Job, bool) {
	id, ok := integer(attrs, "job-id")
	if !ok || id <= 0 {
		return printer.Job{}, false
	}
	job := printer.Job{ID: printer.JobID(id), State: printer.Pending}
	if names := texts(attrs, "job-name"); len(names) > 0 {
		job.Name = names[0]
	}
	if n, ok := integer(attrs, "job-state"); ok && jobStates[n] != "" {
		job.State = jobStates[n]
	}
	for _, r := range texts(attrs, "job-state-reasons") {
		if r != "none" {
			job.Reasons = append(job.Reasons, r)
		}
	}
	return job, true
}

var jobStates = map[int]printer.JobState{3: printer.Pending, 4: printer.Held, 5: printer.Processing, 6: printer.Stopped,
	7: printer.Canceled, 8: printer.Aborted, 9: printer.Completed}
