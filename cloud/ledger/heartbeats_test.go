package ledger

import (
	"testing"
	"time"

	"github.com/hashicorp/raft"
)

// A heartbeat must reach the main loop even though raft asks for a fast path.
func TestHeartbeatsPassTheMainLoop(t *testing.T) {
	addr := ports(t, 2)
	c := newCluster(t, 2, nil)
	c.peers[0].Addr, c.peers[1].Addr = addr[0], addr[1]
	ends := map[string]raft.Transport{}
	for _, p := range c.peers {
		o := c.options(p.ID)
		o.Bind, o.Timeouts = p.Addr, o.Timeouts.orDefaults()
		trans, err := network(&o)
		if err != nil {
			t.Fatal(err)
		}
		defer trans.(raft.WithClose).Close()
		ends[p.ID] = trans
	}
	ends["n2"].SetHeartbeatHandler(func(raft.RPC) { t.Error("the heartbeat took the fast path") })
	seen := make(chan struct{})
	go func() {
		rpc := <-ends["n2"].Consumer()
		close(seen)
		rpc.Respond(&raft.AppendEntriesResponse{}, nil)
	}()
	heartbeat := &raft.AppendEntriesRequest{RPCHeader: raft.RPCHeader{ProtocolVersion: 3, ID: []byte("n1"), Addr: []byte(addr[0])}, Term: 5}
	if err := ends["n1"].AppendEntries("n2", raft.ServerAddress(addr[1]), heartbeat, &raft.AppendEntriesResponse{}); err != nil {
		t.Error(err)
	}
	select {
	case <-seen:
	case <-time.After(10 * time.Second):
		t.Error("the main loop never saw it")
	}
	if _, ok := ends["n1"].(raft.WithPreVote); !ok {
		t.Error("pre-vote got lost")
	}
}
