// Package simulate joins the simulators to the county that they simulate: what
// stands below may not know it.
package simulate

import (
	"xiangyi/cloud/ledger"
	"xiangyi/replication/simulate"
)

// Open opens a node of a simulated county: the county's own ledger, moved by
// hand.
func Open(n simulate.Node) (simulate.Replica, error) {
	return ledger.OpenReplica(ledger.Options{Node: n.Name, Keys: n.Keys, Kinds: n.Kinds, Rand: n.Rand, Now: n.Now, Log: n.Log},
		n.Disk, n.Group)
}
