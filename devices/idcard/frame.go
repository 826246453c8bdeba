package idcard

import "bytes"

// Command is what a reader is asked, command and parameter byte.
type Command [2]byte

// The commands in use. A reader answers one before it takes the next.
var (
	FindCard   = Command{0x20, 0x01}
	SelectCard = Command{0x20, 0x02}
	ReadCard   = Command{0x30, 0x01} // text and photo; the fingerprint is never asked for
	SAMStatus  = Command{0x11, 0xFF}
	SAMNumber  = Command{0x12, 0xFF}
	ResetSAM   = Command{0x10, 0xFF}
)

var preamble = []byte{0xAA, 0xAA, 0xAA, 0x96, 0x69}

// Bytes gives the command as it is sent.
func (c Command) Bytes() []byte {
	const length = 3
	return append(bytes.Clone(preamble), 0, length, c[0], c[1], 0^length^c[0]^c[1])
}

// Reply is one answer: the status and what comes with it.
type Reply struct {
	Status Status
	Data   []byte
}

// The length field counts three status bytes, the data and the check byte.
const (
	minLength = 4
	maxLength = 0x090A // text, photo and two fingerprints, the longest that exists
	headSize  = 7      // preamble and length
)

// Decoder finds replies in a stream of bytes that may begin anywhere and hold garbage. The zero value is ready. It keeps
// at most one unfinished frame.
type Decoder struct {
	buf     []byte
	Skipped int // bytes that belonged to no frame
	Broken  int // frames whose check byte was wrong, or whose length cannot be
}

// Feed takes bytes in and gives the replies that are complete.
func (d *Decoder) Feed(b []byte) []Reply {
	d.buf = append(d.buf, b...)
	var out []Reply
	for {
		d.toPreamble()
		if len(d.buf) < headSize {
			return out
		}
		length := int(d.buf[5])<<8 | int(d.buf[6])
		if length < minLength || length > maxLength {
			d.skipBroken()
			continue
		}
		end := headSize + length
		if len(d.buf) < end {
			return out
		}
		if xor(d.buf[5:end]) != 0 {
			d.skipBroken()
			continue
		}
		out = append(out, Reply{Status(d.buf[9]), bytes.Clone(d.buf[10 : end-1])})
		d.buf = d.buf[end:]
	}
}

// Reset forgets an unfinished frame: its end will not come any more.
func (d *Decoder) Reset() { d.buf = nil }

// toPreamble drops what stands before the next preamble, or the beginning of one.
func (d *Decoder) toPreamble() {
	from := bytes.Index(d.buf, preamble)
	if from < 0 {
		from = len(d.buf)
		for n := min(len(preamble)-1, len(d.buf)); n > 0; n-- {
			if bytes.HasSuffix(d.buf, preamble[:n]) {
				from = len(d.buf) - n
				break
			}
		}
	}
	d.Skipped += from
	d.buf = d.buf[from:]
}

// skipBroken leaves a preamble that leads nowhere: a good frame may begin within the broken one.
func (d *Decoder) skipBroken() {
	d.Broken++
	d.Skipped++
	d.buf = d.buf[1:]
}

func xor(b []byte) byte {
	var x byte
	for _, c := range b {
		x ^= c
	}
	return x
}
