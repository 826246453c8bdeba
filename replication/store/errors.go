package store

import (
	"errors"
	"fmt"

	"xiangyi/protocol"
)

var (
	// ErrDisk means that the disk gave or took bytes wrongly. What is in memory
	// can no longer be trusted: the host ends the process and starts again from
	// what is true.
	ErrDisk = errors.New("the disk failed")
	// ErrContent means that a Change cannot be applied because of what it says.
	// Nothing of it was stored; it parks, and what follows goes on.
	ErrContent = errors.New("content cannot be applied")
	// ErrGap means that a Change is not the next one of its lane.
	ErrGap = errors.New("not the next of its lane")
	// ErrFork means that another site's view of our journal has another hash
	// where ours stands.
	ErrFork = errors.New("journal forked")
	// ErrBatch means that more was put into one transaction than it can hold: a
	// defect of the caller, who must look at Batch.Full.
	ErrBatch = errors.New("transaction too large")
)

func content(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrContent}, args...)...)
}

// Forked is ErrFork with the incarnation of ours that it is about.
type Forked struct {
	Incarnation protocol.Incarnation
	why         string
}

func (f *Forked) Error() string { return ErrFork.Error() + ": " + f.why }
func (f *Forked) Unwrap() error { return ErrFork }

func forked(inc protocol.Incarnation, format string, args ...any) error {
	return &Forked{inc, fmt.Sprintf(format, args...)}
}
