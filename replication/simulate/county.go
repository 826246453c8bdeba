package simulate

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication/store"
)

// county is the group of nodes. Consensus itself is a model that is right by
// construction: logs, terms, a majority that must hold an entry. What stands on
// it is the production code's.
type county struct {
	*world
	nodes  []*node
	term   uint64
	leader *node // nil: nobody leads
	hashes map[uint64]seal.Digest
	keys   seal.Keyring
	due    []*errand // of the county's own people, not known to be done
}

// node is one of the county's machines.
type node struct {
	*county
	name    string
	disk    *store.Disk
	replica Replica // nil: its process does not run
	log     []entry // behind first
	first   uint64  // index before log[0]; what is before lives in the records
	before  uint64  // term of the entry at first
	term    uint64  // in which it last voted or heard
	cut     bool    // from the other nodes
	offset  time.Duration
	learns  bool // it lost its disk, and must not vote before it holds all of then
	skewed  bool
}

func newCounty(w *world) (*county, error) {
	c := &county{world: w, hashes: map[uint64]seal.Digest{}}
	c.keys = seal.Derived(seal.Secrets{County: w.secret, Site: [32]byte(seal.Sum([]byte("county")))})
	for i := range 3 {
		n := &node{county: c, name: fmt.Sprintf("n%d", i+1), disk: store.NewDisk()}
		c.nodes = append(c.nodes, n)
		if err := n.start(); err != nil {
			return nil, err
		}
	}
	c.elect()
	if c.leader == nil {
		return nil, fmt.Errorf("simulate: the county cannot be founded: %s", w.broken)
	}
	return c, nil
}

// start opens a node on what is on its disk.
func (n *node) start() error {
	n.disk.Fault = nil
	if n.chance(n.Profile.Skew) {
		n.skewed = !n.skewed
	}
	r, err := n.Open(Node{Name: n.name, Disk: n.disk, Keys: signs{n.keys}, Kinds: kinds(n.skewed), Rand: n.random(),
		Now: n.clock, Log: slog.New(slog.DiscardHandler), Group: n})
	if err != nil {
		return fmt.Errorf("open %s: %w", n.name, err)
	}
	n.replica = r
	n.disk.Fault = func(store.Write) store.Outcome { return n.tear() }
	return nil
}

// signs replaces SM2, which is slow and not what is simulated here.
type signs struct{ seal.Keyring }

func signature(msg []byte) []byte {
	d := seal.Sum([]byte("the county of the simulation"), msg)
	return d[:]
}

func (signs) Sign(_ io.Reader, msg []byte) ([]byte, error) {
	return signature(msg), nil
}

// checks is the other half of signs.
type checks struct{}

func (checks) Verify(msg, sig []byte) error {
	if string(signature(msg)) != string(sig) {
		return errors.New("not the county's signature")
	}
	return nil
}

func (w *world) tear() store.Outcome {
	if !w.chance(w.Profile.Tear) {
		return store.Done
	}
	return store.Outcome(1 + w.IntN(3))
}

func (n *node) clock() time.Time { return n.now.Add(n.offset) }

func (n *node) up() bool { return n.replica != nil }

// reaches reports whether two nodes hear each other.
func (n *node) reaches(m *node) bool { return n == m || n.up() && m.up() && !n.cut && !m.cut }

// die ends the node's process.
func (n *node) die() {
	if n.county.leader == n {
		n.county.leader = nil
	}
	n.replica = nil
	n.counts.Crashes++
}

// follow brings the followers on, each as far as it happens.
func (c *county) follow() {
	if c.leader == nil {
		return
	}
	to := c.committed()
	for _, n := range c.nodes {
		if c.leader == nil || !n.up() || !c.leader.reaches(n) || n != c.leader && !n.take(c.leader) {
			continue
		}
		n.learns = false
		if n.up() {
			reach := to
			if n != c.leader && !c.fair && to > n.applied() {
				reach = n.applied() + uint64(c.IntN(int(to-n.applied())+1))
			}
			n.catchUp(reach)
		}
		if n.up() {
			if err := n.replica.Tidy(); err != nil {
				n.die()
			}
		}
		if n.up() && n.applied()-n.first > 40 && !c.chance(500) {
			n.trim(n.applied() - 10)
		}
	}
}

// kill ends a node, if a majority of the others still runs or luck has it so.
func (c *county) kill() {
	n := pick(c.world, c.nodes)
	if !n.up() {
		return
	}
	lost := 0
	if c.chance(c.Profile.Lose * 10) {
		lost = n.disk.Lose(c.IntN(4))
	}
	c.tell("%s is killed; its disk forgets %d", n.name, lost)
	n.die()
}

func (c *county) start() {
	for _, n := range c.nodes {
		if !n.up() {
			if err := n.start(); err != nil {
				c.breaks("%s does not start again: %v", n.name, err)
			}
			return
		}
	}
}

func (c *county) partition() {
	n := pick(c.world, c.nodes)
	n.cut = !n.cut
	c.tell("%s cut: %v", n.name, n.cut)
}

func (c *county) setClock() {
	n := pick(c.world, c.nodes)
	n.offset = c.leap()
	c.tell("clock of %s is off by %v", n.name, n.offset)
}

// loseDisk takes a node's disk away for good, when the others are whole.
func (c *county) loseDisk() {
	n := pick(c.world, c.nodes)
	for _, m := range c.nodes {
		if m.learns || m != n && !m.up() {
			return
		}
	}
	if c.leader == nil || c.leader == n {
		return
	}
	c.tell("%s loses its disk", n.name)
	n.die()
	n.disk, n.log, n.first, n.learns = store.NewDisk(), nil, 0, true
	n.before = 0
}

// mend ends all that was wrong with the county.
func (c *county) mend() {
	for _, n := range c.nodes {
		n.cut, n.offset = false, 0
	}
	for range 10 {
		for range c.nodes {
			c.start()
		}
		c.elect()
		c.follow()
	}
}

func (c *county) restless() string {
	if c.leader == nil {
		return "nobody leads"
	}
	for _, n := range c.nodes {
		if !n.up() || n.applied() != c.leader.applied() {
			return n.name + " is behind"
		}
	}
	if len(c.due) > 0 {
		return "the county's own people wait"
	}
	for n := range persons {
		if c.conflicted(protocol.ID(fmt.Sprintf("p%d", n))) {
			return "a sheet is in conflict"
		}
	}
	return ""
}

// state is what the node that came furthest went through.
func (c *county) state() string {
	at, hash := uint64(0), seal.Digest{}
	for command, h := range c.hashes {
		if command >= at {
			at, hash = command, h
		}
	}
	return fmt.Sprintf("%x", hash[:8])
}
