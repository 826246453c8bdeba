package ledger

import (
	"sync"

	"github.com/hashicorp/raft"
)

// Wires join the nodes of one process, for tests and simulations: each can be cut
// off from the others and joined again.
type Wires struct {
	mu    sync.Mutex
	nodes map[string]*raft.InmemTransport
	cut   map[string]bool
}

// Join gives a node its end, for Options.Transport. One that comes back gets a new
// one.
func (w *Wires) Join(node string) raft.Transport {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.nodes == nil {
		w.nodes, w.cut = map[string]*raft.InmemTransport{}, map[string]bool{}
	}
	_, wire := raft.NewInmemTransport(raft.ServerAddress(node))
	w.nodes[node] = wire
	w.connect()
	return wire
}

// Cut parts a node from the others, or with false joins it again.
func (w *Wires) Cut(node string, off bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut[node] = off
	w.connect()
}

// Leave takes a node that ended away.
func (w *Wires) Leave(node string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, other := range w.nodes {
		other.Disconnect(raft.ServerAddress(node))
	}
	delete(w.nodes, node)
}

// connect makes every pair what it should be.
func (w *Wires) connect() {
	for a, from := range w.nodes {
		for b, to := range w.nodes {
			switch {
			case a == b:
			case w.cut[a] || w.cut[b]:
				from.Disconnect(raft.ServerAddress(b))
			default:
				from.Connect(raft.ServerAddress(b), to)
			}
		}
	}
}
