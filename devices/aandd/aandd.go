// Package aandd reads the data block of A&D's UA-767PBT blood pressure monitor,
// which comes over a Bluetooth serial line behind a header of 60 bytes: ten
// hexadecimal digits.
//
// Source: a published description of the format.
package aandd

import (
	"encoding/hex"

	"xiangyi/devices"
	"xiangyi/devices/frame"
)

// UA767 is the block.
var UA767 = frame.Protocol{Name: "and-ua767pbt", New: func() *frame.Decoder {
	return frame.New(frame.Format{Start: frame.From('8'), Length: length, Read: read, Most: 10})
}}

func length(b []byte, _ bool) (int, string) {
	if len(b) > 1 && b[1] != '0' {
		return 0, "head"
	}
	return 10, ""
}

// read: valid (80), systolic less diastolic, diastolic, pulse, mean.
func read(b []byte) (frame.Event, string) {
	v, err := hex.DecodeString(string(b))
	if err != nil {
		return frame.Event{}, "digits"
	}
	systolic, diastolic, pulse, mean := int(v[1])+int(v[2]), int(v[2]), int(v[3]), int(v[4])
	readings := []devices.Reading{devices.Of(devices.Systolic, devices.Int(systolic)), devices.Of(devices.Diastolic, devices.Int(diastolic)),
		devices.Of(devices.PulseRateCuff, devices.Int(pulse)), devices.Of(devices.MeanPressure, devices.Int(mean))}
	if !devices.Plausible(readings) {
		return frame.Event{}, "range"
	}
	return frame.Measured("data-block", readings), ""
}
