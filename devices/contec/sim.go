package contec

import (
	"time"

	"xiangyi/devices"
	"xiangyi/devices/sim"
)

// Simulated7 and Simulated4 write 60 frames a second of a finger that is in.
var (
	Simulated7 = sim.Instrument{Every: time.Second / 60, Says: says7}
	Simulated4 = sim.Instrument{Every: time.Second / 60, Says: says4}
)

func says7(v sim.Vitals) []byte {
	real := []byte{5, byte(v.N % 100), 6, byte(v.Of(devices.PulseRateOxi)), byte(v.Of(devices.SpO2)), 0x58, 0x02}
	out := []byte{0x01, 0x80}
	for i, b := range real {
		out[1] |= b >> 7 << i
		out = append(out, b|0x80)
	}
	return out
}

func says4(v sim.Vitals) []byte {
	pulse := v.Of(devices.PulseRateOxi)
	return []byte{0x85, byte(v.N % 100), byte(6 | pulse>>7<<6), byte(pulse & 0x7F), byte(v.Of(devices.SpO2))}
}
