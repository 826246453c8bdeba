package suntech

import (
	"xiangyi/devices"
	"xiangyi/devices/frame"
	"xiangyi/devices/sim"
)

// Simulated measures when it is told to, and gives the result when it is asked.
var Simulated = sim.Instrument{Says: says, Asked: func(name string, v sim.Vitals) []byte {
	switch name {
	case "start-adult":
		return append(answer('O'), answer('K')...)
	case "get-result":
		return says(v)
	case "get-cuff-pressure":
		return answer(142, 0)
	case "abort":
		return answer('A')
	}
	return nil
}}

func says(v sim.Vitals) []byte {
	b := make([]byte, 21)
	for at, c := range map[int]devices.Code{0: devices.Systolic, 2: devices.Diastolic, 14: devices.PulseRateCuff, 16: devices.MeanPressure} {
		b[at] = byte(v.Of(c))
	}
	return answer(b...)
}

// answer is a frame of the module.
func answer(data ...byte) []byte {
	b := append([]byte{module, byte(3 + len(data))}, data...)
	return append(b, -frame.Sum(b))
}
