package monitor

import (
	"fmt"
	"time"

	"xiangyi/devices"
	"xiangyi/devices/sim"
)

// Simulated sends a spot check every ten seconds. It waits for no answer.
var Simulated = sim.Instrument{Every: 10 * time.Second, Says: func(v sim.Vitals) []byte {
	at := v.At.Format("20060102150405-0700")
	b := fmt.Appendf(nil, "%cMSH|^~\\&||SIM|||%s||ORU^R01|%s.%d|P|2.6\rOBR||||1\r", begin, at, at, v.N)
	for _, q := range []struct {
		id   string
		code devices.Code
		unit string
	}{{"150301^MDC_PRESS_CUFF_SYS", devices.Systolic, "266016"}, {"150302^MDC_PRESS_CUFF_DIA", devices.Diastolic, "266016"},
		{"150456^MDC_PULS_OXIM_SAT_O2", devices.SpO2, "262688"}, {"151562^MDC_RESP_RATE", devices.RespirationRate, "264864"}} {
		b = fmt.Appendf(b, "OBX||NM|%s^MDC||%d|%s^^MDC|||||F|||%s\r", q.id, v.Of(q.code), q.unit, at)
	}
	return append(b, end...)
}}
