package printer

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestOfTwoConditionsThePersonSeesTheOneThatStopsThePaper(t *testing.T) {
	for _, c := range []struct{ a, b, want Condition }{
		{Ready, NearEnd, NearEnd},
		{NearEnd, OutOfPaper, OutOfPaper},
		{OutOfPaper, CoverOpen, CoverOpen}, // closing the cover comes first: an open cover also reads as no paper
		{Unknown, Ready, Unknown},
		{Offline, Jam, Offline},
		{"melted", "burnt", Unknown},
	} {
		if got := Worse(c.a, c.b); got != c.want {
			t.Errorf("Worse(%s, %s) = %s, want %s", c.a, c.b, got, c.want)
		}
		if got := Worse(c.b, c.a); got != c.want {
			t.Errorf("Worse(%s, %s) = %s, want %s", c.b, c.a, got, c.want)
		}
	}
}

func TestAPrinterThatSaysNothingIsNotReady(t *testing.T) {
	for _, c := range order {
		want := c == Ready || c == NearEnd
		if got := (Status{Condition: c}).CanPrint(); got != want {
			t.Errorf("%s: CanPrint = %v, want %v", c, got, want)
		}
	}
}

func TestEveryConditionHasItsOwnWordsInBothLanguages(t *testing.T) {
	seen := map[string]Condition{}
	for _, c := range order {
		w := c.Words()
		if w.ZH == "" || w.EN == "" {
			t.Errorf("%s has no words", c)
		}
		if other, ok := seen[w.ZH]; ok {
			t.Errorf("%s and %s say the same", c, other)
		}
		seen[w.ZH] = c
	}
	if Condition("melted").Words() != Unknown.Words() {
		t.Error("an unlisted condition must read as unknown")
	}
}

func TestAFaultKeepsItsConditionThroughWrapping(t *testing.T) {
	cause := errors.New("connection refused")
	err := fmt.Errorf("print slip: %w", &Fault{Condition: Offline, Outcome: NotSent, Err: cause})
	if ConditionOf(err) != Offline || !errors.Is(err, cause) {
		t.Errorf("lost the condition or the cause of %v", err)
	}
	if !strings.Contains(err.Error(), "not-sent") {
		t.Errorf("%v does not say whether the document left", err)
	}
	if ConditionOf(nil) != Ready || ConditionOf(cause) != Unknown {
		t.Error("no error reads as ready, a foreign error as unknown")
	}
}

func TestOnlyACompletedJobCountsAsPrinted(t *testing.T) {
	for s, want := range map[JobState]Outcome{Pending: Sent, Held: Sent, Processing: Sent, Stopped: Sent, Canceled: Sent, Aborted: Sent, Completed: Printed} {
		if got := (Job{State: s}).Outcome(); got != want {
			t.Errorf("%s: %s, want %s", s, got, want)
		}
	}
}
