package datascope

import (
	"fmt"
	"time"

	"xiangyi/devices"
	"xiangyi/devices/sim"
)

// Simulated writes a line every two seconds.
var Simulated = sim.Instrument{Every: 2 * time.Second, Says: func(v sim.Vitals) []byte {
	return fmt.Appendf(nil, "P:%2d,%2d,%3d,%3d,%3d,000,000,000,%2d\r\n", v.Of(devices.SpO2), v.Of(devices.PulseRateCuff), v.Of(devices.Systolic),
		v.Of(devices.MeanPressure), v.Of(devices.Diastolic), v.N%60)
}}
