package ledger

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/raft"

	"xiangyi/protocol"
)

// entered is a command on its way. A node that stops may leave it without an
// answer: what was queued behind its last look at the queue is forgotten by raft.
type entered struct {
	raft.ApplyFuture
	stopped <-chan struct{}
}

// apply gives a command its place in the log.
func (l *Ledger) apply(command []byte) entered {
	return entered{l.group.Apply(command, l.opts.Timeouts.Apply), l.stopped}
}

// enter puts a command into the log and waits for the verdict.
func (l *Ledger) enter(command []byte) (verdict, error) {
	if len(command) > MaxCommand {
		return nil, fmt.Errorf("ledger: command of %d bytes: %w", len(command), protocol.ErrTooLarge)
	}
	return l.apply(command).within(context.Background())
}

// verdict waits for the state machine's answer. ErrNotLeader: the command never
// entered. ErrUnknown: it may have, and may still take effect.
func (e entered) verdict() (verdict, error) {
	err := e.Error()
	switch {
	case err == nil:
		if v, ok := e.Response().(verdict); ok {
			return v, nil
		}
		return nil, fmt.Errorf("%w: %w", protocol.ErrUnknown, errDead)
	case errors.Is(err, raft.ErrNotLeader), errors.Is(err, raft.ErrEnqueueTimeout):
		return nil, fmt.Errorf("%w: %w", protocol.ErrNotLeader, err)
	default:
		return nil, fmt.Errorf("%w: %w", protocol.ErrUnknown, err)
	}
}

// within waits no longer than the context lasts.
func (e entered) within(ctx context.Context) (verdict, error) {
	type outcome struct {
		v   verdict
		err error
	}
	done := make(chan outcome, 1)
	go func() { // ends by itself: a leader that lost its followers gives up within its lease
		v, err := e.verdict()
		done <- outcome{v, err}
	}()
	select {
	case o := <-done:
		return o.v, o.err
	case <-e.stopped:
		return nil, fmt.Errorf("%w: %w", protocol.ErrUnknown, protocol.ErrClosed)
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", protocol.ErrUnknown, ctx.Err())
	}
}
