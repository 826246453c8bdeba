package connect

import (
	"context"
	"errors"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Item is one revision that a far side should hear of.
type Item struct {
	Cursor  protocol.Cursor // of the Change that brought it up
	Rev     protocol.Rev
	Ref     protocol.Ref
	Subject care.ID // whose data it is; empty when nobody's
	Sent    bool    // it went out before, and nobody heard the answer
}

// Answer is what a far side said.
type Answer struct {
	Foreign string // its number for the matter
	Refusal string // why not, in its words; empty when it accepted
	Code    string // its code of the refusal
}

// Accepted reports whether it said yes.
func (a Answer) Accepted() bool { return a.Refusal == "" }

// Errors of a Connector and its letters.
var (
	// ErrAway: the far side cannot be reached, and was not sent anything.
	ErrAway = errors.New("far side is away")
	// ErrLater: it heard, did nothing, and asks for patience.
	ErrLater = errors.New("far side asks to try later")
	// ErrLost: it may have acted, and we did not hear of it.
	ErrLost = errors.New("no answer from the far side")
	// ErrCannotAsk: it has no way to tell what became of an earlier letter.
	ErrCannotAsk = errors.New("far side cannot be asked")
)

// Connector joins one far side. Its methods are called by one goroutine.
type Connector interface {
	// Name is the far side's ("hospital"), as deliveries carry it.
	Name() string
	// Wants lists the writes of a Change that may concern the far side.
	Wants(c *protocol.Change) []int
	// Letter writes what an item says, from the records as they are now; nil
	// when there is nothing to say (any more). The letter must not keep r.
	Letter(r protocol.Reader, it Item) (Letter, error)
	// Reach makes sure that the far side can be spoken to, before anything is
	// written down. Its error is taken for ErrAway.
	Reach(ctx context.Context) error
	// Close hangs up. Reach comes before the next letter.
	Close()
}

// Letter is one thing to say to a far side, and to be answered.
type Letter interface {
	// Send says it. With ErrAway and ErrLater nothing happened; with any other
	// error nobody knows.
	Send(ctx context.Context) (Answer, error)
	// Ask asks what became of an earlier copy. known is false when the far side
	// never heard of it. ErrCannotAsk leaves the item to a person.
	Ask(ctx context.Context) (a Answer, known bool, err error)
	// Repeatable says that sending it twice does no harm at the far side, so
	// that nothing needs to be written down before, nor when it accepts.
	Repeatable() bool
	// Settle does what follows from the answer, beyond the receipt. It runs
	// before the receipt is written, so that a crash repeats it.
	Settle(ctx context.Context, a Answer) error
}
