package simulate

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"xiangyi/replication/simulate"
)

// Command lives through seeds and says what it saw. The error names the first
// seed whose county broke a promise; the same seed breaks it again.
func Command(out io.Writer, args []string) error {
	c := campaign{out: out}
	flags := flag.NewFlagSet("simulate", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	seeds := flags.String("seeds", "1-100", "")
	profile := flags.String("profile", "", "")
	flags.BoolVar(&c.json, "json", false, "")
	whole := flags.Bool("whole", false, "")
	flags.DurationVar(&c.most, "for", 0, "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var err error
	if c.from, c.to, err = span(*seeds); err != nil {
		return err
	}
	if *whole {
		return c.whole()
	}
	c.profiles = simulate.Profiles
	if *profile != "" {
		p, known := simulate.Named(*profile)
		if !known {
			return fmt.Errorf("no profile %q: calm, harsh, power, clock, custody or disk", *profile)
		}
		c.profiles = []simulate.Profile{p}
	}
	return c.run()
}

func span(text string) (from, to uint64, err error) {
	a, b, two := strings.Cut(text, "-")
	from, err = strconv.ParseUint(a, 10, 64)
	if to = from; two && err == nil {
		to, err = strconv.ParseUint(b, 10, 64)
	}
	if err != nil || to < from {
		return 0, 0, fmt.Errorf("seeds %q: want A-B", text)
	}
	return from, to, nil
}

// campaign is many seeds, on all cores.
type campaign struct {
	out      io.Writer
	json     bool
	from, to uint64
	most     time.Duration // with it seeds go on behind to until it is over
	profiles []simulate.Profile

	mu    sync.Mutex
	runs  int
	lived time.Duration
	total simulate.Counts
	err   error
}

// inChild marks the process in which whole counties live: the clock that they need
// belongs to tests, and whoever runs tests ends with them.
const inChild = "XIANGYI_SIMULATE_CHILD"

// whole runs the other simulator.
func (c *campaign) whole() error {
	if os.Getenv(inChild) != "" {
		os.Args = os.Args[:1]
		every := func(string, string) (bool, error) { return true, nil }
		testing.Main(every, []testing.InternalTest{{Name: "whole", F: func(t *testing.T) { Whole(t, c.from, c.to) }}}, nil, nil)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	child := exec.Command(self, "simulate", "--whole", "--seeds", fmt.Sprintf("%d-%d", c.from, c.to))
	child.Env = append(os.Environ(), inChild+"=1")
	said, err := child.CombinedOutput()
	if err != nil {
		_, werr := c.out.Write(said)
		return errors.Join(fmt.Errorf("%w: whole counties, seeds %d-%d: %w", errBroken, c.from, c.to, err), werr)
	}
	if c.json {
		return json.NewEncoder(c.out).Encode(map[string]any{"whole": true, "from": c.from, "to": c.to})
	}
	_, err = fmt.Fprintf(c.out, "whole counties, seeds %d-%d: every promise held\n", c.from, c.to)
	return err
}

type run struct {
	seed    uint64
	profile simulate.Profile
}

func (c *campaign) run() error {
	began := time.Now()
	work := make(chan run)
	var hands sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		hands.Go(func() {
			for r := range work {
				c.one(r)
			}
		})
	}
	for seed := c.from; c.failure() == nil; seed++ {
		if over := seed > c.to && time.Since(began) >= c.most; over {
			break
		}
		for _, p := range c.profiles {
			work <- run{seed, p}
		}
	}
	close(work)
	hands.Wait()
	if c.err == nil && !c.json {
		took := time.Since(began).Round(time.Millisecond)
		_, c.err = fmt.Fprintf(c.out, "%d runs, %v of a county's life in %v: every promise held\n%+v\n", c.runs, c.lived.Round(time.Hour), took, c.total)
	}
	return c.err
}

func (c *campaign) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// errBroken: a promise was broken; the output says which.
var errBroken = errors.New("a promise was broken")

func (c *campaign) one(r run) {
	result, err := simulate.Run(r.seed, simulate.Options{Profile: r.profile, Open: Open})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.runs++
	c.lived += result.Lived
	c.total.Add(result.Counts)
	switch {
	case err != nil:
		c.err = errors.Join(c.err, err)
	case result.Broken != "":
		c.err = errors.Join(c.err, fmt.Errorf("%w: seed %d, profile %s: %s", errBroken, r.seed, r.profile.Name, result.Broken))
	}
	if c.json {
		c.err = errors.Join(c.err, json.NewEncoder(c.out).Encode(result))
	} else if result.Broken != "" {
		_, err := fmt.Fprintln(c.out, strings.Join(result.Story, "\n"))
		c.err = errors.Join(c.err, err)
	}
}
