// Package ledger is the county's store: what every station and the county
// itself did, in one order that a quorum of nodes agrees on. It implements
// protocol.Store on a raft group whose state machine is replication/store's
// Core, and it is the one home of the consensus library and its log.
//
// It knows frames, high-water marks, dependencies and custody. It does not know
// what is in a record, and no clinical code runs inside it: what it must know
// of a kind is data in the ledger itself.
//
// DESIGN.md says what is promised, how a crash at each step is recovered, and
// which roads were not taken.
package ledger
