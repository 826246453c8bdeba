// Package astm reads the frames of ASTM E1381 and the records of E1394 in them,
// as glucose meters (Contour) and laboratory analysers send them.
//
// Source: the published shape of the records; a header frame of a public test.
package astm

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"xiangyi/devices"
	"xiangyi/devices/frame"
)

// E1381 is the link with the records in it.
var E1381 = frame.Protocol{Name: "astm-e1381", New: func() *frame.Decoder {
	s := &session{}
	return frame.New(frame.Format{Start: frame.From(stx), Length: length, Read: s.read, Most: 64 << 10})
}, Commands: map[string][]byte{"enquire": {0x05}, "acknowledge": {0x06}, "refuse": {0x15}, "end": {0x04}}, Talk: frame.Talk{Memory: true, Answer: answer}}

// answer takes what was offered: a frame that is damaged is asked for again.
func answer(heard []byte, all []frame.Event) (out []byte) {
	for range bytes.Count(heard, []byte{0x05}) {
		out = append(out, 0x06)
	}
	for _, e := range all {
		if e.Fault != nil {
			out = append(out, 0x15)
		} else {
			out = append(out, 0x06)
		}
	}
	return out
}

const stx, etx, etb, lf = 0x02, 0x03, 0x17, 0x0A

// length: STX, number, text, ETX or ETB, two digits, CR LF.
func length(b []byte, _ bool) (int, string) {
	end := bytes.IndexAny(b[1:], "\x02\x03\x17") + 1
	switch {
	case len(b) > 1 && (b[1] < '0' || b[1] > '7'):
		return 0, "number"
	case end == 0:
		return 0, ""
	case b[end] == stx:
		return 0, "cut-short"
	}
	return end + 5, ""
}

// session joins a record that one frame did not end. Link characters between
// two frames are no loss; a damaged frame is.
type session struct{ open []byte }

func (s *session) read(b []byte) (frame.Event, string) {
	end := len(b) - 5
	if b[len(b)-1] != lf || fmt.Sprintf("%02X", frame.Sum(b[1:end+1])) != strings.ToUpper(string(b[end+1:end+3])) {
		s.open = nil
		return frame.Event{}, "checksum"
	}
	last := b[end] == etx
	text := append(s.open, b[2:end]...)
	s.open = nil
	facts := []frame.Fact{{Name: "frameNumber", Value: int(b[1] - '0')}, {Name: "last", Value: last}}
	if !bytes.HasSuffix(text, []byte{'\r'}) && !last {
		s.open = bytes.Clone(text)
		return frame.Say("frame", append(facts, frame.Fact{Name: "checksumOk", Value: true}, frame.Fact{Name: "continued", Value: true})...), ""
	}
	fields := strings.Split(strings.TrimRight(string(text), "\r"), "|")
	facts = append(facts, frame.Fact{Name: "recordType", Value: fields[0]}, frame.Fact{Name: "checksumOk", Value: true})
	switch fields[0] {
	case "H":
		return header(facts, fields), ""
	case "R":
		return result(facts, fields)
	}
	return frame.Say("frame", facts...), ""
}

type sender struct {
	Sender string `json:"sender,omitempty"`
	Time   string `json:"messageTime,omitempty"`
}

func header(facts []frame.Fact, fields []string) frame.Event {
	from, _, _ := strings.Cut(at(fields, 4), "^")
	return frame.Say("frame", append(facts, frame.Fact{Name: "fields", Value: sender{from, timeOf(fields[len(fields)-1])}})...)
}

// result: R|n|^^^what|value|unit^reference|range|flags|…|time. Only glucose is
// known here; others are told without a reading.
func result(facts []frame.Fact, fields []string) (frame.Event, string) {
	what := at(fields, 2)
	unit, reference, _ := strings.Cut(at(fields, 4), "^")
	var readings []devices.Reading
	if strings.EqualFold(strings.Trim(what, "^"), "Glucose") && (unit == devices.MgDL || unit == devices.MmolL) {
		n, ok := devices.Decimal(at(fields, 3))
		if !ok {
			return frame.Event{}, "number"
		}
		readings = append(readings, devices.Reading{Code: devices.Glucose, Value: n, Unit: unit})
	}
	if reference != "" {
		facts = append(facts, frame.Fact{Name: "reference", Value: reference})
	}
	if t := timeOf(at(fields, 8)); t != "" {
		facts = append(facts, frame.Fact{Name: "deviceTime", Value: t})
	}
	return frame.Measured("frame", readings, facts...), ""
}

func at(fields []string, n int) string {
	if n < len(fields) {
		return fields[n]
	}
	return ""
}

// timeOf reads yyyymmddHHMM or with seconds; anything else is no time.
func timeOf(text string) string {
	for _, l := range [][2]string{{"200601021504", "2006-01-02T15:04"}, {"20060102150405", "2006-01-02T15:04:05"}} {
		if t, err := time.Parse(l[0], text); err == nil && len(text) == len(l[0]) {
			return t.Format(l[1])
		}
	}
	return ""
}
