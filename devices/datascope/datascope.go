// Package datascope reads the line that an Accutorr 3 writes: oxygen saturation,
// pulse, systolic, mean, diastolic, three status words, elapsed time.
//
// Source: the service manual.
package datascope

import (
	"strings"

	"xiangyi/devices"
	"xiangyi/devices/frame"
)

// Accutorr3 is the monitor.
var Accutorr3 = frame.Protocol{Name: "datascope-accutorr3", New: func() *frame.Decoder {
	return frame.New(frame.Format{Start: frame.From('P'), Length: frame.Line, Read: read, Most: 128})
}, Talk: frame.Talk{Stream: true}}

var fields = []devices.Code{devices.SpO2, devices.PulseRateCuff, devices.Systolic, devices.MeanPressure, devices.Diastolic}

func read(b []byte) (frame.Event, string) {
	rest, ok := strings.CutPrefix(frame.Text(b), "P:")
	words := strings.Split(rest, ",")
	if !ok || len(words) != 9 {
		return frame.Event{}, "line"
	}
	var readings []devices.Reading
	for i, code := range fields {
		text := strings.TrimSpace(words[i])
		if strings.Trim(text, "-") == "" {
			readings = append(readings, devices.Missing(code, devices.NotValid))
			continue
		}
		n, ok := devices.Decimal(text)
		if !ok {
			return frame.Event{}, "number"
		}
		readings = append(readings, devices.Of(code, n))
	}
	return frame.Measured("line", readings, frame.Fact{Name: "plausible", Value: devices.Plausible(readings)}), ""
}
