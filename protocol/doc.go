// Package protocol is what every site must agree on: the names of things, the
// shape of a Change, its canonical bytes and hashes, and the contracts that a
// store and a feed keep. It imports nothing of ours but the cryptography in
// protocol/seal, and does no I/O: time, randomness and identifiers are handed
// in by the host. It does not know what any record means.
//
// Read names.go for the vocabulary, change.go for the one thing that travels,
// tx.go for what an action may do, and encode.go for the bytes that may never
// change.
package protocol
