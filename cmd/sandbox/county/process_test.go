package county

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain makes the test's own program the child of its processes: "child MODE" does as MODE says.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "child" {
		child(os.Args[2])
		return
	}
	os.Exit(m.Run())
}

func child(mode string) {
	fmt.Println("here", os.Getpid())
	switch mode {
	case "crash":
		os.Exit(3)
	case "deaf":
		signalIgnore()
	case "parent": // starts a child of its own, then waits with it
		grandchild := exec.Command(os.Args[0], "child", "wait")
		grandchild.Stdout = os.Stdout
		if err := grandchild.Start(); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	case "sandbox": // a sandbox that starts a child and is then killed
		s := newSpawner()
		p := newProcess(Spec{Name: "inner", Path: os.Args[0], Args: []string{"child", "wait"}, Log: os.Getenv("INNER_LOG")}, s)
		if err := p.Start(); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("inner", p.State().PID)
	}
	time.Sleep(time.Hour)
}

// started starts a child and waits until it says that it is there.
func started(t *testing.T, mode string) (*Process, string) {
	t.Helper()
	s := newSpawner()
	p := newProcess(Spec{Name: "child", Path: os.Args[0], Args: []string{"child", mode}, Log: filepath.Join(t.TempDir(), "log")}, s)
	t.Cleanup(func() {
		if err := p.Kill(); err != nil {
			t.Error(err)
		}
		s.close()
	})
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the child's first word", func() bool { return len(words(t, p.spec.Log)) > 0 })
	return p, p.spec.Log
}

func words(t *testing.T, log string) []string {
	t.Helper()
	f, err := os.Open(log)
	if err != nil {
		return nil
	}
	defer f.Close()
	var out []string
	for s := bufio.NewScanner(f); s.Scan(); {
		out = append(out, s.Text())
	}
	return out
}

// waitFor looks until something is so; what it waits for is another process, which has no channel to us.
func waitFor(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !is(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// alive tells whether a process runs; one that ended and was not waited for by its parent counts as dead.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	return !strings.HasPrefix(rest, "Z")
}

func TestPulledPowerStaysOffUntilSomebodyGivesItBack(t *testing.T) {
	p, log := started(t, "wait")
	pid := p.State().PID
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	if got := p.State(); got.Condition != Off || got.PID != 0 || got.Crashes != 0 || alive(pid) {
		t.Fatalf("after the power was pulled: %+v, alive %t", got, alive(pid))
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the second life", func() bool { return len(words(t, log)) == 2 })
	if got := p.State(); got.Condition != Running || got.Starts != 2 || got.PID == pid {
		t.Fatalf("after it was given back: %+v", got)
	}
}

func TestAProcessThatEndsByItselfIsStartedAgain(t *testing.T) {
	s := newSpawner()
	defer s.close()
	p := newProcess(Spec{Name: "child", Path: os.Args[0], Args: []string{"child", "crash"}, Log: filepath.Join(t.TempDir(), "log")}, s)
	p.pause = func(int) time.Duration { return time.Millisecond }
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "three lives", func() bool { return p.State().Starts >= 3 })
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	if got := p.State(); got.Crashes < 2 || !strings.Contains(got.LastEnd, "3") && !strings.Contains(got.LastEnd, "killed") {
		t.Fatalf("after three lives: %+v", got)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.want || p.again != nil || p.run != nil {
		t.Fatal("its power is pulled, and something is about to bring it back")
	}
}

func TestAPausedProcessIsWokenToBeStopped(t *testing.T) {
	p, _ := started(t, "wait")
	if err := p.Pause(); err != nil {
		t.Fatal(err)
	}
	if err := p.Pause(); err == nil {
		t.Fatal("what is paused was paused again")
	}
	began := time.Now()
	if err := p.Stop(15 * time.Second); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 10*time.Second || p.State().Condition != Off {
		t.Fatalf("it slept through SIGTERM: %v, %+v", took, p.State())
	}
}

func TestPauseAndResume(t *testing.T) {
	p, _ := started(t, "wait")
	if err := p.Pause(); err != nil || p.State().Condition != Paused {
		t.Fatalf("pause: %v, %+v", err, p.State())
	}
	if err := p.Resume(); err != nil || p.State().Condition != Running {
		t.Fatalf("resume: %v, %+v", err, p.State())
	}
}

func TestWhoDoesNotListenIsStoppedByForce(t *testing.T) {
	p, _ := started(t, "deaf")
	waitFor(t, "ears to close", func() bool { return len(words(t, p.spec.Log)) == 2 })
	if err := p.Stop(100 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if got := p.State(); got.Condition != Off || !strings.Contains(got.LastEnd, "killed") {
		t.Fatalf("after it was stopped: %+v", got)
	}
}

func TestPullingThePowerTakesTheWholeTree(t *testing.T) {
	p, log := started(t, "parent")
	waitFor(t, "the grandchild", func() bool { return len(words(t, log)) == 2 })
	_, last, _ := strings.Cut(words(t, log)[1], " ")
	grandchild, err := strconv.Atoi(last)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the grandchild's end", func() bool { return !alive(grandchild) })
}

func TestChildrenDieWithASandboxThatIsKilled(t *testing.T) {
	if apart().Pdeathsig == 0 {
		t.Skip("only Linux kills the children of a dead parent")
	}
	inner := filepath.Join(t.TempDir(), "inner")
	cmd := exec.Command(os.Args[0], "child", "sandbox")
	cmd.Env = append(os.Environ(), "INNER_LOG="+inner)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := 0
	for s := bufio.NewScanner(out); pid == 0 && s.Scan(); {
		if text, ok := strings.CutPrefix(s.Text(), "inner "); ok {
			if pid, err = strconv.Atoi(text); err != nil {
				t.Fatal(err)
			}
		}
	}
	if pid == 0 || !alive(pid) {
		t.Fatalf("the sandbox started no child (pid %d)", pid)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	waitFor(t, "the child's end", func() bool { return !alive(pid) })
}

func TestAProgramThatIsNotThereIsAnError(t *testing.T) {
	s := newSpawner()
	defer s.close()
	p := newProcess(Spec{Name: "none", Path: "/nowhere/at/all", Log: filepath.Join(t.TempDir(), "log")}, s)
	if err := p.Start(); err == nil || p.State().Condition != Off {
		t.Fatalf("start: %v, %+v", err, p.State())
	}
}
