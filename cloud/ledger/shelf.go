package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"xiangyi/protocol"
	"xiangyi/replication/store"
)

// A node's directory:
//
//	CURRENT          the name of the directory that counts, and a newline
//	records-000001/  the records (replication/store)
//	log/             the consensus log
//
// A records directory that CURRENT does not name is a snapshot that was never
// finished, or one that a later snapshot replaced; both go at the next start.
const (
	currentName  = "CURRENT"
	logName      = "log"
	recordsName  = "records-"
	recordsWidth = "%s%06d"
)

// shelf holds the records that count now. Readers take them and give them
// back, so that a snapshot can replace them while somebody still reads the old.
type shelf struct {
	dir  string
	open func(dir string) (*store.Core, error)

	at func(step string) // tests look at the disk here

	mu      sync.Mutex
	current *holding
	last    int // highest number given to a records directory
	closed  bool
	work    sync.WaitGroup
}

// holding is one opened records directory and who uses it.
type holding struct {
	*store.Core
	shelf   *shelf
	dir     string
	users   int
	retired bool
	done    chan struct{} // closed when retired and unused, and closed
	err     error
}

// openShelf opens the records that CURRENT names, or new ones, and removes
// what a crash left behind.
func openShelf(dir string, open func(string) (*store.Core, error), at func(string)) (*shelf, error) {
	s := &shelf{dir: dir, open: open, at: at}
	name, err := readCurrent(dir)
	if err != nil {
		return nil, err
	}
	if err := s.sweep(name); err != nil {
		return nil, err
	}
	if name == "" {
		if name, err = s.fresh(); err != nil {
			return nil, err
		}
	}
	if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
		return nil, fmt.Errorf("ledger: the records that %s names: %w", currentName, err)
	}
	core, err := open(filepath.Join(dir, name))
	if err != nil {
		return nil, fmt.Errorf("ledger: open records: %w", err)
	}
	s.current = s.hold(core, name)
	return s, nil
}

func (s *shelf) hold(core *store.Core, name string) *holding {
	return &holding{Core: core, shelf: s, dir: name, done: make(chan struct{})}
}

func readCurrent(dir string) (string, error) {
	raw, err := os.ReadFile(filepath.Join(dir, currentName))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	name := strings.TrimSuffix(string(raw), "\n")
	if err != nil || !strings.HasPrefix(name, recordsName) || filepath.Base(name) != name {
		return "", fmt.Errorf("ledger: read %s: not the name of a records directory: %w", currentName, err)
	}
	return name, nil
}

// sweep removes every records directory but the current one.
func (s *shelf) sweep(current string) error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("ledger: sweep: %w", err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), recordsName) {
			continue
		}
		var n int
		if _, err := fmt.Sscanf(e.Name(), recordsName+"%d", &n); err == nil {
			s.last = max(s.last, n)
		}
		if e.Name() != current {
			if err := os.RemoveAll(filepath.Join(s.dir, e.Name())); err != nil {
				return fmt.Errorf("ledger: sweep: %w", err)
			}
		}
	}
	return nil
}

// fresh makes the first records directory. CURRENT names it before it has
// content: an empty one and none mean the same.
func (s *shelf) fresh() (string, error) {
	name := s.nextName()
	if err := os.Mkdir(filepath.Join(s.dir, name), 0o700); err != nil {
		return "", fmt.Errorf("ledger: make records: %w", err)
	}
	return name, s.point(name)
}

// nextName gives a name for a records directory that no other has had.
func (s *shelf) nextName() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	return fmt.Sprintf(recordsWidth, recordsName, s.last)
}

// point makes CURRENT name a directory, in one step that survives power loss.
func (s *shelf) point(name string) error {
	temporary := filepath.Join(s.dir, currentName+".new")
	f, err := os.OpenFile(temporary, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("ledger: point %s: %w", currentName, err)
	}
	_, err = f.WriteString(name + "\n")
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(temporary, filepath.Join(s.dir, currentName))
	}
	if err == nil {
		err = syncDir(s.dir)
	}
	if err != nil {
		return fmt.Errorf("ledger: point %s: %w", currentName, err)
	}
	return nil
}

// take gives the current records. They stay open until they are given back.
func (s *shelf) take() (*holding, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, protocol.ErrClosed
	}
	s.current.users++
	return s.current, nil
}

// view looks at the current records where the time does not matter.
func (s *shelf) view(look func(*store.Snapshot) error) error {
	h, err := s.take()
	if err != nil {
		return err
	}
	defer h.give()
	return h.look(look)
}

func (h *holding) look(look func(*store.Snapshot) error) error {
	return h.View(time.Time{}, protocol.ClockState{}, look)
}

func (h *holding) give() {
	h.shelf.mu.Lock()
	h.users--
	last := h.retired && h.users == 0
	h.shelf.mu.Unlock()
	if last {
		h.end()
	}
}

// end closes records that nobody uses and that do not count any more.
func (h *holding) end() {
	h.err = h.Core.Close()
	close(h.done)
}

// swap lets the records in a directory count from now on, if check approves of
// them. The old ones close
// and go when their last reader is done.
func (s *shelf) swap(name string, check func(*store.Snapshot) error) error {
	core, err := s.open(filepath.Join(s.dir, name))
	if err != nil {
		return fmt.Errorf("ledger: open received records: %w", err)
	}
	if err := core.View(time.Time{}, protocol.ClockState{}, check); err != nil {
		return errors.Join(err, core.Close())
	}
	s.at("opened")
	if err := s.point(name); err != nil {
		return errors.Join(err, core.Close())
	}
	s.at("pointed")
	s.mu.Lock()
	old := s.current
	s.current = s.hold(core, name)
	s.mu.Unlock()
	s.retire(old)
	s.work.Go(func() {
		<-old.done
		_ = os.RemoveAll(filepath.Join(s.dir, old.dir)) // sweep does it after a crash
	})
	return nil
}

func (s *shelf) retire(h *holding) {
	s.mu.Lock()
	h.retired = true
	unused := h.users == 0
	s.mu.Unlock()
	if unused {
		h.end()
	}
}

// close ends the shelf, and waits for those who still read.
func (s *shelf) close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	h := s.current
	s.mu.Unlock()
	s.retire(h)
	<-h.done
	s.work.Wait()
	return h.err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// syncTree puts a directory and all files in it on the disk.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return syncDir(path)
	})
}
