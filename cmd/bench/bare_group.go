package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"xiangyi/cmd/bench/bare"
	"xiangyi/cmd/internal/cell"
)

// bareGroup is three processes of package bare, which are this program again.
type bareGroup struct {
	nodes [3]bareNode
	leads int
}

type bareNode struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *json.Decoder
}

// openBare starts them and waits until one leads.
func openBare(r *run) (*bareGroup, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	g := &bareGroup{}
	addresses, err := cell.Free(len(g.nodes))
	if err != nil {
		return nil, err
	}
	lead := make(chan int, len(g.nodes))
	for i := range g.nodes {
		n := &g.nodes[i]
		n.cmd = exec.CommandContext(r.ctx, self, "bare", filepath.Join(r.dir, "bare", strconv.Itoa(i)), strconv.Itoa(i), strings.Join(addresses, ","))
		n.cmd.Stderr = os.Stderr
		if n.in, err = n.cmd.StdinPipe(); err != nil {
			return nil, errors.Join(err, g.Close())
		}
		out, err := n.cmd.StdoutPipe()
		if err != nil {
			return nil, errors.Join(err, g.Close())
		}
		n.out = json.NewDecoder(out)
	}
	for i := range g.nodes {
		n := &g.nodes[i]
		if err := n.cmd.Start(); err != nil {
			return nil, errors.Join(err, g.Close())
		}
		go func() {
			var said string
			if n.out.Decode(&said) == nil && said == "leads" {
				lead <- i
			}
		}()
	}
	select {
	case g.leads = <-lead:
		return g, nil
	case <-time.After(20 * time.Second):
		return nil, errors.Join(errors.New("bare raft: nobody leads"), g.Close())
	}
}

// commit gives how many commands a second the group commits.
func (g *bareGroup) commit(o bare.Order) (float64, error) {
	n := g.nodes[g.leads]
	if err := json.NewEncoder(n.in).Encode(o); err != nil {
		return 0, fmt.Errorf("bare raft: %w", err)
	}
	var a bare.Result
	if err := n.out.Decode(&a); err != nil {
		return 0, fmt.Errorf("bare raft: %w", err)
	}
	if a.Err != "" {
		return 0, fmt.Errorf("bare raft: %s", a.Err)
	}
	return a.Rate, nil
}

// Close ends the processes: each ends with its input.
func (g *bareGroup) Close() error {
	for _, n := range g.nodes {
		if n.in != nil {
			_ = n.in.Close() // one that has ended is what we want
		}
	}
	for _, n := range g.nodes {
		if n.cmd != nil && n.cmd.Process != nil {
			_ = n.cmd.Wait() // how it ends does not matter here
		}
	}
	return nil
}
