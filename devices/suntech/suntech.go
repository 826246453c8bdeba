// Package suntech reads the Advantage OEM blood pressure module and its clones:
// 9600 8N1, frames whose bytes add up to zero.
//
// Source: frames in the comments and offsets in the code of public drivers.
package suntech

import (
	"fmt"

	"xiangyi/devices"
	"xiangyi/devices/frame"
)

// NIBP is the module.
var NIBP = frame.Protocol{Name: "suntech-nibp", New: func() *frame.Decoder {
	return frame.New(frame.Format{Start: frame.From(host, module), Length: length, Read: read, Most: 0x19})
}, Commands: commands, Talk: frame.Talk{Start: []string{"start-adult"}, Answer: fetch}}

// fetch asks for the result when the module says that it is done.
func fetch(_ []byte, all []frame.Event) []byte {
	for _, e := range all {
		if e.Fact("state") == "done" {
			return commands["get-result"]
		}
	}
	return nil
}

const host, module = 0x3A, 0x3E

var commands = map[string][]byte{
	"start-adult": command(0x20), "start-adult-with-cuff-report": command(0x56), "abort": command(0x79, 1, 0),
	"get-result": command(0x79, 3, 0), "get-cuff-pressure": command(0x79, 5, 0), "reset": command(0x8A),
}

func command(b ...byte) []byte {
	out := append([]byte{host}, b...)
	return append(out, -frame.Sum(out))
}

// length: the module's frames say their length; the host's are known by what
// they ask.
func length(b []byte, _ bool) (int, string) {
	if len(b) < 2 {
		return 0, ""
	}
	if b[0] == module {
		switch b[1] {
		case 4, 5, 7, 0x18, 0x19:
			return int(b[1]), ""
		}
		return 0, "length"
	}
	for _, c := range commands {
		if c[1] == b[1] {
			return len(c), ""
		}
	}
	return 0, "command"
}

var states = map[byte]string{'O': "received", 'K': "done", 'A': "aborted", 'B': "busy", 'S': "asleep"}

var faults = map[byte]string{
	1: "weak-signal", 2: "artifact-or-motion", 3: "out-of-range", 4: "time-limit", 85: "pneumatic-block", 86: "aborted", 87: "leak-or-loose-cuff",
	88: "safety-timeout", 89: "over-pressure", 90: "hardware-fault", 91: "not-permitted", 97: "transducer-out-of-range", 98: "transducer-fault", 99: "memory-fault",
}

func read(b []byte) (frame.Event, string) {
	if frame.Sum(b) != 0 {
		return frame.Event{}, "checksum"
	}
	if b[0] == host {
		return frame.Command(commands, b)
	}
	switch b[1] {
	case 4:
		if state, known := states[b[2]]; known {
			return frame.Say("ack", frame.Fact{Name: "state", Value: state}), ""
		}
		return frame.Event{}, "state"
	case 5:
		return cuff(b[2:4]), ""
	case 7:
		if b[2] != 1 {
			return frame.Event{}, "type"
		}
		return cuff(b[3:5]), ""
	case 0x19:
		if b[2] != 3 {
			return frame.Event{}, "type"
		}
		return result(b[3:])
	}
	return result(b[2:])
}

func cuff(b []byte) frame.Event {
	return frame.Say("cuff-pressure", frame.Fact{Name: "value", Value: word(b)}, frame.Fact{Name: "unit", Value: devices.MmHg})
}

func word(b []byte) int { return int(b[0]) | int(b[1])<<8 }

// result reads systolic, diastolic, at 14 the pulse, at 16 the mean, at 18 the
// error. With an error the pressures are zero and no readings.
func result(b []byte) (frame.Event, string) {
	systolic, diastolic, pulse, mean, fault := word(b), word(b[2:]), word(b[14:]), word(b[16:]), b[18]
	if fault != 0 {
		why, known := faults[fault]
		if !known {
			why = fmt.Sprintf("device-error-%d", fault)
		}
		return frame.Measured("result", nil, frame.Fact{Name: "errorCode", Value: int(fault)}, frame.Fact{Name: "error", Value: why}), ""
	}
	if systolic == 0 || diastolic == 0 || diastolic > systolic {
		return frame.Event{}, "range"
	}
	readings := []devices.Reading{devices.Of(devices.Systolic, devices.Int(systolic)), devices.Of(devices.Diastolic, devices.Int(diastolic))}
	for _, q := range []struct {
		code devices.Code
		v    int
	}{{devices.PulseRateCuff, pulse}, {devices.MeanPressure, mean}} {
		if q.v == 0 {
			readings = append(readings, devices.Missing(q.code, devices.NotMeasured))
		} else {
			readings = append(readings, devices.Of(q.code, devices.Int(q.v)))
		}
	}
	return frame.Measured("result", readings, frame.Fact{Name: "errorCode", Value: 0}), ""
}
