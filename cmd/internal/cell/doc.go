// Package cell is a county's three nodes as processes of the shipped program,
// and stations that are as light as can be: a journal in memory, the real line,
// real frames, receipts whose signatures are checked. Measurements and storms
// begin with it.
//
// It knows processes, addresses and frames. What a node does with a frame is the
// node's affair.
package cell
