// Package simulate lives through days of a county in a tenth of a second:
// stations, the nodes of the county, lines and disks under one seeded scheduler,
// in one goroutine and without real time, so that a seed that failed fails
// again.
//
// What is simulated is the world: disks that tear, forget, fill and are copied,
// lines that lose, delay, repeat and reorder, clocks that are set by days, nodes
// and leaders that come and go. What runs in it is the production code's own:
// the store, the journal and its witness, the Sender's and the Downlink's steps,
// and a node's state machine and leader, which the host hands in, since this
// package may not know the county.
//
// Beside it runs a model that is not the code: what people were told was saved,
// what was told to be held, and who bought what. In the end every line is mended,
// everything that waits is let through, and the two are compared (check.go).
package simulate
