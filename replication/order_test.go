package replication

import (
	"testing"

	"xiangyi/protocol"
	"xiangyi/replication/store"
)

// What a later incarnation wrote may rest on what an earlier one has to send, of
// the same or a more urgent lane, and no dependency says so.
func TestALaterIncarnationWaitsForTheEarlier(t *testing.T) {
	at := func(inc protocol.Incarnation, lane protocol.Lane, tail, held protocol.Seq) store.Line {
		return store.Line{Incarnation: inc, Lane: lane, Tail: tail, Held: held}
	}
	lines := []store.Line{
		at(1, protocol.Urgent, 9, 9), at(1, protocol.Administrative, 5, 4),
		at(2, protocol.Urgent, 1, 0), at(2, protocol.Clinical, 3, 3), at(2, protocol.Administrative, 1, 0), at(2, protocol.Media, 1, 0),
		at(3, protocol.Urgent, 2, 0), at(3, protocol.Clinical, 2, 0),
	}
	want := []bool{false, false, false, false, true, true, true, true}
	var o ordered
	for i, l := range lines {
		if got := o.waits(l); got != want[i] {
			t.Errorf("lane %d of incarnation %d waits: %v, want %v", l.Lane, l.Incarnation, got, want[i])
		}
	}
}
