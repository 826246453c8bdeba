// Package taidoc speaks the "51" protocol of TaiDoc and FORA: glucose meters and
// blood pressure monitors, 19200 8N1, frames of eight bytes with a sum. One
// command asks for the value of every kind of instrument, so the profile of a
// model says what it measures; where none does, the value itself must.
//
// Source: public descriptions of the TD-42xx protocol and tests.
package taidoc

import (
	"fmt"
	"time"

	"xiangyi/devices"
	"xiangyi/devices/frame"
)

// Kind is what a model measures.
type Kind int

// The kinds. Unknown is told by the value: a meter of glucose leaves the last
// two bytes of its value empty, a blood pressure has three numbers in them.
const (
	Unknown Kind = iota
	GlucoseMeter
	PressureMonitor
)

// Protocol51 is the protocol for a model of which nothing is known.
var Protocol51 = Of("taidoc-51", Unknown)

// Of is the protocol for a model of which is known what it measures.
func Of(name string, kind Kind) frame.Protocol {
	return frame.Protocol{Name: name, Commands: commands, Talk: talk, New: func() *frame.Decoder {
		return frame.New(frame.Format{Start: frame.From(first), Length: func([]byte, bool) (int, string) { return 8, "" }, Read: kind.read, Most: 8})
	}}
}

// talk asks for the newest record, its time first.
var talk = frame.Talk{Memory: true, Greet: []string{"connect", "get-time"}, Poll: []string{"record-time", "record-value"}, Every: 3 * time.Second,
	Clock: map[string]bool{"time": true}}

const (
	first       = 0x51
	toMeter     = 0xA3
	fromMeter   = 0xA5
	recordTime  = 0x25
	recordValue = 0x26
	clock       = 0x23
	powered     = 0x50
)

var commands = map[string][]byte{
	"connect": command(0x22, 0, 0, 0, 0), "get-time": command(clock, 0, 0, 0, 0), "get-model": command(0x24, 0, 0, 0, 0),
	"record-time": command(recordTime, 0, 0, 0, 0), "record-value": command(recordValue, 0, 0, 0, 0), "record-count": command(0x2B, 0, 0, 0, 0),
	"power-off": command(powered, 0, 0, 0, 0), "read-43": command(0x43, 0, 0, 1, 1),
}

func command(b ...byte) []byte {
	out := append(append([]byte{first}, b...), toMeter)
	return append(out, frame.Sum(out))
}

// Newest asks for time or value of the n-th newest record; 0 is the newest.
func Newest(value bool, n int) []byte {
	what := byte(recordTime)
	if value {
		what = recordValue
	}
	return command(what, byte(n), byte(n>>8), 0, 0)
}

func (k Kind) read(b []byte) (frame.Event, string) {
	if frame.Sum(b[:7]) != b[7] {
		return frame.Event{}, "checksum"
	}
	switch {
	case b[6] == toMeter:
		return frame.Command(commands, b)
	case b[6] != fromMeter:
		return frame.Event{}, "direction"
	}
	switch b[1] {
	case recordTime, clock:
		return when(b[1], b[2:6])
	case recordValue:
		return k.value(b[2:6])
	}
	return frame.Measured("reply", nil, frame.Fact{Name: "command", Value: fmt.Sprintf("%02X", b[1])}, frame.Fact{Name: "data", Value: fmt.Sprintf("%X", b[2:6])}), ""
}

// when: yyyyyyym mmmddddd, minute, hour, by the meter's own clock.
func when(what byte, d []byte) (frame.Event, string) {
	w := int(d[0]) | int(d[1])<<8
	year, month, day, minute, hour := 2000+(w>>9), w>>5&15, w&31, int(d[2]&0x3F), int(d[3]&0x1F)
	if month < 1 || month > 12 || day < 1 || minute > 59 || hour > 23 {
		return frame.Event{}, "time"
	}
	kind := map[byte]string{recordTime: "record-time", clock: "time"}[what]
	return frame.Say(kind, frame.Fact{Name: "deviceTime", Value: fmt.Sprintf("%04d-%02d-%02dT%02d:%02d", year, month, day, hour, minute)}), ""
}

type normalized struct {
	devices.Reading
	Method string `json:"method"`
}

func (k Kind) value(d []byte) (frame.Event, string) {
	if k == PressureMonitor || k == Unknown && d[2] != 0 && d[3] != 0 {
		readings := []devices.Reading{devices.Of(devices.Systolic, devices.Int(int(d[0])|int(d[1])<<8)),
			devices.Of(devices.Diastolic, devices.Int(d[2])), devices.Of(devices.PulseRateCuff, devices.Int(d[3]))}
		if !devices.Plausible(readings) {
			return frame.Event{}, "range"
		}
		return frame.Measured("record-value", readings), ""
	}
	r := devices.Of(devices.Glucose, devices.Int(int(d[0])|int(d[1])<<8))
	r.Unit = devices.MgDL
	if r.Value == "0" {
		return frame.Measured("record-value", []devices.Reading{devices.Missing(devices.Glucose, devices.NotMeasured)}), ""
	}
	return frame.Measured("record-value", []devices.Reading{r},
		frame.Fact{Name: "normalized", Value: []normalized{{devices.Kept(r), "mg/dL / 18.0156, 2 decimals"}}}), ""
}
