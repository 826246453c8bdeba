package update

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/release"
	"xiangyi/protocol/seal"
)

// Home is the directory of a station's programs.
type Home struct {
	Dir string
	// Free reads how much room the disk has, and its size, in bytes.
	Free func() (free, total uint64, err error)
	// cut stands for a power cut in tests: what was done before it is on the disk.
	cut func() error
}

// State is what the supervisor knows. It alone writes it.
type State struct {
	Good     release.Version             `json:"good"`  // what runs, or what there is to go back to
	Since    time.Time                   `json:"since"` // when it was found good
	Previous release.Version             `json:"previous,omitempty"`
	Trial    *Trial                      `json:"trial,omitempty"`
	Failed   map[release.Version]Failure `json:"failed,omitempty"`
}

// Trial is a version that was not found good yet.
type Trial struct {
	Wish
	Starts int `json:"starts"` // begun and not ended: a power cut in one leaves it counted
}

// Wish is what the running station asks for: it alone writes it. The order is whose
// wish it is: a version that failed is not tried again under the same order.
type Wish struct {
	Version release.Version `json:"version"`
	Order   care.ID         `json:"order"`
}

// Failure is why a version is not tried any more.
type Failure struct {
	Order  care.ID   `json:"order"`
	Reason Reason    `json:"reason"`
	At     time.Time `json:"at"`
}

// Reason is why a version was left.
type Reason string

// The reasons.
const (
	Exited    Reason = "exited"    // it ended by itself
	NotReady  Reason = "not-ready" // it did not become ready in time
	Unhealthy Reason = "unhealthy" // it was ready, and then not any more
	Interrupt Reason = "power"     // the box stopped twice while it was tried
	Damaged   Reason = "damaged"   // its program is not what was signed
)

// ErrNoState is returned before a first version was installed.
var ErrNoState = errors.New("update: no version is installed here")

// ErrDamaged is returned for a program on the disk that is not what was signed.
var ErrDamaged = errors.New("update: the program on the disk is not what was signed")

func (h *Home) step() error {
	if h.cut == nil {
		return nil
	}
	return h.cut()
}

func (h *Home) stateFile() string { return filepath.Join(h.Dir, "state.json") }
func (h *Home) wishFile() string  { return filepath.Join(h.Dir, "wish.json") }
func (h *Home) versions() string  { return filepath.Join(h.Dir, "versions") }
func (h *Home) folder(v release.Version) string {
	return filepath.Join(h.versions(), string(v))
}

// Program is the path of a version's program.
func (h *Home) Program(v release.Version) string { return filepath.Join(h.folder(v), "station") }

// State reads what the supervisor knows. Error: ErrNoState.
func (h *Home) State() (State, error) {
	var s State
	there, err := read(h.stateFile(), &s)
	if err == nil && !there {
		err = ErrNoState
	}
	if err == nil {
		err = s.Good.Check()
	}
	return s, err
}

func (h *Home) save(s *State) error { return h.write(h.stateFile(), s) }

func (h *Home) write(name string, v any) error {
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return err
	}
	return h.replace(name, b, 0o600)
}

func read(name string, v any) (there bool, err error) {
	b, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		return false, fmt.Errorf("update: %s: %w", filepath.Base(name), err)
	}
	return true, nil
}

// Ask leaves a wish for the supervisor, which takes it when the station ends.
func (h *Home) Ask(w Wish) error { return h.write(h.wishFile(), w) }

// First makes the program that came with a box its first version, once.
func (h *Home) First(v release.Version, program string, now time.Time) error {
	if err := v.Check(); err != nil {
		return err
	}
	if _, err := h.State(); !errors.Is(err, ErrNoState) {
		return err
	}
	content, err := os.ReadFile(program)
	if err != nil {
		return fmt.Errorf("update: %w", err)
	}
	if err := h.put(v, content, nil); err != nil {
		return err
	}
	return h.save(&State{Good: v, Since: now})
}

// Install takes the program out of a whole package and puts it beside the others. A version
// that is there already is left when it is the same. Who may have signed it is the caller's
// to judge. Errors: of package release; protocol.ErrSpace, before anything is written.
func (h *Home) Install(raw []byte) (release.About, error) {
	head, program, err := release.Program(raw)
	if err != nil {
		return head.About, err
	}
	if h.Check(head.About.Version) == nil {
		return head.About, nil
	}
	if err := h.Room(head.About.Size); err != nil {
		return head.About, err
	}
	_, n, err := release.ParseHead(raw)
	if err == nil {
		err = h.put(head.About.Version, program, raw[:n])
	}
	return head.About, err
}

// spare is the part of the disk that a new program leaves free, for the records.
const spare = 0.15

// Room is nil when a program of so many bytes fits, and leaves the records their part.
func (h *Home) Room(size int64) error {
	if h.Free == nil {
		return nil
	}
	free, total, err := h.Free()
	if err != nil {
		return err
	}
	if float64(free) < float64(size)+spare*float64(total) {
		return fmt.Errorf("update: %d bytes are free: %w", free, protocol.ErrSpace)
	}
	return nil
}

func (h *Home) put(v release.Version, program, head []byte) error {
	work := h.folder(v) + unfinished
	for _, old := range []string{work, h.folder(v)} {
		if err := h.clear(old); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(work, 0o700); err != nil {
		return fmt.Errorf("update: %w", err)
	}
	if err := h.step(); err != nil {
		return err
	}
	err := writeSynced(filepath.Join(work, "station"), program, 0o700)
	if err == nil && head != nil {
		err = writeSynced(filepath.Join(work, "head"), head, 0o600)
	}
	if err == nil {
		err = syncDir(work)
	}
	if err == nil {
		err = h.step()
	}
	if err == nil {
		err = h.rename(work, h.folder(v))
	}
	return err
}

// clear removes what may not be there, whose folder may not be either.
func (h *Home) clear(name string) error {
	if _, err := os.Stat(name); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return h.remove(name)
}

// Check is nil when a version's program is what was signed. The first version of a box has
// no signature and is taken as it is.
func (h *Home) Check(v release.Version) error {
	program, err := os.ReadFile(h.Program(v))
	if err != nil {
		return fmt.Errorf("update: %w", err)
	}
	raw, err := os.ReadFile(filepath.Join(h.folder(v), "head"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("update: %w", err)
	}
	head, _, err := release.ParseHead(raw)
	if err != nil || head.About.Version != v || seal.Sum(program) != head.About.Digest {
		return ErrDamaged
	}
	return nil
}

// prune lets go of versions that nobody goes back to.
func (h *Home) prune(s *State) error {
	entries, err := os.ReadDir(h.versions())
	if err != nil {
		return fmt.Errorf("update: %w", err)
	}
	for _, e := range entries {
		v := release.Version(strings.TrimSuffix(e.Name(), unfinished))
		if string(v) == e.Name() && (v == s.Good || v == s.Previous) {
			continue
		}
		if err := h.remove(filepath.Join(h.versions(), e.Name())); err != nil {
			return err
		}
	}
	return nil
}
