package simulate

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication"
	"xiangyi/replication/store"
)

// Replica is one node of the county, moved by hand; the county's ledger has one.
type Replica interface {
	// Apply applies one entry of the log; the answer is for whoever proposed it.
	Apply(index, term uint64, command []byte) (answer any, err error)
	// Applied is the newest entry in the records; nodes of equal command have
	// equal hashes.
	Applied() (index, command uint64, hash seal.Digest)
	// TakeOver makes a node that was elected serve.
	TakeOver(context.Context) error
	Submit(ctx context.Context, frame []byte) (protocol.Receipt, error)
	Do(context.Context, protocol.Order, func(protocol.Tx) error) (protocol.Change, error)
	Snapshot(context.Context, func(*store.Snapshot) error) error
	Mend(site protocol.Site, offer []byte) error
	Sites() replication.Ledger
	Tidy() error
}

// Group is what a Replica asks of consensus.
type Group interface {
	Propose(command []byte) (answer any, err error)
	Settle() error
	Leads() (term uint64, yes bool)
}

// Node is what a Replica is opened with.
type Node struct {
	Name  string
	Disk  *store.Disk
	Keys  seal.Keyring
	Kinds []protocol.KindSpec
	Rand  io.Reader
	Now   func() time.Time
	Log   *slog.Logger
	Group Group
}

// Options of a run.
type Options struct {
	Profile Profile
	Open    func(Node) (Replica, error)
	Steps   int // of the restless part; 0: 400
	// Spoil, when set, breaks a rule of the program, for the tests that see the
	// checks fail.
	Spoil Spoil
}

// Spoil takes rules out. Its zero value takes none.
type Spoil struct {
	Answer  func(*replication.Answer)                // of a pull, before it is packed
	Command func(node string, command []byte) []byte // of the log: what a node applies in its stead
	Sell    bool                                     // stations sell what is sold
	Reclaim bool                                     // the county takes back what its holder may still sell, and lends it again
}

// Result is what one seed showed.
type Result struct {
	Seed    uint64        `json:"seed"`
	Profile string        `json:"profile"`
	Broken  string        `json:"broken,omitempty"` // the first invariant that did not hold
	Story   []string      `json:"story,omitempty"`  // what came before it
	Counts  Counts        `json:"counts"`
	State   string        `json:"state"` // hash over all that the county's nodes did: two runs of a seed are alike
	Lived   time.Duration `json:"lived"` // of the county's time
}

// Counts say what a run went through, so that a quiet one is seen.
type Counts struct {
	Saved     int `json:"saved"`  // Changes that people were told are saved
	Held      int `json:"held"`   // told to be held by the county
	Frames    int `json:"frames"` // that reached a leader
	Pulls     int `json:"pulls"`
	Elections int `json:"elections"`
	Crashes   int `json:"crashes"` // of stations and nodes
	Lost      int `json:"lost"`    // saved Changes that a disk forgot before they left
	Forks     int `json:"forks"`
	Heals     int `json:"heals"` // differences that were located
	Images    int `json:"images"`
	Conflicts int `json:"conflicts"`
	Slots     int `json:"slots"` // each with a schedule of its own: granted, sold, returned, taken
	Sold      int `json:"sold"`
}

// Add sums up.
func (c *Counts) Add(d Counts) {
	c.Saved, c.Held, c.Frames, c.Pulls = c.Saved+d.Saved, c.Held+d.Held, c.Frames+d.Frames, c.Pulls+d.Pulls
	c.Elections, c.Crashes, c.Lost, c.Forks = c.Elections+d.Elections, c.Crashes+d.Crashes, c.Lost+d.Lost, c.Forks+d.Forks
	c.Heals, c.Images, c.Conflicts = c.Heals+d.Heals, c.Images+d.Images, c.Conflicts+d.Conflicts
	c.Slots, c.Sold = c.Slots+d.Slots, c.Sold+d.Sold
}

// Run lives through one seed. The error is a fault of the simulation itself.
func Run(seed uint64, o Options) (Result, error) {
	w, err := newWorld(seed, o)
	if err != nil {
		return Result{}, err
	}
	defer w.close()
	steps := o.Steps
	if steps == 0 {
		steps = 400
	}
	w.fair = false // from here on
	for range steps {
		if w.broken != "" {
			break
		}
		w.step()
	}
	if w.broken == "" {
		w.settle()
	}
	if w.broken == "" {
		w.check()
	}
	w.counts.Slots = w.model.slots
	r := Result{Seed: seed, Profile: o.Profile.Name, Broken: w.broken, Counts: w.counts, State: w.county.state(), Lived: w.now.Sub(dawn)}
	if w.broken != "" {
		r.Story = w.story.lines()
	}
	return r, nil
}

var dawn = time.Date(2031, 3, 3, 0, 0, 0, 0, time.UTC)

// world is everything, and the one hand that moves it.
type world struct {
	Options
	*rand.Rand
	seed     uint64
	now      time.Time // the true one
	county   *county
	stations []*station
	flights  []*flight
	model    *model
	counts   Counts
	story    story
	broken   string
	depth    int
	fair     bool // nothing fails any more
	secret   [32]byte
}

func newWorld(seed uint64, o Options) (*world, error) {
	w := &world{Options: o, Rand: rand.New(rand.NewPCG(seed, 0x7869616e67796931)), seed: seed, now: dawn, model: newModel(), fair: true}
	w.secret = [32]byte(seal.Sum([]byte(fmt.Sprint("county ", seed))))
	var err error
	if w.county, err = newCounty(w); err != nil {
		return nil, err
	}
	for i := range 2 + w.IntN(2) {
		s, err := newStation(w, protocol.Site(fmt.Sprintf("v%02d", i+1)), store.NewDisk())
		if err != nil {
			return nil, err
		}
		w.stations = append(w.stations, s)
	}
	return w, nil
}

func (w *world) close() {
	for _, s := range w.stations {
		s.end()
	}
}

// reader is randomness for one part of the world.
type reader struct{ *rand.Rand }

func (r reader) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(r.Uint32())
	}
	return len(p), nil
}

func (w *world) random() io.Reader { return reader{rand.New(rand.NewPCG(w.Uint64(), w.Uint64()))} }

// chance is true so many times in a thousand, never once everything is fair.
func (w *world) chance(perMille int) bool { return !w.fair && w.IntN(1000) < perMille }

// breaks notes the first invariant that does not hold.
func (w *world) breaks(format string, args ...any) {
	if w.broken == "" {
		w.broken = fmt.Sprintf(format, args...)
	}
}

func (w *world) tell(format string, args ...any) {
	w.story.add(w.now.Sub(dawn), format, args...)
}

// story keeps the newest lines.
type story struct {
	all  [80]func() string
	next int
}

func (s *story) add(at time.Duration, format string, args ...any) {
	s.all[s.next%len(s.all)] = func() string { return fmt.Sprintf("%-12s ", at.Round(time.Millisecond)) + fmt.Sprintf(format, args...) }
	s.next++
}

func (s *story) lines() (out []string) {
	for i := range s.all {
		if f := s.all[(s.next+i)%len(s.all)]; f != nil {
			out = append(out, f())
		}
	}
	return out
}

// pick takes one of a list.
func pick[T any](w *world, all []T) T { return all[w.IntN(len(all))] }

// step lets one thing happen.
func (w *world) step() {
	p := &w.Profile
	w.now = w.now.Add(w.pause())
	total := 0
	acts := w.acts(p)
	for _, a := range acts {
		total += a.weight
	}
	at := w.IntN(total)
	for _, a := range acts {
		if at -= a.weight; at < 0 {
			a.do()
			return
		}
	}
}

// pause is mostly short, sometimes hours.
func (w *world) pause() time.Duration {
	switch n := w.IntN(100); {
	case n < 70:
		return time.Duration(w.IntN(400)) * time.Millisecond
	case n < 97:
		return time.Duration(w.IntN(30)) * time.Second
	}
	return time.Duration(w.IntN(600)) * time.Minute
}

type act struct {
	weight int
	do     func()
}

func (w *world) acts(p *Profile) []act {
	some := func(f func(*station)) func() { return func() { f(pick(w, w.stations)) } }
	return []act{
		{220, some((*station).work)},
		{160, some((*station).send)},
		{220, w.deliver},
		{180, some((*station).pull)},
		{20, some((*station).tidy)},
		{60, w.county.follow},
		{60, w.county.work},
		{30, w.county.elect},
		{p.Kill, some((*station).kill)},
		{p.Kill, w.county.kill},
		{60, some((*station).start)},
		{40, w.county.start},
		{p.Partition, w.county.partition},
		{p.Clock, some((*station).setClock)},
		{p.Clock, w.county.setClock},
		{p.Clone, some((*station).clone)},
		{p.Clone, some((*station).restore)},
		{p.Lose, some((*station).lose)},
		{p.Lose, w.county.loseDisk},
		{p.Full, some((*station).fill)},
	}
}

// settle mends everything, and waits until nothing is left to do.
func (w *world) settle() {
	w.tell("everything is mended")
	w.fair = true
	w.county.mend()
	for _, s := range w.stations {
		s.mend()
	}
	const rounds = 60
	for round := range rounds {
		w.now = w.now.Add(time.Minute)
		w.county.settleConflicts()
		for _, s := range w.stations {
			s.start()
			for range 40 {
				s.send()
				if !w.drain(s) {
					break
				}
			}
			for more := true; more; {
				more = s.tidyStep()
			}
			for n := 0; n < 60 && w.broken == ""; n++ {
				if !s.pullOnce() {
					break
				}
			}
		}
		for len(w.flights) > 0 {
			w.deliver()
		}
		w.county.follow()
		if w.broken != "" || w.quiet() {
			return
		}
		if round > 10 {
			w.now = w.now.Add(11 * time.Minute)
		}
	}
	w.breaks("the county does not come to rest: %s", w.restless())
}

// drain delivers what a station sent; false when it sent nothing.
func (w *world) drain(s *station) (some bool) {
	for {
		i := slices.IndexFunc(w.flights, func(f *flight) bool { return f.from == s })
		if i < 0 {
			return some
		}
		w.deliverAt(i)
		some = true
	}
}

func (w *world) quiet() bool { return w.restless() == "" }

// restless says what still moves.
func (w *world) restless() string {
	for _, s := range w.stations {
		if why := s.restless(); why != "" {
			return string(s.name) + ": " + why
		}
	}
	return w.county.restless()
}
