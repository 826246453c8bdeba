package ledger

import (
	"sync"

	"xiangyi/protocol/seal"
)

// past remembers what this node's state was after each of the newest commands, so that
// nodes can be compared at the same one.
type past struct {
	mu    sync.Mutex
	ring  [mostPast]applied
	count uint64
}

// mostPast covers some seconds of a busy county.
const mostPast = 8192

func (p *past) add(states []applied) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range states {
		p.ring[p.count%mostPast] = a
		p.count++
	}
}

func (p *past) at(command uint64) (seal.Digest, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range min(p.count, mostPast) {
		if a := &p.ring[(p.count-1-i)%mostPast]; a.Command == command {
			return a.Hash, true
		} else if a.Command < command {
			break
		}
	}
	return seal.Digest{}, false
}

// StateAt is the state hash after a command, of the newest that were applied here since
// the start. Nodes that have it have the same, or one of them is wrong.
func (l *Ledger) StateAt(command uint64) (seal.Digest, bool) { return l.machine.past.at(command) }

// State is the newest command in this node's records, and the state hash after it.
func (l *Ledger) State() (command uint64, hash seal.Digest) {
	a := l.machine.now()
	return a.Command, a.Hash
}
