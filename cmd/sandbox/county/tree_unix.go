//go:build unix

package county

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// signalTree signals a child and all that it started: its process group.
func signalTree(pid int, sig syscall.Signal) error { return syscall.Kill(-pid, sig) }

// errBusy means that another sandbox works in the same directory.
var errBusy = errors.New("another sandbox is running in this directory; end it, or choose another with --dir")

// lock holds a directory for one sandbox. The kernel lets go of it when the process ends, however it ends.
func lock(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errBusy
		}
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	return f, nil
}
