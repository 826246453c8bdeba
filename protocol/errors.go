package protocol

import (
	"errors"
	"fmt"
)

// Errors that every store gives. Callers decide by errors.Is.
var (
	ErrNotFound   = errors.New("not found")
	ErrClosed     = errors.New("closed")
	ErrNotLeader  = errors.New("not the leader")           // the county: ask another node
	ErrUnknown    = errors.New("outcome unknown")          // may or may not have happened: repeat with the same key
	ErrTooLarge   = errors.New("too large")                // over a limit of change.go
	ErrSpace      = errors.New("no room left on the disk") // plain words for people, loss for nobody
	ErrNoIndex    = errors.New("no such index")
	ErrNotAllowed = errors.New("not allowed")
)

// Refusal is an answer, not a failure: the action looked and said no. It is
// stored as a Change of its own, with the code, and shown to the person in
// words. Words is zh-CN text, which the screen translates; Args fill its
// verbs and never hold personal data.
type Refusal struct {
	Code  Code
	Words string
	Args  []any
	Field string // the input at fault, when one is
	Next  string // a page that offers a way on, when there is one
}

func (r *Refusal) Error() string { return fmt.Sprintf("refused: %s", r.Code) }

// Refuse makes a refusal.
func Refuse(code Code, words string, args ...any) *Refusal {
	return &Refusal{Code: code, Words: words, Args: args}
}

// OnField says which input was at fault.
func (r *Refusal) OnField(field string) *Refusal { r.Field = field; return r }

// Offer names the page that leads on.
func (r *Refusal) Offer(path string) *Refusal { r.Next = path; return r }

// AsRefusal finds a refusal in an error.
func AsRefusal(err error) (*Refusal, bool) {
	var r *Refusal
	ok := errors.As(err, &r)
	return r, ok
}
