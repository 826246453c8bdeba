package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/go-json-experiment/json"

	"xiangyi/cloud/cluster"
	"xiangyi/edge/station"
)

// answer is what one machine said at its operators' door: a node of the county, a
// station, or nothing.
type answer struct {
	addr    string
	node    *cluster.Status
	station *station.Status
	err     error
	asked   time.Time // by the clock here, half way
}

// machine names who answered.
func (a *answer) name() string {
	switch {
	case a.node != nil:
		return a.node.Node
	case a.station != nil:
		return string(a.station.Site)
	}
	return a.addr
}

// patience is how long an answer is waited for.
const patience = 5 * time.Second

// mostStatus bounds an answer: a county of thousands of stations is a megabyte.
const mostStatus = 16 << 20

// survey asks all at once.
func survey(ctx context.Context, addrs []string) []answer {
	out := make([]answer, len(addrs))
	var work sync.WaitGroup
	for i, addr := range addrs {
		work.Go(func() { out[i] = look(ctx, addr) })
	}
	work.Wait()
	return out
}

func look(ctx context.Context, addr string) answer {
	a := answer{addr: addr}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	url := addr
	if !strings.Contains(url, "://") {
		url = "http://" + url
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(url, "/")+"/status", nil)
	if err != nil {
		a.err = err
		return a
	}
	began := time.Now()
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		a.err = errors.New("does not answer")
		if ctx.Err() != nil {
			a.err = fmt.Errorf("does not answer within %v", patience)
		}
		return a
	}
	defer r.Body.Close()
	body, err := io.ReadAll(io.LimitReader(r.Body, mostStatus))
	a.asked = began.Add(time.Since(began) / 2)
	if err != nil || r.StatusCode != http.StatusOK {
		a.err = fmt.Errorf("answers %s", r.Status)
		return a
	}
	a.err = a.read(body)
	return a
}

// read tells a node's answer from a station's.
func (a *answer) read(body []byte) error {
	var who struct {
		Node string `json:"node"`
		Site string `json:"site"`
	}
	if err := json.Unmarshal(body, &who); err != nil {
		return errors.New("is no operators' door of ours")
	}
	switch {
	case who.Node != "":
		a.node = &cluster.Status{}
		return json.Unmarshal(body, a.node)
	case who.Site != "":
		a.station = &station.Status{}
		return json.Unmarshal(body, a.station)
	}
	return errors.New("is no operators' door of ours")
}

// doors reads the addresses of a command line.
func doors(name string, args []string, more func(*flag.FlagSet)) ([]string, error) {
	set := flag.NewFlagSet(name, flag.ContinueOnError)
	set.SetOutput(io.Discard)
	if more != nil {
		more(set)
	}
	if err := set.Parse(args); err != nil {
		return nil, err
	}
	if set.NArg() == 0 {
		return nil, errors.New("name the operators' doors: the \"ops\" addresses of nodes and stations")
	}
	addrs := set.Args()
	slices.Sort(addrs)
	return slices.Compact(addrs), nil
}

// status prints how machines stand, a line each.
func status(out io.Writer, args []string) error {
	var asJSON bool
	addrs, err := doors("status", args, func(f *flag.FlagSet) { f.BoolVar(&asJSON, "json", false, "") })
	if err != nil {
		return err
	}
	answers := survey(context.Background(), addrs)
	if asJSON {
		return statusJSON(out, answers)
	}
	t := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	for _, a := range answers {
		switch {
		case a.err != nil:
			fmt.Fprintf(t, "%s\t%v\n", a.addr, a.err)
		case a.node != nil:
			n := a.node
			role := "follows " + n.LeaderID
			if n.Leader {
				role = "leads"
			} else if n.LeaderID == "" {
				role = "knows no leader"
			}
			fmt.Fprintf(t, "node %s\t%s in term %d\tcommand %d\tstate %.12s\t%d connections\t%d parked\tdisk %.0f%% free\n",
				n.Node, role, n.Term, n.Applied, n.State, n.Connected, n.Quarantine, 100*n.Machine.Free())
		default:
			s := a.station
			line := "line down"
			if s.Line {
				line = "line up"
			}
			fmt.Fprintf(t, "station %s\t%s\t%d waiting\t%d records\tdigest %s\t%d instruments\tdisk %.0f%% free\n",
				s.Site, line, s.Waiting, s.Records, s.Digest, len(s.Devices), 100*s.Machine.Free())
		}
	}
	return t.Flush()
}

// line prints one JSON object.
func line(out io.Writer, v any) error {
	b, err := json.Marshal(v, json.Deterministic(true))
	if err == nil {
		_, err = out.Write(append(b, '\n'))
	}
	return err
}

func statusJSON(out io.Writer, answers []answer) error {
	for _, a := range answers {
		said := map[string]any{"address": a.addr}
		switch {
		case a.err != nil:
			said["error"] = a.err.Error()
		case a.node != nil:
			said["node"] = a.node
		default:
			said["station"] = a.station
		}
		if err := line(out, said); err != nil {
			return err
		}
	}
	return nil
}
