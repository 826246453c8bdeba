package escpos

import (
	"testing"

	"xiangyi/devices/printer"
)

func TestStatusBytesReadAsTheManualsSay(t *testing.T) {
	for _, c := range []struct {
		name           string
		n1, n2, n3, n4 byte
		want           printer.Condition
	}{
		{"well", 0x12, 0x12, 0x12, 0x12, printer.Ready},
		{"well, drawer open", 0x16, 0x12, 0x12, 0x12, printer.Ready},
		{"roll near its end", 0x12, 0x12, 0x12, 0x1E, printer.NearEnd},
		{"out of paper", 0x1A, 0x32, 0x12, 0x7E, printer.OutOfPaper},
		{"cover open", 0x1A, 0x16, 0x12, 0x12, printer.CoverOpen},
		{"cover open while paper is changed", 0x1A, 0x36, 0x12, 0x7E, printer.CoverOpen},
		{"cutter stuck", 0x1A, 0x52, 0x1A, 0x12, printer.Jam},
		{"broken", 0x1A, 0x52, 0x32, 0x12, printer.NeedsService},
		{"head too hot", 0x1A, 0x52, 0x52, 0x12, printer.Busy},
		{"set offline at the panel", 0x1A, 0x12, 0x12, 0x12, printer.Offline},
	} {
		var s State
		for i, b := range []byte{c.n1, c.n2, c.n3, c.n4} {
			if err := s.Take(Questions[i], b); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
		}
		if got := s.Status(); got.Condition != c.want {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
	}
}

func TestNoAnswerIsUnknownAndNeverReady(t *testing.T) {
	var s State
	if got := s.Status(); got.Condition != printer.Unknown {
		t.Errorf("nothing asked: %v", got)
	}
	if err := s.Take(AskPrinter, 0x12); err != nil {
		t.Fatal(err)
	}
	if got := s.Status(); got.Condition != printer.Unknown {
		t.Errorf("paper never answered: %v", got)
	}
}

func TestNoiseIsNotTakenForAnAnswer(t *testing.T) {
	answers := 0
	for b := range 256 {
		var s State
		err := s.Take(AskPaper, byte(b))
		if (err == nil) != IsAnswer(byte(b)) {
			t.Errorf("%02X: %v", b, err)
		}
		if err == nil {
			answers++
			if IsFence(byte(b)) {
				t.Errorf("%02X could be both an answer and a fence", b)
			}
		}
	}
	if answers != 16 {
		t.Errorf("%d bytes can be answers, want 16: four fixed bits", answers)
	}
}
