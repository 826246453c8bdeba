package berry

import (
	"time"

	"xiangyi/devices"
	"xiangyi/devices/sim"
)

// Simulated writes 100 frames a second of a finger that is in.
var Simulated = sim.Instrument{Every: 10 * time.Millisecond, Says: func(v sim.Vitals) []byte {
	pulse := v.Of(devices.PulseRateOxi)
	return []byte{0x85, byte(v.N % 100), byte(6 | pulse>>7<<6), byte(pulse & 0x7F), byte(v.Of(devices.SpO2))}
}}
