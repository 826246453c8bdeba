package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"xiangyi/cloud/connect/hospital"
	"xiangyi/cloud/gateway"
	"xiangyi/cloud/ledger"
	"xiangyi/cloud/portal"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/roster"
	"xiangyi/protocol/host/ops"
	"xiangyi/protocol/host/web"
	"xiangyi/protocol/seal"
	"xiangyi/replication/blobs"
	"xiangyi/replication/store"
)

// Node is one node of the county.
type Node struct {
	Config
	keys    seal.Keyring
	roster  []care.Service
	ledger  *ledger.Ledger
	gate    *gateway.Gateway
	local   *care.Engine // deeds that must run here, when this node leads
	engine  *care.Engine // the door of this node's pages: passes on to the leader
	portal  *portal.Portal
	blobs   *blobs.Store
	inbox   *hospital.Inbox // nil: no hospital
	host    ops.Host
	census  *census
	backups backups
	odd     chan error // why this node must stop

	listeners []net.Listener
	closing   sync.Once
	closed    error
}

// Open makes the node ready. Nothing is served before Run.
func Open(c Config) (_ *Node, err error) {
	n := &Node{Config: c, keys: seal.Derived(c.Secrets), roster: roster.Services(),
		census: newCensus(len(c.Peers)), odd: make(chan error, 1),
		host: ops.Host{Started: c.Now(), Now: c.Now, TLS: c.TLS, Disk: func() (uint64, uint64, error) { return store.FreeSpace(c.Dir) }}}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.Close())
		}
	}()
	if n.ledger, err = ledger.Open(n.ledgerOptions()); err != nil {
		return nil, err
	}
	if n.gate, err = gateway.Open(n.gatewayConfig()); err != nil {
		return nil, err
	}
	if n.local, err = care.NewEngine(n.ledger, care.InCounty, nil, n.roster); err != nil {
		return nil, err
	}
	if n.engine, err = care.NewEngine(n.ledger, care.InCounty, remote{n.gate, n.ledger}, n.roster); err != nil {
		return nil, err
	}
	if err = n.openBlobs(); err != nil {
		return nil, err
	}
	if n.portal, err = n.openPortal(); err != nil {
		return nil, err
	}
	if c.Hospital.Listen != "" {
		if n.inbox, err = hospital.Listen(hospital.InboxConfig{Addr: c.Hospital.Listen, Organisation: c.Hospital.Organisation, Engine: n.engine, Store: n.ledger, Now: c.Now, Log: c.Log}); err != nil {
			return nil, err
		}
	}
	for _, addr := range []string{c.Portal, c.Ops} {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return nil, fmt.Errorf("listen: %w", err)
		}
		n.listeners = append(n.listeners, l)
	}
	return n, nil
}

func (n *Node) ledgerOptions() ledger.Options {
	o := ledger.Options{Node: n.Node(), Dir: n.Dir, Bind: n.Raft, TLS: n.TLS, Keys: n.keys, Kinds: care.Kinds(n.roster),
		Rand: n.Rand, Now: n.Now, Log: n.Log, Small: true}
	for _, p := range n.Peers {
		o.Peers = append(o.Peers, ledger.Peer{ID: p.ID, Addr: p.Raft})
	}
	return o
}

func (n *Node) gatewayConfig() gateway.Config {
	c := gateway.Config{Node: n.Node(), Stations: n.Stations, Routes: n.Routes, TLS: n.TLS, PeerTLS: n.TLS,
		Admit: sites(n.Sites), Rand: n.Rand, Log: n.Log}
	for _, p := range n.Peers {
		if p.ID != n.Node() {
			c.Peers = append(c.Peers, p.Routes)
		}
	}
	return c
}

// Node is this node's name.
func (n *Node) Node() string { return n.Config.Node }

// grace is how long open requests may take when the node stops.
const grace = 3 * time.Second

// Run serves until the context ends or this node's disk fails.
func (n *Node) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := n.gate.Pulls(n.pull); err != nil {
		return err
	}
	if err := n.gate.Blobs(n.peerBlobs); err != nil {
		return err
	}
	var work sync.WaitGroup
	ended := make(chan error, 8)
	run := func(f func(context.Context) error) {
		work.Go(func() { ended <- f(ctx) })
	}
	run(n.ledger.Run)
	run(n.compare)
	run(n.lead)
	run(n.carry)
	run(n.backUp)
	run(web.Serve(n.listeners[0], n.portal, grace))
	run(web.Serve(n.listeners[1], n.ops(), grace))
	if n.inbox != nil {
		run(n.inbox.Run)
	}
	err := <-ended
	cancel()
	n.portal.Close()
	work.Wait()
	return err
}

// Close frees everything. It may be called twice, and after a failed Open.
func (n *Node) Close() error {
	n.closing.Do(func() {
		if n.portal != nil {
			n.portal.Close()
		}
		for _, l := range n.listeners {
			_ = l.Close() // closed already by its server, most often
		}
		if n.inbox != nil {
			n.inbox.Close()
		}
		if n.gate != nil {
			n.gate.Close()
		}
		if n.ledger != nil {
			n.closed = n.ledger.Close()
		}
	})
	return n.closed
}

// credit is how many bytes a station may have under way: what a good line
// carries in a second.
const credit = 1 << 20

// enter hands a station's frame to the ledger, and gives what waits for the
// receipt.
func (n *Node) enter(site string, frame []byte) (gateway.Wait, error) {
	f, err := protocol.DecodeFrame(frame)
	if err != nil {
		return nil, err
	}
	if string(f.Site) != site {
		return nil, fmt.Errorf("frame names %s, the connection is another's", f.Site)
	}
	wait, err := n.ledger.Enter(frame)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) ([]byte, error) {
		r, err := wait(ctx)
		if err != nil {
			return nil, err
		}
		r.Credit = credit
		return protocol.AppendReceipt(nil, &r), nil
	}, nil
}
