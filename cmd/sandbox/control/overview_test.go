package control

import (
	"testing"

	"xiangyi/cmd/sandbox/county"
	"xiangyi/protocol/care/screen"
)

func county1(leader bool, applied, last uint64, state, digest string) Heard[NodeStatus] {
	return Heard[NodeStatus]{true, NodeStatus{Leader: leader, Applied: applied, Last: last, State: state, Stations: []HeldOf{{Site: "v01", Digest: digest}}}}
}

// TestEqualIsSaidOnlyOfWhatCanBeCompared keeps the page from crying wolf, and from keeping silent.
func TestEqualIsSaidOnlyOfWhatCanBeCompared(t *testing.T) {
	station := func(s StationStatus) Snapshot {
		return Snapshot{Nodes: map[county.Name]Heard[NodeStatus]{"n1": county1(true, 9, 40, "s", "aa")}, Stations: map[county.Name]Heard[StationStatus]{"v01": {true, s}}}
	}
	for name, x := range map[string]struct {
		s    Snapshot
		want screen.Kind
	}{
		"the same":              {station(StationStatus{Digest: "aa", Position: 40, Line: true}), screen.Good},
		"another, same place":   {station(StationStatus{Digest: "bb", Position: 40, Line: true}), screen.Bad},
		"another, still behind": {station(StationStatus{Digest: "bb", Position: 30, Line: true}), screen.Calm},
		"no line":               {station(StationStatus{Digest: "aa", Position: 40}), screen.Calm},
		"something waits":       {station(StationStatus{Digest: "aa", Position: 40, Line: true, Waiting: 3}), screen.Calm},
		"no answer":             {Snapshot{}, screen.Warn},
	} {
		if got := stationAgrees(x.s, "v01"); got.Kind != x.want {
			t.Errorf("%s: %s %q", name, got.Kind, got.Text)
		}
	}
	for name, x := range map[string]struct {
		nodes map[county.Name]Heard[NodeStatus]
		want  screen.Kind
	}{
		"all the same":        {map[county.Name]Heard[NodeStatus]{"n1": county1(true, 9, 0, "s", ""), "n2": county1(false, 9, 0, "s", "")}, screen.Good},
		"another, same place": {map[county.Name]Heard[NodeStatus]{"n1": county1(true, 9, 0, "s", ""), "n2": county1(false, 9, 0, "x", "")}, screen.Bad},
		"one behind":          {map[county.Name]Heard[NodeStatus]{"n1": county1(true, 9, 0, "s", ""), "n2": county1(false, 8, 0, "r", "")}, screen.Calm},
		"one silent":          {map[county.Name]Heard[NodeStatus]{"n1": county1(true, 9, 0, "s", ""), "n2": {}}, screen.Warn},
		"all silent":          {map[county.Name]Heard[NodeStatus]{"n1": {}, "n2": {}}, screen.Bad},
	} {
		if got := nodesAgree(Snapshot{Nodes: x.nodes}); got.Kind != x.want {
			t.Errorf("%s: %s %q", name, got.Kind, got.Text)
		}
	}
}
