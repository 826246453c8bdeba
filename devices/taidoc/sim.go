package taidoc

import (
	"xiangyi/devices"
	"xiangyi/devices/frame"
	"xiangyi/devices/sim"
)

// Simulated is a glucose meter whose newest record is a new one whenever its
// value is asked for.
var Simulated = sim.Instrument{Says: says, Asked: func(name string, v sim.Vitals) []byte {
	switch name {
	case "record-value":
		return says(v)
	case "record-time":
		return whenSaid(recordTime, v)
	case "get-time":
		return whenSaid(clock, v)
	case "connect":
		return reply(0x22, 0, 0, 0, 0)
	}
	return nil
}}

func says(v sim.Vitals) []byte { return reply(recordValue, byte(v.Of(devices.Glucose)), 0, 0, 0) }

func whenSaid(what byte, v sim.Vitals) []byte {
	w := (v.At.Year()-2000)<<9 | int(v.At.Month())<<5 | v.At.Day()
	return reply(what, byte(w), byte(w>>8), byte(v.At.Minute()), byte(v.At.Hour()))
}

// reply is a frame of the meter.
func reply(b ...byte) []byte {
	out := append(append([]byte{first}, b...), fromMeter)
	return append(out, frame.Sum(out))
}
