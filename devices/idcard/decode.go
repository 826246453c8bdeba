package idcard

import (
	"bytes"
	"fmt"

	"xiangyi/devices/frame"
)

// SDT is the protocol for whoever looks at bytes of the line: an operator with a recording. What it tells of a card is
// all that the card says; nothing that serves people uses it.
var SDT = frame.Protocol{Name: "sdt-idcard", Commands: sdtCommands, New: func() *frame.Decoder {
	return frame.New(frame.Format{Start: frame.Prefix(preamble), Length: sdtLength, Read: sdtRead, Most: headSize + maxLength})
}}

var sdtCommands = map[string][]byte{
	"find": FindCard.Bytes(), "select": SelectCard.Bytes(), "read-text-photo": ReadCard.Bytes(), "sam-status": SAMStatus.Bytes(), "sam-id": SAMNumber.Bytes(),
	"reset-sam": ResetSAM.Bytes(), "read-text-photo-fingerprint": Command{0x30, 0x10}.Bytes(), "read-newest-address": Command{0x30, 0x03}.Bytes(),
}

const commandLength = 3

func sdtLength(b []byte, _ bool) (int, string) {
	if len(b) < headSize {
		return 0, ""
	}
	length := int(b[5])<<8 | int(b[6])
	if length < commandLength || length > maxLength {
		return 0, "length"
	}
	return headSize + length, ""
}

// meanings of the third status byte.
var meanings = map[Status]string{
	StatusOK: "ok", StatusFound: "card-found", StatusAbsent: "item-absent", StatusNoCard: "no-card", StatusSelectFailed: "select-failed",
	StatusReadFailed: "read-failed", StatusCardType: "card-type", StatusChecksum: "checksum", 0x11: "length", 0x21: "command", 0x23: "not-permitted",
	0x24: "unknown", StatusCardAuth: "card-auth-failed", StatusSAMAuth: "sam-auth-failed", 0x33: "information-check", 0x37: "fingerprint-check",
	0x3F: "length", 0x47: "random-number", StatusSelfTest: "sam-self-test-failed", StatusUnauthorised: "sam-unauthorised",
}

const selectedData = 8 // bytes that come with the answer to select

func sdtRead(b []byte) (frame.Event, string) {
	if xor(b[5:]) != 0 {
		return frame.Event{}, "checksum"
	}
	if len(b) == headSize+commandLength {
		return frame.Command(sdtCommands, b)
	}
	status, data := Status(b[9]), b[10:len(b)-1]
	if status == StatusOK && len(data) >= 4+textSize && bytes.Equal(data[:2], []byte{textSize >> 8, textSize & 0xFF}) {
		return sdtCard(status, data)
	}
	meaning, known := meanings[status]
	switch {
	case !known:
		meaning = "unknown"
	case status == StatusOK && len(data) == selectedData:
		meaning = "selected"
	}
	return frame.Say("reply", frame.Fact{Name: "status", Value: hexByte(status)}, frame.Fact{Name: "meaning", Value: meaning}), ""
}

func hexByte(s Status) string { return fmt.Sprintf("%02X", byte(s)) }

var kinds = map[Kind]string{Resident: "resident", Permit: "permit", Foreign: "foreign", Foreign23: "foreign-2023"}

func sdtCard(status Status, data []byte) (frame.Event, string) {
	c, err := ParseText(data[4 : 4+textSize])
	if err != nil {
		return frame.Event{}, "text"
	}
	facts := []frame.Fact{{Name: "status", Value: hexByte(status)}, {Name: "kind", Value: kinds[c.Kind]}}
	until := c.ValidTo
	if until == NoExpiry {
		until = "long-term"
	}
	for _, f := range [][2]string{{"name", c.Name}, {"latinName", c.Latin}, {"sex", c.Sex}, {"ethnicityCode", c.Ethnic}, {"ethnicity", EthnicName(c.Ethnic)},
		{"nation", c.Nation}, {"birthDate", c.Birth}, {"address", c.Address}, {"idNumber", c.Number}, {"issuer", c.Issuer}, {"validFrom", c.ValidFrom},
		{"validTo", until}, {"passNumber", c.Pass}} {
		if f[1] != "" {
			facts = append(facts, frame.Fact{Name: f[0], Value: f[1]})
		}
	}
	photo := int(data[2])<<8 | int(data[3])
	valid := true
	for _, d := range c.Doubts {
		valid = valid && d != NumberDoubt
	}
	facts = append(facts, frame.Fact{Name: "wltBytes", Value: photo},
		frame.Fact{Name: "portrait", Value: len(data) >= 4+textSize+photo && picture(data[4+textSize:4+textSize+photo]) != nil},
		frame.Fact{Name: "idNumberValid", Value: valid})
	if len(c.Doubts) > 0 {
		facts = append(facts, frame.Fact{Name: "doubts", Value: c.Doubts})
	}
	return frame.Say("card", facts...), ""
}
