// Package release is the format of a signed update of a station's program: who made
// which version for which machines, and the program itself. It says whether a
// package may be installed where another version runs; it does not know how packages
// travel or how they are installed (edge/update/DESIGN.md).
package release
