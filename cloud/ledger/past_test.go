package ledger

import (
	"testing"

	"xiangyi/protocol"
)

// Nodes are compared at one command; one that holds something else differs from
// there on, for ever.
func TestNodesAreComparedAtACommand(t *testing.T) {
	c := county(t, 3)
	leader := c.leader()
	v := c.village("v01", 7)
	send := func(from, to int) {
		for i := from; i <= to; i++ {
			v.note(protocol.Clinical, "x")
			c.expect(c.submit(leader, v.frame(protocol.Clinical, i, i)), protocol.OK, protocol.Seq(i))
		}
	}
	send(1, 20)
	c.settled()
	early, want := leader.State()
	for id, m := range c.members {
		if got, known := m.StateAt(early); !known || got != want {
			t.Errorf("%s: %s at command %d, %v; want %s", id, got, early, known, want)
		}
		if _, known := m.StateAt(early + 1000); known {
			t.Errorf("%s knows what it has not applied", id)
		}
	}
	spoilt := c.follower(leader)
	spoilt.machine.mu.Lock()
	spoilt.machine.state.Hash[0] ^= 1 // as if one of the commands had done something else there
	spoilt.machine.mu.Unlock()
	send(21, 25)
	late, want := leader.State()
	c.reach(spoilt, late)
	if got, known := spoilt.StateAt(late); !known || got == want {
		t.Errorf("the spoilt node's state at command %d is not told from the leader's (known %v)", late, known)
	}
	if got, known := spoilt.StateAt(early); !known || got == want {
		t.Errorf("at command %d, before it was spoilt, it has %s, %v", early, got, known)
	}
}
