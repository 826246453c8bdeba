// Package store keeps records and the journal of what was done to them, on
// Badger. It has two layers.
//
// Core is what station and county share: revisions with sealed values, heads,
// indexes of tokens, scopes with their digests, the feed, and Run, which turns
// an action into a Change. One transaction stores a Change whole or not at all.
//
// DB is the station's protocol.Store on top of it: one committer that folds
// waiting orders into one fsynced transaction, the hash-chained journal, its
// witness outside Badger, and what came down the line.
//
// The package knows records, never what is in them: of a kind it interprets
// the KindSpec and nothing else. It does not know the network, people or
// screens. DESIGN.md has the guarantees, the rows byte by byte, and recovery in
// numbered steps.
package store
