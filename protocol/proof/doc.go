// Package proof is a Merkle log over SM3, in the form of RFC 9162 with another hash:
// who holds one signed head can check that an entry is in the log, and that a
// later head only added to it. It stores nothing: whoever has the log hands in a
// function that sums ranges of it.
//
//	leaf          SM3(0x00 ‖ entry), see protocol.Leaf
//	node          SM3(0x01 ‖ left ‖ right), left being the largest complete tree
//	empty log     SM3 of nothing
package proof
