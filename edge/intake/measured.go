package intake

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"xiangyi/devices"
	"xiangyi/devices/driver"
	"xiangyi/devices/registry"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/exam"
)

// Measured brings what instruments at serial ports and on TCP tell into the
// record, in the way of those that publish: bound to the session that asked, else
// held for the doctor. A measurement that was told and is not committed when the
// station is killed is lost, unless the instrument keeps it: the line has no
// acknowledgement.
type Measured struct {
	Terminals map[care.ID]care.ID // where each instrument stands
	Engine    *care.Engine
	Keep      func(device care.ID, reason, topic string, payload []byte) error // raw bytes, before the commit
	Boot      uint64                                                           // of the station: larger at every start
	Now       func() time.Time
}

// Introduce puts on record which instruments stand where and what they measure.
func (in *Measured) Introduce(ctx context.Context, all []registry.State) error {
	for _, s := range all {
		device := care.ID(s.Device)
		input, err := protocol.Encode(exam.Birth{Device: device, Terminal: in.Terminals[device], Model: s.Model, Codes: s.Codes})
		if err != nil {
			return err
		}
		_, err = in.Engine.Do(ctx, care.Request{Actor: care.Machine("intake"), Name: "exam.instrument", Input: input})
		if _, refused := protocol.AsRefusal(err); err != nil && !refused && !errors.Is(err, protocol.ErrSpace) {
			return fmt.Errorf("intake: %s: %w", s.Device, err)
		}
	}
	return nil
}

// Take commits a measurement. It is what a registry tells. The error is that of
// the station's disk, or the context's.
func (in *Measured) Take(ctx context.Context, m driver.Measurement) error {
	msg := in.message(m)
	if len(msg.Readings) == 0 {
		return nil // what it said has no code that travels
	}
	raw, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("intake: %w", err)
	}
	if err := in.Keep(msg.Device, "measured", msg.Key(), raw); err != nil {
		return err
	}
	input, err := protocol.Encode(msg)
	if err != nil {
		return fmt.Errorf("intake: %w", err)
	}
	q := care.Request{Actor: care.Machine("intake"), Name: exam.Record, Input: input, Key: msg.Key()}
	for {
		_, err := in.Engine.Do(ctx, q)
		refusal, refused := protocol.AsRefusal(err)
		switch {
		case refused:
			return in.Keep(msg.Device, string(refusal.Code), msg.Key(), raw)
		case errors.Is(err, protocol.ErrSpace):
			if err := later(ctx); err != nil {
				return err
			}
			continue
		case err != nil:
			return fmt.Errorf("intake: %w", err)
		}
		return nil
	}
}

// later waits for room on the disk.
func later(ctx context.Context) error {
	t := time.NewTimer(5 * time.Second)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// message writes a measurement as an instrument publishes it. A record of an
// instrument's memory is named by what it says, so that it is taken once though
// it comes again after a restart.
func (in *Measured) message(m driver.Measurement) exam.Message {
	device := care.ID(m.Device)
	msg := exam.Message{Device: device, Terminal: in.Terminals[device], Session: "-", Model: m.Model, Boot: in.Boot, Seq: m.Seq,
		DeviceTime: m.DeviceTime, Received: m.Received}
	if m.Record {
		msg.Boot = 0
	}
	if m.Offset != nil {
		ms := m.Offset.Milliseconds()
		msg.OffsetMS = &ms
	}
	for _, r := range m.Readings {
		if code := devices.Terms[r.Code].LOINC; code != "" {
			msg.Readings = append(msg.Readings, exam.Reading{Code: code, Value: protocol.Decimal(r.Value), Unit: r.Unit,
				Absent: string(r.Absent), Quality: exam.Quality(r.Quality)})
		}
	}
	return msg
}

// Known tells how instruments stand, as those that publish are told of.
func (in *Measured) Known(all []registry.State) []Device {
	var out []Device
	for _, s := range all {
		d := Device{Name: care.ID(s.Device), Model: s.Model, Boot: in.Boot, Heard: s.Heard, Read: s.Read, Refused: s.Counts.Damaged,
			Online: s.Condition != driver.Unplugged && s.Condition != driver.Silent && s.Condition != driver.Unreadable}
		if s.Offset != nil {
			d.Offset, d.Clocked = *s.Offset, true
		}
		for _, f := range s.Faults {
			d.Faults = append(d.Faults, f.ZH)
		}
		out = append(out, d)
	}
	return out
}
