package ipp

import (
	"bytes"
	"fmt"

	"github.com/OpenPrinting/goipp"

	"xiangyi/devices/frame"
)

// Message reads one request or response for whoever looks at bytes of the line. Its length is that of the HTTP body, so
// it is read when the line is quiet.
var Message = frame.Protocol{Name: "ipp", New: func() *frame.Decoder {
	return frame.New(frame.Format{Start: frame.Any, Length: ended, Read: message, Most: 1 << 20})
}}

func ended(b []byte, quiet bool) (int, string) {
	if quiet {
		return len(b), ""
	}
	return 0, ""
}

type attribute struct {
	Name   string   `json:"name"`
	Tag    string   `json:"tag"`
	Values []string `json:"values"`
}

type group struct {
	Tag        int         `json:"tag"`
	Attributes []attribute `json:"attrs"`
}

type job struct {
	ID      int      `json:"id"`
	URI     string   `json:"uri,omitempty"`
	State   string   `json:"state,omitempty"`
	Reasons []string `json:"stateReasons,omitempty"`
}

// message tells a request by its version and operation: a response has a status there, which is far from both.
func message(b []byte) (frame.Event, string) {
	m := new(goipp.Message)
	if err := m.DecodeBytesEx(b, goipp.DecoderOptions{EnableWorkarounds: true}); err != nil {
		return frame.Event{}, "message"
	}
	facts := []frame.Fact{{Name: "version", Value: m.Version.String()}}
	request := bytes.Contains(b, []byte("printer-uri")) && m.Code > 0 && m.Code < 0x0400
	if request {
		facts = append(facts, frame.Fact{Name: "operation", Value: fmt.Sprintf("0x%04x", uint16(m.Code))})
	} else {
		facts = append(facts, frame.Fact{Name: "status", Value: fmt.Sprintf("0x%04x", uint16(m.Code))})
	}
	facts = append(facts, frame.Fact{Name: "requestId", Value: m.RequestID})
	var groups []group
	for _, g := range m.AttrGroups() {
		out := group{Tag: int(g.Tag), Attributes: []attribute{}}
		for _, a := range g.Attrs {
			out.Attributes = append(out.Attributes, attribute{a.Name, fmt.Sprintf("0x%02x", int(a.Values[0].T)), valueTexts(a.Values)})
		}
		groups = append(groups, out)
	}
	facts = append(facts, frame.Fact{Name: "groups", Value: groups})
	if request {
		return frame.Say("ipp-request", facts...), ""
	}
	if len(m.Job) > 0 {
		facts = append(facts, frame.Fact{Name: "job", Value: jobSaid(m.Job)})
	}
	return frame.Say("ipp-response", facts...), ""
}

func valueTexts(all goipp.Values) []string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = v.V.String()
	}
	return out
}

func jobSaid(attrs goipp.Attributes) job {
	j := job{Reasons: texts(attrs, "job-state-reasons")}
	j.ID, _ = integer(attrs, "job-id")
	if n, ok := integer(attrs, "job-state"); ok {
		j.State = string(jobStates[n])
	}
	if uri := texts(attrs, "job-uri"); len(uri) > 0 {
		j.URI = uri[0]
	}
	return j
}
