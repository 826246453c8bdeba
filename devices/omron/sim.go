package omron

import (
	"fmt"
	"time"

	"xiangyi/devices"
	"xiangyi/devices/sim"
)

// Simulated writes a result every ten seconds, as if many people came.
var Simulated = sim.Instrument{Every: 10 * time.Second, Says: func(v sim.Vitals) []byte {
	return fmt.Appendf(nil, "%s,%-20s,0,%03d,%03d,%03d,0\r\n", v.At.Format("2006,01,02,15,04"), "", v.Of(devices.Systolic), v.Of(devices.Diastolic), v.Of(devices.PulseRateCuff))
}}
