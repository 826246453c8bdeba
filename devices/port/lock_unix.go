//go:build unix

package port

import (
	"fmt"
	"io"
	"os"
	"syscall"
)

// acquire holds a device for this process alone. The exclusive mode of terminals
// does not bind root, and two readers would each get half of a frame.
func acquire(path string) (io.Closer, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOCTTY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close() // nothing was written through it
		return nil, fmt.Errorf("another program uses it: %w", err)
	}
	return f, nil
}
