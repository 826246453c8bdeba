package ledger

import (
	"slices"
	"strings"

	"xiangyi/protocol"
	"xiangyi/replication/store"
)

// pending mirrors the rows of what waits and what is ready, so that applying a
// Change asks no iterator.
type pending struct {
	waits map[protocol.Position][]protocol.Position // what it waits for -> who
	ready []protocol.Position                       // in order
}

func readPending(s *store.Snapshot) (pending, error) {
	p := pending{waits: map[protocol.Position][]protocol.Position{}}
	err := s.EachMeta(rowWaits, func(rest string, _ []byte) error {
		c := &cutter{b: []byte(rest)}
		dep, pos := c.positionKey(), c.positionKey()
		p.wait(dep, pos)
		return c.done()
	})
	if err != nil {
		return p, err
	}
	return p, s.EachMeta(rowReady, func(rest string, _ []byte) error {
		c := &cutter{b: []byte(rest)}
		p.makeReady(c.positionKey())
		return c.done()
	})
}

func (p *pending) wait(dep, pos protocol.Position) {
	if !slices.Contains(p.waits[dep], pos) {
		p.waits[dep] = append(p.waits[dep], pos)
	}
}

func (p *pending) release(dep protocol.Position) []protocol.Position {
	who := p.waits[dep]
	delete(p.waits, dep)
	return who
}

func (p *pending) makeReady(pos protocol.Position) {
	at, there := slices.BinarySearchFunc(p.ready, pos, func(a, b protocol.Position) int {
		return strings.Compare(positionKey(a), positionKey(b))
	})
	if !there {
		p.ready = slices.Insert(p.ready, at, pos)
	}
}

func (p *pending) nextReady() (protocol.Position, bool) {
	if len(p.ready) == 0 {
		return protocol.Position{}, false
	}
	return p.ready[0], true
}

func (p *pending) take(pos protocol.Position) {
	p.ready = slices.DeleteFunc(p.ready, func(q protocol.Position) bool { return q == pos })
}
