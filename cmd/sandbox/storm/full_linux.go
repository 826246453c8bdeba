package storm

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// full lets the kernel refuse every write of a process behind the first 64 KB of
// a file: without a file system of our own it is the nearest thing to a full disk.
// It holds until the process ends.
func full(pid int) error {
	if err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 64 << 10, Max: 64 << 10}, nil); err != nil {
		return fmt.Errorf("fill the disk: %w", err)
	}
	return nil
}
