package visomat

import (
	"fmt"

	"xiangyi/devices"
	"xiangyi/devices/sim"
)

// Simulated gives its memory of one record when it is asked.
var Simulated = sim.Instrument{Says: says, Asked: func(name string, v sim.Vitals) []byte {
	if name != "read-memory" {
		return nil
	}
	return says(v)
}}

func says(v sim.Vitals) []byte {
	return fmt.Appendf(nil, "\x02M101%s0%03d%03d%03dM2001\x03", v.At.Format("0601021504"), v.Of(devices.Systolic), v.Of(devices.Diastolic), v.Of(devices.PulseRateCuff))
}
