// Package visomat reads the memory of the Visomat Double Comfort and Prevention
// DS-2200PV: STX, two banks of records of 20 digits, ETX.
//
// Source: a public driver's notes with recorded bytes.
package visomat

import (
	"bytes"
	"strconv"
	"time"

	"xiangyi/devices"
	"xiangyi/devices/frame"
)

// DS2200 is the memory read-out.
var DS2200 = frame.Protocol{Name: "visomat-ds2200", New: func() *frame.Decoder {
	return frame.New(frame.Format{Start: frame.From(stx), Length: length, Read: read, Most: 2 + 2*(4+99*width)})
}, Commands: map[string][]byte{"read-memory": []byte("\x02R00\x03"), "read-clock": []byte("\x02R02\x03")},
	Talk: frame.Talk{Memory: true, Poll: []string{"read-memory"}, Every: 10 * time.Second, Apart: newest}}

// newest gives the newest record of each bank: older ones are of people who left.
func newest(e frame.Event) (out []frame.Event) {
	banks, _ := e.Fact("banks").(map[string][]Record)
	for _, bank := range []string{"1", "2"} {
		if n := len(banks[bank]); n > 0 {
			r := banks[bank][n-1]
			out = append(out, frame.Measured("record", r.Readings, frame.Fact{Name: "deviceTime", Value: r.DeviceTime}, frame.Fact{Name: "bank", Value: bank}))
			out[len(out)-1].Raw = e.Raw
		}
	}
	return out
}

const (
	stx, etx = 2, 3
	width    = 20
)

func length(b []byte, _ bool) (int, string) {
	if len(b) > 1 && b[1] != 'M' {
		return 0, "head"
	}
	return bytes.IndexByte(b, etx) + 1, ""
}

// Record is one stored measurement. The time is the instrument's own, which is
// often unset.
type Record struct {
	DeviceTime string            `json:"deviceTime"`
	Flag       int               `json:"flag"`
	Readings   []devices.Reading `json:"readings"`
}

func read(b []byte) (frame.Event, string) {
	rest := string(b[1 : len(b)-1])
	banks := map[string][]Record{}
	for _, bank := range []string{"1", "2"} {
		if len(rest) < 4 || rest[:2] != "M"+bank {
			return frame.Event{}, "bank"
		}
		n, err := strconv.Atoi(rest[2:4])
		rest = rest[4:]
		if err != nil || len(rest) < max(n*width, 1) {
			return frame.Event{}, "count"
		}
		banks[bank] = []Record{}
		for range n {
			r, ok := record(rest[:width])
			if !ok {
				return frame.Event{}, "record"
			}
			banks[bank], rest = append(banks[bank], r), rest[width:]
		}
		if n == 0 {
			rest = rest[1:] // an empty bank is followed by a byte that means nothing
		}
	}
	if rest != "" {
		return frame.Event{}, "length"
	}
	return frame.Say("memory", frame.Fact{Name: "banks", Value: banks}), ""
}

// record is yymmddHHMM, a flag, systolic, diastolic, pulse.
func record(text string) (Record, bool) {
	at, err := time.Parse("0601021504", text[:10])
	flag, err2 := strconv.Atoi(text[10:11])
	out := Record{Flag: flag}
	if err != nil || err2 != nil {
		return out, false
	}
	if year := 2000 + int(text[0]-'0')*10 + int(text[1]-'0'); at.Year() != year { // Go reads 69 to 99 as 19xx
		at = at.AddDate(year-at.Year(), 0, 0)
	}
	out.DeviceTime = at.Format("2006-01-02T15:04")
	for i, code := range []devices.Code{devices.Systolic, devices.Diastolic, devices.PulseRateCuff} {
		n, ok := devices.Decimal(text[11+3*i : 14+3*i])
		if !ok {
			return out, false
		}
		out.Readings = append(out.Readings, devices.Of(code, n))
	}
	return out, devices.Plausible(out.Readings)
}
