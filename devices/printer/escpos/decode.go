package escpos

import (
	"bytes"
	"fmt"

	"xiangyi/devices/frame"
	"xiangyi/protocol/codec/gb18030"
)

// Status reads the answers to status questions for whoever looks at bytes of the line. One byte does not say which
// question it answers: with the question before it (10 04 n) it is told for that one, alone for all four.
var Status = frame.Protocol{Name: "escpos-status", New: func() *frame.Decoder {
	asked := Question(0)
	return frame.New(frame.Format{Start: frame.Any, Most: 3, Length: func(b []byte, _ bool) (int, string) {
		if b[0] == dle {
			return 3, ""
		}
		return 1, ""
	}, Read: func(b []byte) (frame.Event, string) {
		if b[0] == dle {
			if b[1] != eot || b[2] < byte(AskPrinter) || b[2] > byte(AskPaper) {
				return frame.Event{}, "question"
			}
			asked = Question(b[2])
			return frame.Event{}, ""
		}
		if !IsAnswer(b[0]) {
			return frame.Event{}, "fixed-bits"
		}
		q := asked
		asked = 0
		if q != 0 {
			return answer(q, b[0]), ""
		}
		first := answer(AskPrinter, b[0])
		for _, q := range Questions[1:] {
			first.Also = append(first.Also, answer(q, b[0]))
		}
		return first, ""
	}})
}, Commands: map[string][]byte{"ask-printer": AskPrinter.Bytes(), "ask-offline": AskOffline.Bytes(), "ask-error": AskError.Bytes(), "ask-paper": AskPaper.Bytes()}}

const dle, eot = 0x10, 0x04

func answer(q Question, b byte) frame.Event {
	said := map[string]any{}
	switch q {
	case AskPrinter:
		said["online"], said["drawerOpen"], said["waiting"] = b&0x08 == 0, b&0x04 != 0, b&0x20 != 0
	case AskOffline:
		said["coverOpen"], said["feeding"], said["paperEndStop"], said["error"] = b&0x04 != 0, b&0x08 != 0, b&0x20 != 0, b&0x40 != 0
	case AskError:
		said["mechanicalError"], said["autocutterError"], said["unrecoverable"], said["autoRecovering"] = b&0x04 != 0, b&0x08 != 0, b&0x20 != 0, b&0x40 != 0
	case AskPaper:
		said["paper"], said["nearEnd"] = "ok", b&0x0C != 0
		if b&0x60 != 0 {
			said["paper"] = "out"
		}
	}
	return frame.Event{Facts: []frame.Fact{{Name: "query", Value: fmt.Sprintf("DLE EOT %d", q)}, {Name: "status", Value: said}}}
}

// Encode reads what goes to a printer: text in GB 18030, and QR codes. Commands that only set something are skipped.
var Encode = frame.Protocol{Name: "escpos-encode", New: func() *frame.Decoder {
	var qr code
	return frame.New(frame.Format{Start: frame.Any, Length: encodeLength, Most: 8 << 10, Read: func(b []byte) (frame.Event, string) {
		if b[0] == gs {
			return qr.take(b)
		}
		text, bad := gb18030.GB18030.Decode(b)
		if bad > 0 {
			return frame.Event{}, "text"
		}
		return frame.Event{Facts: []frame.Fact{{Name: "text", Value: text}}}, ""
	}})
}}

const gs = 0x1D

// encodeLength: a function of GS ( k says its length; text goes on to the next command, or to the end.
func encodeLength(b []byte, quiet bool) (int, string) {
	if b[0] != gs {
		if i := bytes.IndexByte(b, gs); i >= 0 {
			return i, ""
		}
		if quiet {
			return len(b), ""
		}
		return 0, ""
	}
	switch {
	case len(b) > 1 && b[1] != '(', len(b) > 2 && b[2] != 'k':
		return 0, "command"
	case len(b) < 5:
		return 0, ""
	}
	if n := int(b[3]) | int(b[4])<<8; n >= 3 {
		return 5 + n, ""
	}
	return 0, "length"
}

// code is a QR code under way: its settings, then its content, then the order to print it.
type code struct {
	Data  string `json:"data"`
	Model int    `json:"model"`
	Size  int    `json:"moduleSize"`
	Level string `json:"ecLevel"`
}

func (c *code) take(b []byte) (frame.Event, string) {
	if b[5] != '1' {
		return frame.Event{}, "symbol"
	}
	v := b[7:]
	switch b[6] {
	case 0x41:
		c.Model = int(v[0] - '0')
	case 0x43:
		c.Size = int(v[0])
	case 0x45:
		c.Level = string("LMQH"[(v[0]-'0')&3])
	case 0x50:
		if len(v) < 2 || v[0] != '0' {
			return frame.Event{}, "content"
		}
		c.Data = string(v[1:])
	case 0x51:
		return frame.Event{Facts: []frame.Fact{{Name: "qr", Value: *c}}}, ""
	}
	return frame.Event{}, ""
}
