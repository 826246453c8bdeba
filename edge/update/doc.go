// Package update keeps versions of a station's program side by side, and changes from
// one to the next: a supervisor starts the new one, calls it good when it has been
// healthy for a while, and goes back by itself when it has not. DESIGN.md has the
// files, the steps and the recovery.
//
// It does not know who decides which version runs where (protocol/care/fleet).
package update
