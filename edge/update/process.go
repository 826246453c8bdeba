package update

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"time"

	"xiangyi/protocol/release"
)

// Version is the name under which a supervisor tells a station which version it is.
const Version = "XIANGYI_VERSION"

// stopTime is how long a station may take to end in order.
const stopTime = 20 * time.Second

// child is a station's process.
type child struct {
	cmd  *exec.Cmd
	done chan struct{}
}

// Starter starts versions as processes with the same arguments.
func Starter(h *Home, args ...string) func(release.Version) (Process, error) {
	return func(v release.Version) (Process, error) {
		c := &child{cmd: exec.Command(h.Program(v), args...), done: make(chan struct{})}
		c.cmd.Env = append(os.Environ(), Version+"="+string(v))
		c.cmd.Stdout, c.cmd.Stderr = os.Stdout, os.Stderr
		if err := c.cmd.Start(); err != nil {
			return nil, err
		}
		go func() {
			_ = c.cmd.Wait() // how it ended is in its own log
			close(c.done)
		}()
		return c, nil
	}
}

// Done implements Process.
func (c *child) Done() <-chan struct{} { return c.done }

// Stop implements Process.
func (c *child) Stop() {
	_ = c.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	t := time.NewTimer(stopTime)
	defer t.Stop()
	select {
	case <-c.done:
	case <-t.C:
		_ = c.cmd.Process.Kill()
		<-c.done
	}
}

// ReadyAt asks a station's operators' door whether it serves people.
func ReadyAt(addr string) func(context.Context) error {
	client := &http.Client{Timeout: 5 * time.Second}
	return func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/readyz", nil)
		if err != nil {
			return err
		}
		r, err := client.Do(req)
		if err != nil {
			return err
		}
		_ = r.Body.Close() // nothing is read of it
		if r.StatusCode != http.StatusOK {
			return fmt.Errorf("readyz: %s", r.Status)
		}
		return nil
	}
}
