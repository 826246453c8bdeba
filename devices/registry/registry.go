// Package registry provisions the instruments of a place: it gives each a driver
// by the profile of its model, runs them, and reports how they stand. It knows
// no person and no station.
package registry

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"xiangyi/devices/driver"
	"xiangyi/devices/profile"
	"xiangyi/devices/protocols"
)

// Placed is an instrument that stands somewhere.
type Placed struct {
	Device     string    // its name there
	Model      string    // of a profile
	Address    string    // as port.Open takes it
	Calibrated time.Time // zero: nobody said
}

// Config of a registry. Tell and Now are required.
type Config struct {
	Profiles []profile.Profile
	Placed   []Placed
	// Tell takes a measurement. It is called by several instruments at once, and
	// for each one at a time. An error ends Run.
	Tell  func(context.Context, driver.Measurement) error
	Now   func() time.Time
	Pause time.Duration // as driver.Config has it
	Log   *slog.Logger  // nil: none
}

// Registry holds the drivers of a place.
type Registry struct {
	Config
	all []*instrument
}

type instrument struct {
	placed  Placed
	profile profile.Profile
	driver  *driver.Driver
	stream  bool
	steady  driver.Steady
}

// State is how an instrument stands.
type State struct {
	driver.Health
	Name   string         `json:"name"` // of the model, zh-CN
	Codes  []string       `json:"codes"`
	Due    time.Time      `json:"due,omitzero"` // of its calibration
	Faults []driver.Words `json:"faults"`
}

// New makes a driver for each instrument. It opens nothing before Run. The error
// names the instrument whose model is not known, or whose name stands twice.
func New(c Config) (*Registry, error) {
	r := &Registry{Config: c}
	for _, p := range c.Placed {
		at := slices.IndexFunc(c.Profiles, func(f profile.Profile) bool { return f.Model == p.Model })
		if at < 0 {
			return nil, fmt.Errorf("instrument %s: no profile of model %q", p.Device, p.Model)
		}
		if r.named(p.Device) != nil {
			return nil, fmt.Errorf("instrument %s stands twice in the configuration", p.Device)
		}
		i := &instrument{placed: p, profile: c.Profiles[at]}
		protocol, known := protocols.Named(i.profile.Protocol)
		if !known {
			return nil, fmt.Errorf("instrument %s: no protocol %q", p.Device, i.profile.Protocol)
		}
		i.stream = protocol.Talk.Stream
		i.driver = driver.New(driver.Config{Device: p.Device, Model: p.Model, Address: p.Address, Protocol: protocol, Modes: i.profile.Modes,
			Silence: time.Duration(i.profile.Silence) * time.Second, Pause: c.Pause, Now: c.Now, Log: c.Log,
			Tell: func(ctx context.Context, m driver.Measurement) error { return r.take(ctx, i, m) }})
		r.all = append(r.all, i)
	}
	return r, nil
}

func (r *Registry) named(device string) *instrument {
	for _, i := range r.all {
		if i.placed.Device == device {
			return i
		}
	}
	return nil
}

// take passes a measurement on: of a stream, when it stands.
func (r *Registry) take(ctx context.Context, i *instrument, m driver.Measurement) error {
	if i.stream && !i.steady.Take(m) {
		return nil
	}
	m.Readings = i.profile.Judge(m.Readings)
	return r.Tell(ctx, m)
}

// Run runs all drivers until the context ends or Tell fails.
func (r *Registry) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, len(r.all))
	for _, i := range r.all {
		go func() { ended <- i.driver.Run(ctx) }()
	}
	if len(r.all) == 0 {
		<-ctx.Done()
		return ctx.Err()
	}
	err := <-ended
	cancel()
	for range len(r.all) - 1 {
		<-ended
	}
	return err
}

// Start begins a measurement at an instrument where the host begins it.
func (r *Registry) Start(ctx context.Context, device string) error {
	i := r.named(device)
	if i == nil {
		return fmt.Errorf("no instrument %s", device)
	}
	return i.driver.Start(ctx)
}

// States tells how the instruments stand, in the order of the configuration.
func (r *Registry) States() []State {
	out := []State{}
	for _, i := range r.all {
		h := i.driver.Health()
		s := State{Health: h, Name: i.profile.Name, Codes: i.profile.Codes(), Due: i.profile.Due(i.placed.Calibrated), Faults: h.Faults()}
		if !s.Due.IsZero() && r.Now().After(s.Due) {
			s.Faults = append(s.Faults, driver.Words{ZH: "仪器该校准了", EN: "The instrument is due for calibration"})
		}
		out = append(out, s)
	}
	return out
}
