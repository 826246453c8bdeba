package pulsewave

import (
	"xiangyi/devices"
	"xiangyi/devices/frame"
	"xiangyi/devices/sim"
)

// Simulated measures when it is told to: two cuff pressures, then the result.
var Simulated = sim.Instrument{Says: says, Asked: func(name string, v sim.Vitals) []byte {
	switch name {
	case "connect":
		return answer(1, 0)
	case "start":
		return append(append(answer(5, 0, 90), answer(5, 0, 150)...), says(v)...)
	}
	return nil
}}

func says(v sim.Vitals) []byte {
	return answer(6, 0, byte(v.At.Year()-2000), byte(v.At.Month()), byte(v.At.Day()), byte(v.At.Hour()), byte(v.At.Minute()), byte(v.At.Second()),
		0, byte(v.Of(devices.Systolic)), 0, byte(v.Of(devices.Diastolic)), 0, byte(v.Of(devices.PulseRateCuff)))
}

// answer is a frame of the instrument.
func answer(what byte, data ...byte) []byte {
	b := append([]byte{device, second, serial, byte(2 + len(data)), 1, what}, data...)
	return append(b, frame.XOR(b[2:]))
}
