package simulate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication"
	"xiangyi/replication/store"
)

// station is one box: its disk, and while it runs its store, its two senders
// and its downlink. Two boxes of one name are a clone and its original.
type station struct {
	*world
	name     protocol.Site
	box      int
	keys     seal.Keyring
	disk     *store.Disk
	backup   *store.Disk // an older copy of the disk
	db       *store.DB   // nil: its process does not run
	senders  [2]*replication.Sender
	down     *replication.Downlink
	life     int           // how often it was started
	offset   time.Duration // of its clock
	full     bool          // its disk is
	pulling  bool
	suspect  bool // its clock was set, and it noticed
	skewed   bool
	due      []*errand
	followed map[protocol.ID]bool
}

func newStation(w *world, name protocol.Site, disk *store.Disk) (*station, error) {
	s := &station{world: w, name: name, box: len(w.stations), disk: disk, followed: map[protocol.ID]bool{}}
	s.keys = seal.Derived(seal.Secrets{County: w.secret, Site: [32]byte(seal.Sum([]byte(name)))})
	s.start()
	if s.db == nil {
		return nil, fmt.Errorf("simulate: %s cannot be opened", name)
	}
	return s, nil
}

func (s *station) String() string { return fmt.Sprintf("%s#%d", s.name, s.box) }

// steady is time that nobody sets, as a process has it for its pauses.
func (s *station) steady() time.Time { return s.now }

func (s *station) clock() time.Time { return s.now.Add(s.offset) }

// start opens the station on what is on its disk.
func (s *station) start() {
	if s.db != nil {
		return
	}
	if s.chance(s.Profile.Skew) {
		s.skewed = !s.skewed
	}
	s.disk.Fault = func(store.Write) store.Outcome {
		if s.full && !s.fair {
			return store.Never
		}
		return s.tear()
	}
	o := store.Options{
		CoreOptions: store.CoreOptions{Disk: s.disk, Site: s.name, Keys: s.keys, Rand: s.random(), Kinds: kinds(s.skewed),
			Log: slog.New(slog.DiscardHandler)},
		Now: s.clock, Clock: func() protocol.ClockState { return protocol.ClockState{Suspect: s.suspect} },
		Free: s.free, Ballast: -1, Inline: true,
	}
	db, err := store.Open(o)
	if err != nil {
		if s.fair || !errors.Is(err, store.ErrDisk) {
			s.breaks("%s does not start: %v", s, err)
		}
		s.tell("%s does not start", s)
		return
	}
	s.db, s.life = db, s.life+1
	s.model.opened(s)
	log := slog.New(slog.DiscardHandler)
	s.down = &replication.Downlink{Site: s.name, Shelf: db, Line: puller{s, s.life}, Keys: s.keys, Log: log, Rand: s.random(),
		Budget: 4 << 10, MostWalks: 2, Now: s.steady, Alarm: s.healed}
	s.down.Begin()
	urgent := []protocol.Lane{protocol.Urgent, protocol.Clinical}
	bulk := []protocol.Lane{protocol.Administrative, protocol.Media}
	for i := range s.senders {
		sender := &replication.Sender{Journal: db, Lanes: urgent, Keys: s.keys, County: checks{}, Rand: s.random(), Log: log,
			Dictionary: s.down.Dictionary, Now: s.steady}
		if i == 1 {
			sender.Lanes, sender.Before = bulk, urgent
		}
		sender.Begin()
		s.senders[i] = sender
	}
}

// free is what the station sees of its disk: it fills slowly.
func (s *station) free() (uint64, uint64, error) {
	if s.full && !s.fair {
		return 1, 100, nil
	}
	return 50, 100, nil
}

// end takes the process away. Nothing of it is left but the disk.
func (s *station) end() {
	if s.db == nil {
		return
	}
	_ = s.db.Close()
	s.db = nil
	s.flights = without(s.flights, func(f *flight) bool { return f.from == s && f.back })
}

func (s *station) kill() {
	if s.db == nil {
		return
	}
	s.tell("%s is killed", s)
	s.counts.Crashes++
	s.end()
}

// disk ends the process after its disk failed, as the host does.
func (s *station) failed(err error) bool {
	var disk *replication.DiskError
	if !errors.As(err, &disk) && !errors.Is(err, store.ErrDisk) {
		return false
	}
	s.tell("%s ends: its disk failed", s)
	if s.fair {
		s.breaks("%s: %v", s, err)
	}
	s.counts.Crashes++
	s.end()
	return true
}

// send lets leave what there is room for.
func (s *station) send() {
	if s.db == nil {
		return
	}
	for i, sender := range s.senders {
		life := s.life
		err := sender.Fill(func(d replication.Departure) {
			s.flights = append(s.flights, &flight{from: s, life: life, sender: i, departure: d, until: s.now.Add(d.Patience)})
		})
		if err != nil && !s.failed(err) {
			s.breaks("%s: the sender ends: %v", s, err)
		}
		if s.db == nil {
			return
		}
	}
}

// pull is one exchange of the downlink. Others go on meanwhile.
func (s *station) pull() { s.pullOnce() }

func (s *station) pullOnce() (more bool) {
	if s.db == nil || s.pulling {
		return false
	}
	s.pulling = true
	defer func() { s.pulling = false }()
	life, before := s.life, s.db.Incarnation()
	more, err := s.down.Step(context.Background())
	if s.db == nil || s.life != life { // it died meanwhile
		return false
	}
	if s.db.Incarnation() != before {
		s.counts.Forks++
		s.tell("%s opens incarnation %x", s, uint64(s.db.Incarnation())>>48)

	}
	if err != nil && !s.failed(err) && errors.Is(err, errWrong) {
		s.breaks("%s: pull: %v", s, err)
	}
	s.model.heard(s)
	return more && err == nil
}

func (s *station) tidy() { s.tidyStep() }

func (s *station) tidyStep() (more bool) {
	if s.db == nil {
		return false
	}
	more = s.db.Tidy()
	select {
	case <-s.db.Failed():
		return !s.failed(store.ErrDisk)
	default:
		return more
	}
}

// setClock sets the clock by up to years. The station notices most leaps.
func (s *station) setClock() {
	s.offset = s.leap()
	s.suspect = s.IntN(4) > 0 && s.offset != 0
	s.tell("clock of %s is off by %v, suspect: %v", s, s.offset, s.suspect)
}

// leap is by how far a clock is wrong.
func (w *world) leap() time.Duration {
	sign := time.Duration(1 - 2*w.IntN(2))
	switch w.IntN(5) {
	case 0:
		return 0
	case 1:
		return sign * time.Duration(w.IntN(60)) * time.Minute
	case 2:
		return sign * time.Duration(w.IntN(72)) * time.Hour
	case 3:
		return sign * time.Duration(w.IntN(3*365)) * 24 * time.Hour
	}
	return sign * time.Duration(w.IntN(2000)) * time.Millisecond
}

// fill fills the disk or makes room again.
func (s *station) fill() {
	s.full = !s.full
	s.tell("disk of %s is full: %v", s, s.full)
}

// clone copies the disk into a second box that goes into use.
func (s *station) clone() {
	if len(s.stations) > 4 {
		return
	}
	s.tell("%s is cloned", s)
	c, err := newStation(s.world, s.name, s.disk.Copy())
	if err != nil {
		return
	}
	s.model.copied(s)
	for p := range s.followed {
		c.followed[p] = true
	}
	s.stations = append(s.stations, c)
}

// restore puts an older copy of the disk back, or takes one.
func (s *station) restore() {
	if s.backup == nil || s.db != nil {
		s.backup = s.disk.Copy()
		s.tell("%s is backed up", s)
		return
	}
	s.tell("%s is put back", s)
	s.model.copied(s)
	s.disk, s.backup = s.backup, nil
	s.start()
}

// lose has the disk of a station that does not run forget what it had synced.
func (s *station) lose() {
	if s.db != nil {
		s.kill()
	}
	if s.db == nil {
		n := s.disk.Lose(1 + s.IntN(6))
		s.due = nil // who was not answered asks under another name
		s.tell("the disk of %s forgets %d transactions", s, n)
	}
}

// mend ends all that was wrong with a station but its history.
func (s *station) mend() {
	s.full, s.offset, s.suspect = false, 0, false
	s.start()
}

// restless says what a station still has to do.
func (s *station) restless() string {
	if s.db == nil {
		return "does not run"
	}
	w, err := s.db.Waiting()
	if err != nil {
		return err.Error()
	}
	for lane, n := range w.Count {
		if n > 0 {
			return fmt.Sprintf("%d changes of lane %d wait", n, lane)
		}
	}
	if len(s.due) > 0 {
		return "people wait"
	}
	f := s.down.Fresh()
	at := protocol.Cursor(0)
	if c := s.county; c.leader == nil || c.leader.look(func(look *store.Snapshot) error { at = look.Last(); return nil }) != nil {
		return "nobody leads"
	}
	if !f.Level || !f.Compared || !f.Equal || f.Position != at {
		return fmt.Sprintf("not level with the county: %+v at %d", f, at)
	}
	if s.db.Frozen() {
		return "custody is frozen"
	}
	return ""
}

func without[T any](all []T, drop func(T) bool) []T {
	kept := all[:0:0]
	for _, x := range all {
		if !drop(x) {
			kept = append(kept, x)
		}
	}
	return kept
}

// healed hears of a difference that was located. Where no disk was copied and none
// forgot, and clocks agree on what is followed, there is nothing to differ about.
func (s *station) healed(_ context.Context, d replication.Difference) {
	s.tell("%s differed: %+v", s, d)
	s.counts.Heals++
	if !s.model.clones && s.Profile.Clock == 0 {
		s.breaks("%s holds something else than the county at %d: %+v", s, d.Position, d)
	}
}
