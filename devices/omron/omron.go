// Package omron reads the blood pressure kiosk HBP-9030 at its USB serial port,
// with function item 32 set to 5: a line of 53 characters a measurement.
//
// Source: a public parser and its notes.
package omron

import (
	"strconv"
	"strings"
	"time"

	"xiangyi/devices"
	"xiangyi/devices/frame"
)

// HBP9030 is the kiosk in output format 5.
var HBP9030 = frame.Protocol{Name: "omron-hbp9030-f5", New: func() *frame.Decoder {
	return frame.New(frame.Format{Start: frame.Any, Length: frame.Line, Read: read, Most: 128})
}, Talk: frame.Talk{Clock: map[string]bool{"result": true}}}

const width = 53

var commas = []int{4, 7, 10, 13, 16, 37, 39, 43, 47, 51}

func read(b []byte) (frame.Event, string) {
	line := frame.Text(b)
	if len(line) != width {
		return frame.Event{}, "length"
	}
	for _, at := range commas {
		if line[at] != ',' {
			return frame.Event{}, "commas"
		}
	}
	at, err := time.Parse("2006,01,02,15,04", line[:16])
	if err != nil {
		return frame.Event{}, "time"
	}
	fault, err1 := strconv.Atoi(line[38:39])
	movement, err2 := strconv.Atoi(line[52:])
	if err1 != nil || err2 != nil {
		return frame.Event{}, "number"
	}
	facts := []frame.Fact{{Name: "deviceTime", Value: at.Format("2006-01-02T15:04")}}
	if who := strings.TrimSpace(line[17:37]); who != "" {
		facts = append(facts, frame.Fact{Name: "personText", Value: who})
	}
	facts = append(facts, frame.Fact{Name: "errorCode", Value: fault}, frame.Fact{Name: "movement", Value: movement})
	if fault != 0 {
		return frame.Measured("result", nil, facts...), ""
	}
	var readings []devices.Reading
	for code, text := range map[devices.Code]string{devices.Systolic: line[40:43], devices.Diastolic: line[44:47], devices.PulseRateCuff: line[48:51]} {
		n, ok := devices.Decimal(text)
		if !ok || n == "0" {
			return frame.Event{}, "number"
		}
		readings = append(readings, devices.Of(code, n))
	}
	devices.Sort(readings)
	return frame.Measured("result", readings, facts...), ""
}
