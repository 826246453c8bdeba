package nonin

import (
	"time"

	"xiangyi/devices"
	"xiangyi/devices/frame"
	"xiangyi/devices/sim"
)

// Simulated writes three packets a second.
var Simulated = sim.Instrument{Every: time.Second / 3, Says: func(v sim.Vitals) (out []byte) {
	pulse := v.Of(devices.PulseRateOxi)
	for n := 1; n <= frames; n++ {
		b := []byte{1, 0x80, byte(v.N % 100), 0, 0}
		switch n {
		case 1:
			b[1], b[3] = 0x81, byte(pulse>>7)
		case 2:
			b[3] = byte(pulse & 0x7F)
		case 3:
			b[3] = byte(v.Of(devices.SpO2))
		case 9, 10, 11, 16, 17:
			b[3] = noSpO2
		case 14, 20:
			b[3] = noRate >> 7
		case 15, 21:
			b[3] = noRate & 0x7F
		}
		b[4] = frame.Sum(b[:4])
		out = append(out, b...)
	}
	return out
}}
