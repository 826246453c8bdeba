// Package driver joins a family's decoder to a port and keeps it going: it opens
// the port, says what the family's host has to say, tells each measurement once,
// and opens the port again when it went away. It knows no person, and not what a
// measurement means.
//
// Whatever is on the line, a frame that is whole behind it is told: bytes that
// belong to no frame are passed over one by one, and an unfinished frame is given
// up when the line has been quiet for 20 byte times, and at least 200 ms, since
// USB converters hold bytes back. Three protocols do not allow as much. A frame
// of Beurer and one of A&D have no mark that is theirs alone, so one that follows
// garbage without a pause can be lost. Where a frame has no checksum (Contec,
// Berry, Masimo, Datascope, scales, A&D, Beurer, Omron, Visomat), garbage that is
// by chance a whole frame cannot be told from one; a checksum of one byte lets
// one in 256 pass that were joined from the pieces of two.
package driver
