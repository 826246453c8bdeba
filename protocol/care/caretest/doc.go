// Package caretest replays scripts of several sites and compares what people
// see. Model is the slow, obvious twin of the real stores: maps and lists in
// memory, one lock, nothing clever. World puts a county and stations side by
// side, lets a test cut and restore their lines, and runs the reactions that
// the hosts would run.
package caretest
