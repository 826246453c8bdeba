// Package gateway is the county's end of every line: an embedded nats-server
// on each node that admits stations by certificate, hands their frames to the
// ledger and their pulls to whichever node is near, and carries requests
// between nodes. Only the leader answers frames and deeds. It keeps nothing:
// what it accepted is in the ledger or was not accepted.
//
// Subjects, for a station s:
//
//	u.s          a frame up; the answer is a receipt            leader
//	d.s          a pull; the answer is what is new in its scopes any node
//	n.do n.note  deeds and audit entries of other nodes' pages   leader
package gateway
