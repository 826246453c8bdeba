package contec

import (
	"xiangyi/devices"
	"xiangyi/devices/frame"
)

// V4 is the protocol up to firmware 4.5: five bytes, the first with its top bit
// set. On the wire it cannot be told from Berry's, so a profile must name it.
var V4 = frame.Protocol{Name: "contec-cms50-v4", New: func() *frame.Decoder {
	return frame.New(frame.Format{Start: frame.TopBit, Length: frame.Five, Read: v4Read, Most: 5})
}, Talk: frame.Talk{Stream: true}}

type v4Flags struct {
	FingerOut    bool `json:"fingerOut"`
	DroppingSpO2 bool `json:"droppingSpo2"`
	Beep         bool `json:"beep"`
	ProbeError   bool `json:"probeError"`
	Searching    bool `json:"searching"`
}

func v4Read(b []byte) (frame.Event, string) {
	pulse, spo2 := int(b[2]&0x40)<<1|int(b[3]), int(b[4])
	var readings []devices.Reading
	if off := b[0]&0x10 != 0 || b[2]&0x10 != 0; off {
		readings = []devices.Reading{devices.Missing(devices.PulseRateOxi, devices.SensorOff), devices.Missing(devices.SpO2, devices.SensorOff)}
	} else if pulse > 0 && pulse < 255 && spo2 > 0 && spo2 <= 100 {
		readings = []devices.Reading{devices.Of(devices.PulseRateOxi, devices.Int(pulse)), devices.Of(devices.SpO2, devices.Int(spo2))}
	}
	return frame.Measured("realtime", readings,
		frame.Fact{Name: "waveform", Value: waveform{int(b[1]), int(b[2] & 0x0F), int(b[0] & 0x0F)}},
		frame.Fact{Name: "flags", Value: v4Flags{b[0]&0x10 != 0, b[0]&0x20 != 0, b[0]&0x40 != 0, b[2]&0x10 != 0, b[2]&0x20 != 0}}), ""
}
