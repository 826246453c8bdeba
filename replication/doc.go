// Package replication moves journals between sites. It knows records, never
// what is in them.
//
// Up: a Sender follows a station's journal lane by lane and sends frames until
// the county's receipt covers them. Down: a Downlink pulls what is new in the
// station's scopes and has it applied together with the new position. Both
// retry for ever, and a repeat changes nothing: the county knows each journal
// by its high-water mark and chain hash, the station knows each revision by
// its name.
//
// The contract, the formats byte by byte and recovery in numbered steps are in
// DESIGN.md.
package replication
