package frame

import (
	"bytes"
	"time"
)

// Format is how the frames of a protocol are found and read. Its functions see
// bytes that begin where a frame may begin; they may keep what a protocol
// spreads over several frames.
type Format struct {
	// Start is the place of the first byte at which a frame may begin, len(b)
	// when there is none.
	Start func(b []byte) int
	// Length is that of the frame that begins here; 0 while more bytes are
	// needed to know. A reason says that none begins here. quiet: nothing follows
	// yet.
	Length func(b []byte, quiet bool) (n int, reason string)
	// Read says what a whole frame says; an Event without a type and facts is
	// not told to anybody. A reason says that it is damaged.
	Read func(b []byte) (Event, string)
	// Lost hears that bytes were dropped between frames. May be nil.
	Lost func()
	// Most is the length of the longest frame.
	Most int
}

// Counts tell an operator how well a line is.
type Counts struct {
	Frames  int // that could be read
	Damaged int // places that looked like a frame and were none
	Skipped int // bytes that belonged to no frame
}

// Decoder takes a stream apart. It keeps at most one unfinished frame.
type Decoder struct {
	format Format
	buf    []byte
	at     int64 // offset of buf[0]
	sound  bool  // the newest place that looked like a frame was one
	Counts Counts
}

// New is a decoder at the beginning of a stream.
func New(f Format) *Decoder { return &Decoder{format: f, sound: true} }

// Feed takes bytes in and gives what the frames say that are whole now. After a
// damaged frame it looks for the next from the byte after its beginning, so that
// a wrong length swallows nothing; one Event tells of it.
func (d *Decoder) Feed(b []byte) []Event {
	d.buf = append(d.buf, b...)
	return d.take(false)
}

// Quiet hears that no byte came for longer than a frame may pause: what is
// unfinished will not be finished. A port calls it after about 20 byte times.
func (d *Decoder) Quiet() []Event {
	out := d.take(true)
	if len(d.buf) > 0 {
		out = d.damaged(out, "cut-short")
		out = append(out, d.take(true)...)
	}
	return out
}

// Waiting is how many bytes of an unfinished frame there are.
func (d *Decoder) Waiting() int { return len(d.buf) }

func (d *Decoder) take(quiet bool) []Event {
	var out []Event
	for {
		d.skip(d.format.Start(d.buf))
		if len(d.buf) == 0 {
			return out
		}
		n, reason := d.format.Length(d.buf, quiet)
		switch {
		case reason != "":
			out = d.damaged(out, reason)
			continue
		case n == 0 && len(d.buf) >= d.format.Most || n > d.format.Most:
			out = d.damaged(out, "length")
			continue
		case n == 0 || n > len(d.buf):
			if !quiet {
				return out
			}
			out = d.damaged(out, "cut-short")
			continue
		}
		e, reason := d.format.Read(d.buf[:n])
		if reason != "" {
			out = d.damaged(out, reason)
			continue
		}
		d.Counts.Frames++
		d.sound = true
		if e.Type != "" || len(e.Facts) > 0 {
			e.Raw = bytes.Clone(d.buf[:n])
			out = append(append(out, e), e.Also...)
		}
		d.drop(n)
	}
}

// damaged gives up the frame that seems to begin here. What follows from one
// fault, until a frame is whole again, is told once.
func (d *Decoder) damaged(out []Event, reason string) []Event {
	d.Counts.Damaged++
	if d.sound {
		out = append(out, Event{Fault: &Fault{reason, d.at}})
	}
	d.sound = false
	d.skip(1)
	return out
}

func (d *Decoder) skip(n int) {
	if n == 0 {
		return
	}
	d.Counts.Skipped += n
	d.drop(n)
	if d.format.Lost != nil {
		d.format.Lost()
	}
}

func (d *Decoder) drop(n int) {
	d.at += int64(n)
	d.buf = d.buf[n:]
	if len(d.buf) == 0 {
		d.buf = nil
	}
}

// Protocol is a way in which instruments speak.
type Protocol struct {
	Name     string // "pulsewave-rbp"
	New      func() *Decoder
	Commands map[string][]byte // what the host can say, by name
	Talk     Talk
}

// Talk is the host's part in a conversation. The zero value only listens.
type Talk struct {
	Greet  []string                             // commands when the port was opened
	Poll   []string                             // commands again and again
	Every  time.Duration                        // between two polls; 0 with no Poll
	Start  []string                             // commands that begin a measurement
	Answer func(heard []byte, e []Event) []byte // to bytes that came and what they say; may be nil
	Clock  map[string]bool                      // types of events whose deviceTime is the instrument's clock as it spoke
	Memory bool                                 // records come again when they are asked for again or not acknowledged
	Stream bool                                 // one measurement is told again and again while it lasts
	Apart  func(Event) []Event                  // takes an event apart that holds several records; may be nil
}

// command is the event of bytes that the host sends.
func command(name string) Event { return Say("command", Fact{"command", name}) }

// Command reads what the host says: one of a protocol's commands, whole.
func Command(commands map[string][]byte, b []byte) (Event, string) {
	for name, c := range commands {
		if bytes.Equal(c, b) {
			return command(name), ""
		}
	}
	return Event{}, "command"
}

// Any begins a frame at any byte.
func Any([]byte) int { return 0 }

// From begins a frame at the first of some bytes.
func From(first ...byte) func([]byte) int {
	return func(b []byte) int {
		for i, c := range b {
			if bytes.IndexByte(first, c) >= 0 {
				return i
			}
		}
		return len(b)
	}
}

// Line is the length of a line with its end. A quiet line has ended.
func Line(b []byte, quiet bool) (int, string) {
	if n := bytes.IndexByte(b, '\n') + 1; n > 0 || !quiet {
		return n, ""
	}
	return len(b), ""
}

// Text is a line without its end.
func Text(b []byte) string { return string(bytes.TrimRight(b, "\r\n")) }

// XOR of some bytes.
func XOR(b []byte) (x byte) {
	for _, c := range b {
		x ^= c
	}
	return x
}

// Sum of some bytes, modulo 256.
func Sum(b []byte) (s byte) {
	for _, c := range b {
		s += c
	}
	return s
}

// TopBit begins a frame at a byte with its top bit set.
func TopBit(b []byte) int {
	for i, c := range b {
		if c >= 0x80 {
			return i
		}
	}
	return len(b)
}

// Five is the length of frames of five bytes of which only the first has its top
// bit set.
func Five(b []byte, _ bool) (int, string) {
	for _, c := range b[1:min(len(b), 5)] {
		if c >= 0x80 {
			return 0, "cut-short"
		}
	}
	return 5, ""
}

// Prefix begins a frame at some bytes, or at the beginning of them at the end.
func Prefix(p []byte) func([]byte) int {
	return func(b []byte) int {
		if i := bytes.Index(b, p); i >= 0 {
			return i
		}
		for n := min(len(p)-1, len(b)); n > 0; n-- {
			if bytes.HasSuffix(b, p[:n]) {
				return len(b) - n
			}
		}
		return len(b)
	}
}
