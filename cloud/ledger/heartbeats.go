package ledger

import "github.com/hashicorp/raft"

// mainLoop is a network transport that offers no fast path for heartbeats, so
// that they pass raft's main loop like every other message. With the fast path
// a heartbeat of a higher term can change the term while the old leader's main
// loop is stamping an entry with it: two leaders then commit different entries
// at one index. Embedding the type keeps pre-vote and Close.
//
// The price: a heartbeat may wait behind a log fsync, which DefaultTimeouts
// allow for.
type mainLoop struct{ *raft.NetworkTransport }

// SetHeartbeatHandler does nothing: see mainLoop.
func (mainLoop) SetHeartbeatHandler(func(raft.RPC)) {}

var (
	_ raft.Transport   = mainLoop{}
	_ raft.WithPreVote = mainLoop{}
	_ raft.WithClose   = mainLoop{}
)
