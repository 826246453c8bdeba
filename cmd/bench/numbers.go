package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// percentile of a list that it sorts, in milliseconds.
func percentile(times []time.Duration, p float64) float64 {
	slices.Sort(times)
	i := min(int(float64(len(times))*p), len(times)-1)
	return float64(times[i].Microseconds()) / 1000
}

// syncTimes measures this disk: append 1 KB, fsync.
func syncTimes(dir string, n int) ([]time.Duration, error) {
	f, err := os.Create(filepath.Join(dir, "fsync"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	page := make([]byte, 1024)
	var out []time.Duration
	for range n {
		began := time.Now()
		if _, err := f.Write(page); err != nil {
			return nil, err
		}
		if err := f.Sync(); err != nil {
			return nil, err
		}
		out = append(out, time.Since(began))
	}
	return out, nil
}

// residentMB reads a process's memory: all that is resident, and the part that
// is not mapped from files.
func residentMB(pid int) (all, anonymous float64, err error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, fmt.Errorf("memory of the station: %w", err)
	}
	for line := range lines(string(b)) {
		var kb float64
		if n, _ := fmt.Sscanf(line, "VmRSS: %f kB", &kb); n == 1 {
			all = kb / 1024
		}
		if n, _ := fmt.Sscanf(line, "RssAnon: %f kB", &kb); n == 1 {
			anonymous = kb / 1024
		}
	}
	return all, anonymous, nil
}

// flushes is how often this machine's disks were asked to make sure, so far: the
// kernel's count, of all that run here. 0 where it is not told.
func flushes() (n uint64) {
	b, err := os.ReadFile("/proc/diskstats")
	if err != nil {
		return 0
	}
	for line := range lines(string(b)) {
		if f := strings.Fields(line); len(f) > 18 {
			one, _ := strconv.ParseUint(f[18], 10, 64) // the kernel's own number
			n += one
		}
	}
	return n
}
