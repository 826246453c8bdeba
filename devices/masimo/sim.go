package masimo

import (
	"fmt"
	"time"

	"xiangyi/devices"
	"xiangyi/devices/sim"
)

// Simulated writes a line a second.
var Simulated = sim.Instrument{Every: time.Second, Says: func(v sim.Vitals) []byte {
	return fmt.Appendf(nil, "%s SPO2=%03d%% BPM=%03d PI=11.82%% ALARM=00 EXC=800\r\n", v.At.Format("01/02/06 15:04:05"), v.Of(devices.SpO2), v.Of(devices.PulseRateOxi))
}}
