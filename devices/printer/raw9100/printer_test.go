package raw9100

import (
	"bytes"
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"xiangyi/devices/printer"
)

var slip = bytes.Repeat([]byte("挂号单 第 3 号\n"), 500) // more than one piece

func TestASlipIsPrintedOnceTheFenceIsAnswered(t *testing.T) {
	f := &fake{answers: well, fence: []byte{0x00}}
	outcome, err := New(Options{Addr: start(t, f)}).Print(t.Context(), slip)
	if outcome != printer.Printed || err != nil {
		t.Fatalf("%v, %v", outcome, err)
	}
	if got := f.received(); got != len(slip) {
		t.Errorf("printer got %d bytes of %d", got, len(slip))
	}
}

func TestNothingIsSentToAPrinterThatCannotPrint(t *testing.T) {
	for _, c := range []struct {
		name    string
		answers func(byte, bool) []byte
		want    printer.Condition
	}{
		{"no paper", func(n byte, _ bool) []byte { return []byte{[]byte{0, 0x1A, 0x32, 0x12, 0x7E}[n]} }, printer.OutOfPaper},
		{"cover open", func(n byte, _ bool) []byte { return []byte{[]byte{0, 0x1A, 0x16, 0x12, 0x12}[n]} }, printer.CoverOpen},
		{"mute", func(byte, bool) []byte { return nil }, printer.Unknown},
		{"noise instead of answers", func(byte, bool) []byte { return []byte{0xFF, 0x00} }, printer.Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &fake{answers: c.answers}
			outcome, err := New(quick(start(t, f))).Print(t.Context(), slip)
			var fault *printer.Fault
			if outcome != printer.NotSent || !errors.As(err, &fault) || fault.Condition != c.want || fault.Outcome != outcome {
				t.Errorf("%v, %v; want %s", outcome, err, c.want)
			}
			if f.received() != 0 {
				t.Errorf("%d bytes went out", f.received())
			}
		})
	}
}

func TestASlipThatRanOutOfPaperHalfwayIsSentAndNotPrinted(t *testing.T) {
	f := &fake{answers: func(n byte, after bool) []byte {
		if after {
			return []byte{[]byte{0, 0x1A, 0x32, 0x12, 0x7E}[n]}
		}
		return []byte{0x12}
	}}
	outcome, err := New(quick(start(t, f))).Print(t.Context(), slip)
	if outcome != printer.Sent || printer.ConditionOf(err) != printer.OutOfPaper {
		t.Errorf("%v, %v", outcome, err)
	}
}

func TestAModelWithoutTheFenceNeverClaimsToHavePrinted(t *testing.T) {
	f := &fake{answers: well}
	o := quick(start(t, f))
	o.NoFence = true
	if outcome, err := New(o).Print(t.Context(), slip); outcome != printer.Sent || err != nil {
		t.Errorf("%v, %v", outcome, err)
	}
}

func TestAMuteModelGetsTheWholeSlipAndConfirmsNothing(t *testing.T) {
	f := &fake{answers: well}
	o := quick(start(t, f))
	o.Mute = true
	p := New(o)
	if outcome, err := p.Print(t.Context(), slip); outcome != printer.Sent || err != nil {
		t.Fatalf("%v, %v", outcome, err)
	}
	<-f.done
	if f.received() < len(slip)-2 { // the fake keeps the last two bytes back, they could begin a command
		t.Errorf("printer got %d bytes of %d", f.received(), len(slip))
	}
	if st, err := p.Status(t.Context()); st.Condition != printer.Unknown || err != nil {
		t.Errorf("status %v, %v", st, err)
	}
}

func TestAConnectionLostInTheMiddleIsInDoubt(t *testing.T) {
	f := &fake{answers: well, drop: 100}
	outcome, err := New(quick(start(t, f))).Print(t.Context(), slip)
	if outcome != printer.Sent || printer.ConditionOf(err) != printer.Offline {
		t.Errorf("%v, %v", outcome, err)
	}
}

func TestASwitchedOffPrinterIsOfflineAndTheSlipDidNotLeave(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	p := New(quick(addr))
	if outcome, err := p.Print(t.Context(), slip); outcome != printer.NotSent || printer.ConditionOf(err) != printer.Offline {
		t.Errorf("%v, %v", outcome, err)
	}
	if st, err := p.Status(t.Context()); st.Condition != printer.Offline || err == nil {
		t.Errorf("%v, %v", st, err)
	}
}

func TestLeftOverBytesDoNotPassForAnswers(t *testing.T) {
	f := &fake{answers: func(n byte, _ bool) []byte { // an automatic status in front of each answer
		return []byte{0x00, 0x80, 0xFF, []byte{0, 0x12, 0x12, 0x12, 0x1E}[n]}
	}}
	if st, err := New(quick(start(t, f))).Status(t.Context()); st.Condition != printer.NearEnd || err != nil {
		t.Errorf("%v, %v", st, err)
	}
}

func TestALateStatusAnswerDoesNotPassForTheEndOfTheSlip(t *testing.T) {
	f := &fake{answers: func(n byte, _ bool) []byte { return []byte{0x12, 0x12}[:1+n/4] }} // the last question is answered twice
	if outcome, err := New(quick(start(t, f))).Print(t.Context(), slip); outcome != printer.Sent || err != nil {
		t.Errorf("%v, %v", outcome, err)
	}
}

func TestACallerWhoGivesUpIsAnsweredAtOnce(t *testing.T) {
	f := &fake{answers: well} // no fence: Print would wait a minute
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan struct{})
	f.answers = func(n byte, _ bool) []byte {
		if n == 4 {
			close(asked)
		}
		return []byte{0x12}
	}
	go func() { <-asked; cancel() }()
	_, err := New(Options{Addr: start(t, f), Finish: time.Minute}).Print(ctx, slip)
	if !errors.Is(err, context.Canceled) || printer.ConditionOf(err) != printer.Unknown {
		t.Errorf("%v", err)
	}
}
