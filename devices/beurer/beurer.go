// Package beurer reads the records in the memory of Beurer and Sanitas blood
// pressure monitors: eight bytes without a frame around them. What cannot be a
// measurement is skipped byte by byte.
//
// Source: recorded bytes of a public project.
package beurer

import (
	"fmt"

	"xiangyi/devices"
	"xiangyi/devices/frame"
)

// Records is the memory read-out.
var Records = frame.Protocol{Name: "beurer-bp", New: func() *frame.Decoder {
	return frame.New(frame.Format{Start: frame.Any, Length: func([]byte, bool) (int, string) { return 8, "" }, Read: read, Most: 8})
}, Talk: frame.Talk{Memory: true}}

// read: systolic and diastolic less 25, pulse, month, day, hour, minute, year.
func read(b []byte) (frame.Event, string) {
	readings := []devices.Reading{devices.Of(devices.Systolic, devices.Int(int(b[0])+25)), devices.Of(devices.Diastolic, devices.Int(int(b[1])+25)),
		devices.Of(devices.PulseRateCuff, devices.Int(b[2]))}
	if b[3] < 1 || b[3] > 12 || b[4] < 1 || b[4] > 31 || b[5] > 23 || b[6] > 59 || b[7] > 99 || !devices.Plausible(readings) {
		return frame.Event{}, "range"
	}
	return frame.Measured("record", readings, frame.Fact{Name: "deviceTime", Value: fmt.Sprintf("%04d-%02d-%02dT%02d:%02d", 2000+int(b[7]), b[3], b[4], b[5], b[6])}), ""
}
