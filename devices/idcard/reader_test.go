package idcard

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// line is what a reader answers to one command, and how long it takes.
type line struct {
	after time.Duration
	bytes []byte
}

func say(s Status, data ...byte) []byte {
	n := len(data) + 4
	out := append(bytes.Clone(preamble), byte(n>>8), byte(n), 0, 0, byte(s))
	out = append(out, data...)
	return append(out, xor(out[5:]))
}

var (
	foundIt  = say(StatusFound, 0, 0, 0, 0)
	selected = say(StatusOK, make([]byte, 8)...)
	none     = say(StatusNoCard)
	failed   = say(StatusReadFailed)
)

func card(name, number string) []byte {
	text := page(form{name: name, number: number}.resident())
	data := append([]byte{1, 0, 4, 0}, text...)
	return say(StatusOK, append(data, bytes.Repeat([]byte{7}, photoSize)...)...)
}

var (
	wang = card("王秀兰", "990101195203090020")
	li   = card("李建国", "990101194907020034")
)

// play answers the commands of a reader under test line by line, and gives the commands at the end.
func play(t *testing.T, lines []line) (*Reader, func() []Command) {
	t.Helper()
	host, device := net.Pipe()
	var got []Command
	done := make(chan struct{})
	go func() {
		defer close(done)
		in := make([]byte, 10)
		for _, l := range lines {
			if _, err := io.ReadFull(device, in); err != nil {
				return
			}
			got = append(got, Command{in[7], in[8]})
			if l.after > 0 {
				go func() { time.Sleep(l.after); _, _ = device.Write(l.bytes) }()
			} else if _, err := device.Write(l.bytes); err != nil {
				return
			}
		}
		_, _ = io.Copy(io.Discard, device)
	}()
	r := Open(host, Options{})
	end := func() []Command { _ = r.Close(); _ = device.Close(); <-done; return got }
	t.Cleanup(func() { end() })
	return r, end
}

func at(lines ...[]byte) []line {
	var out []line
	for _, b := range lines {
		out = append(out, line{0, b})
	}
	return out
}

func poll(t *testing.T, r *Reader, wantName string, wantPresent bool, want Condition) {
	t.Helper()
	c, present, err := r.Poll(t.Context())
	var f *Fault
	var got Condition
	if errors.As(err, &f) {
		got = f.Condition
	} else if err != nil {
		got = Condition(err.Error())
	}
	if c.Name != wantName || present != wantPresent || got != want {
		t.Fatalf("name of %d bytes, present %v, condition %q; want %q, %v, %q", len(c.Name), present, got, wantName, wantPresent, want)
	}
}

func TestACardIsToldOnceStaysAndIsTakenAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, end := play(t, at(none, foundIt, selected, wang, wang, none, wang, none, failed, none, wang, none, failed, none, failed, none))
		poll(t, r, "", false, "")
		poll(t, r, "王秀兰", true, "") // read, and read again to learn that this model can
		if !r.Senses() {
			t.Error("the model reads twice, and is not believed")
		}
		poll(t, r, "", true, "")
		poll(t, r, "", true, "") // missed once: somebody leaned on it
		poll(t, r, "", true, "")
		poll(t, r, "", true, "")
		poll(t, r, "", false, "") // missed twice: gone
		poll(t, r, "", false, "")
		if got := end(); len(got) != 16 {
			t.Errorf("%d commands", len(got))
		}
	})
}

func TestAnotherCardInItsPlaceIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, end := play(t, at(foundIt, selected, wang, wang, none, li, foundIt, selected, wang, foundIt, selected, wang))
		poll(t, r, "王秀兰", true, "")
		poll(t, r, "李建国", true, "") // changed between two looks
		poll(t, r, "王秀兰", true, "") // laid down anew
		poll(t, r, "", true, "")    // a model that finds the same card over and over
		end()
	})
}

func TestAModelThatCannotTellNeverPretendsTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, end := play(t, at(foundIt, selected, wang, failed, none, none, foundIt, selected, wang, failed))
		poll(t, r, "王秀兰", true, "")
		if r.Senses() {
			t.Error("believes a model that cannot tell")
		}
		poll(t, r, "", false, "")
		poll(t, r, "", false, "")
		poll(t, r, "王秀兰", true, "") // laid down again
		end()
	})
}

func TestACardThatReadsBadlyIsAFaultWithWords(t *testing.T) {
	for name, c := range map[string]struct {
		lines []line
		want  Condition
	}{
		"moved before select": {at(foundIt, say(StatusSelectFailed)), Unclear},
		"moved before read":   {at(foundIt, selected, failed), Unclear},
		"counterfeit":         {at(foundIt, selected, say(StatusCardAuth)), Counterfeit},
		"bank card":           {at(foundIt, say(StatusCardType)), WrongCard},
		"not authorised":      {at(say(StatusUnauthorised)), NeedsService},
		"damaged":             {at(foundIt, selected, append(bytes.Clone(wang[:400]), wang[401:]...)), Garbled},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if name == "damaged" {
					c.lines[2].bytes = append(c.lines[2].bytes, 0) // one byte lost, noise behind
				}
				r, end := play(t, c.lines)
				poll(t, r, "", false, c.want)
				end()
			})
		})
	}
}

func TestALateAnswerMeetsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// The first find is answered after its patience ended, and before the second would be.
		r, end := play(t, []line{{1100 * time.Millisecond, foundIt}, {200 * time.Millisecond, none}, {0, none}})
		poll(t, r, "", false, Mute)
		poll(t, r, "", false, "")
		poll(t, r, "", false, "")
		if got := end(); len(got) != 3 || got[1] != FindCard || got[2] != FindCard {
			t.Errorf("a late answer led to %v", got)
		}
	})
}

func TestAnAnswerToSomethingElseIsNotTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, end := play(t, at(append(bytes.Clone(selected), none...), append(append(bytes.Clone(wang), 0xAA, 0xAA), none...)))
		poll(t, r, "", false, "")
		poll(t, r, "", false, "")
		end()
	})
}

func TestReadersAreNotAskedMoreThanTheyWant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, end := play(t, at(none, none, none, none))
		began := time.Now()
		for range 4 {
			poll(t, r, "", false, "")
		}
		if took := time.Since(began); took != 900*time.Millisecond {
			t.Errorf("four looks took %v", took)
		}
		end()
	})
}

func TestACallerWhoGivesUpIsAnsweredAndTheReaderGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, end := play(t, []line{{200 * time.Millisecond, foundIt}, {0, none}})
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, _, err := r.Poll(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		poll(t, r, "", false, "")
		end()
	})
}

func TestAnUnpluggedReaderIsOffline(t *testing.T) {
	host, device := net.Pipe()
	r := Open(host, Options{})
	_ = device.Close()
	poll(t, r, "", false, Offline)
	if err := errors.Join(r.Close(), r.Close()); err != nil {
		t.Error(err)
	}
	poll(t, r, "", false, Offline)
}
