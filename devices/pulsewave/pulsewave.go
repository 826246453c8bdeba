// Package pulsewave reads the blood pressure kiosks of Pulsewave (脉搏波), the
// RBP-9000 and RBP-9804 family: frames with a length and an XOR. The speed is
// 115200 or 9600 by model, 8N1; connect tells which.
//
// Source: public drivers; all published frames compute.
package pulsewave

import (
	"bytes"
	"fmt"

	"xiangyi/devices"
	"xiangyi/devices/frame"
)

// RBP is the protocol at the serial port.
var RBP = frame.Protocol{Name: "pulsewave-rbp", New: func() *frame.Decoder {
	return frame.New(frame.Format{Start: frame.From(host, device), Length: length, Read: read, Most: 5 + longest})
}, Commands: commands, Talk: frame.Talk{Greet: []string{"connect"}, Start: []string{"start"}}}

var commands = map[string][]byte{"connect": command(1), "start": command(2), "stop": command(3)}

const (
	host, device = 0xCC, 0xAA
	second       = 0x80
	serial       = 0x03 // the model at the serial port; 0x02 is the one by radio
	longest      = 0x0F // of the length byte
)

// head of what the instrument says.
var head = []byte{device, second, serial}

// command with one byte of zero.
func command(what byte) []byte {
	b := []byte{host, second, serial, 3, 1, what, 0}
	return append(b, frame.XOR(b[2:]))
}

// length: head and address are four bytes, the length byte counts what follows
// it but the XOR.
func length(b []byte, _ bool) (int, string) {
	switch {
	case len(b) > 1 && b[1] != second:
		return 0, "head"
	case len(b) < 4:
		return 0, ""
	case b[3] < 3 || b[3] > longest:
		return 0, "length"
	}
	return 5 + int(b[3]), ""
}

// faults by the instrument's code.
var faults = map[byte]string{
	0x01: "over-pressure", 0x02: "signal-too-weak-or-cuff-leak", 0x05: "lower-cuff-leak", 0x06: "sensor-fault",
	0x09: "deflation-fault", 0x0F: "system-leak", 0x10: "motor-fault",
}

func read(b []byte) (frame.Event, string) {
	if bytes.Contains(b[1:], head) {
		return frame.Event{}, "cut-short" // the next one begins within: an XOR alone passes one such in 256
	}
	if frame.XOR(b[2:]) != 0 {
		return frame.Event{}, "checksum"
	}
	if b[0] == host {
		return frame.Command(commands, b)
	}
	data := b[6 : len(b)-1]
	word := func(at int) int { return int(data[at])<<8 | int(data[at+1]) }
	switch {
	case b[4] != 1:
		return unknown(b), ""
	case b[5] == 1:
		return frame.Say("connect-ack"), ""
	case b[5] == 5 && len(data) == 2:
		return frame.Say("cuff-pressure", frame.Fact{Name: "value", Value: word(0)}, frame.Fact{Name: "unit", Value: devices.MmHg}), ""
	case b[5] == 6 && len(data) == 13:
		return result(word(7), word(9), word(11))
	case b[5] == 7 && len(data) == 1:
		why, known := faults[data[0]]
		if !known {
			why = "device-error"
		}
		return frame.Say("error", frame.Fact{Name: "deviceCode", Value: fmt.Sprintf("%02X", data[0])}, frame.Fact{Name: "error", Value: why}), ""
	}
	return unknown(b), ""
}

func unknown(b []byte) frame.Event {
	return frame.Measured("unknown", nil, frame.Fact{Name: "typeBytes", Value: fmt.Sprintf("%02X%02X", b[4], b[5])})
}

func result(systolic, diastolic, pulse int) (frame.Event, string) {
	if systolic == 0 || diastolic == 0 || diastolic > systolic {
		return frame.Event{}, "range"
	}
	r := []devices.Reading{devices.Of(devices.Systolic, devices.Int(systolic)), devices.Of(devices.Diastolic, devices.Int(diastolic))}
	if pulse == 0 {
		return frame.Measured("result", append(r, devices.Missing(devices.PulseRateCuff, devices.NotMeasured))), ""
	}
	return frame.Measured("result", append(r, devices.Of(devices.PulseRateCuff, devices.Int(pulse)))), ""
}
