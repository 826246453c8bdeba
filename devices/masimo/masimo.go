// Package masimo reads the ASCII 1 output of Radical and Rad oximeters: a line a
// second of words KEY=VALUE in any order.
//
// Source: published captures of Radical 5 and 7.
package masimo

import (
	"strconv"
	"strings"
	"time"

	"xiangyi/devices"
	"xiangyi/devices/frame"
)

// ASCII1 is the output "ASCII 1" of the menu.
var ASCII1 = frame.Protocol{Name: "masimo-ascii1", New: func() *frame.Decoder {
	return frame.New(frame.Format{Start: frame.Any, Length: frame.Line, Read: read, Most: 512})
}, Talk: frame.Talk{Stream: true, Clock: map[string]bool{"line": true}}}

var alarms = []string{"spo2-high", "spo2-low", "pulse-high", "pulse-low", "active", "silenced", "battery-low"}

var exceptions = []string{"no-sensor", "sensor-defective", "low-perfusion", "pulse-search", "interference", "sensor-off", "ambient-light",
	"sensor-unrecognised", "sensor-incompatible", "", "low-signal-quality", "masimo-set", "no-cable", "cable-life"}

// unfit are the exceptions under which a number is not a measurement.
const unfit = 0x0001 | 0x0002 | 0x0020 | 0x0080 | 0x0100 | 0x1000

func read(b []byte) (frame.Event, string) {
	words := strings.Fields(frame.Text(b))
	if len(words) < 3 {
		return frame.Event{}, "line"
	}
	at, err := time.Parse("01/02/06 15:04:05", words[0]+" "+words[1])
	if err != nil {
		return frame.Event{}, "time"
	}
	values := map[string]string{}
	for _, w := range words[2:] {
		key, value, ok := strings.Cut(w, "=")
		if !ok {
			return frame.Event{}, "word"
		}
		values[key] = value
	}
	alarm, err1 := strconv.ParseUint("0"+values["ALARM"], 16, 32)
	exception, err2 := strconv.ParseUint("0"+values["EXC"], 16, 32)
	if err1 != nil || err2 != nil {
		return frame.Event{}, "bits"
	}
	facts := []frame.Fact{{Name: "deviceTime", Value: at.Format("2006-01-02T15:04:05")}}
	if sn := values["SN"]; sn != "" {
		facts = append(facts, frame.Fact{Name: "serial", Value: sn})
	}
	var readings []devices.Reading
	for _, q := range []struct {
		key  string
		code devices.Code
	}{{"SPO2", devices.SpO2}, {"BPM", devices.PulseRateOxi}, {"PI", devices.PerfusionIndex}} {
		text, there := values[q.key]
		if !there {
			continue
		}
		r, ok := reading(q.code, strings.TrimSuffix(text, "%"), exception)
		if !ok {
			return frame.Event{}, "number"
		}
		readings = append(readings, r)
	}
	facts = append(facts, frame.Fact{Name: "alarms", Value: names(alarm, alarms)}, frame.Fact{Name: "exceptions", Value: names(exception, exceptions)})
	return frame.Measured("line", readings, facts...), ""
}

func reading(code devices.Code, text string, exception uint64) (devices.Reading, bool) {
	if strings.Trim(text, "-.") == "" {
		return devices.Missing(code, devices.NotValid), true
	}
	n, ok := devices.Decimal(text)
	r := devices.Of(code, n)
	if exception&unfit != 0 {
		r.Quality = devices.Questionable
	}
	return r, ok
}

func names(bits uint64, of []string) []string {
	out := []string{}
	for i, name := range of {
		if bits>>i&1 != 0 && name != "" {
			out = append(out, name)
		}
	}
	return out
}
