package store

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"

	"xiangyi/protocol"
)

// What is refused as the disk fills, in parts of its size. Urgent orders, views
// and refusals are never refused: they live on the ballast, a file whose blocks
// are given back when room gets short.
const (
	refuseMedia  = 0.15
	refuseOrders = 0.07
	ballastSize  = 64 << 20
)

// space watches the room on the disk.
type space struct {
	free    func() (free, total uint64, err error)
	ballast string // path; "" for none
	size    int64
	log     *slog.Logger
	short   atomic.Bool // the ballast was given back
}

func openSpace(o *Options) *space {
	s := &space{free: o.Free, log: o.Log, size: o.Ballast}
	if o.Dir == "" {
		if s.free == nil {
			s.free = func() (uint64, uint64, error) { return 1, 1, nil }
		}
		return s
	}
	if s.free == nil {
		dir := o.Dir
		s.free = func() (uint64, uint64, error) { return FreeSpace(dir) }
	}
	if s.size == 0 {
		s.size = ballastSize
	}
	if s.size > 0 {
		s.ballast = filepath.Join(o.Dir, "ballast")
	}
	s.look()
	return s
}

// look gives the free part of the disk, and lets the ballast go or takes it
// again.
func (s *space) look() float64 {
	free, total, err := s.free()
	if err != nil || total == 0 {
		s.log.Error("free space is not known", "error", err)
		return 1
	}
	part := float64(free) / float64(total)
	switch {
	case s.ballast == "":
	case part < refuseOrders:
		s.release()
	case part > refuseMedia && free > 2*uint64(s.size):
		s.take()
	}
	return part
}

func (s *space) release() {
	if s.short.Swap(true) {
		return
	}
	if err := os.Remove(s.ballast); err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.log.Error("the ballast stays", "error", err)
	}
	s.log.Warn("disk nearly full: ballast given back, only urgent orders and views are taken")
}

func (s *space) take() {
	if info, err := os.Stat(s.ballast); err == nil && info.Size() == s.size && !s.short.Load() {
		return
	}
	f, err := os.Create(s.ballast)
	if err == nil {
		err = errors.Join(reserve(f, s.size), f.Close())
	}
	if err != nil {
		s.log.Error("no ballast", "error", err)
		return
	}
	s.short.Store(false)
}

// admit answers ErrSpace for what the disk has no room left for.
func (s *space) admit(lane protocol.Lane) error {
	if lane == protocol.Urgent {
		return nil
	}
	part := s.look()
	if part < refuseOrders || part < refuseMedia && lane == protocol.Media {
		return fmt.Errorf("%.0f%% of the disk free: %w", part*100, protocol.ErrSpace)
	}
	return nil
}
