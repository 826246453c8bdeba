package county

import (
	"errors"
	"os/exec"
	"runtime"
)

// spawner starts every child from one thread that lives as long as the sandbox. Linux delivers the death signal of a
// child when the thread that started it ends, and the Go runtime ends threads when it likes.
type spawner struct {
	orders chan order
	quit   chan struct{}
	done   chan struct{}
}

type order struct {
	cmd *exec.Cmd
	err chan error
}

var errClosed = errors.New("the county is closed")

func newSpawner() *spawner {
	s := &spawner{orders: make(chan order), quit: make(chan struct{}), done: make(chan struct{})}
	go s.work()
	return s
}

func (s *spawner) work() {
	runtime.LockOSThread() // never unlocked: the thread ends with this function
	defer close(s.done)
	for {
		select {
		case o := <-s.orders:
			o.err <- o.cmd.Start()
		case <-s.quit:
			return
		}
	}
}

func (s *spawner) start(cmd *exec.Cmd) error {
	o := order{cmd, make(chan error, 1)}
	select {
	case s.orders <- o:
		return <-o.err
	case <-s.done:
		return errClosed
	}
}

// close ends the thread; children that are still there die with it on Linux.
func (s *spawner) close() {
	close(s.quit)
	<-s.done
}
