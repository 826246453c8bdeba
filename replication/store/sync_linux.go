package store

import (
	"fmt"
	"os"
	"syscall"
)

// syncData makes the bytes of a file durable whose size does not change.
func syncData(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }

// reserve gives a file real blocks, so that removing it gives room back.
func reserve(f *os.File, size int64) error {
	return syscall.Fallocate(int(f.Fd()), 0, 0, size)
}

// freeSpace reads how much room the file system of dir has for us, and in all.
// FreeSpace is the room on a directory's file system, and its size, in bytes.
func FreeSpace(dir string) (free, total uint64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, fmt.Errorf("free space: %w", err)
	}
	return s.Bavail * uint64(s.Bsize), s.Blocks * uint64(s.Bsize), nil
}
