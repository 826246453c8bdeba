package ledger

import (
	"errors"
	"testing"

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
