package hospital

import (
	"fmt"

	"xiangyi/cloud/connect"
	"xiangyi/protocol/codec/hl7"
)

// Codes of ERR-3 (table 0357) that mean something to a booking.
const (
	unknownKey = "204" // no such slot, no such appointment
	taken      = "205" // somebody else has it
)

// refusals are the words for staff, beside the hospital's own.
var refusals = map[string]string{
	unknownKey: "医院没有这个号或这个预约",
	taken:      "医院已把这个号给了别人",
	"101":      "医院要求的内容没有填",
}

// calledOff is a yes to a booking that the hospital called off by itself.
var calledOff = connect.Answer{Refusal: "医院已取消这个预约", Code: taken}

// reply reads MSA, ERR and SCH of an answer. AR asks for another try; what is
// no answer at all leaves everything open.
func reply(m *hl7.Message) (connect.Answer, error) {
	switch code := hl7.AckCode(m.First("MSA").Text(1)); code {
	case hl7.Accepted, hl7.CommitAccepted:
		return connect.Answer{Foreign: m.First("SCH").Text(2)}, nil
	case hl7.Failed, hl7.CommitFailed:
		return refused(m), nil
	case hl7.Rejected, hl7.CommitRejected:
		return connect.Answer{}, fmt.Errorf("%w: hospital answers %s", connect.ErrLater, code)
	default:
		return connect.Answer{}, fmt.Errorf("%w: hospital answers %q", connect.ErrLost, code)
	}
}

// refused reads why. From 2.5 on code and text stand in ERR-3 and ERR-8, before
// in ERR-1.4; MSA-3 is where some put the text in any version.
func refused(m *hl7.Message) connect.Answer {
	e := m.First("ERR")
	code, text := e.Text(3), e.Text(8)
	if code == "" {
		code = e.At(1, 1, 4, 1)
	}
	for _, other := range []string{m.First("MSA").Text(3), e.At(3, 1, 2, 1), e.At(1, 1, 4, 2)} {
		if text == "" {
			text = other
		}
	}
	known := refusals[code]
	switch {
	case known == "" && text == "":
		text = "医院没有说明原因"
	case known != "" && text == "":
		text = known
	case known != "":
		text = known + "：" + text
	}
	return connect.Answer{Refusal: text, Code: code}
}
