// Command sandbox is a county on your desk: three nodes, two village stations, a hospital, instruments, printers, card
// readers and telephone lines as processes on loopback, with a page on which lines are cut and power is pulled.
//
//	go run ./cmd/sandbox            start it, print addresses and accounts, run until Ctrl-C
//	go run ./cmd/sandbox --story    play the story of one village by itself; the exit status says how it went
//	go run ./cmd/sandbox --storm    kill, stop, part and fill leaders under load, and judge what they promised
//
// Nothing has to be configured. Everything lies under .demo/, which is wiped at the start unless --keep is given.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"xiangyi/cmd/sandbox/control"
	"xiangyi/cmd/sandbox/county"
	"xiangyi/cmd/sandbox/stand"
	"xiangyi/cmd/sandbox/storm"
	"xiangyi/cmd/sandbox/story"
)

// options are the command line.
type options struct {
	dir, bin                 string
	keep, story, storm, json bool
	seed                     uint64
	wait                     time.Duration
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 3 && args[0] == "peer" {
		return stand.Main(ctx, county.Role(args[1]), args[2])
	}
	o, err := parse(args, os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	if o.storm {
		return blow(ctx, o, os.Stdout, os.Stderr)
	}
	return sandbox(ctx, o, os.Stdout, os.Stderr)
}

func parse(args []string, usage io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("sandbox", flag.ContinueOnError)
	f.SetOutput(usage)
	f.StringVar(&o.dir, "dir", "", "directory of the county (default .demo in the module)")
	f.StringVar(&o.bin, "bin", "", "directory of ready programs station and cloud (default: build them)")
	f.BoolVar(&o.keep, "keep", false, "go on with the county that is there")
	f.BoolVar(&o.story, "story", false, "play the story and end")
	f.BoolVar(&o.storm, "storm", false, "let a storm of faults blow over three nodes under load, about two minutes, and end")
	f.Uint64Var(&o.seed, "seed", 0, "with --storm: repeat the faults of another storm (default: new ones)")
	f.BoolVar(&o.json, "json", false, "with --story or --storm: one JSON object a step")
	f.DurationVar(&o.wait, "wait", 60*time.Second, "how long everything may take to be ready")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	switch {
	case f.NArg() > 0:
		return o, fmt.Errorf("unknown argument %q", f.Arg(0))
	case o.story && o.keep:
		return o, errors.New("the story begins with a new county: --story and --keep do not go together")
	case o.storm && (o.story || o.keep):
		return o, errors.New("the storm has a county of its own: --storm goes with neither --story nor --keep")
	case o.seed != 0 && !o.storm:
		return o, errors.New("--seed is for --storm")
	case o.json && !o.story && !o.storm:
		return o, errors.New("--json is for --story and --storm")
	}
	return o, nil
}

// place fills in where the county lies and builds its programs.
func (o *options) place(ctx context.Context, say io.Writer) error {
	if o.dir != "" && o.bin != "" {
		return nil
	}
	module, err := county.Module(ctx)
	if err != nil {
		return err
	}
	if o.dir == "" {
		o.dir = filepath.Join(module, ".demo")
	}
	if o.bin != "" {
		return nil
	}
	o.bin = filepath.Join(o.dir, "bin")
	fmt.Fprintln(say, "Building station and cloud …")
	return county.Build(ctx, module, o.bin)
}

// blow lets a storm pass over a county of its own, in a directory that is removed afterwards when nothing was broken.
func blow(ctx context.Context, o options, out, say io.Writer) error {
	if err := o.place(ctx, say); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "xiangyi-storm-")
	if err != nil {
		return err
	}
	if o.seed == 0 {
		o.seed = rand.Uint64()
	}
	fmt.Fprintf(say, "Storm with --seed %d.\n", o.seed)
	s := storm.Options{Dir: dir, Program: filepath.Join(o.bin, "cloud"), Stations: 50, For: 75 * time.Second, Seed: o.seed}
	if err := storm.Run(ctx, s, story.Printer(out, o.json)); err != nil {
		return fmt.Errorf("%w (records and logs are in %s)", err, dir)
	}
	return os.RemoveAll(dir)
}

// sandbox starts a county and stays, or plays the story in it.
func sandbox(ctx context.Context, o options, out, say io.Writer) (err error) {
	if err := o.place(ctx, say); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find own program: %w", err)
	}
	c, err := county.Open(county.Options{Dir: o.dir, Bin: o.bin, Self: self, Keep: o.keep})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	began := time.Now()
	if err := start(ctx, c, o.wait, say); err != nil {
		return err
	}
	fmt.Fprintf(say, "Ready after %.1f s.\n", time.Since(began).Seconds())
	page, err := control.Open(c, slog.New(slog.NewTextHandler(say, nil)))
	if err != nil {
		return err
	}
	defer page.Close()
	if o.story {
		return story.Play(ctx, c, story.Printer(out, o.json))
	}
	if err := c.Plan.Table(out); err != nil {
		return err
	}
	<-ctx.Done()
	fmt.Fprintln(say, "Stopping …")
	return nil
}

func start(ctx context.Context, c *county.County, wait time.Duration, say io.Writer) error {
	if err := c.Start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	last := ""
	return c.Ready(ctx, func(waiting []county.Name) {
		if now := fmt.Sprint(waiting); now != last {
			fmt.Fprintln(say, "Waiting for", now)
			last = now
		}
	})
}
