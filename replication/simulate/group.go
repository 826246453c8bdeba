package simulate

import (
	"context"
	"slices"

	"xiangyi/protocol"
)

// Consensus as a model: each node has a log, a leader is elected by a majority
// whose logs are not longer than its own, and an entry counts when a majority has
// it in the leader's own term.

type entry struct {
	term    uint64
	command []byte
}

func (n *node) last() uint64 { return n.first + uint64(len(n.log)) }

func (n *node) lastTerm() uint64 { return n.termAt(n.last()) }

// termAt is the term of an entry that is not before first.
func (n *node) termAt(index uint64) uint64 {
	if index == n.first {
		return n.before
	}
	return n.log[index-n.first-1].term
}

// committed is the last entry that a majority has and that counts: one of the
// present term, or before it.
func (c *county) committed() uint64 {
	if c.leader == nil {
		return 0
	}
	return c.leader.commit()
}

func (n *node) commit() uint64 {
	have := []uint64{}
	for _, m := range n.nodes {
		have = append(have, n.agree(m))
	}
	slices.Sort(have)
	at := have[(len(have)-1)/2]
	if at > n.first && n.termAt(at) != n.term {
		return min(at, n.known())
	}
	return at
}

// known is what was committed whoever leads: what some node applied.
func (n *node) known() (at uint64) {
	for _, m := range n.nodes {
		at = max(at, m.applied())
	}
	return at
}

// agree is how far another node's log is this one's.
func (n *node) agree(m *node) uint64 {
	at := min(n.last(), m.last())
	for at >= n.first && at > m.first && n.termAt(at) != m.termAt(at) {
		at--
	}
	return at
}

// applied is how far a node's records are; of one that does not run, what is
// known of its disk is nothing.
func (n *node) applied() uint64 {
	if !n.up() {
		return 0
	}
	index, _, _ := n.replica.Applied()
	return index
}

// Leads implements Group.
func (n *node) Leads() (uint64, bool) { return n.term, n.county.leader == n && n.up() }

// Propose implements Group.
func (n *node) Propose(command []byte) (any, error) {
	if _, leads := n.Leads(); !leads {
		return nil, protocol.ErrNotLeader
	}
	n.log = append(n.log, entry{n.term, slices.Clone(command)})
	index := n.last()
	holders := 0
	for _, m := range n.nodes {
		if m == n || n.reaches(m) && !n.chance(n.Profile.Drop) && m.take(n) {
			holders++
		}
	}
	if holders <= len(n.nodes)/2 {
		n.tell("%s leads no more: entry %d reached %d", n.name, index, holders)
		n.county.leader = nil
		return nil, protocol.ErrUnknown
	}
	if n.chance(n.Profile.Kill / 4) {
		n.tell("%s dies after entry %d was committed", n.name, index)
		n.die()
		return nil, protocol.ErrUnknown
	}
	answer, ok := n.catchUp(index)
	if !ok {
		return nil, protocol.ErrUnknown
	}
	if n.chance(n.Profile.Drop / 4) {
		return nil, protocol.ErrUnknown // the proposer gave up waiting
	}
	return answer, nil
}

// Settle implements Group.
func (n *node) Settle() error {
	if _, leads := n.Leads(); !leads {
		return protocol.ErrNotLeader
	}
	holders := 0
	for _, m := range n.nodes {
		if n.reaches(m) && (m == n || m.take(n)) {
			holders++
		}
	}
	if holders <= len(n.nodes)/2 {
		return protocol.ErrUnknown
	}
	if _, ok := n.catchUp(n.last()); !ok {
		return protocol.ErrUnknown
	}
	return nil
}

// take makes a follower's log the leader's.
func (n *node) take(leader *node) bool {
	n.term = max(n.term, leader.term)
	at := leader.agree(n)
	if at < leader.first || n.last() < leader.first {
		return n.image(leader)
	}
	n.log = append(slices.Clone(n.log[:at-n.first]), leader.log[at-leader.first:]...)
	return true
}

// image gives a node that is too far behind the leader's records.
func (n *node) image(leader *node) bool {
	if !leader.up() {
		return false
	}
	at := leader.applied()
	n.tell("%s gets an image of %s at %d", n.name, leader.name, at)
	n.counts.Images++
	n.disk, n.replica = leader.disk.Copy(), nil
	n.first, n.before, n.log = at, leader.termAt(at), slices.Clone(leader.log[at-leader.first:])
	if err := n.start(); err != nil {
		n.breaks("an image cannot be opened: %v", err)
	}
	return n.up()
}

// catchUp applies what is committed. The answer is that of the last entry.
func (n *node) catchUp(to uint64) (answer any, ok bool) {
	for n.up() && n.applied() < min(to, n.last()) {
		index := n.applied() + 1
		if index <= n.first {
			n.breaks("%s: the records end at %d, the log begins behind %d", n.name, index-1, n.first)
			return nil, false
		}
		e := n.log[index-n.first-1]
		command := e.command
		if n.Spoil.Command != nil {
			command = n.Spoil.Command(n.name, command)
		}
		var err error
		if answer, err = n.replica.Apply(index, e.term, command); err != nil {
			n.tell("%s stops at entry %d: %v", n.name, index, err)
			n.die()
			return nil, false
		}
		n.agrees()
	}
	return answer, n.up()
}

// agrees checks that nodes of equal commands are equal.
func (n *node) agrees() {
	_, command, hash := n.replica.Applied()
	known, seen := n.hashes[command]
	if seen && known != hash {
		n.breaks("%s differs from another node at command %d", n.name, command)
	}
	n.hashes[command] = hash
}

func (n *node) trim(to uint64) {
	n.before, n.log, n.first = n.termAt(to), slices.Clone(n.log[to-n.first:]), to
}

// elect lets some node stand for election.
func (c *county) elect() {
	if c.leader != nil && !c.chance(100) {
		return
	}
	n := pick(c.world, c.nodes)
	if c.fair {
		for _, m := range c.nodes {
			if m.up() && !m.learns && (m.lastTerm() > n.lastTerm() || m.lastTerm() == n.lastTerm() && m.last() > n.last() || n.learns || !n.up()) {
				n = m
			}
		}
	}
	if !n.up() || n.learns {
		return
	}
	votes := 0
	term := c.term + 1
	for _, m := range c.nodes {
		if n.reaches(m) && !m.learns && (n.lastTerm() > m.lastTerm() || n.lastTerm() == m.lastTerm() && n.last() >= m.last()) {
			votes++
		}
	}
	if votes <= len(c.nodes)/2 {
		return
	}
	c.term = term
	c.counts.Elections++
	for _, m := range c.nodes {
		if n.reaches(m) {
			m.term = term
		}
	}
	c.leader = n
	c.tell("%s leads in term %d", n.name, term)
	// The log of a new leader begins with an entry of its own term: only with it
	// what came before counts.
	n.log = append(n.log, entry{term, nil})
	if err := n.replica.TakeOver(context.Background()); err != nil {
		c.tell("%s cannot take over: %v", n.name, err)
		if c.leader == n {
			c.leader = nil
		}
		return
	}
}
