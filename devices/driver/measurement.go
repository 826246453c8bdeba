package driver

import (
	"crypto/sha256"
	"encoding/json"
	"time"

	"xiangyi/devices"
	"xiangyi/devices/frame"
)

// Measurement is what an instrument told at once. Codes have their LOINC and MDC
// terms in devices.Terms; units are UCUM.
type Measurement struct {
	Device     string            `json:"device"`
	Model      string            `json:"model"`
	Type       string            `json:"type"` // the family's word: result, record
	Seq        uint64            `json:"seq"`  // counts since the driver began; of a record, its own name
	Record     bool              `json:"record,omitempty"`
	DeviceTime time.Time         `json:"deviceTime,omitzero"` // by the instrument's clock
	Received   time.Time         `json:"received"`            // by the station's clock
	Offset     *time.Duration    `json:"offset,omitempty"`    // station's clock minus the instrument's; nil: not known
	Readings   []devices.Reading `json:"readings"`
	Facts      []frame.Fact      `json:"facts,omitempty"`
	Raw        []byte            `json:"raw"` // the frame
}

// timeLayouts in which instruments write; those without an offset are local.
var timeLayouts = []string{"2006-01-02T15:04:05-07:00", "2006-01-02T15:04:05", "2006-01-02T15:04"}

// timeOf reads an instrument's time; zero for none.
func timeOf(v any, zone *time.Location) time.Time {
	text, _ := v.(string)
	for _, l := range timeLayouts {
		if t, err := time.ParseInLocation(l, text, zone); err == nil {
			return t
		}
	}
	return time.Time{}
}

// session is what a driver knows of an instrument from frame to frame.
type session struct {
	d       *Driver
	pending time.Time // said in a frame of its own, in front of its value
}

// measure makes a measurement of an event; ok is false when it measures nothing.
func (s *session) measure(e *frame.Event, now time.Time) (m Measurement, ok bool) {
	d := s.d
	said := e.Fact("deviceTime")
	if said == nil {
		said = e.Fact("observedAt")
	}
	at := timeOf(said, d.Zone)
	if !at.IsZero() && d.Protocol.Talk.Clock[e.Type] {
		d.clock(now.Sub(at))
	}
	if len(e.Readings) == 0 {
		if !d.Protocol.Talk.Clock[e.Type] {
			s.pending = at
		}
		return m, false
	}
	if at.IsZero() {
		at = s.pending
	}
	s.pending = time.Time{}
	m = Measurement{Device: d.Device, Model: d.Model, Type: e.Type, DeviceTime: at, Received: now, Offset: d.offset(),
		Readings: e.Readings, Facts: e.Facts, Raw: e.Raw}
	if d.Protocol.Talk.Memory {
		m.Record = true
		m.Seq = s.name(&m)
		return m, d.told.first(m.Seq)
	}
	d.seq++
	m.Seq = d.seq
	return m, true
}

// name of a record is made of what it says, so that it is the same whenever it
// comes again, also after a restart.
func (s *session) name(m *Measurement) uint64 {
	raw, err := json.Marshal(m.Readings)
	if err != nil {
		panic(err) // texts and numbers that were read
	}
	if m.DeviceTime.IsZero() {
		raw = m.Raw
	}
	sum := sha256.Sum256(append(m.DeviceTime.AppendFormat(nil, time.RFC3339), raw...))
	name := uint64(0)
	for _, b := range sum[:8] {
		name = name<<8 | uint64(b)
	}
	return name | 1 // zero is none
}

// names remembers the newest names.
type names struct {
	known map[uint64]bool
	order []uint64
}

const mostNames = 4096

// first reports whether a name is new.
func (n *names) first(name uint64) bool {
	if n.known[name] {
		return false
	}
	if n.known == nil {
		n.known = map[uint64]bool{}
	}
	if len(n.order) == mostNames {
		delete(n.known, n.order[0])
		n.order = n.order[1:]
	}
	n.known[name], n.order = true, append(n.order, name)
	return true
}
