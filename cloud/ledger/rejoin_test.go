package ledger

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/hashicorp/raft"
)

func TestAnApprenticeNeitherVotesNorStands(t *testing.T) {
	_, master := raft.NewInmemTransport("master")
	_, wire := raft.NewInmemTransport("apprentice")
	master.Connect("apprentice", wire)
	wire.Connect("master", master)
	go func() {
		for rpc := range master.Consumer() {
			switch rpc.Command.(type) {
			case *raft.RequestVoteRequest:
				rpc.Respond(&raft.RequestVoteResponse{Granted: true}, nil)
			case *raft.RequestPreVoteRequest:
				rpc.Respond(&raft.RequestPreVoteResponse{Granted: true}, nil)
			}
		}
	}()
	a := newApprentice(wire)
	defer a.Close()
	go func() { // the node itself would grant everything
		for rpc := range a.Consumer() {
			switch rpc.Command.(type) {
			case *raft.RequestVoteRequest:
				rpc.Respond(&raft.RequestVoteResponse{Granted: true}, nil)
			case *raft.RequestPreVoteRequest:
				rpc.Respond(&raft.RequestPreVoteResponse{Granted: true}, nil)
			}
		}
	}()
	for _, free := range []bool{false, true} {
		a.free.Store(free)
		var vote raft.RequestVoteResponse
		if err := master.RequestVote("apprentice", "apprentice", &raft.RequestVoteRequest{}, &vote); err != nil || vote.Granted != free {
			t.Errorf("free %v: vote granted %v, %v", free, vote.Granted, err)
		}
		var pre raft.RequestPreVoteResponse
		if err := master.RequestPreVote("apprentice", "apprentice", &raft.RequestPreVoteRequest{}, &pre); err != nil || pre.Granted != free {
			t.Errorf("free %v: pre-vote granted %v, %v", free, pre.Granted, err)
		}
		if err := a.RequestVote("master", "master", &raft.RequestVoteRequest{}, &vote); errors.Is(err, errApprentice) == free {
			t.Errorf("free %v: asks for a vote: %v", free, err)
		}
		if err := a.RequestPreVote("master", "master", &raft.RequestPreVoteRequest{}, &pre); errors.Is(err, errApprentice) == free {
			t.Errorf("free %v: asks for a pre-vote: %v", free, err)
		}
	}
}

func TestANodeThatLostItsDiskDoesNotVoteBeforeItKnowsAll(t *testing.T) {
	c := trimmed(t)
	for _, p := range c.peers {
		c.start(p.ID)
	}
	v := c.village("v01", 7)
	leader := c.leader()
	lost, lagging := "", ""
	for id, m := range c.members {
		switch {
		case m == leader:
		case lost == "":
			lost = id
		default:
			lagging = id
		}
	}
	c.goOn(v, 10)
	c.stop(lagging)
	c.goOn(v, 10) // held by the leader and the one that will lose its disk
	c.stop(lost)
	if err := os.RemoveAll(filepath.Join(c.dir, lost)); err != nil {
		t.Fatal(err)
	}
	c.stop(leader.opts.Node)

	plain := c.tune
	c.tune = func(o *Options) {
		plain(o)
		o.Rejoin = o.Node == lost
	}
	behind := c.start(lagging)
	c.start(lost)
	voted, changes := time.After(6*quick.Heartbeat), behind.LeaderChanges()
	for waiting := true; waiting; {
		select {
		case <-voted:
			waiting = false
		case leads := <-changes:
			if leads {
				t.Fatal("a node that lags behind leads by the vote of one that knows nothing")
			}
		}
	}
	if !marked(c, lost) {
		t.Error("the apprenticeship ended without a master")
	}
	c.tune = plain // the flag is not needed twice: the file is there
	c.stop(lost)
	empty := c.start(lost)
	c.start(leader.opts.Node)
	c.settled()
	if got := c.feed(empty, "v01"); len(got) != 20 {
		t.Errorf("%d changes, want 20", len(got))
	}
	c.goOn(v, 5)
	c.ended(lost)
	c.stop(c.leader(lost).opts.Node) // the two that are left need its vote
	c.goOn(v, 5)
}

func marked(c *cluster, id string) bool {
	_, err := os.Stat(filepath.Join(c.dir, id, rejoinName))
	return err == nil
}

// ended waits until a node votes again.
func (c *cluster) ended(id string) {
	c.Helper()
	a := c.members[id].node.apprentice
	for late := time.After(20 * time.Second); !a.free.Load(); {
		select {
		case <-late:
			c.Fatal("it never votes again")
		case <-time.After(10 * time.Millisecond):
		}
	}
	if marked(c, id) {
		c.Error("the mark stays")
	}
}
