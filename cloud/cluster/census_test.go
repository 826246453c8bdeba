package cluster

import (
	"errors"
	"testing"
	"time"

	"xiangyi/protocol/seal"
)

func TestANodeThatDiffersFromAMajorityStops(t *testing.T) {
	noon := time.Date(2031, 3, 1, 12, 0, 0, 0, time.UTC)
	right, wrong := seal.Sum([]byte("right")), seal.Sum([]byte("wrong"))
	type told struct {
		node    string
		hash    seal.Digest
		after   time.Duration
		unknown bool
		want    finding
		leader  bool // must stop itself
	}
	for name, tt := range map[string]struct {
		nodes int
		all   []told
	}{
		"all alike": {3, []told{{"n2", right, 0, false, findingSame, false}, {"n3", right, 1, false, findingSame, false}}},
		"one follower is odd": {3, []told{{"n2", right, 0, false, findingSame, false}, {"n3", wrong, 1, false, findingOdd, false},
			{"n3", wrong, 6, false, findingOdd, false}, {"n2", right, 6, false, findingSame, false}}},
		"one against one, until the third is heard": {3, []told{{"n3", wrong, 0, false, findingDiffers, false}, {"n2", right, 1, false, findingSame, false}, {"n3", wrong, 5, false, findingOdd, false}}},
		"the leader is odd":                         {3, []told{{"n2", wrong, 0, false, findingDiffers, false}, {"n3", wrong, 1, false, findingDiffers, true}}},
		"what was said long ago does not count":     {3, []told{{"n2", right, 0, false, findingSame, false}, {"n3", wrong, 40, false, findingDiffers, false}}},
		"of five, two agree and two do not": {5, []told{{"n2", right, 0, false, findingSame, false}, {"n3", wrong, 0, false, findingDiffers, false}, {"n4", wrong, 0, false, findingDiffers, false},
			{"n5", right, 0, false, findingSame, false}, {"n3", wrong, 1, false, findingOdd, false}}},
		"a command that the leader does not remember": {3, []told{{"n2", wrong, 0, true, findingUnknown, false}, {"n3", wrong, 0, true, findingUnknown, false}}},
		"alone": {1, nil},
	} {
		c := newCensus(tt.nodes)
		for i, r := range tt.all {
			f, err := c.take(report{r.node, 7, r.hash}, right, !r.unknown, noon.Add(r.after*time.Second))
			if f != r.want || errors.Is(err, ErrDiverged) != r.leader {
				t.Errorf("%s, report %d: %s, %v", name, i, f, err)
			}
		}
	}
}
