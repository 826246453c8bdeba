// Package medlab speaks to the NIBP2010 and NIBP2020 modules and their clones:
// 4800 8N1; STX, text, two semicolons, the sum of these bytes in hexadecimal,
// ETX. What the module answers is not published; such frames are told as text.
//
// Source: a public driver.
package medlab

import (
	"bytes"
	"fmt"

	"xiangyi/devices/frame"
)

// NIBP2020 is the module.
var NIBP2020 = frame.Protocol{Name: "medlab-nibp2020", New: func() *frame.Decoder {
	return frame.New(frame.Format{Start: frame.From(stx), Length: length, Read: read, Most: 128})
}, Commands: commands, Talk: frame.Talk{Greet: []string{"manual-mode"}, Start: []string{"start"}}}

const stx, etx = 2, 3

var commands = map[string][]byte{"start": command("01"), "manual-mode": command("03"), "get-result": command("18")}

func command(what string) []byte {
	body := what + ";;"
	return fmt.Appendf(nil, "%c%s%02X%c", stx, body, frame.Sum([]byte(body)), etx)
}

func length(b []byte, _ bool) (int, string) {
	if i := bytes.IndexByte(b[1:], stx); i >= 0 && bytes.IndexByte(b[1:i+1], etx) < 0 {
		return 0, "cut-short"
	}
	return bytes.IndexByte(b, etx) + 1, ""
}

func read(b []byte) (frame.Event, string) {
	body := b[1 : len(b)-1]
	if len(body) < 4 || fmt.Sprintf("%02X", frame.Sum(body[:len(body)-2])) != string(body[len(body)-2:]) {
		return frame.Event{}, "checksum"
	}
	if e, no := frame.Command(commands, b); no == "" {
		return e, ""
	}
	return frame.Measured("answer", nil, frame.Fact{Name: "text", Value: string(bytes.ToValidUTF8(body[:len(body)-2], []byte("?")))}), ""
}
