// Package nonin reads the OEM III module in its serial format 2: 9600 8N1, 75
// frames of five bytes a second with a sum each; 25 frames are a packet, whose
// values change three times a second.
//
// Source: the module's published data format; vectors of a public unit test.
package nonin

import (
	"xiangyi/devices"
	"xiangyi/devices/frame"
)

// OEM3 is the module in format 2.
var OEM3 = frame.Protocol{Name: "nonin-oem3-df2", New: func() *frame.Decoder {
	p := &packet{}
	return frame.New(frame.Format{Start: frame.From(1), Length: func([]byte, bool) (int, string) { return 5, "" }, Read: p.read, Lost: p.lost, Most: 5})
}, Talk: frame.Talk{Stream: true}}

const frames = 25

// packet gathers the values of its frames; a lost frame loses the packet.
type packet struct {
	n      int
	value  [frames + 1]byte // by frame number, from 1
	status byte             // the flags of all its frames
}

func (p *packet) lost() { p.n = 0 }

const (
	sync, artifact, outOfTrack, sensorAlarm = 0x01, 0x20, 0x10, 0x08
	noRate, noSpO2                          = 511, 127
)

func (p *packet) read(b []byte) (frame.Event, string) {
	if frame.Sum(b[:4]) != b[4] {
		return frame.Event{}, "checksum"
	}
	if b[1]&0x80 == 0 {
		return frame.Event{}, "status"
	}
	switch {
	case b[1]&sync != 0:
		p.n, p.status = 0, 0
	case p.n == 0:
		return frame.Event{}, "" // in the middle of a packet whose beginning was not seen
	}
	p.n++
	p.value[p.n] = b[3]
	p.status |= b[1]
	if p.n < frames {
		return frame.Event{}, ""
	}
	p.n = 0
	return p.event(), ""
}

func (p *packet) event() frame.Event {
	rate := func(at int) int { return int(p.value[at]&3)<<7 | int(p.value[at+1]&0x7F) }
	reading := func(c devices.Code, v, none int) devices.Reading {
		if v == none {
			return devices.Missing(c, devices.NotValid)
		}
		r := devices.Of(c, devices.Int(v))
		if p.status&artifact != 0 {
			r.Quality = devices.Questionable
		}
		return r
	}
	facts := []frame.Fact{{Name: "frames", Value: frames}, {Name: "firmwareRevision", Value: int(p.value[4])}}
	extra := map[string]int{}
	for name, at := range map[string]int{"spo2D": 9, "spo2Fast": 10, "spo2BB": 11, "eSpo2": 16, "eSpo2D": 17} {
		if v := int(p.value[at] & 0x7F); v != noSpO2 {
			extra[name] = v
		}
	}
	for name, at := range map[string]int{"eHR": 14, "hrD": 20} {
		if v := rate(at); v != noRate {
			extra[name] = v
		}
	}
	if len(extra) > 0 {
		facts = append(facts, frame.Fact{Name: "extra", Value: extra})
	}
	flags := map[string]bool{}
	for name, bit := range map[string]byte{"sensorAlarm": sensorAlarm, "outOfTrack": outOfTrack, "artifact": artifact} {
		if p.status&bit != 0 {
			flags[name] = true
		}
	}
	if len(flags) > 0 {
		facts = append(facts, frame.Fact{Name: "flags", Value: flags})
	}
	return frame.Measured("packet", []devices.Reading{reading(devices.PulseRateOxi, rate(1), noRate), reading(devices.SpO2, int(p.value[3]&0x7F), noSpO2)}, facts...)
}
