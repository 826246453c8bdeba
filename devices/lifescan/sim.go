package lifescan

import (
	"encoding/binary"
	"time"

	"xiangyi/devices"
	"xiangyi/devices/sim"
)

// Simulated writes a record every five seconds, as a Verio answers.
var Simulated = sim.Instrument{Every: 5 * time.Second, Says: func(v sim.Vitals) []byte {
	wall := time.Date(v.At.Year(), v.At.Month(), v.At.Day(), v.At.Hour(), v.At.Minute(), v.At.Second(), 0, time.UTC)
	b := []byte{stx, 18, 0, 3, 6}
	b = binary.LittleEndian.AppendUint32(b, uint32(wall.Unix()-946684800))
	b = binary.LittleEndian.AppendUint16(b, uint16(v.Of(devices.Glucose)))
	b = append(b, 0, 0, 0, 0, etx)
	return binary.LittleEndian.AppendUint16(b, crc(b))
}}
