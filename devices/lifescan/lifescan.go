// Package lifescan reads OneTouch glucose meters: the binary frames that they
// share, and the records of the Verio, 38400 8N1. A frame has its length and a
// CRC-16/CCITT-FALSE.
//
// Source: public descriptions and CRC vectors of tests.
package lifescan

import (
	"encoding/binary"
	"fmt"
	"time"

	"xiangyi/devices"
	"xiangyi/devices/frame"
)

// Binary is the frame alone; Verio reads what a Verio puts into it.
var (
	Binary = frame.Protocol{Name: "lifescan-binary", New: func() *frame.Decoder { return decoder(link) }}
	Verio  = frame.Protocol{Name: "lifescan-verio", New: func() *frame.Decoder { return decoder(message) }}
)

const (
	stx, etx          = 0x02, 0x03
	shortest, longest = 6, 64
)

func decoder(say func(control byte, message []byte) (frame.Event, string)) *frame.Decoder {
	return frame.New(frame.Format{Start: frame.From(stx), Length: length, Most: longest, Read: func(b []byte) (frame.Event, string) {
		if b[len(b)-3] != etx {
			return frame.Event{}, "end"
		}
		if crc(b[:len(b)-2]) != binary.LittleEndian.Uint16(b[len(b)-2:]) {
			return frame.Event{}, "checksum"
		}
		return say(b[2], b[3:len(b)-3])
	}})
}

func length(b []byte, _ bool) (int, string) {
	if len(b) < 2 {
		return 0, ""
	}
	if n := int(b[1]); n >= shortest && n <= longest {
		return n, ""
	}
	return 0, "length"
}

func crc(b []byte) uint16 {
	c := uint16(0xFFFF)
	for _, x := range b {
		c ^= uint16(x) << 8
		for range 8 {
			carry := c&0x8000 != 0
			c <<= 1
			if carry {
				c ^= 0x1021
			}
		}
	}
	return c
}

func link(control byte, message []byte) (frame.Event, string) {
	facts := []frame.Fact{{Name: "control", Value: fmt.Sprintf("%02X", control)}, {Name: "length", Value: shortest + len(message)}, {Name: "crcOk", Value: true}}
	if len(message) > 0 {
		return frame.Say("message", append(facts, frame.Fact{Name: "data", Value: fmt.Sprintf("%X", message)})...), ""
	}
	return frame.Say("link-control", facts...), ""
}

// message: a record is 03 06, seconds since 2000 by the meter's clock, mg/dL, a
// mark of a control solution, one of a meal, two bytes.
func message(control byte, m []byte) (frame.Event, string) {
	if len(m) != 12 || m[0] != 3 || m[1] != 6 {
		return link(control, m)
	}
	at := time.Unix(946684800+int64(binary.LittleEndian.Uint32(m[2:])), 0).UTC()
	r := devices.Reading{Code: devices.Glucose, Value: devices.Int(binary.LittleEndian.Uint16(m[6:])), Unit: devices.MgDL}
	var readings []devices.Reading
	if m[8] == 0 { // a control solution is nobody's blood
		readings = append(readings, r)
	}
	return frame.Measured("record", readings, frame.Fact{Name: "deviceTime", Value: at.Format("2006-01-02T15:04:05")},
		frame.Fact{Name: "control", Value: int(m[8])}, frame.Fact{Name: "meal", Value: int(m[9])}), ""
}
