// Package monitor reads what bedside and spot-check monitors send as HL7 v2
// ORU^R01 over MLLP. A value is taken by its MDC code and its name together,
// since makers contradict the standard; what does not fit both is told as
// unmapped, never as a vital sign.
//
// Source: public captures and tests of Comen and Mindray monitors.
package monitor

import (
	"bytes"
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"xiangyi/devices"
	"xiangyi/devices/frame"
	"xiangyi/protocol/codec/hl7"
)

// ORU is the message.
var ORU = frame.Protocol{Name: "hl7-oru-mllp", New: func() *frame.Decoder {
	return frame.New(frame.Format{Start: frame.From(begin), Length: length, Read: read, Most: 64 << 10})
}, Talk: frame.Talk{Memory: true, Answer: acknowledge}}

// acknowledge says that a message was taken.
func acknowledge(_ []byte, all []frame.Event) (out []byte) {
	for _, e := range all {
		if id, _ := e.Fact("controlId").(string); id != "" {
			out = fmt.Appendf(out, "\x0bMSH|^~\\&|XIANGYI||||||ACK|%s|P|2.6\rMSA|AA|%s\r\x1c\r", id, id)
		}
	}
	return out
}

const begin = 0x0B

var end = []byte{0x1C, 0x0D}

func length(b []byte, _ bool) (int, string) {
	if len(b) > 1 && b[1] != 'M' {
		return 0, "head"
	}
	i := bytes.Index(b, end)
	if next := bytes.IndexByte(b[1:], begin) + 1; next > 0 && (i < 0 || next < i) {
		return 0, "cut-short"
	}
	if i < 0 {
		return 0, ""
	}
	return i + len(end), ""
}

func read(b []byte) (frame.Event, string) {
	m, err := hl7.Decode(b[1 : len(b)-len(end)])
	if err != nil {
		return frame.Event{}, "message"
	}
	kind, trigger := m.Type()
	all := m.All("OBX")
	if kind+"^"+trigger == "ORU^R01" && len(m.Segments) == 1 {
		return frame.Measured("heartbeat", nil), ""
	}
	if kind != "ORU" {
		return frame.Measured(kind+"^"+trigger, nil, frame.Fact{Name: "controlId", Value: m.ControlID()}), ""
	}
	r := report{context: map[string]string{}}
	for _, obx := range all {
		r.take(obx)
	}
	return r.event(m), ""
}

// report gathers the values of a message.
type report struct {
	readings []devices.Reading
	context  map[string]string
	unmapped []string
	demo     bool
}

func (r *report) event(m *hl7.Message) frame.Event {
	facts := []frame.Fact{{Name: "controlId", Value: m.ControlID()}}
	add := func(name, value string) {
		if value != "" {
			facts = append(facts, frame.Fact{Name: name, Value: value})
		}
	}
	if pid := m.First("PID"); pid != nil {
		add("patientId", pid.Text(3))
	}
	if pv1 := m.First("PV1"); pv1 != nil {
		add("bed", cmp.Or(pv1.At(3, 1, 3, 1), pv1.At(3, 1, 3, 2)))
	}
	if msh := m.First("MSH"); msh.At(3, 1, 3, 1) == "EUI-64" {
		add("deviceId", msh.At(3, 1, 2, 1))
	}
	add("observedAt", r.common())
	if r.demo {
		facts = append(facts, frame.Fact{Name: "demo", Value: true})
	}
	if len(r.context) > 0 {
		facts = append(facts, frame.Fact{Name: "context", Value: r.context})
	}
	if len(r.unmapped) > 0 {
		facts = append(facts, frame.Fact{Name: "unmapped", Value: r.unmapped})
	}
	for i := range r.readings {
		if r.readings[i].Code == devices.BodyTemperature {
			r.readings[i].Site = strings.ToLower(r.context["temperatureSite"])
		}
	}
	return frame.Measured("ORU^R01", r.readings, facts...)
}

// common is the time at which all was observed; each value has its own where
// there are several.
func (r *report) common() string {
	if len(r.readings) == 0 {
		return ""
	}
	at := r.readings[0].ObservedAt
	for _, x := range r.readings {
		if x.ObservedAt != at {
			return ""
		}
	}
	for i := range r.readings {
		r.readings[i].ObservedAt = ""
	}
	return at
}

// quantity is what an MDC code must be called to be believed.
type quantity struct {
	code devices.Code
	name string // part of its MDC name
}

var quantities = map[int]quantity{
	150301: {devices.Systolic, "PRESS_CUFF_SYS"}, 150302: {devices.Diastolic, "PRESS_CUFF_DIA"}, 150303: {devices.MeanPressure, "PRESS_CUFF_MEAN"},
	150021: {devices.Systolic, "NONINV_SYS"}, 150022: {devices.Diastolic, "NONINV_DIA"}, 150023: {devices.MeanPressure, "NONINV_MEAN"},
	150017: {devices.Systolic, "NONINV_SYS"}, 150018: {devices.Diastolic, "NONINV_DIA"}, 150019: {devices.MeanPressure, "NONINV_MEAN"},
	150456: {devices.SpO2, "SAT_O2"}, 150488: {devices.PerfusionIndex, "PERF_INDEX"}, 149530: {devices.PulseRateOxi, "PULS_OXIM_PULS_RATE"},
	149522: {devices.PulseRate, "PULS_RATE"}, 149546: {devices.PulseRateCuff, "PULS_RATE"}, 147842: {devices.HeartRate, "HEART_RATE"},
	151562: {devices.RespirationRate, "RESP_RATE"}, 150344: {devices.BodyTemperature, "TEMP"}, 150364: {devices.BodyTemperature, "TEMP"},
	188736: {devices.Weight, "MASS_BODY"}, 188740: {devices.Height, "LEN_BODY"}, 160184: {devices.Glucose, "CONC_GLU"},
}

// units by MDC code.
var units = map[string]string{
	"266016": devices.MmHg, "265987": devices.KPa, "264864": devices.PerMinute, "264928": devices.PerMinute, "262688": devices.Percent,
	"268192": devices.Celsius, "266560": "[degF]", "263875": devices.Kilogram, "263904": "[lb_av]", "263441": devices.Centimetre, "263520": "[in_i]",
	"266866": devices.MmolL, "264274": devices.MgDL,
}

// contexts are codes of makers that say how something was measured.
var contexts = map[string]string{"2267": "acvpu", "2269": "temperatureSite", "2279": "painLevel", "2265": "position"}

const noNumber = "8388607" // Comen's, for no result

func (r *report) take(obx *hl7.Segment) {
	id, name, system, value := obx.At(3, 1, 1, 1), obx.At(3, 1, 2, 1), obx.At(3, 1, 3, 1), strings.TrimSpace(obx.Text(5))
	if key, known := contexts[id]; known && strings.HasPrefix(system, "99") {
		r.context[key] = value
		return
	}
	n, _ := strconv.Atoi(id)
	q, known := quantities[n]
	unit := units[obx.At(6, 1, 1, 1)]
	if !known || !strings.Contains(name, q.name) || unit == "" {
		r.unmapped = append(r.unmapped, id+"^"+name)
		return
	}
	x := devices.Reading{Code: q.code, Unit: unit, ObservedAt: timeOf(obx.Text(14))}
	v, ok := devices.Decimal(value)
	switch {
	case obx.Text(11) == "X" || value == noNumber || !ok:
		x.Absent = devices.NotValid
	case v.Rat().Sign() == 0 && q.code != devices.PerfusionIndex:
		return // zero is how these monitors say: not measured
	default:
		x.Value = v
	}
	if strings.Contains(obx.Text(8), "DEMO") {
		x.Quality, r.demo = devices.Demo, true
	}
	r.readings = append(r.readings, x)
}

// timeOf writes an HL7 time in ISO 8601, with an offset only where one was given.
func timeOf(text string) string {
	text, _, _ = strings.Cut(text, ".")
	for _, l := range [][2]string{{"20060102150405-0700", "2006-01-02T15:04:05-07:00"}, {"20060102150405", "2006-01-02T15:04:05"}, {"200601021504", "2006-01-02T15:04"}} {
		if t, err := time.Parse(l[0], text); err == nil {
			return t.Format(l[1])
		}
	}
	return ""
}
