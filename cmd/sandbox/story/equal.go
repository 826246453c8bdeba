package story

import (
	"context"
	"errors"
	"fmt"
	"time"

	"xiangyi/cmd/sandbox/county"
	"xiangyi/cmd/sandbox/outsider"
)

// allEqual waits until every node holds the same state and every station the same as the county, and has the stations
// check their chains.
func allEqual(ctx context.Context, t *tale) (string, error) {
	digests := ""
	err := until(ctx, 250*time.Millisecond, func() (missing string, err error) {
		digests, missing, err = t.compare(ctx)
		return missing, err
	})
	if err != nil {
		return "", err
	}
	for _, s := range t.county.Plan.Stations {
		says, err := outsider.Ask[struct{ Whole bool }](ctx, string(s.Ops), "/verify")
		if err == nil && !says.Whole {
			err = errBroken
		}
		if err != nil {
			return "", fmt.Errorf("chains of %s: %w", s.Site, err)
		}
	}
	for _, p := range t.county.Processes() {
		if st := p.State(); st.Crashes > 0 {
			return "", fmt.Errorf("%s ended by itself %d times: %s", st.Name, st.Crashes, st.LastEnd)
		}
	}
	return digests + "; chains of both stations verify; nothing ended by itself", nil
}

var errBroken = errors.New("the station does not find its journal whole")

// compare says what is not equal yet. Nodes and stations are asked one after the other, so it takes a quiet moment.
func (t *tale) compare(ctx context.Context) (digests, missing string, err error) {
	nodes := t.nodes(ctx)
	if len(nodes) < len(t.county.Plan.Nodes) {
		return "", fmt.Sprintf("%d nodes answer", len(nodes)), nil
	}
	first := nodes[t.county.Plan.Nodes[0].ID]
	for id, n := range nodes {
		switch {
		case n.Quarantine > 0:
			return "", "", fmt.Errorf("node %s has parked %d Changes", id, n.Quarantine)
		case n.Applied != first.Applied:
			return "", fmt.Sprintf("node %s stands at %d, another at %d", id, n.Applied, first.Applied), nil
		case n.State != first.State:
			return "", "", fmt.Errorf("node %s holds another state at %d", id, n.Applied)
		}
	}
	digests = fmt.Sprintf("3 nodes at %d: %.8s", first.Applied, first.State)
	for _, s := range t.county.Plan.Stations {
		digest, missing, err := t.compareStation(ctx, s, first)
		if err != nil || missing != "" {
			return "", missing, err
		}
		digests += fmt.Sprintf(" · %s: %.8s", s.Site, digest)
	}
	return digests, "", nil
}

func (t *tale) compareStation(ctx context.Context, s county.Station, node nodeSays) (digest, missing string, err error) {
	says, err := ask[stationSays](ctx, s.Ops)
	if err != nil {
		return "", "", err
	}
	switch {
	case says.Alarm != "" || says.Parked > 0:
		return "", "", fmt.Errorf("station %s: alarm %q, %d parked", s.Site, says.Alarm, says.Parked)
	case says.Waiting > 0 || says.Position != node.Last:
		return "", fmt.Sprintf("station %s stands at %d, the county at %d; %d Changes wait", s.Site, says.Position, node.Last, says.Waiting), nil
	}
	for _, held := range node.Stations {
		if held.Site != string(s.Site) {
			continue
		}
		if held.Digest != says.Digest {
			return "", fmt.Sprintf("station %s holds %s, the county %s", s.Site, says.Digest, held.Digest), nil
		}
		for i, lane := range says.Lanes { // held is what the county signed receipts for
			if lane.Held != lane.Tail {
				return "", fmt.Sprintf("lane %d of %s: %d written, the county holds %d", i, s.Site, lane.Tail, lane.Held), nil
			}
		}
		return says.Digest, "", nil
	}
	return "", "", fmt.Errorf("the county knows no station %s", s.Site)
}
