// Package frame packs consecutive Changes of a lane into the frames that go up
// the line, and opens them again. It is the one home of the line's compression.
// It knows journals and keys, never what is in a record, and keeps no state.
//
// A body is, before compression and sealing, for each Change:
//
//	hlc:       zigzag varint, difference to the Change before (to 0 at first)
//	flags:     which of the following differ from the Change before
//	actor, action, outcome, code, purpose, consent, subject, key, count
//	deps, was, writes, extra
//
// in the order and with the encodings of body.go. Site, incarnation, lane and
// seq follow from the head; commitments are computed by whoever opens it. What
// is in the body is bound to the journal by the chain hash in the head and
// after the body.
package frame
