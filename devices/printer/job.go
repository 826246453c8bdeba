package printer

import (
	"errors"
	"fmt"
)

// Outcome tells how far a print got. "Sent" and "printed" are different facts: a printer without paper takes bytes gladly.
type Outcome int

const (
	// NotSent: nothing of the document reached the printer; sending it again cannot print it twice.
	NotSent Outcome = iota
	// Sent: the printer took some or all of it and did not confirm; before sending again, ask the printer or a person.
	Sent
	// Printed: the printer said that it worked through all of it.
	Printed
)

// String gives the outcome as a word for logs and records.
func (o Outcome) String() string {
	switch o {
	case NotSent:
		return "not-sent"
	case Sent:
		return "sent"
	case Printed:
		return "printed"
	}
	return fmt.Sprintf("outcome(%d)", int(o))
}

// JobID is the number under which a printer keeps a job; 0 is no job.
type JobID int32

// JobState is where a job stands in the printer, in the words of RFC 8011.
type JobState string

// The states of RFC 8011 section 5.3.7.
const (
	Pending    JobState = "pending"
	Held       JobState = "held"
	Processing JobState = "processing"
	Stopped    JobState = "stopped" // waits for a person, for example for paper
	Canceled   JobState = "canceled"
	Aborted    JobState = "aborted"
	Completed  JobState = "completed"
)

// Final reports whether the state can no longer change.
func (s JobState) Final() bool { return s == Canceled || s == Aborted || s == Completed }

// Job is a document in the hands of a printer that keeps jobs.
type Job struct {
	ID      JobID
	Name    string
	State   JobState
	Reasons []string // the printer's keywords, for example "printer-stopped"; may be empty
}

// Outcome tells how far a job got, as far as its state alone says.
func (j Job) Outcome() Outcome {
	if j.State == Completed {
		return Printed
	}
	return Sent
}

// Fault is a print or a question to a printer that did not succeed. It never holds anything of the document.
type Fault struct {
	Condition Condition // what a person should look at
	Outcome   Outcome   // whether the document, or a part of it, may be with the printer
	Err       error     // the technical cause
}

// Error gives condition and cause, for logs.
func (f *Fault) Error() string {
	return fmt.Sprintf("printer %s, document %s: %v", f.Condition, f.Outcome, f.Err)
}

// Unwrap gives the technical cause.
func (f *Fault) Unwrap() error { return f.Err }

// Words returns what to show to a person at the station.
func (f *Fault) Words() Words { return f.Condition.Words() }

// ConditionOf finds the condition behind an error of these packages; an error that is not a Fault reads as Unknown, nil
// as Ready.
func ConditionOf(err error) Condition {
	if err == nil {
		return Ready
	}
	var f *Fault
	if errors.As(err, &f) {
		return f.Condition
	}
	return Unknown
}
