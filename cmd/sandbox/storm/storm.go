package storm

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"xiangyi/cmd/internal/cell"
	"xiangyi/cmd/sandbox/story"
)

// Options of a storm.
type Options struct {
	Dir      string // an empty directory
	Program  string // the shipped program cloud
	Stations int
	For      time.Duration // how long faults strike
	Seed     uint64
}

// weather is a storm that blows.
type weather struct {
	Options
	draw     *rand.Rand
	group    *cell.Group
	loads    []*load
	racers   []*race
	receipts atomic.Int64
	tell     func(story.Step) error
}

// Run is a storm from its beginning to the judgement. The error names the promise
// that was broken.
func Run(ctx context.Context, o Options, tell func(story.Step) error) (err error) {
	ctx, cancel := context.WithTimeout(ctx, o.For+3*time.Minute)
	defer cancel()
	w := &weather{Options: o, draw: rand.New(rand.NewPCG(o.Seed, 1)), tell: tell}
	if err := w.step(fmt.Sprintf("three nodes and %d stations begin, seed %d", o.Stations, o.Seed), func() (string, error) { return w.begin(ctx) }); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.group.Close()) }()
	stop, join := w.blow(ctx)
	err = w.faults(ctx)
	close(stop)
	err = errors.Join(err, join())
	if err != nil {
		return err
	}
	return w.judge(ctx)
}

// step does one thing and tells how it went.
func (w *weather) step(name string, do func() (string, error)) error {
	began := time.Now()
	detail, err := do()
	s := story.Step{Step: name, OK: err == nil, MS: time.Since(began).Milliseconds(), Detail: detail}
	if err != nil {
		s.Detail = err.Error()
		err = fmt.Errorf("%s: %w", name, err)
	}
	return errors.Join(err, w.tell(s))
}

// racing is how many lanes two connections write at once, for porcupine.
const racing = 3

func (w *weather) begin(ctx context.Context) (string, error) {
	sites := cell.Sites(w.Stations + racing)
	var err error
	if w.group, err = cell.Open(cell.Options{Dir: w.Dir, Program: w.Program, Sites: sites, Parted: true}); err != nil {
		return "", err
	}
	if err := w.group.Start(ctx); err != nil {
		return "", errors.Join(err, w.group.Close())
	}
	for i, site := range sites {
		s, err := w.group.Connect(site, i)
		if err != nil {
			return "", errors.Join(err, w.group.Close())
		}
		s.Patience = patience
		if i < w.Stations {
			w.loads = append(w.loads, &load{station: s, count: &w.receipts})
			continue
		}
		r, err := newRace(w.group, s, i+1)
		if err != nil {
			return "", errors.Join(err, w.group.Close())
		}
		w.racers = append(w.racers, r)
	}
	return "", nil
}

// blow lets the stations send until stop is closed; join waits until each has its
// last receipt.
func (w *weather) blow(ctx context.Context) (stop chan struct{}, join func() error) {
	stop = make(chan struct{})
	failed := make([]error, len(w.loads)+len(w.racers))
	var work sync.WaitGroup
	for i, l := range w.loads {
		work.Go(func() { failed[i] = l.run(ctx, stop) })
	}
	for i, r := range w.racers {
		work.Go(func() { failed[len(w.loads)+i] = r.run(ctx, stop) })
	}
	return stop, func() error {
		work.Wait()
		for _, l := range w.loads {
			l.station.Close()
		}
		for _, r := range w.racers {
			r.close()
		}
		return errors.Join(failed...)
	}
}

// load is a station that sends one frame after the other.
type load struct {
	station *cell.Station
	sent    []cell.Packed
	count   *atomic.Int64
}

// patience is shorter than a real station's: more goes twice, and more faults fit
// into a minute.
const patience = 3 * time.Second

// pause is how long a station does nothing between two frames.
const pause = 150 * time.Millisecond

func (l *load) run(ctx context.Context, stop chan struct{}) error {
	for {
		p, err := l.station.Pack(4)
		if err != nil {
			return err
		}
		l.sent = append(l.sent, p)
		if err := l.station.Send(ctx, &p); err != nil {
			return err
		}
		l.count.Add(1)
		select {
		case <-stop:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}
