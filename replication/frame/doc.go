// Package frame packs consecutive Changes of a lane into the frames that go up
// the line, and opens them again. It is the one home of the line's compression.
// It knows journals and keys, never what is in a record, and keeps no state.
//
// A body is written column by column: what looks alike stands together, and the
// compressor, which knows a dictionary, makes little of it. Identifiers, which
// are random, stand apart. ../DESIGN.md has it byte by byte. Site, incarnation,
// lane and seq follow from the head; commitments are computed by whoever opens
// it. What is in the body is bound to the journal by the chain hash in the head
// and after the body.
package frame
