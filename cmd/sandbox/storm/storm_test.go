package storm

import (
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"xiangyi/cmd/sandbox/story"
	"xiangyi/protocol"
)

func TestNoPromiseIsBrokenInAShortStorm(t *testing.T) {
	program := filepath.Join(t.TempDir(), "cloud")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "xiangyi/cmd/cloud").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	o := Options{Dir: t.TempDir(), Program: program, Stations: 10, For: time.Second, Seed: rand.Uint64()}
	err := Run(t.Context(), o, func(s story.Step) error {
		t.Logf("%5.1f s  %v  %s: %s", float64(s.MS)/1000, s.OK, s.Step, s.Detail)
		return nil
	})
	if err != nil {
		t.Errorf("seed %d: %v", o.Seed, err)
	}
}

func TestABrokenPromiseIsNamed(t *testing.T) {
	promised := map[string]bool{"v0001-1": true}
	for want, found := range map[string]map[string]int{"n1 lost v0001-1": {}, "n1 holds v0001-1 2 times": {"v0001-1": 2}} {
		if err := compare("n1", promised, found); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if err := compare("n1", promised, map[string]int{"v0001-1": 1, "v0001-2": 1}); err != nil {
		t.Error(err)
	}
}

func TestWhatWasNeverAnsweredEndsWhenItCanChangeNothing(t *testing.T) {
	lost := porcupine.Operation{Input: attempt{2, 2}, Call: 5, Output: answer{unknown: true}, Return: forever}
	early := porcupine.Operation{Input: attempt{1, 1}, Call: 6, Output: answer{status: protocol.OK, high: 1}, Return: 7}
	late := porcupine.Operation{Input: attempt{3, 3}, Call: 8, Output: answer{status: protocol.OK, high: 3}, Return: 9}
	for want, history := range map[int64][]porcupine.Operation{9: {lost, early, late}, forever: {lost, early}} {
		if got := bounded(history)[0].Return; got != want {
			t.Errorf("it ends at %d, want %d", got, want)
		}
	}
	if !porcupine.CheckOperations(laneModel, bounded([]porcupine.Operation{early, lost, late})) {
		t.Error("a frame that was taken without an answer is not believed")
	}
}

func TestAnAnswerThatForgotAnotherIsSeen(t *testing.T) {
	ok := func(at int64, first, high protocol.Seq) porcupine.Operation {
		return porcupine.Operation{Input: attempt{first, first}, Call: at, Output: answer{status: protocol.OK, high: high}, Return: at + 1}
	}
	if !porcupine.CheckOperations(laneModel, []porcupine.Operation{ok(0, 1, 1), ok(2, 2, 2), ok(4, 1, 2)}) {
		t.Error("a sound history is refused")
	}
	if porcupine.CheckOperations(laneModel, []porcupine.Operation{ok(0, 1, 1), ok(2, 2, 2), ok(4, 1, 1)}) {
		t.Error("a mark that went back is taken")
	}
}
