// Package fingerprint speaks to modules of the ZFM and AS608 class: 57600 8N1,
// frames with a length and a sum. Templates stay in the module.
//
// Source: the maker's manual.
package fingerprint

import (
	"bytes"
	"fmt"

	"xiangyi/devices/frame"
)

// EF01 is the protocol.
var EF01 = frame.Protocol{Name: "fingerprint-ef01", New: func() *frame.Decoder {
	return frame.New(frame.Format{Start: frame.From(0xEF), Length: length, Read: read, Most: 9 + 258})
}, Commands: commands}

// head is the start and the address of a module that nobody renamed. The
// address is outside the sum, so it is compared.
var head = []byte{0xEF, 0x01, 0xFF, 0xFF, 0xFF, 0xFF}

const isCommand, isAnswer = 0x01, 0x07

var commands = map[string][]byte{
	"capture-image": command(0x01), "image-to-template-1": command(0x02, 1), "image-to-template-2": command(0x02, 2), "match": command(0x03),
	"combine": command(0x05), "template-count": command(0x1D), "light-on": command(0x50), "light-off": command(0x51), "handshake": command(0x53),
}

func command(body ...byte) []byte {
	n := len(body) + 2
	out := append(bytes.Clone(head), isCommand, byte(n>>8), byte(n))
	out = append(out, body...)
	return appendSum(out)
}

func appendSum(b []byte) []byte {
	s := sum(b[6:])
	return append(b, byte(s>>8), byte(s))
}

func sum(b []byte) (s uint16) {
	for _, c := range b {
		s += uint16(c)
	}
	return s
}

func length(b []byte, _ bool) (int, string) {
	if n := min(len(b), len(head)); !bytes.Equal(b[:n], head[:n]) {
		return 0, "head"
	}
	if len(b) < 9 {
		return 0, ""
	}
	if n := int(b[7])<<8 | int(b[8]); n >= 3 && n <= 258 {
		return 9 + n, ""
	}
	return 0, "length"
}

var meanings = map[byte]string{
	0x00: "ok", 0x01: "packet-error", 0x02: "no-finger", 0x03: "capture-failed", 0x06: "image-disorderly", 0x07: "too-few-features", 0x08: "no-match",
	0x09: "not-found", 0x0A: "combine-failed", 0x0B: "place-beyond-library", 0x13: "wrong-password", 0x15: "no-image", 0x18: "memory-fault", 0x55: "ready",
}

func read(b []byte) (frame.Event, string) {
	end := len(b) - 2
	if s := sum(b[6:end]); byte(s>>8) != b[end] || byte(s) != b[end+1] {
		return frame.Event{}, "checksum"
	}
	switch b[6] {
	case isCommand:
		return frame.Command(commands, b)
	case isAnswer:
		meaning, known := meanings[b[9]]
		if !known {
			meaning = "unknown"
		}
		facts := []frame.Fact{{Name: "confirm", Value: fmt.Sprintf("%02X", b[9])}, {Name: "meaning", Value: meaning}}
		if rest := b[10:end]; len(rest) > 0 {
			facts = append(facts, frame.Fact{Name: "data", Value: fmt.Sprintf("%X", rest)})
		}
		return frame.Say("ack", facts...), ""
	}
	return frame.Say("data", frame.Fact{Name: "last", Value: b[6] == 0x08}, frame.Fact{Name: "bytes", Value: end - 9}), ""
}
