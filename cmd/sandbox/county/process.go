package county

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// Sort groups processes as people think of them.
type Sort string

// The sorts of processes.
const (
	SortNode    Sort = "node"
	SortStation Sort = "station"
	SortPeer    Sort = "peer" // a stand-in of the sandbox
)

// Spec describes a process: what it is, and how it is started, each time in the same way.
type Spec struct {
	Name  Name
	Sort  Sort
	Site  Name   // the station that it stands in, or ""
	Title string // for people
	Path  string // the program
	Args  []string
	Log   string // file that its output is added to
}

// Condition is how a process is.
type Condition string

// The conditions of a process.
const (
	Running Condition = "running"
	Paused  Condition = "paused" // SIGSTOP
	Off     Condition = "off"    // its power was pulled, or it was never started
	Broken  Condition = "broken" // it ended by itself and is about to be started again
)

// State is a moment of a process.
type State struct {
	Name      Name
	Sort      Sort
	Site      Name
	Title     string
	Condition Condition
	PID       int // 0 unless running or paused
	Since     time.Time
	Starts    int
	Crashes   int    // how often it ended though nobody asked it to
	LastEnd   string // how it last ended
}

// Process is a supervised process. A process that ends by itself is started again, as a service manager would; one whose
// power was pulled stays off until somebody starts it. It is safe for concurrent use.
type Process struct {
	spec  Spec
	spawn *spawner
	pause func(failures int) time.Duration // before it is started again

	mu    sync.Mutex
	run   *run // nil while there is no process
	want  bool // it should be there
	again *time.Timer
	state State
}

// run is one life of a process.
type run struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it ended and the state says so
}

func newProcess(s Spec, sp *spawner) *Process {
	return &Process{spec: s, spawn: sp, pause: patience,
		state: State{Name: s.Name, Sort: s.Sort, Site: s.Site, Title: s.Title, Condition: Off, Since: time.Now()}}
}

// patience is half a second at first and never more than ten.
func patience(failures int) time.Duration {
	return min(10*time.Second, 500*time.Millisecond<<min(failures, 5))
}

// State is how the process is now.
func (p *Process) State() State {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

// Start starts the process unless it is there.
func (p *Process) Start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.want = true
	return p.start()
}

// start needs mu.
func (p *Process) start() error {
	if p.run != nil {
		return nil
	}
	p.cancelAgain()
	log, err := os.OpenFile(p.spec.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("start %s: %w", p.spec.Name, err)
	}
	defer log.Close() // the child has its own copy
	cmd := exec.Command(p.spec.Path, p.spec.Args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = apart()
	if err := p.spawn.start(cmd); err != nil {
		return fmt.Errorf("start %s: %w", p.spec.Name, err)
	}
	r := &run{cmd: cmd, done: make(chan struct{})}
	p.run = r
	p.enter(Running)
	p.state.PID, p.state.Starts = cmd.Process.Pid, p.state.Starts+1
	go p.attend(r)
	return nil
}

// enter needs mu.
func (p *Process) enter(c Condition) {
	p.state.Condition, p.state.Since = c, time.Now()
	if c != Running && c != Paused {
		p.state.PID = 0
	}
}

// attend waits for the end of one life, and has the next one begin where nobody wanted the end.
func (p *Process) attend(r *run) {
	err := r.cmd.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	defer close(r.done)
	p.run = nil
	p.state.LastEnd = "exit status 0"
	if err != nil {
		p.state.LastEnd = err.Error()
	}
	if !p.want {
		p.enter(Off)
		return
	}
	p.state.Crashes++
	p.enter(Broken)
	p.again = time.AfterFunc(p.pause(p.state.Crashes), func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if !p.want {
			return
		}
		if err := p.start(); err != nil {
			p.state.LastEnd = err.Error()
			p.want = false
			p.enter(Off)
		}
	})
}

func (p *Process) cancelAgain() {
	if p.again != nil {
		p.again.Stop()
		p.again = nil
	}
}

// give up wanting the process, and hand out its present life.
func (p *Process) unwant() *run {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.want = false
	p.cancelAgain()
	if p.run == nil {
		p.enter(Off)
	}
	return p.run
}

// Kill pulls the power: kill -9 of the process and all that it started. It returns when the process is gone.
func (p *Process) Kill() error {
	r := p.unwant()
	if r == nil {
		return nil
	}
	err := signalTree(r.cmd.Process.Pid, syscall.SIGKILL)
	if err != nil && !errors.Is(err, os.ErrProcessDone) && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("kill %s: %w", p.spec.Name, err)
	}
	<-r.done
	return nil
}

// Stop asks the process to end, and pulls its power when it has not after the given time.
func (p *Process) Stop(within time.Duration) error {
	r := p.unwant()
	if r == nil {
		return nil
	}
	// What is paused cannot hear: wake it first.
	_ = signalTree(r.cmd.Process.Pid, syscall.SIGCONT)
	_ = signalTree(r.cmd.Process.Pid, syscall.SIGTERM)
	t := time.NewTimer(within)
	defer t.Stop()
	select {
	case <-r.done:
		return nil
	case <-t.C:
		return p.Kill()
	}
}

// Restart pulls the power and gives it back.
func (p *Process) Restart() error {
	if err := p.Kill(); err != nil {
		return err
	}
	return p.Start()
}

var errNotThere = errors.New("the process is not running")

// Pause stops the process where it stands (SIGSTOP); Resume lets it go on.
func (p *Process) Pause() error { return p.hold(syscall.SIGSTOP, Running, Paused) }

// Resume lets a paused process go on.
func (p *Process) Resume() error { return p.hold(syscall.SIGCONT, Paused, Running) }

func (p *Process) hold(sig syscall.Signal, from, to Condition) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.run == nil || p.state.Condition != from {
		return fmt.Errorf("%s: %w", p.spec.Name, errNotThere)
	}
	if err := signalTree(p.run.cmd.Process.Pid, sig); err != nil {
		return fmt.Errorf("signal %s: %w", p.spec.Name, err)
	}
	p.enter(to)
	return nil
}
