package cell

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	mrand "math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
)

// Options of a group.
type Options struct {
	Dir     string // an empty directory
	Program string // the shipped program cloud
	Sites   []protocol.Site
	Demo    map[string]string // first password of each demonstration login; nil: no demonstration
	Parted  bool              // the nodes' logs pass wires that can be cut
}

// Node is one node's process. Its owner moves it from one goroutine.
type Node struct {
	Name, Dir                            string
	Raft, Stations, Routes, Portal, Door string

	config, log, program string
	cmd                  *exec.Cmd
	ended                chan struct{}
}

// Group is a county's nodes.
type Group struct {
	Nodes  [3]*Node
	Public seal.PublicKey // of the county, for receipts

	trust   *Trust
	secrets seal.Secrets
	wires   *wires
}

// Open writes a county's files. No process runs before Start.
func Open(o Options) (*Group, error) {
	key, err := seal.NewPrivateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	g := &Group{Public: key.Public(), secrets: seal.Secrets{County: [32]byte{1}, Site: [32]byte{2}, Key: key}}
	if g.trust, err = NewTrust(); err != nil {
		return nil, err
	}
	if err := writeSecrets(filepath.Join(o.Dir, "secrets.json"), g.secrets); err != nil {
		return nil, err
	}
	addresses, err := Free(5 * len(g.Nodes))
	if err != nil {
		return nil, err
	}
	for i := range g.Nodes {
		a := addresses[5*i:]
		name := fmt.Sprintf("n%d", i+1)
		g.Nodes[i] = &Node{Name: name, Dir: filepath.Join(o.Dir, name), Raft: a[0], Stations: a[1], Routes: a[2], Portal: a[3], Door: a[4],
			config: filepath.Join(o.Dir, name+".json"), log: filepath.Join(o.Dir, name+".log"), program: o.Program}
	}
	if o.Parted {
		if g.wires, err = stretch(g.Nodes); err != nil {
			return nil, err
		}
	}
	for i := range g.Nodes {
		if err := g.write(o, i); err != nil {
			return nil, errors.Join(err, g.Close())
		}
	}
	return g, nil
}

// firstPort and ports are what Free chooses from: below the ports that a system
// gives to whoever dials, since one of those may be somebody's again before a
// program that is told it listens there.
const firstPort, ports = 15000, 17000

// Free finds addresses that nobody listens on.
func Free(n int) (out []string, err error) {
	at := mrand.IntN(ports)
	for range ports {
		at = (at + 1) % ports
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(firstPort+at)))
		if err != nil {
			continue
		}
		defer l.Close()
		if out = append(out, l.Addr().String()); len(out) == n {
			return out, nil
		}
	}
	return nil, errors.New("no free ports on loopback")
}

type peer struct {
	ID     string `json:"id"`
	Raft   string `json:"raft"`
	Routes string `json:"routes"`
}

// write writes the configuration of a node, as cmd/cloud reads it.
func (g *Group) write(o Options, i int) error {
	n := g.Nodes[i]
	files, err := g.trust.node(o.Dir, n.Name)
	if err != nil {
		return err
	}
	var peers []peer
	for j, other := range g.Nodes {
		peers = append(peers, peer{other.Name, g.wires.address(i, j, other.Raft), other.Routes})
	}
	b, err := json.Marshal(map[string]any{"node": n.Name, "dir": n.Dir, "raft": n.Raft, "stations": n.Stations, "routes": n.Routes, "portal": n.Portal,
		"ops": n.Door, "peers": peers, "tls": files, "secrets": filepath.Join(o.Dir, "secrets.json"), "sites": o.Sites, "theme": "xiangyi", "demo": o.Demo})
	if err != nil {
		return err
	}
	return os.WriteFile(n.config, b, 0o600)
}

// Start starts every node and waits until all know a leader.
func (g *Group) Start(ctx context.Context) error {
	for _, n := range g.Nodes {
		if err := n.Start(); err != nil {
			return err
		}
	}
	for _, n := range g.Nodes {
		if err := n.Ready(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Close ends every process and waits. It may be called twice.
func (g *Group) Close() error {
	for _, n := range g.Nodes {
		n.Signal(syscall.SIGCONT)
		n.Signal(syscall.SIGTERM)
	}
	for _, n := range g.Nodes {
		n.wait(10 * time.Second)
	}
	return g.wires.close()
}

// Start starts the process.
func (n *Node) Start() error {
	log, err := os.OpenFile(n.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	n.cmd = exec.Command(n.program, "-config", n.config)
	n.cmd.Stderr = log
	n.cmd.SysProcAttr = apart()
	if err := n.cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", n.Name, err)
	}
	n.ended = make(chan struct{})
	go func(cmd *exec.Cmd, ended chan struct{}) {
		_ = cmd.Wait() // how it ends is seen in what it does not answer
		close(ended)
	}(n.cmd, n.ended)
	return nil
}

// Signal sends a signal, if the process runs.
func (n *Node) Signal(s syscall.Signal) {
	if n.Running() {
		_ = n.cmd.Process.Signal(s) // it may have ended just now
	}
}

// Kill ends the process as a power cut would, and waits.
func (n *Node) Kill() {
	n.Signal(syscall.SIGKILL)
	if n.ended != nil {
		<-n.ended
	}
}

// PID is the process's number, while it runs.
func (n *Node) PID() int { return n.cmd.Process.Pid }

// Running reports whether the process is there.
func (n *Node) Running() bool {
	if n.ended == nil {
		return false
	}
	select {
	case <-n.ended:
		return false
	default:
		return true
	}
}

// Ended is closed when the process that Start began has ended.
func (n *Node) Ended() <-chan struct{} { return n.ended }

func (n *Node) wait(most time.Duration) {
	if n.ended == nil {
		return
	}
	select {
	case <-n.ended:
	case <-time.After(most):
		n.Kill()
	}
}

// Status is what a node says of itself.
type Status struct {
	Node       string `json:"node"`
	Leader     bool   `json:"leader"`
	LeaderID   string `json:"leaderId"`
	Term       uint64 `json:"term"`
	Applied    uint64 `json:"applied"`
	State      string `json:"state"`
	Quarantine int    `json:"quarantine"`
}

var doors = &http.Client{Timeout: 5 * time.Second}

// Status asks the node.
func (n *Node) Status(ctx context.Context) (s Status, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.Door+"/status", nil)
	if err != nil {
		return s, err
	}
	r, err := doors.Do(req)
	if err != nil {
		return s, err
	}
	defer r.Body.Close()
	return s, json.NewDecoder(r.Body).Decode(&s)
}

// Ready waits until the node knows a leader.
func (n *Node) Ready(ctx context.Context) error {
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.Door+"/readyz", nil)
		if err != nil {
			return err
		}
		if r, err := doors.Do(req); err == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-n.ended:
			said, _ := os.ReadFile(n.log)
			return fmt.Errorf("%s ended; it said: %s", n.Name, said[max(0, len(said)-2000):])
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w", n.Name, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Leader waits for the node that leads.
func (g *Group) Leader(ctx context.Context) (*Node, error) {
	for {
		for _, n := range g.Nodes {
			if s, err := n.Status(ctx); err == nil && s.Leader {
				return n, nil
			}
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("nobody leads: %w", ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Level waits until all nodes hold the same, and gives the state's hash.
func (g *Group) Level(ctx context.Context) (string, error) {
	var last [len(g.Nodes)]Status
	for {
		equal := true
		for i, n := range g.Nodes {
			var err error
			if last[i], err = n.Status(ctx); err != nil {
				equal = false
			}
			equal = equal && last[i].Applied == last[0].Applied
		}
		if equal {
			for _, s := range last {
				if s.State != last[0].State {
					return "", fmt.Errorf("at command %d %s says %s and %s says %s", s.Applied, last[0].Node, last[0].State, s.Node, s.State)
				}
			}
			return last[0].State, nil
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("the nodes do not become level: %w", ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}
