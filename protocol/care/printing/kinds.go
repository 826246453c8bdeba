package printing

import (
	"cmp"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

func kinds() []care.Kind {
	return []care.Kind{{
		KindSpec: protocol.KindSpec{
			Kind: KindJob, Class: protocol.ClassHealth, Retention: protocol.RetainOperational,
			Indexes: []protocol.Index{
				{Name: "about", Fields: []string{"about.kind", "about.id"}, Time: "asked"},
				{Name: "state", Fields: []string{"site", "state"}, Time: "asked"},
			},
		},
		Merge: merge, Decider: care.Doctor,
	}}
}

// strength orders the states for a merge: what happened to the paper beats what
// was meant to happen to it, and a doubt stays until somebody looked.
var strength = map[State]int{Queued: 1, WaitingPrinter: 2, WaitingPaper: 3, Printing: 4, Cancelled: 5, Failed: 6, InDoubt: 7, Printed: 8}

// merge is for a station that was restored or cloned: nobody else writes its
// jobs.
func merge(a, b protocol.Value) (protocol.Value, bool) {
	var x, y Job
	if protocol.Decode(a, &x) != nil || protocol.Decode(b, &y) != nil {
		return nil, false
	}
	further := cmp.Or(cmp.Compare(strength[x.State], strength[y.State]), x.At.Compare(y.At), cmp.Compare(string(a), string(b)))
	if further < 0 {
		a = b
	}
	return a, true
}
