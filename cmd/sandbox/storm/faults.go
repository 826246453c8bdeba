package storm

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"xiangyi/cmd/internal/cell"
)

// fault strikes a node and leaves it as it was found: running, and reached.
type fault struct {
	name   string
	strike func(*weather, context.Context, *cell.Node) error
}

// list of them. Each strikes once before any strikes twice.
var list = []fault{
	{"kill -9", (*weather).kill},
	{"stop for a while (SIGSTOP)", (*weather).halt},
	{"part from the other nodes", (*weather).part},
	{"fill the disk", (*weather).fill},
}

// faults strike the leader, one after the other, until the time is over. After
// each the county must give receipts again.
func (w *weather) faults(ctx context.Context) error {
	until := time.Now().Add(w.For)
	for n := 0; n < len(list) || time.Now().Before(until); n += len(list) {
		for _, i := range w.draw.Perm(len(list)) {
			f := list[i]
			err := w.step(f.name, func() (string, error) { return w.one(ctx, f) })
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *weather) one(ctx context.Context, f fault) (string, error) {
	leader, err := w.group.Leader(ctx)
	if err != nil {
		return "", err
	}
	if err := f.strike(w, ctx, leader); err != nil {
		return "", err
	}
	held := w.receipts.Load()
	if err := w.calm(ctx, held+int64(w.Stations)); err != nil {
		return "", err
	}
	return fmt.Sprintf("it struck %s; %d receipts so far", leader.Name, w.receipts.Load()), nil
}

// recovery is how long the county may take until it gives receipts again.
const recovery = 30 * time.Second

// calm waits for so many receipts.
func (w *weather) calm(ctx context.Context, want int64) error {
	ctx, cancel := context.WithTimeout(ctx, recovery)
	defer cancel()
	for w.receipts.Load() < want {
		if err := rest(ctx, 50*time.Millisecond); err != nil {
			return fmt.Errorf("%v after the fault no station moves on: %w", recovery, err)
		}
	}
	return nil
}

func rest(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// some is a time between one second and three.
func (w *weather) some() time.Duration {
	return time.Second + time.Duration(w.draw.IntN(2000))*time.Millisecond
}

func (w *weather) kill(ctx context.Context, n *cell.Node) error {
	n.Kill()
	return w.again(ctx, n)
}

// again starts a node that ended, after a while.
func (w *weather) again(ctx context.Context, n *cell.Node) error {
	if err := rest(ctx, w.some()); err != nil {
		return err
	}
	if err := n.Start(); err != nil {
		return err
	}
	return n.Ready(ctx)
}

func (w *weather) halt(ctx context.Context, n *cell.Node) error {
	n.Signal(syscall.SIGSTOP)
	defer n.Signal(syscall.SIGCONT)
	return rest(ctx, w.some())
}

func (w *weather) part(ctx context.Context, n *cell.Node) error {
	w.group.Part(n, true)
	defer w.group.Part(n, false)
	return rest(ctx, w.some())
}

// fill lets the node's files not grow any more, as on a full disk. Under load it
// must end by itself: a node that cannot write must not go on.
func (w *weather) fill(ctx context.Context, n *cell.Node) error {
	if err := full(n.PID()); err != nil {
		return err
	}
	select {
	case <-n.Ended():
	case <-time.After(recovery):
		return fmt.Errorf("%s goes on with a full disk", n.Name)
	}
	return w.again(ctx, n)
}
