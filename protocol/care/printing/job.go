package printing

import (
	"cmp"
	"slices"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// KindJob is the kind of print jobs.
const KindJob protocol.Kind = "print-job"

// What is printed.
type What string

// The papers.
const (
	Slip   What = "slip"   // on the slip printer, of an appointment
	Report What = "report" // on A4
)

// State is how far a job has come.
type State string

// The states.
const (
	Queued         State = "queued"
	Printing       State = "printing"        // written before the first byte leaves
	WaitingPaper   State = "waiting-paper"   // goes on by itself when paper is in
	WaitingPrinter State = "waiting-printer" // anything else that a person must see to
	Printed        State = "printed"         // the printer said so, or somebody who saw it
	InDoubt        State = "in-doubt"        // may or may not have come out
	Failed         State = "failed"          // will not come out
	Cancelled      State = "cancelled"
)

// Open reports whether the printer still has to do something about it.
func (s State) Open() bool {
	switch s {
	case Queued, Printing, WaitingPaper, WaitingPrinter:
		return true
	}
	return false
}

// Waiting reports whether it waits for a person at the printer.
func (s State) Waiting() bool { return s == WaitingPaper || s == WaitingPrinter }

// Why says what stands behind a state, in a word that the pages put into
// sentences. The conditions of a printer have the names that drivers use.
type Why string

// The reasons beside the printers' own conditions.
const (
	NoPrinter   Why = "no-printer"  // this station has none for it
	NoDocument  Why = "no-document" // it may no longer be printed
	TooLate     Why = "too-late"    // nobody stands there any more
	NotTaken    Why = "not-taken"   // the printer refuses it again and again
	Aborted     Why = "aborted"     // cancelled at the printer
	Interrupted Why = "interrupted" // the station stopped while it was printing
	Silent      Why = "silent"      // the printer took it and did not answer
	Forgotten   Why = "forgotten"   // the printer does not know the job any more
)

// Job is one sheet, or one document of several pages, to be printed once. ID:
// JobID of what asked for it, or a minted one for a further copy.
type Job struct {
	About    protocol.Ref        `json:"about"`
	Person   care.ID             `json:"person,omitempty"` // whose paper it is
	What     What                `json:"what"`
	Site     protocol.Site       `json:"site"`
	Cause    protocol.ActionName `json:"cause"`              // what asked for it: "appointment.book"
	Source   string              `json:"source"`             // the position of that Change
	Copy     int                 `json:"copy,omitzero"`      // 0 the first, then which copy
	Of       care.ID             `json:"of,omitempty"`       // the job that this is a further copy of
	Reason   string              `json:"reason,omitempty"`   // of a further copy, as people gave it
	Terminal care.ID             `json:"terminal,omitempty"` // where it was asked for
	State    State               `json:"state"`
	Why      Why                 `json:"why,omitempty"`
	Hash     string              `json:"hash,omitempty"`    // SM3 of the bytes that went to the printer
	Printer  string              `json:"printer,omitempty"` // which one has it
	Number   int32               `json:"number,omitzero"`   // under which it knows the job
	Sent     time.Time           `json:"sent,omitzero"`     // since when the bytes may be with it; zero: they are not
	Tries    int                 `json:"tries,omitzero"`
	By       care.ID             `json:"by,omitempty"` // who settled a doubt, or cancelled
	Asked    time.Time           `json:"asked"`
	At       time.Time           `json:"at"` // of the state
	Rest     protocol.Rest       `json:",unknown"`
}

// JobRef names a job.
func JobRef(id care.ID) protocol.Ref { return protocol.Ref{Kind: KindJob, ID: id} }

// JobID is the job that a Change leads to: however often it is read, one.
func JobID(source protocol.Position, what What) care.ID {
	return care.ID(source.String() + "." + string(what))
}

// unhappy reports whether it did not work out, or nobody knows.
func (j *Job) unhappy() bool { return j.State == InDoubt || j.State == Failed }

// Retriable reports whether one more sheet may be asked for here. A report that
// failed is asked for anew where reports are: its copies are counted there.
func (j *Job) Retriable() bool {
	return j.State == InDoubt || j.State == Failed && j.What == Slip && j.Why != NoPrinter
}

// Cancellable reports whether it can be called off: not while the bytes may be
// with a printer that will print them.
func (j *Job) Cancellable() bool {
	return j.unhappy() || j.State.Open() && j.Sent.IsZero()
}

func write(d *care.Deed, id care.ID, j *Job) error {
	j.At = d.Now()
	draft := protocol.Draft{Ref: JobRef(id), Subject: j.Person, Scopes: []protocol.Scope{protocol.SiteScope(j.Site)}}
	_, err := care.Write(d, draft, j)
	return err
}

// NewestAbout is the job about a record that was asked for last; found is false
// when none was.
func NewestAbout(r protocol.Reader, about protocol.Ref) (id care.ID, j Job, found bool, err error) {
	jobs, err := care.Collect[Job](r, protocol.Query{Kind: KindJob, Index: "about", Match: []string{string(about.Kind), string(about.ID)}, Latest: true, Limit: 8})
	if err != nil || len(jobs) == 0 {
		return "", Job{}, false, err
	}
	newest := slices.MaxFunc(jobs, func(a, b care.Found[Job]) int {
		// A copy asked for in the same instant as its original is the newer one.
		return cmp.Or(a.Value.Asked.Compare(b.Value.Asked), cmp.Compare(a.Value.Copy, b.Value.Copy))
	})
	return newest.Ref.ID, newest.Value, true, nil
}

// InState lists a site's jobs in a state, those asked for first first.
func InState(r protocol.Reader, site protocol.Site, s State, most int) ([]care.Found[Job], error) {
	return care.Collect[Job](r, protocol.Query{Kind: KindJob, Index: "state", Match: []string{string(site), string(s)}, Limit: most})
}
