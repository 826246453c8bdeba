// Command bench measures what a person or an operator would notice, on this
// machine, and prints one JSON object a line:
//
//	{"bench":"edge.save","metric":"p95_ms","value":2.1,"unit":"ms","ratio":3.4,"ratio_to":"fsync p50"}
//
// Absolute figures of a shared machine are worth little; a ratio compares with
// something measured in the same run. -family edge measures one family, -family
// long the long forms of all. It talks to programs that it starts itself, on
// loopback, and ends them.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"xiangyi/cmd/bench/bare"
	"xiangyi/cmd/internal/corpus"
	"xiangyi/replication/frame"
)

// Figure is one line of output.
type Figure struct {
	Bench   string  `json:"bench"`
	Metric  string  `json:"metric"`
	Value   float64 `json:"value"`
	Unit    string  `json:"unit"`
	Ratio   float64 `json:"ratio,omitempty"`
	RatioTo string  `json:"ratio_to,omitempty"`
}

// run is one measurement's surroundings.
type run struct {
	ctx  context.Context
	dir  string // of its own, removed afterwards
	long bool
}

// emit prints a figure.
func (r *run) emit(f Figure) {
	b, err := json.Marshal(f)
	if err != nil {
		panic(err) // a struct of numbers
	}
	fmt.Println(string(b))
}

// families in the order in which they run.
var families = []struct {
	name    string
	measure func(*run) error
}{
	{"edge", edge},
	{"sync", synchronise},
	{"seal", sealing},
	{"serial", decoding},
	{"cell", county},
}

// train writes a dictionary into the folder of those that are shipped. One that
// was ever shipped is never trained anew: its number is in frames.
func train(ctx context.Context, number uint32) error {
	frames, err := corpus.Frames(ctx)
	if err != nil {
		return err
	}
	raw, words, err := frame.Train(number, frames)
	if err != nil {
		return err
	}
	list, err := json.MarshalIndent(words, "", " ")
	if err != nil {
		return err
	}
	name := filepath.Join("replication/frame/dictionaries", strconv.FormatUint(uint64(number), 10))
	return errors.Join(os.WriteFile(name+".zdict", raw, 0o644), os.WriteFile(name+".json", append(list, '\n'), 0o644))
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "bare" { // a process of the floor that the county is compared with
		if err := bare.Main(context.Background(), os.Args[2:], os.Stdin, os.Stdout); err != nil {
			fmt.Fprintf(os.Stderr, "bench bare: %v\n", err)
			os.Exit(1)
		}
		return
	}
	family := flag.String("family", "", "one family, or long for the long forms of all")
	dictionary := flag.Uint("train", 0, "instead of measuring, train the line's dictionary of this number, in the module's root")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *dictionary != 0 {
		if err := train(ctx, uint32(*dictionary)); err != nil {
			fmt.Fprintf(os.Stderr, "bench: %v\n", err)
			os.Exit(1)
		}
		return
	}
	ctx, cancel := context.WithTimeout(ctx, time.Hour)
	defer cancel()
	known := *family == "" || *family == "long"
	for _, f := range families {
		if *family != "" && *family != "long" && !strings.HasPrefix(*family, f.name) {
			continue
		}
		known = true
		if err := measure(ctx, f.measure, *family == "long"); err != nil {
			fmt.Fprintf(os.Stderr, "bench %s: %v\n", f.name, err)
			os.Exit(1)
		}
	}
	if !known {
		fmt.Fprintf(os.Stderr, "bench: no family %q\n", *family)
		os.Exit(2)
	}
}

func measure(ctx context.Context, f func(*run) error, long bool) error {
	dir, err := os.MkdirTemp("", "xiangyi-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	return f(&run{ctx, dir, long})
}
