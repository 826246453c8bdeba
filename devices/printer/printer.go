// Package printer names what a station and its printers say to each other: how a printer is, what became of a job, and
// the words for the person who stands in front of it.
//
// The sub-packages speak to real printers: escpos builds slips and reads status bytes, raw9100 carries them over TCP,
// ipp prints reports. None of them knows what a slip or a report says, or whom it is for. Nothing here queues or retries:
// that is the work of whoever follows the journal.
package printer

import (
	"fmt"
	"strings"
)

// Condition is the one thing about a printer that a person must know, worst first.
type Condition string

// The conditions, in the order in which a person must see to them when several hold at once.
const (
	Offline      Condition = "offline"       // switched off, unplugged, or set offline at its panel
	CoverOpen    Condition = "cover-open"    // a cover, door or drawer is open
	Jam          Condition = "jam"           // paper or the cutter is stuck
	OutOfPaper   Condition = "out-of-paper"  // nothing is printed until paper is put in
	NoToner      Condition = "no-toner"      // toner or ink is used up
	NeedsService Condition = "needs-service" // an error that nobody at a station can clear
	Busy         Condition = "busy"          // takes no job now; ask again
	Unknown      Condition = "unknown"       // did not say: not the same as ready
	NearEnd      Condition = "near-end"      // prints, and will run out soon
	Ready        Condition = "ready"
)

// order ranks conditions; a lower rank is shown before a higher one.
var order = []Condition{Offline, CoverOpen, Jam, OutOfPaper, NoToner, NeedsService, Busy, Unknown, NearEnd, Ready}

// Worse returns the one of two conditions that a person must see first.
func Worse(a, b Condition) Condition {
	for _, c := range order {
		if a == c || b == c {
			return c
		}
	}
	return Unknown
}

// Status is what a printer said of itself.
type Status struct {
	Condition Condition
	// Reasons are the printer's own keywords or bit names behind the condition ("media-empty-error", "cover open"),
	// for a log or a technician; they are not translated and may be empty.
	Reasons []string
}

// CanPrint reports whether a job sent now may be expected to come out on paper. Unknown cannot: a printer that says
// nothing has promised nothing.
func (s Status) CanPrint() bool { return s.Condition == Ready || s.Condition == NearEnd }

// String gives the condition with its reasons, for logs.
func (s Status) String() string {
	if len(s.Reasons) == 0 {
		return string(s.Condition)
	}
	return fmt.Sprintf("%s (%s)", s.Condition, strings.Join(s.Reasons, ", "))
}
