// Package berry reads oximeters that speak BCI V1.2: clips and modules, and many
// oximeters inside Chinese kiosks. 115200 8N1, 100 frames of five bytes a
// second, no checksum. On the wire it cannot be told from Contec's V4.5, so a
// profile must name it.
//
// Source: the maker's BCI protocol.
package berry

import (
	"xiangyi/devices"
	"xiangyi/devices/frame"
)

// BCI is version 1.2.
var BCI = frame.Protocol{Name: "berry-bci-v1.2", New: func() *frame.Decoder {
	return frame.New(frame.Format{Start: frame.TopBit, Length: frame.Five, Read: read, Most: 5})
}, Talk: frame.Talk{Stream: true}}

type waveform struct {
	Pleth    int `json:"pleth"`
	Bar      int `json:"bar"`
	Strength int `json:"signalStrength"`
}

type flags struct {
	NoSignal       bool `json:"noSignal"`
	ProbeUnplugged bool `json:"probeUnplugged"`
	Beep           bool `json:"beep"`
	NoFinger       bool `json:"noFinger"`
	Searching      bool `json:"searching"`
}

func read(b []byte) (frame.Event, string) {
	const noPulse, noSpO2 = 0xFF, 0x7F
	pulse, spo2 := int(b[2]&0x40)<<1|int(b[3]), int(b[4])
	if b[0]&0x0F > 8 || spo2 > 100 && spo2 != noSpO2 {
		return frame.Event{}, "range"
	}
	off := b[0]&0x20 != 0 || b[2]&0x10 != 0
	value := func(c devices.Code, n, none int) devices.Reading {
		switch {
		case off:
			return devices.Missing(c, devices.SensorOff)
		case n == none || n == 0:
			return devices.Missing(c, devices.NotValid)
		}
		return devices.Of(c, devices.Int(n))
	}
	return frame.Measured("realtime", []devices.Reading{value(devices.PulseRateOxi, pulse, noPulse), value(devices.SpO2, spo2, noSpO2)},
		frame.Fact{Name: "waveform", Value: waveform{int(b[1]), int(b[2] & 0x0F), int(b[0] & 0x0F)}},
		frame.Fact{Name: "flags", Value: flags{b[0]&0x10 != 0, b[0]&0x20 != 0, b[0]&0x40 != 0, b[2]&0x10 != 0, b[2]&0x20 != 0}}), ""
}
