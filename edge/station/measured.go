package station

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"xiangyi/devices/profile"
	"xiangyi/devices/registry"
	"xiangyi/edge/intake"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/exam"
)

// Instrument is one at a serial port or on TCP, and where it stands.
type Instrument struct {
	registry.Placed
	Terminal care.ID
}

// openMeasured joins the instruments at ports. It opens none.
func (s *Station) openMeasured() error {
	profiles, err := profile.All()
	if err != nil {
		return err
	}
	raw := &asideDir{dir: filepath.Join(s.Dir, "raw"), keys: s.keys, rand: s.Rand, now: s.Now}
	s.measured = &intake.Measured{Terminals: map[care.ID]care.ID{}, Engine: s.engine, Keep: raw.keep, Boot: uint64(s.Now().UnixMilli()), Now: s.Now}
	var placed []registry.Placed
	for _, i := range s.Instruments {
		id := care.ID(i.Device)
		if !id.Valid() {
			return fmt.Errorf("instrument %q cannot be a name", i.Device)
		}
		s.measured.Terminals[id] = i.Terminal
		placed = append(placed, i.Placed)
	}
	s.registry, err = registry.New(registry.Config{Profiles: profiles, Placed: placed, Tell: s.measured.Take, Now: s.Now, Log: s.Log})
	return err
}

// runMeasured runs the instruments at ports until the context ends or the disk fails.
func (s *Station) runMeasured(ctx context.Context) error {
	if err := s.measured.Introduce(ctx, s.registry.States()); err != nil {
		return err
	}
	return s.registry.Run(ctx)
}

// startTime is how long an instrument may take to hear that it shall begin.
const startTime = 2 * time.Second

// begin starts the instruments of a terminal that the host starts, when somebody
// there asks to be measured. Older wishes are let be: nothing inflates for
// somebody who left.
func (s *Station) begin(ctx context.Context) error {
	starts := func(c *protocol.Change) bool { return c.Action == "exam.start" }
	for cursor := s.store.Last(); ; {
		items, err := s.store.Next(ctx, cursor, 16, starts)
		if err != nil {
			return err
		}
		for _, it := range items {
			cursor = it.Cursor
			if starts(&it.Change) && it.Change.Site == s.Site {
				s.beginAt(ctx, &it.Change)
			}
		}
	}
}

func (s *Station) beginAt(ctx context.Context, c *protocol.Change) {
	terminal := c.Actor.Terminal
	for _, w := range c.Writes {
		var turn exam.Session
		if w.Ref.Kind == exam.KindSession && protocol.Decode(w.Value, &turn) == nil {
			terminal = turn.Terminal // a doctor measures elsewhere than at the desk
		}
	}
	for device, stands := range s.measured.Terminals {
		if stands != terminal {
			continue
		}
		try, cancel := context.WithTimeout(ctx, startTime)
		if err := s.registry.Start(try, string(device)); err != nil {
			s.Log.Warn("instrument did not begin", "device", string(device), "err", err)
		}
		cancel()
	}
}
