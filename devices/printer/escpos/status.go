package escpos

import (
	"fmt"

	"xiangyi/devices/printer"
)

// Question is one of the four status questions that a printer answers at once, even offline or with a full buffer.
type Question byte

// The questions of DLE EOT n.
const (
	AskPrinter Question = 1
	AskOffline Question = 2 // why it is offline
	AskError   Question = 3
	AskPaper   Question = 4
)

// Questions lists all, in the order in which to ask.
var Questions = []Question{AskPrinter, AskOffline, AskError, AskPaper}

// Bytes gives the question as sent. The answer is one byte.
func (q Question) Bytes() []byte { return []byte{0x10, 0x04, byte(q)} }

// IsAnswer reports whether a byte can be an answer to a Question: the fixed bits are right. Anything else on the line is
// noise, an old automatic status, or not a printer.
func IsAnswer(b byte) bool { return b&0x93 == 0x12 }

// Fence asks for the paper sensor in turn, that is: after everything sent before it was worked through. Its answer
// proves that the slip is printed, which an answer to a Question never does.
var Fence = []byte{0x1D, 0x72, 0x01}

// IsFence reports whether a byte can be the answer to Fence; no answer to a Question can.
func IsFence(b byte) bool { return b&0x90 == 0x00 }

// QuietStatus switches off automatic status messages, which would be taken for answers.
var QuietStatus = []byte{0x1D, 0x61, 0x00}

// State gathers the answers of one round of questions.
type State struct {
	answered uint8 // the questions with an answer, as bits 1<<question

	Offline, Waiting              bool
	CoverOpen, PaperStop, Failed  bool
	Mechanical, Cutter            bool
	Unrecoverable, AutoRecovering bool
	NearEnd, PaperOut             bool
}

// Take reads the answer to a question into the state. It refuses a byte whose fixed bits are wrong.
func (s *State) Take(q Question, b byte) error {
	if !IsAnswer(b) {
		return fmt.Errorf("escpos: %02X is no answer to status question %d", b, q)
	}
	s.answered |= 1 << q
	switch q {
	case AskPrinter:
		s.Offline, s.Waiting = b&0x08 != 0, b&0x20 != 0
	case AskOffline:
		s.CoverOpen, s.PaperStop, s.Failed = b&0x04 != 0, b&0x20 != 0, b&0x40 != 0
	case AskError:
		s.Mechanical, s.Cutter = b&0x04 != 0, b&0x08 != 0
		s.Unrecoverable, s.AutoRecovering = b&0x20 != 0, b&0x40 != 0
	case AskPaper:
		s.NearEnd, s.PaperOut = b&0x0C != 0, b&0x60 != 0
	}
	return nil
}

// Status sums the answers up for a person. Without an answer to AskPrinter and AskPaper it is Unknown, whatever else
// was heard, unless what was heard is bad.
func (s State) Status() printer.Status {
	st := printer.Status{Condition: printer.Ready}
	if s.answered&(1<<AskPrinter) == 0 || s.answered&(1<<AskPaper) == 0 {
		st = printer.Status{Condition: printer.Unknown, Reasons: []string{"no answer"}}
	}
	note := func(holds bool, c printer.Condition, reason string) {
		if holds {
			st.Condition = printer.Worse(st.Condition, c)
			st.Reasons = append(st.Reasons, reason)
		}
	}
	note(s.CoverOpen, printer.CoverOpen, "cover open")
	note(s.Mechanical, printer.Jam, "mechanical error")
	note(s.Cutter, printer.Jam, "cutter error")
	note(s.PaperOut || s.PaperStop, printer.OutOfPaper, "paper out")
	note(s.Unrecoverable, printer.NeedsService, "unrecoverable error")
	note(s.AutoRecovering, printer.Busy, "recovering, head too hot")
	note(s.NearEnd, printer.NearEnd, "paper near end")
	// A printer is also offline because of what was just named; only an unexplained offline is shown as such.
	if (s.Offline || s.Waiting || s.Failed) && (st.CanPrint() || st.Condition == printer.Unknown) {
		note(true, printer.Offline, "offline")
	}
	return st
}
