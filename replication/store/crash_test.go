package store

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"xiangyi/protocol"
)

const crashDir = "XIANGYI_STORE_CRASH_DIR"

// TestMain is also the station that gets killed: with the directory in its
// environment this binary saves records in a loop and says what was
// acknowledged.
func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		saveUntilKilled(dir)
	}
	// A property opens three databases for each case. -rapid.checks overrides.
	if err := flag.Set("rapid.checks", "25"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func saveUntilKilled(dir string) {
	d, err := Open(stationOptions(dir))
	if err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
	if alarm, on := d.Alarm(); on {
		fmt.Println("failed", alarm.Code)
		os.Exit(1)
	}
	for worker := range 4 {
		go func() {
			for i := 0; ; i++ {
				o := inLane(protocol.Lane(worker))
				o.Key = fmt.Sprintf("%d-%d-%d", os.Getpid(), worker, i)
				c, err := d.Do(context.Background(), o, putVisit(protocol.ID(fmt.Sprint("w", worker)), "east"))
				if err != nil {
					fmt.Println("failed", err)
					os.Exit(1)
				}
				fmt.Println("saved", c.Position)
			}
		}()
	}
	select {}
}

// A station is killed at random instants, again and again. Every Change that it
// acknowledged is there, the chain verifies, and no alarm is raised.
func TestNothingAcknowledgedIsLostWhenTheProcessIsKilled(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	o := stationOptions(t.TempDir())
	acked := map[protocol.Position]bool{}
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	for range rounds {
		crash(t, o.Dir, 1+random.IntN(150), acked)
	}
	d := openDB(t, o)
	if alarm, on := d.Alarm(); on {
		t.Fatalf("alarm %+v", alarm)
	}
	must(t, d.Verify(t.Context()))
	must(t, d.Snapshot(t.Context(), func(s *Snapshot) error {
		for p := range acked {
			c, err := s.Change(p)
			if err != nil || len(c.Writes) != 1 || c.Writes[0].Value == nil {
				t.Errorf("%s was acknowledged: %v", p, err)
			}
		}
		return nil
	}))
	if len(acked) < rounds {
		t.Errorf("only %d changes were acknowledged in %d lives", len(acked), rounds)
	}
}

// crash runs a station until it acknowledged so many Changes, kills it in the
// middle of what it does then, and notes what it acknowledged.
func crash(t *testing.T, dir string, after int, acked map[protocol.Position]bool) {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	child := exec.Command(self)
	child.Env = append(os.Environ(), crashDir+"="+dir)
	out, err := child.StdoutPipe()
	must(t, err)
	must(t, child.Start())
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		verb, text, _ := strings.Cut(lines.Text(), " ")
		if verb != "saved" {
			t.Fatalf("the station says %q", lines.Text())
		}
		p, err := protocol.ParsePosition(text)
		if err != nil {
			continue // the last line, cut by the kill
		}
		acked[p] = true
		if n == after {
			must(t, child.Process.Kill())
		}
	}
	if err := child.Wait(); err == nil {
		t.Error("the station ended by itself")
	}
}
