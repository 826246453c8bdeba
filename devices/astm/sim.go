package astm

import (
	"fmt"
	"time"

	"xiangyi/devices"
	"xiangyi/devices/frame"
	"xiangyi/devices/sim"
)

// Simulated writes a result every five seconds. It waits for no answer.
var Simulated = sim.Instrument{Every: 5 * time.Second, Says: func(v sim.Vitals) []byte {
	body := fmt.Appendf(nil, "%dR|1|^^^Glucose|%d|mg/dL^P||A/M0/T1||%s\r%c", v.N%8, v.Of(devices.Glucose), v.At.Format("20060102150405"), etx)
	return fmt.Appendf(nil, "%c%s%02X\r\n", stx, body, frame.Sum(body))
}}
