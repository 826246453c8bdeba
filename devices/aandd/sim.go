package aandd

import (
	"fmt"
	"time"

	"xiangyi/devices"
	"xiangyi/devices/sim"
)

// Simulated writes a block after each of its measurements.
var Simulated = sim.Instrument{Every: 10 * time.Second, Pauses: true, Says: func(v sim.Vitals) []byte {
	d := v.Of(devices.Diastolic)
	return fmt.Appendf(nil, "80%02X%02X%02X%02X", v.Of(devices.Systolic)-d, d, v.Of(devices.PulseRateCuff), v.Of(devices.MeanPressure))
}}
