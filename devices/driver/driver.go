package driver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"xiangyi/devices/frame"
	"xiangyi/devices/port"
)

// Config of a driver. Protocol, Modes, Tell and Now are required.
type Config struct {
	Device   string // its name in the station
	Model    string
	Address  string // as port.Open takes it
	Protocol frame.Protocol
	Modes    []port.Mode    // tried in turn while nothing can be understood
	Zone     *time.Location // of the instrument's clock; nil: local
	Silence  time.Duration  // after so long without a byte the port is opened anew; 0: it may be silent for ever
	Pause    time.Duration  // between two tries to open, at first; 0: one second. It doubles to thirty times as much

	// Tell takes a measurement; it is called from Run, one at a time. What it
	// returns ends Run.
	Tell func(context.Context, Measurement) error
	Open func(context.Context, string, port.Mode) (io.ReadWriteCloser, error) // nil: port.Open
	Now  func() time.Time
	Log  *slog.Logger // nil: none
}

// Driver is one instrument. Health and Command may be called at any time, from
// any goroutine; Run from one.
type Driver struct {
	Config
	commands chan command
	seq      uint64
	told     names

	mu     sync.Mutex
	health Health
}

type command struct {
	bytes []byte
	done  chan error
}

// New makes a driver. It opens nothing before Run.
func New(c Config) *Driver {
	if c.Open == nil {
		c.Open = port.Open
	}
	if c.Zone == nil {
		c.Zone = time.Local
	}
	if c.Pause == 0 {
		c.Pause = time.Second
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if len(c.Modes) == 0 {
		c.Modes = []port.Mode{{}}
	}
	return &Driver{Config: c, commands: make(chan command), health: Health{Device: c.Device, Model: c.Model, Address: c.Address, Condition: Unplugged, Since: c.Now()}}
}

// Errors of a command.
var (
	ErrUnknown   = errors.New("the instrument knows no such command")
	ErrNotOpen   = errors.New("the instrument is not connected")
	errSilent    = errors.New("nothing was heard for too long")
	errOtherMode = errors.New("nothing is understood at this speed")
)

// Command says one of the protocol's commands to the instrument. It is said now
// or not at all: nothing inflates because of a command of an hour ago.
func (d *Driver) Command(ctx context.Context, name string) error {
	b, ok := d.Protocol.Commands[name]
	if !ok {
		return fmt.Errorf("command %s: %w", name, ErrUnknown)
	}
	if d.Health().Condition == Unplugged {
		return fmt.Errorf("command %s: %w", name, ErrNotOpen)
	}
	c := command{b, make(chan error, 1)}
	select {
	case d.commands <- c:
		return <-c.done
	case <-ctx.Done():
		return fmt.Errorf("command %s: %w", name, ctx.Err())
	}
}

// Start begins a measurement where the host begins it; elsewhere it does nothing.
func (d *Driver) Start(ctx context.Context) error {
	for _, name := range d.Protocol.Talk.Start {
		if err := d.Command(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// Health tells how the instrument stands.
func (d *Driver) Health() Health {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.health
}

// mark records a change of health.
func (d *Driver) mark(change func(*Health)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	was := d.health.Condition
	change(&d.health)
	if d.health.Condition != was {
		d.health.Since = d.Now()
		d.Log.Info("instrument", "device", d.Device, "was", string(was), "is", string(d.health.Condition))
	}
}

func (d *Driver) clock(offset time.Duration) { d.mark(func(h *Health) { h.Offset = &offset }) }

func (d *Driver) offset() *time.Duration { return d.Health().Offset }

// Run opens the port and tells what comes, again and again, until the context
// ends or Tell fails.
func (d *Driver) Run(ctx context.Context) error {
	mode, pause := 0, d.Pause
	for {
		m := d.Modes[mode%len(d.Modes)]
		p, err := d.Open(ctx, d.Address, m)
		if err == nil {
			pause = d.Pause
			d.mark(func(h *Health) {
				h.Condition, h.Mode, h.Counts, h.Pending = Waiting, m.String(), frame.Counts{}, 0
				h.Opened++
			})
			err = d.serve(ctx, p, m)
		}
		var stop *stopped
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &stop):
			return stop.err
		case errors.Is(err, errOtherMode):
			d.mark(func(h *Health) { h.Condition = Unreadable })
			mode++
		case errors.Is(err, errSilent):
			d.mark(func(h *Health) { h.Condition = Silent })
		default:
			d.mark(func(h *Health) { h.Condition = Unplugged })
		}
		d.Log.Debug("port", "device", d.Device, "err", err)
		if err := rest(ctx, pause); err != nil {
			return err
		}
		pause = min(2*pause, 30*d.Pause)
	}
}

// stopped is a failure of who is told, not of the line.
type stopped struct{ err error }

func (s *stopped) Error() string { return s.err.Error() }

func rest(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
