package hl7

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

func messages(r io.Reader) (out []string, err error) {
	s := NewScanner(r)
	for s.Scan() {
		out = append(out, s.Text())
	}
	return out, s.Err()
}

func TestFramesAreFoundHoweverTheyArrive(t *testing.T) {
	stream := "noise\x1c\r\x0bone\x1c\r\x0btwo\r\x1c\x0bthree\x1c\r\n\nnoise\x0b\x1c\r\x0bhalf a\x0bfour\x1c\r"
	want := []string{"one", "two\r", "three", "", "four"}
	for name, r := range map[string]io.Reader{
		"at once": strings.NewReader(stream), "byte by byte": iotest.OneByteReader(strings.NewReader(stream)),
		"in halves": iotest.HalfReader(strings.NewReader(stream)), "with its end": iotest.DataErrReader(strings.NewReader(stream)),
	} {
		if got, err := messages(r); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestAFrameIsNotHeldUpForTheByteBehindIt(t *testing.T) {
	r, w := io.Pipe()
	defer r.Close()
	go func() { _, _ = w.Write([]byte("\x0bone\x1c")) }() // and the sender waits for its answer
	if s := NewScanner(r); !s.Scan() || s.Text() != "one" {
		t.Errorf("got %q, %v", s.Text(), s.Err())
	}
}

func TestAStreamThatEndsWithinAFrameSaysSo(t *testing.T) {
	got, err := messages(strings.NewReader("\x0bone\x1c\r..\x0btw"))
	var partial *Error
	if !errors.As(err, &partial) || *partial != (Error{Kind: Partial, Offset: 3}) || !slices.Equal(got, []string{"one"}) {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := messages(strings.NewReader("only noise")); err != nil || got != nil {
		t.Errorf("%q, %v", got, err)
	}
}

type endless struct{ started bool }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	if !e.started {
		p[0], e.started = startBlock, true
	}
	return len(p), nil
}

func TestAFrameWithoutEndIsGivenUp(t *testing.T) {
	if _, err := messages(&endless{}); !errors.Is(err, &Error{Kind: TooLarge}) && !errors.Is(err, bufio.ErrTooLong) {
		t.Errorf("err = %v", err)
	}
	long := FrameMLLP(make([]byte, MaxMessage+1))
	for name, data := range map[string][]byte{"whole": long, "without end": long[:len(long)-2]} {
		if _, _, err := SplitMLLP(data, false); !errors.Is(err, &Error{Kind: TooLarge}) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := messages(bytes.NewReader(FrameMLLP(make([]byte, MaxMessage)))); err != nil || len(got) != 1 || len(got[0]) != MaxMessage {
		t.Errorf("the largest message: %d, %v", len(got), err)
	}
}

func TestWhatIsFramedComesOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte().Filter(func(b byte) bool { return b != startBlock && b != endBlock }))
		want := rapid.SliceOf(plain).Draw(t, "messages")
		var stream bytes.Buffer
		for _, m := range want {
			stream.Write(plain.Draw(t, "noise"))
			stream.Write(FrameMLLP(m))
		}
		got, err := messages(iotest.OneByteReader(&stream))
		if err != nil || len(got) != len(want) {
			t.Fatalf("%d of %d, %v", len(got), len(want), err)
		}
		for i := range want {
			if got[i] != string(want[i]) {
				t.Fatalf("message %d: %q, want %q", i, got[i], want[i])
			}
		}
	})
}

func FuzzSplitMLLP(f *testing.F) {
	f.Add([]byte("\x0bone\x1c\r\x0btwo\x1c\r"), 3)
	f.Add([]byte("x\x1c\x0b\x0b\x1c\x0bpart"), 1)
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		whole, errWhole := messages(bytes.NewReader(stream))
		pieces, errPieces := messages(bufio.NewReaderSize(iotest.OneByteReader(bytes.NewReader(stream)), 16))
		if !slices.Equal(whole, pieces) || (errWhole == nil) != (errPieces == nil) {
			t.Fatalf("at once %q, %v; byte by byte %q, %v", whole, errWhole, pieces, errPieces)
		}
		for _, m := range whole {
			if strings.ContainsAny(m, "\x0b\x1c") {
				t.Fatalf("%q holds a byte of the frame", m)
			}
		}
		// Whatever size one call of a SplitFunc is given, it asks for more or moves on, within what it was given.
		data := stream[:min(max(size, 0), len(stream))]
		if advance, token, err := SplitMLLP(data, false); err == nil && (advance < 0 || advance > len(data) || token != nil && advance == 0) {
			t.Fatalf("advance %d of %d", advance, len(data))
		}
	})
}
