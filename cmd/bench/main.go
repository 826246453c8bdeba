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
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"
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
}

func main() {
	family := flag.String("family", "", "one family, or long for the long forms of all")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
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
