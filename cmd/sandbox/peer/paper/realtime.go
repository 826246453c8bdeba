package paper

// realtime takes status questions (DLE EOT n) out of a stream of bytes as a printer does: wherever they stand, and also
// when they are cut in pieces.
type realtime struct{ held []byte }

// feed returns the bytes that are no questions, and the questions, in order.
func (r *realtime) feed(in []byte) (rest []byte, questions []byte) {
	buf := append(r.held, in...)
	r.held = nil
	for i := 0; i < len(buf); i++ {
		tail := buf[i:]
		switch {
		case tail[0] != 0x10:
			rest = append(rest, tail[0])
		case len(tail) == 1, len(tail) == 2 && tail[1] == 0x04:
			r.held = append([]byte(nil), tail...)
			return rest, questions
		case tail[1] == 0x04 && tail[2] >= 1 && tail[2] <= 4:
			questions = append(questions, tail[2])
			i += 2
		default:
			rest = append(rest, tail[0])
		}
	}
	return rest, questions
}

// reply is the status byte for a question: bits 1 and 4 are always set.
func (c Condition) reply(question byte) byte {
	b := byte(0x12)
	set := func(on bool, bits byte) {
		if on {
			b |= bits
		}
	}
	switch question {
	case 1:
		set(!c.prints(), 0x08)
	case 2:
		set(c.Cover, 0x04)
		set(c.Paper == Out, 0x20)
		set(c.Jam, 0x40)
	case 3:
		set(c.Jam, 0x08)
	case 4:
		set(c.Paper == Low || c.Paper == Out, 0x0C)
		set(c.Paper == Out, 0x60)
	}
	return b
}
