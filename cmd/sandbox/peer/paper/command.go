package paper

import (
	"fmt"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// command is one step of what a slip printer was sent.
type command struct {
	bytes []byte
	kind  kind
	text  string // how a QR code or a picture shows in the text of a slip
}

type kind int

const (
	kindOther kind = iota
	kindText
	kindQR
	kindImage
	kindCut
	kindSensor // GS r 1
)

// next takes the first command off a buffer. more means that the buffer ends within a command.
func next(buf []byte) (c command, more bool) {
	n, k, ok := length(buf)
	if !ok || len(buf) < n {
		return command{}, true
	}
	c = command{bytes: buf[:n], kind: k}
	switch k {
	case kindQR:
		c.text = fmt.Sprintf("[QR %s]\n", buf[8:n])
	case kindImage:
		c.text = fmt.Sprintf("[picture %d×%d]\n", 8*(int(buf[4])|int(buf[5])<<8), int(buf[6])|int(buf[7])<<8)
	}
	return c, false
}

// length gives how long the first command is and what it does; ok is false when that cannot be told yet.
func length(buf []byte) (n int, k kind, ok bool) {
	switch buf[0] {
	case 0x1B, 0x1C:
		if len(buf) < 2 {
			return 0, 0, false
		}
		return escLength(buf), kindOther, true
	case 0x1D:
		if len(buf) < 3 {
			return 0, 0, false
		}
		return gsLength(buf)
	case 0x10:
		return 1, kindOther, true // what a real-time question left over
	}
	for n < len(buf) && buf[n] != 0x1B && buf[n] != 0x1C && buf[n] != 0x1D && buf[n] != 0x10 {
		n++
	}
	return n, kindText, true
}

// escLength covers ESC and FS: most have one parameter.
func escLength(buf []byte) int {
	switch string(buf[:2]) {
	case "\x1b@", "\x1b2", "\x1c&", "\x1c.":
		return 2
	case "\x1bp":
		return 5
	case "\x1cS":
		return 4
	}
	return 3
}

func gsLength(buf []byte) (int, kind, bool) {
	switch buf[1] {
	case 'V':
		if buf[2] >= 'A' {
			return 4, kindCut, true
		}
		return 3, kindCut, true
	case 'r':
		return 3, kindSensor, true
	case 'L', 'W':
		return 4, kindOther, true
	case '(':
		return blockLength(buf)
	case 'v':
		if len(buf) < 8 {
			return 0, 0, false
		}
		row, rows := int(buf[4])|int(buf[5])<<8, int(buf[6])|int(buf[7])<<8
		return 8 + row*rows, kindImage, true
	}
	return 3, kindOther, true
}

// blockLength covers GS ( x pL pH …; with x = k, fn 80 it holds the content of a QR code.
func blockLength(buf []byte) (int, kind, bool) {
	if len(buf) < 8 {
		return 0, 0, false
	}
	n := 5 + (int(buf[3]) | int(buf[4])<<8)
	if buf[2] == 'k' && buf[5] == 0x31 && buf[6] == 0x50 && n >= 8 {
		return n, kindQR, true
	}
	return n, kindOther, true
}

// look decodes printed bytes for viewing.
func look(b []byte) string {
	s, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b)
	if err != nil {
		return fmt.Sprintf("[% X]", b)
	}
	return string(s)
}
