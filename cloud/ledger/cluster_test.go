package ledger

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication/frame"
)

// The county of the tests: three nodes on real disks that talk in memory.

var testKinds = []protocol.KindSpec{
	{Kind: "note", Class: protocol.ClassHealth, Retention: protocol.RetainClinical,
		Indexes: []protocol.Index{{Name: "ward", Fields: []string{"ward"}, Time: "at"}}},
	{Kind: "slot", Class: protocol.ClassPublic, Retention: protocol.RetainOperational, Custody: true},
}

type cluster struct {
	testing.TB
	dir     string
	keys    seal.Keyring
	public  seal.PublicKey
	peers   []Peer
	kinds   []protocol.KindSpec
	tune    func(*Options)
	lock    sync.Mutex // of members, for those who send while nodes come and go
	members map[string]*member
}

type member struct {
	*Ledger
	wire  *raft.InmemTransport
	leave context.CancelFunc
	ran   chan error
}

// quick are timeouts of tests: a loaded machine with the race detector still
// keeps them.
var quick = Timeouts{Heartbeat: 400 * time.Millisecond, Lease: 400 * time.Millisecond, Commit: 5 * time.Millisecond}

func newCluster(t testing.TB, nodes int, tune func(*Options)) *cluster {
	t.Helper()
	key, err := seal.NewPrivateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{TB: t, dir: t.TempDir(), public: key.Public(), kinds: testKinds, tune: tune, members: map[string]*member{}}
	c.keys = seal.Derived(seal.Secrets{County: [32]byte{1}, Site: [32]byte{2}, Key: key})
	for i := range nodes {
		id := fmt.Sprintf("n%d", i+1)
		c.peers = append(c.peers, Peer{id, id})
	}
	t.Cleanup(c.stopAll)
	return c
}

// county is a cluster that runs.
func county(t *testing.T, nodes int) *cluster {
	t.Helper()
	c := newCluster(t, nodes, nil)
	for _, p := range c.peers {
		c.start(p.ID)
	}
	return c
}

func (c *cluster) options(id string) Options {
	o := Options{Node: id, Dir: filepath.Join(c.dir, id), Peers: c.peers, Keys: c.keys, Kinds: c.kinds, Rand: rand.Reader,
		Now: time.Now, Timeouts: quick, Small: true, Log: slog.New(slog.DiscardHandler)}
	if len(c.peers) == 1 { // nobody to be mistaken about
		o.Timeouts.Heartbeat, o.Timeouts.Lease = 50*time.Millisecond, 50*time.Millisecond
	}
	if os.Getenv("LEDGER_LOG") != "" {
		o.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	if c.tune != nil {
		c.tune(&o)
	}
	return o
}

func (c *cluster) start(id string) *member {
	c.Helper()
	_, wire := raft.NewInmemTransport(raft.ServerAddress(id))
	o := c.options(id)
	o.Transport = wire
	l, err := Open(o)
	if err != nil {
		c.Fatal(err)
	}
	ctx, leave := context.WithCancel(context.Background())
	m := &member{Ledger: l, wire: wire, leave: leave, ran: make(chan error, 1)}
	for other, om := range c.members {
		wire.Connect(raft.ServerAddress(other), om.wire)
		om.wire.Connect(raft.ServerAddress(id), wire)
	}
	c.lock.Lock()
	c.members[id] = m
	c.lock.Unlock()
	go func() { m.ran <- l.Run(ctx) }()
	return m
}

// stop ends a node without a word to the others.
func (c *cluster) stop(id string) {
	c.Helper()
	m := c.members[id]
	c.cut(id)
	c.lock.Lock()
	delete(c.members, id)
	c.lock.Unlock()
	m.leave()
	if err := <-m.ran; !errors.Is(err, context.Canceled) {
		c.Errorf("%s ended with %v", id, err)
	}
	if err := m.Close(); err != nil {
		c.Errorf("close %s: %v", id, err)
	}
}

func (c *cluster) stopAll() {
	for id := range c.members {
		c.stop(id)
	}
}

// cut parts a node from the others.
func (c *cluster) cut(id string) {
	for other, m := range c.members {
		if other != id {
			m.wire.Disconnect(raft.ServerAddress(id))
		}
	}
	c.members[id].wire.DisconnectAll()
}

func (c *cluster) heal(id string) {
	for other, m := range c.members {
		if other != id {
			m.wire.Connect(raft.ServerAddress(id), c.members[id].wire)
			c.members[id].wire.Connect(raft.ServerAddress(other), m.wire)
		}
	}
}

// leader waits until a node serves, other than the given ones.
func (c *cluster) leader(not ...string) *member {
	c.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	found := make(chan *member, len(c.members))
	for id, m := range c.members {
		if len(not) > 0 && not[0] == id {
			continue
		}
		go func() {
			changes := m.LeaderChanges()
			for {
				select {
				case <-ctx.Done():
					return
				case leads := <-changes:
					if leads && m.IsLeader() {
						found <- m
						return
					}
				}
			}
		}()
	}
	select {
	case m := <-found:
		return m
	case <-ctx.Done():
		c.Fatal("nobody leads")
		return nil
	}
}

// follower is some node that does not lead.
func (c *cluster) follower(leader *member) *member {
	for _, m := range c.members {
		if m != leader {
			return m
		}
	}
	c.Fatal("no follower")
	return nil
}

// settled waits until all nodes hold the same commands, and gives the hash.
func (c *cluster) settled() seal.Digest {
	c.Helper()
	leader := c.leader()
	if err := leader.node.Barrier(10 * time.Second).Error(); err != nil {
		c.Fatal(err)
	}
	want := leader.machine.now()
	for id, m := range c.members {
		c.reach(m, want.Command)
		if got := m.machine.now(); got.Command != want.Command || got.Hash != want.Hash {
			c.Errorf("%s stands at %d %s, the leader at %d %s", id, got.Command, got.Hash, want.Command, want.Hash)
		}
	}
	return want.Hash
}

// reach waits until a node has applied an entry.
func (c *cluster) reach(m *member, index uint64) {
	c.Helper()
	late := time.After(30 * time.Second)
	for {
		grown := m.grown.wait()
		if m.machine.now().Command >= index {
			return
		}
		select {
		case <-grown:
		case <-late:
			c.Fatalf("%s has not come to entry %d", m.opts.Node, index)
		}
	}
}

// village is a station of the tests: journals, and nothing else.
type village struct {
	t     testing.TB
	keys  seal.Keyring
	site  protocol.Site
	inc   protocol.Incarnation
	lanes [protocol.Lanes][]protocol.Change
	chain [protocol.Lanes][]seal.Digest // chain[lane][n] is the hash after n Changes
}

func (c *cluster) village(site protocol.Site, inc protocol.Incarnation) *village {
	v := &village{t: c.TB, keys: c.keys, site: site, inc: inc}
	for lane := range v.chain {
		v.chain[lane] = []seal.Digest{protocol.Genesis(site, inc, protocol.Lane(lane))}
	}
	return v
}

// journal adds a Change to a lane.
func (v *village) journal(lane protocol.Lane, c protocol.Change) protocol.Change {
	c.Position = protocol.Position{Site: v.site, Incarnation: v.inc, Lane: lane, Seq: protocol.Seq(len(v.lanes[lane]) + 1)}
	c.HLC = protocol.MakeHLC(time.Date(2031, 5, 4, 8, 0, 0, 0, time.UTC), uint16(c.Seq))
	c.Actor, c.Action, c.Outcome = protocol.Actor{ID: "st-li", Role: "doctor"}, "note.write", protocol.Done
	for i := range c.Writes {
		if w := &c.Writes[i]; w.Ref.ID == "" {
			w.Ref.ID = c.Rev(i).ID()
		}
	}
	protocol.CommitAll(v.keys, &c)
	v.lanes[lane] = append(v.lanes[lane], c)
	v.chain[lane] = append(v.chain[lane], protocol.Chain(v.chain[lane][len(v.chain[lane])-1], &c))
	return c
}

// note writes a note about a villager.
func (v *village) note(lane protocol.Lane, text string, deps ...protocol.Dep) protocol.Change {
	value, err := protocol.Encode(map[string]string{"ward": "east", "at": "2031-05-04", "text": text})
	if err != nil {
		v.t.Fatal(err)
	}
	return v.journal(lane, protocol.Change{Deps: deps, Writes: []protocol.Write{{
		Ref: protocol.Ref{Kind: "note"}, Subject: "pvillager", Class: protocol.ClassHealth,
		Retention: protocol.RetainClinical, Value: value}}})
}

// frame packs the Changes first to last of a lane.
func (v *village) frame(lane protocol.Lane, first, last int, grounds ...protocol.Ground) []byte {
	v.t.Helper()
	f, err := frame.Pack(v.keys, rand.Reader, 22404, frame.Packing{Dictionary: frame.Newest, Grounds: grounds}, v.chain[lane][first-1], v.lanes[lane][first-1:last])
	if err != nil {
		v.t.Fatal(err)
	}
	return protocol.AppendFrame(nil, &f)
}

// ground is a Change of another lane that a frame may rest on.
func ground(c *protocol.Change) protocol.Ground {
	leaf := protocol.Leaf(c)
	return protocol.Ground{Lane: c.Lane, Seq: c.Seq, Leaf: protocol.Digest(binary.BigEndian.Uint64(leaf[:8]))}
}

func (c *cluster) submit(m *member, raw []byte) protocol.Receipt {
	c.Helper()
	r, err := m.Submit(c.Context(), raw)
	if err != nil {
		c.Fatal(err)
	}
	if err := c.public.Verify(r.Statement(), r.Signature); err != nil {
		c.Errorf("receipt: %v", err)
	}
	return r
}

func (c *cluster) expect(r protocol.Receipt, status protocol.Status, high protocol.Seq) {
	c.Helper()
	if r.Status != status || r.HighWater != high {
		c.Fatalf("receipt says status %d at %d, want %d at %d", r.Status, r.HighWater, status, high)
	}
}
