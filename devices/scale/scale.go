// Package scale reads weighing scales that write lines, 9600 8N1 as a rule: the
// family of ST,GS, and Mettler's SICS. A weight counts when the scale says that
// it stands still.
//
// Source: published sample lines.
package scale

import (
	"strings"
	"time"

	"xiangyi/devices"
	"xiangyi/devices/frame"
)

// ST writes "ST,GS,+  4.876kg"; SICS answers S with "S S    100.00 g".
var (
	ST   = frame.Protocol{Name: "scale-ascii-st", New: func() *frame.Decoder { return lines("SUO", st) }, Talk: frame.Talk{Stream: true}}
	SICS = frame.Protocol{Name: "mettler-sics", New: func() *frame.Decoder { return lines("S", sics) }, Commands: map[string][]byte{"weigh": []byte("S\r\n"), "weigh-now": []byte("SI\r\n")},
		Talk: frame.Talk{Stream: true, Poll: []string{"weigh-now"}, Every: 500 * time.Millisecond}}
)

func lines(first string, read func(string) (frame.Event, string)) *frame.Decoder {
	return frame.New(frame.Format{Start: frame.From([]byte(first)...), Length: frame.Line, Most: 64,
		Read: func(b []byte) (frame.Event, string) { return read(frame.Text(b)) }})
}

// ST: standing, US: not yet, OL: too heavy; GS: gross, NT: net.
func st(line string) (frame.Event, string) {
	words := strings.SplitN(line, ",", 3)
	if len(words) != 3 {
		return frame.Event{}, "line"
	}
	mode, known := map[string]string{"GS": "gross", "NT": "net", "TR": "tare"}[words[1]]
	if !known {
		return frame.Event{}, "mode"
	}
	facts := []frame.Fact{{Name: "stable", Value: words[0] == "ST"}, {Name: "mode", Value: mode}}
	switch words[0] {
	case "US":
		return frame.Measured("weight", nil, facts...), ""
	case "OL":
		return frame.Measured("weight", []devices.Reading{devices.Missing(devices.Weight, devices.OutOfRange)}, facts...), ""
	case "ST":
		return weight(words[2], facts...)
	}
	return frame.Event{}, "state"
}

// S S: standing, S D: not yet, S I: not ready, S + and S -: beyond the scale.
func sics(line string) (frame.Event, string) {
	if len(line) < 3 || line[:2] != "S " {
		return frame.Event{}, "line"
	}
	facts := []frame.Fact{{Name: "stable", Value: line[2] == 'S'}}
	switch line[2] {
	case 'S':
		return weight(line[3:], facts...)
	case 'D', 'I':
		return frame.Measured("weight", nil, facts...), ""
	case '+', '-':
		return frame.Measured("weight", []devices.Reading{devices.Missing(devices.Weight, devices.OutOfRange)}, facts...), ""
	}
	return frame.Event{}, "state"
}

// weight reads a number and a unit, kg or g.
func weight(text string, facts ...frame.Fact) (frame.Event, string) {
	text = strings.TrimSpace(text)
	number := strings.TrimRight(text, "kglbt ")
	n, ok := devices.Decimal(number)
	if !ok {
		return frame.Event{}, "number"
	}
	r := devices.Of(devices.Weight, n)
	switch unit := strings.TrimSpace(text[len(number):]); unit {
	case "kg":
	case "g":
		r.Value = n.Shift(-3)
	case "lb":
		r.Unit = "[lb_av]"
		r = devices.Kept(r)
	default:
		return frame.Event{}, "unit"
	}
	return frame.Measured("weight", []devices.Reading{r}, facts...), ""
}
