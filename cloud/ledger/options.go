package ledger

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/hashicorp/raft"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
)

// County is the site under which the county's own Changes stand.
const County protocol.Site = "county"

// Options opens one node of a county. Node, Dir, Peers, Keys, Rand and Now are
// required, and Bind unless Transport is given.
type Options struct {
	Node  string // this node's name, one of Peers
	Dir   string // this node's own directory
	Bind  string // where to listen for the other nodes, "host:port"
	Peers []Peer // all nodes of the county, this one included; the same list everywhere

	// TLS holds this node's certificate and the authority of all nodes'. A
	// certificate must carry its node's name as a DNS name. Nil is plain TCP,
	// for tests on one machine only.
	TLS *tls.Config

	Keys  seal.Keyring // the county's keys, the same at every node
	Kinds []protocol.KindSpec
	Rand  io.Reader
	Now   func() time.Time
	Clock func() protocol.ClockState // nil: never suspect

	Timeouts  Timeouts
	Log       *slog.Logger   // nil: slog.Default
	Small     bool           // a machine with little memory: a desk, a test
	Rejoin    bool           // this node lost its disk: see DESIGN.md, "A node without its disk"
	Transport raft.Transport // tests hand in their own network

	step    func(name string) // tests look at the disk between two steps
	segment int               // tests make the log's files small; 0 is the usual
}

// Peer is one node of the county.
type Peer struct {
	ID   string // name, as in its certificate
	Addr string // where the other nodes reach it, "host:port"
}

// Timeouts of the group. Zero fields take the defaults.
type Timeouts struct {
	Heartbeat time.Duration // silence after which a follower stands for election, times one to two
	Lease     time.Duration // silence after which a leader steps down; at most Heartbeat
	Commit    time.Duration // how long an idle leader waits before it tells followers what is committed
	IO        time.Duration // one exchange with a peer
	Apply     time.Duration // how long a command may wait to enter the log

	TrailingLogs      uint64        // entries kept behind the newest, for nodes that were away
	SnapshotInterval  time.Duration // how often the log is looked at for trimming
	SnapshotThreshold uint64        // entries that make trimming worth it
}

// DefaultTimeouts elect a new leader about 1 to 1.5 s after one dies, and do
// not take a 300 ms stall of a shared disk for a death. Heartbeats pass the
// main loop (see heartbeats.go), so they can wait behind a log fsync.
var DefaultTimeouts = Timeouts{
	Heartbeat:         800 * time.Millisecond,
	Lease:             800 * time.Millisecond,
	Commit:            20 * time.Millisecond,
	IO:                5 * time.Second,
	Apply:             5 * time.Second,
	TrailingLogs:      100_000,
	SnapshotInterval:  2 * time.Minute,
	SnapshotThreshold: 8192,
}

func (t Timeouts) orDefaults() Timeouts {
	d := DefaultTimeouts
	t.Heartbeat = first(t.Heartbeat, d.Heartbeat)
	t.Lease = min(first(t.Lease, d.Lease), t.Heartbeat)
	t.Commit = first(t.Commit, d.Commit)
	t.IO = first(t.IO, d.IO)
	t.Apply = first(t.Apply, d.Apply)
	t.TrailingLogs = first(t.TrailingLogs, d.TrailingLogs)
	t.SnapshotInterval = first(t.SnapshotInterval, d.SnapshotInterval)
	t.SnapshotThreshold = first(t.SnapshotThreshold, d.SnapshotThreshold)
	return t
}

func first[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}

func (o *Options) check() error {
	var own bool
	seen := map[string]bool{}
	for _, p := range o.Peers {
		if p.ID == "" || p.Addr == "" || seen[p.ID] {
			return fmt.Errorf("ledger: peer %q: names must be given once, with an address", p.ID)
		}
		seen[p.ID] = true
		own = own || p.ID == o.Node
	}
	switch {
	case !own:
		return fmt.Errorf("ledger: node %q is not among its peers", o.Node)
	case o.Dir == "":
		return errors.New("ledger: no directory")
	case o.Keys == nil || o.Rand == nil || o.Now == nil:
		return errors.New("ledger: keys, random reader and clock must be handed in")
	case o.Transport == nil && o.Bind == "":
		return errors.New("ledger: no address to listen on")
	}
	return nil
}
