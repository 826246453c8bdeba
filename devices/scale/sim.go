package scale

import (
	"fmt"
	"time"

	"xiangyi/devices"
	"xiangyi/devices/sim"
)

// SimulatedST writes five lines a second; SimulatedSICS answers when it is asked.
var (
	SimulatedST = sim.Instrument{Every: 200 * time.Millisecond, Says: func(v sim.Vitals) []byte {
		return fmt.Appendf(nil, "ST,GS,+%7.1fkg\r\n", float64(v.Of(devices.Weight))/10)
	}}
	SimulatedSICS = sim.Instrument{Says: saysSICS, Asked: func(name string, v sim.Vitals) []byte { return saysSICS(v) }}
)

func saysSICS(v sim.Vitals) []byte {
	return fmt.Appendf(nil, "S S %9.1f kg\r\n", float64(v.Of(devices.Weight))/10)
}
