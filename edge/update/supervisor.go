package update

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"xiangyi/protocol/release"
)

// Process is a station's program that was started.
type Process interface {
	// Done is closed when it has ended.
	Done() <-chan struct{}
	// Stop asks it to end, makes it end when it does not, and waits.
	Stop()
}

// Supervisor runs a station's program and changes its version. Fields are set before Run.
type Supervisor struct {
	Home  *Home
	Start func(release.Version) (Process, error)
	Ready func(context.Context) error // nil: the station serves people

	ReadyTime time.Duration // until a new version must be ready
	GoodTime  time.Duration // for how long it must stay so
	Look      time.Duration // between two looks
	Now       func() time.Time
	Log       *slog.Logger
}

const (
	// mostStarts is how often a version is tried when the box stops meanwhile: one
	// power cut is nobody's fault, of two the version may be.
	mostStarts = 2
	// mostMissed is how many looks in a row a new version may not be ready, once it was.
	mostMissed = 3
	restTime   = time.Second
)

// Run runs the right version until the context ends or the disk fails.
func (s *Supervisor) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		state, err := s.next()
		if err != nil {
			return err
		}
		if state.Trial != nil {
			err = s.try(ctx, &state)
		} else {
			err = s.serve(ctx, state.Good)
		}
		if err != nil {
			return err
		}
		rest(ctx, restTime)
	}
	return ctx.Err()
}

// next reads what is to run now, and takes a wish.
func (s *Supervisor) next() (State, error) {
	state, err := s.Home.State()
	if err != nil {
		return state, err
	}
	if state.Trial == nil {
		if err := s.take(&state); err != nil {
			return state, err
		}
	}
	t := state.Trial
	if t == nil {
		return state, nil
	}
	if t.Starts >= mostStarts {
		return state, s.leave(&state, Interrupt)
	}
	if err := s.Home.Check(t.Version); err != nil {
		s.Log.Error("a version is damaged", "version", string(t.Version), "err", err)
		return state, s.leave(&state, Damaged)
	}
	return state, nil
}

// take makes a trial of a wish. The wish goes after the trial is on the disk: a power cut
// between finds both, and the trial counts.
func (s *Supervisor) take(state *State) error {
	var w Wish
	there, err := read(s.Home.wishFile(), &w)
	if err != nil {
		s.Log.Error("a wish cannot be read and is dropped", "err", err)
		return s.Home.remove(s.Home.wishFile())
	}
	if !there {
		return nil
	}
	before, failed := state.Failed[w.Version]
	known := w.Version.Check() == nil && w.Version != state.Good && (!failed || before.Order != w.Order)
	if known {
		state.Trial = &Trial{Wish: w}
		if err := s.Home.save(state); err != nil {
			return err
		}
	}
	return s.Home.remove(s.Home.wishFile())
}

// leave ends a trial without success: from now on the last good version runs.
func (s *Supervisor) leave(state *State, why Reason) error {
	t := state.Trial
	s.Log.Warn("going back to the last good version", "version", string(t.Version), "reason", string(why), "good", string(state.Good))
	if state.Failed == nil {
		state.Failed = map[release.Version]Failure{}
	}
	state.Failed[t.Version] = Failure{Order: t.Order, Reason: why, At: s.Now()}
	state.Trial = nil
	return s.Home.save(state)
}

// serve runs a good version until it ends.
func (s *Supervisor) serve(ctx context.Context, v release.Version) error {
	p, err := s.Start(v)
	if err != nil {
		return fmt.Errorf("update: start %s: %w", v, err)
	}
	select {
	case <-ctx.Done():
		p.Stop()
		return ctx.Err()
	case <-p.Done():
		return nil
	}
}

// try runs a version that has to show itself.
func (s *Supervisor) try(ctx context.Context, state *State) error {
	t := state.Trial
	t.Starts++
	if err := s.Home.save(state); err != nil {
		return err
	}
	p, err := s.Start(t.Version)
	if err != nil {
		s.Log.Error("a new version does not start", "version", string(t.Version), "err", err)
		return s.leave(state, Exited)
	}
	why, healthy := s.watch(ctx, p)
	switch {
	case ctx.Err() != nil: // somebody stops the station: that is no trial
		p.Stop()
		t.Starts--
		return errors.Join(ctx.Err(), s.Home.save(state))
	case !healthy:
		p.Stop()
		return s.leave(state, why)
	}
	s.Log.Info("a new version is good", "version", string(t.Version))
	good := State{Good: t.Version, Since: s.Now(), Previous: state.Good, Failed: state.Failed}
	delete(good.Failed, t.Version)
	err = s.Home.save(&good)
	if err == nil {
		err = s.Home.prune(&good)
	}
	if err != nil {
		p.Stop()
		return err
	}
	select {
	case <-ctx.Done():
		p.Stop()
		return ctx.Err()
	case <-p.Done():
		return nil
	}
}

// watch looks at a new version until it is good, or is not.
func (s *Supervisor) watch(ctx context.Context, p Process) (Reason, bool) {
	began := s.Now()
	var since time.Time // ready, without a break
	missed := 0
	for {
		looking, cancel := context.WithTimeout(ctx, s.ReadyTime)
		err := s.Ready(looking)
		cancel()
		now := s.Now()
		switch {
		case err == nil && since.IsZero():
			since, missed = now, 0
		case err == nil:
			missed = 0
		case since.IsZero() && now.Sub(began) >= s.ReadyTime:
			return NotReady, false
		case !since.IsZero():
			if missed++; missed >= mostMissed {
				return Unhealthy, false
			}
		}
		if err == nil && now.Sub(since) >= s.GoodTime {
			return "", true
		}
		t := time.NewTimer(s.Look)
		select {
		case <-ctx.Done():
			t.Stop()
			return "", false
		case <-p.Done():
			t.Stop()
			return Exited, false
		case <-t.C:
		}
	}
}

func rest(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
