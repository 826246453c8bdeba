package story

import (
	"context"
	"errors"
	"fmt"
	"time"

	"xiangyi/cmd/sandbox/county"
	"xiangyi/cmd/sandbox/outsider"
	"xiangyi/cmd/sandbox/peer/line"
)

// stationSays is what the story reads at a station's operators' door.
type stationSays struct {
	Incarnation string
	Lanes       []struct{ Tail, Held uint64 }
	Position    uint64 // of the county's ledger, up to which it heard
	Digest      string
	Waiting     int
	Line        bool
	Alarm       string
	Parked      int
}

// nodeSays is what the story reads at a node's operators' door.
type nodeSays struct {
	Node       string
	Leader     bool
	Applied    uint64
	State      string
	Last       uint64
	Quarantine int
	Stations   []struct{ Site, Digest string }
}

func ask[T any](ctx context.Context, door county.Address) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	return outsider.Ask[T](ctx, string(door), "/status")
}

func (t *tale) setLine(ctx context.Context, s county.Station, settings line.Settings) error {
	_, err := outsider.Tell[outsider.Told](ctx, string(s.Line.Admin), "/line", settings)
	return err
}

// cut cuts A's line, and waits until A has noticed.
func cut(ctx context.Context, t *tale) (string, error) {
	if err := t.setLine(ctx, t.a, line.Settings{Down: true}); err != nil {
		return "", err
	}
	err := until(ctx, soon, func() (string, error) {
		s, err := ask[stationSays](ctx, t.a.Ops)
		if err == nil && s.Line {
			return "the station still believes in its line", nil
		}
		return "", err
	})
	return "the station knows that it is alone", err
}

// killStation pulls A's power and looks for everything after its return.
func killStation(ctx context.Context, t *tale) (string, error) {
	before, err := ask[stationSays](ctx, t.a.Ops)
	if err != nil {
		return "", err
	}
	slips, err := t.slips(ctx)
	if err != nil {
		return "", err
	}
	p := t.county.Process(t.a.Site)
	if err := p.Kill(); err != nil {
		return "", err
	}
	began := time.Now()
	if err := p.Start(); err != nil {
		return "", err
	}
	if err := t.county.Ready(ctx, func([]county.Name) {}); err != nil {
		return "", err
	}
	back := time.Since(began)
	after, err := ask[stationSays](ctx, t.a.Ops)
	if err != nil {
		return "", err
	}
	if err := same(before, after); err != nil {
		return "", err
	}
	if err := t.allThere(ctx); err != nil {
		return "", err
	}
	again, err := t.slips(ctx)
	if err == nil && len(again) != len(slips) {
		err = fmt.Errorf("%d slips were printed again by the restart", len(again)-len(slips))
	}
	return fmt.Sprintf("ready %.1f s after power came back; booking, reading and %d slips are there", back.Seconds(), len(slips)), err
}

// same checks that a station came back with its whole journal.
func same(before, after stationSays) error {
	if after.Incarnation != before.Incarnation || after.Alarm != "" {
		return fmt.Errorf("the station came back as another (alarm %q)", after.Alarm)
	}
	for i := range before.Lanes {
		if after.Lanes[i].Tail < before.Lanes[i].Tail {
			return fmt.Errorf("lane %d came back with %d of %d", i, after.Lanes[i].Tail, before.Lanes[i].Tail)
		}
	}
	return nil
}

// allThere looks for the villager's booking and reading at A.
func (t *tale) allThere(ctx context.Context) error {
	if err := t.signed(ctx, t.a, villager); err != nil {
		return err
	}
	p, err := t.atA.Open(ctx, "/appointment/mine")
	if err != nil {
		return err
	}
	if _, err := p.Link("/appointment/mine/" + t.booking); err != nil {
		return fmt.Errorf("the booking is gone: %w", err)
	}
	if p, err = t.atA.Open(ctx, "/exam/mine"); err != nil {
		return err
	}
	if !p.Says(systolic + "/" + diastolic) {
		return fmt.Errorf("the reading is gone: %s", p.Short())
	}
	return nil
}

// nodes asks every node, and gives those that answer.
func (t *tale) nodes(ctx context.Context) map[county.Name]nodeSays {
	out := map[county.Name]nodeSays{}
	for _, n := range t.county.Plan.Nodes {
		if s, err := ask[nodeSays](ctx, n.Ops); err == nil {
			out[n.ID] = s
		}
	}
	return out
}

func (t *tale) leader(ctx context.Context, but county.Name) (county.Name, bool) {
	for id, s := range t.nodes(ctx) {
		if s.Leader && id != but {
			return id, true
		}
	}
	return "", false
}

var errNoLeader = errors.New("no node leads")

// killLeader pulls the leading node's power, sells another slot at a node that is left, and gives the power back.
func killLeader(ctx context.Context, t *tale) (string, error) {
	dead, ok := t.leader(ctx, "")
	if !ok {
		return "", errNoLeader
	}
	p := t.county.Process(dead)
	if err := p.Kill(); err != nil {
		return "", err
	}
	began := time.Now()
	for _, n := range t.county.Plan.Nodes {
		if n.ID != dead {
			t.portal = n.Portal
		}
	}
	if err := t.service(ctx, dead); err != nil {
		return "", err
	}
	took := time.Since(began)
	next, _ := t.leader(ctx, dead)
	if err := p.Start(); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s was killed, %s leads; the portal sold another slot %.1f s later", dead, next, took.Seconds()), nil
}

// service sells a slot in the portal of a node that is left. The page itself waits for a leader; what it cannot do within
// its time it has not done, and it is tried again, as a person does.
func (t *tale) service(ctx context.Context, dead county.Name) error {
	return until(ctx, 250*time.Millisecond, func() (string, error) {
		if _, ok := t.leader(ctx, dead); !ok {
			return "no other node leads yet", nil
		}
		err := t.sell(ctx, youngster, t.elsewhere[2])
		if err != nil {
			return err.Error(), nil
		}
		return "", nil
	})
}
