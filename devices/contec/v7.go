// Package contec reads the pulse oximeters of Contec: protocol V7.0 (CMS50D+ of
// newer make, E, F, FW; 115200 8N1) and its forerunner up to V4.5 (19200 8O1).
// Neither has a checksum: what does not fit is dropped.
//
// Source: the maker's "Communication protocol of pulse oximeter V7.0"; recorded
// bytes of public drivers.
package contec

import (
	"fmt"
	"strings"
	"time"

	"xiangyi/devices"
	"xiangyi/devices/frame"
)

// V7 is protocol V7.0.
var V7 = frame.Protocol{Name: "contec-cms50-v7", New: func() *frame.Decoder {
	return frame.New(frame.Format{Start: v7Start, Length: v7Length, Read: v7Read, Most: 64})
}, Commands: v7Commands, Talk: frame.Talk{Stream: true,
	Greet: []string{"stop-stored", "stop-realtime", "start-realtime"}, Poll: []string{"keep-alive"}, Every: 4 * time.Second}}

// v7Commands: after the start the instrument wants keep-alive every 5 s.
var v7Commands = map[string][]byte{
	"start-realtime": control(0xA1), "stop-realtime": control(0xA2), "stop-stored": control(0xA7),
	"device-identifier": control(0xAA), "keep-alive": control(0xAF),
}

// control is a command without data.
func control(c byte) []byte { return []byte{0x7D, 0x81, c, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80} }

// v7Length gives the lengths of the types that are known; any other ends where
// the next frame begins.
var v7Lengths = map[byte]int{
	0x01: 9, 0x04: 9, 0x05: 9, 0x07: 8, 0x08: 8, 0x09: 6, 0x0A: 4, 0x0B: 4, 0x0C: 2, 0x0D: 3, 0x0E: 3, 0x0F: 8, 0x10: 3, 0x11: 9, 0x12: 8, 0x15: 9, 0x7D: 9,
}

// v7Start: only the first byte of a frame has its top bit clear.
func v7Start(b []byte) int {
	for i, c := range b {
		if c < 0x80 {
			return i
		}
	}
	return len(b)
}

func v7Length(b []byte, quiet bool) (int, string) {
	next := 1 + v7Start(b[1:])
	n, known := v7Lengths[b[0]]
	switch {
	case known && next < n && next < len(b):
		return 0, "cut-short"
	case known:
		return n, ""
	case next < len(b) || quiet:
		return next, ""
	}
	return 0, ""
}

func v7Read(b []byte) (frame.Event, string) {
	if _, known := v7Lengths[b[0]]; !known {
		return frame.Measured("unknown", nil, frame.Fact{Name: "typeByte", Value: fmt.Sprintf("%02X", b[0])}), ""
	}
	data := make([]byte, len(b)-2)
	for i := range data {
		data[i] = b[i+2]&0x7F | b[1]>>i&1<<7
	}
	switch b[0] {
	case 0x01:
		return realtime(data)
	case 0x04:
		return frame.Say("device-identifier", frame.Fact{Name: "text", Value: strings.TrimRight(printable(data), " ")}), ""
	case 0x0B:
		return frame.Say("command-feedback", frame.Fact{Name: "command", Value: fmt.Sprintf("%02X", data[0]|0x80)}, frame.Fact{Name: "reason", Value: reasonOf(data[1])}), ""
	case 0x0C:
		return frame.Say("free-feedback"), ""
	case 0x0D:
		return frame.Say("disconnected", frame.Fact{Name: "reason", Value: reasonOf(data[0])}), ""
	case 0x11:
		return frame.Say("device-notice", frame.Fact{Name: "data", Value: numbers(data)}), ""
	case 0x7D:
		return frame.Command(v7Commands, b)
	}
	return frame.Say(v7Types[b[0]], frame.Fact{Name: "data", Value: numbers(data)}), ""
}

// v7Types are frames whose content nothing here needs.
var v7Types = map[byte]string{
	0x05: "user", 0x07: "stored-date", 0x08: "stored-length", 0x09: "stored-sample", 0x0A: "segments", 0x0E: "perfusion-support",
	0x0F: "stored-samples", 0x10: "users", 0x12: "stored-time", 0x15: "storage-identifiers",
}

// reasonOf says why the instrument refused or left.
func reasonOf(b byte) string {
	if r, ok := reasons[b&0x7F]; ok {
		return r
	}
	return "unknown"
}

var reasons = map[byte]string{0: "ok", 1: "shutting-down", 2: "user-changed", 3: "recording", 4: "delete-failed", 5: "unsupported"}

type waveform struct {
	Pleth    int `json:"pleth"`
	Bar      int `json:"bar"`
	Strength int `json:"signalStrength"`
}

type v7Flags struct {
	SearchTooLong bool `json:"searchTooLong"`
	LowSpO2       bool `json:"lowSpo2"`
	Beep          bool `json:"beep"`
	ProbeError    bool `json:"probeError"`
	Searching     bool `json:"searching"`
}

func realtime(d []byte) (frame.Event, string) {
	const none, noSpO2, noPI, mostPI = 0xFF, 0x7F, 0xFFFF, 2200
	pi := int(d[5]) | int(d[6])<<8
	if d[0]&0x0F > 8 && d[0]&0x80 == 0 || d[4] > 100 && d[4] != noSpO2 && d[4] != none || pi > mostPI && pi != noPI {
		return frame.Event{}, "range"
	}
	off := d[0]&0x80 != 0
	value := func(c devices.Code, here bool, n devices.Number) devices.Reading {
		if off || !here {
			return devices.Missing(c, devices.NotValid)
		}
		return devices.Of(c, n)
	}
	readings := []devices.Reading{
		value(devices.PulseRateOxi, d[3] != none && d[3] != 0, devices.Int(d[3])),
		value(devices.SpO2, d[4] <= 100 && d[4] != 0, devices.Int(d[4])),
		value(devices.PerfusionIndex, pi != noPI && d[2]&0x10 == 0, devices.Int(pi).Shift(-2)),
	}
	strength := int(d[0] & 0x0F)
	if strength > 8 {
		strength = 0 // the probe is off: the bits mean nothing
	}
	return frame.Measured("realtime", readings,
		frame.Fact{Name: "waveform", Value: waveform{int(d[1] & 0x7F), int(d[2] & 0x0F), strength}},
		frame.Fact{Name: "flags", Value: v7Flags{d[0]&0x10 != 0, d[0]&0x20 != 0, d[0]&0x40 != 0, off, d[1]&0x80 != 0}}), ""
}

func printable(b []byte) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, string(low(b)))
}

func low(b []byte) []byte {
	out := make([]byte, len(b))
	for i, c := range b {
		out[i] = c & 0x7F
	}
	return out
}

func numbers(b []byte) []int {
	out := make([]int, len(b))
	for i, c := range b {
		out[i] = int(c)
	}
	return out
}
