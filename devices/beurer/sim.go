package beurer

import (
	"time"

	"xiangyi/devices"
	"xiangyi/devices/sim"
)

// Simulated writes a record after each of its measurements.
var Simulated = sim.Instrument{Every: 10 * time.Second, Pauses: true, Says: func(v sim.Vitals) []byte {
	return []byte{byte(v.Of(devices.Systolic) - 25), byte(v.Of(devices.Diastolic) - 25), byte(v.Of(devices.PulseRateCuff)),
		byte(v.At.Month()), byte(v.At.Day()), byte(v.At.Hour()), byte(v.At.Minute()), byte(v.At.Year() - 2000)}
}}
