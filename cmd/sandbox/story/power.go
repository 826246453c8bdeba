package story

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"xiangyi/cmd/sandbox/county"
	"xiangyi/cmd/sandbox/outsider"
	"xiangyi/cmd/sandbox/peer/hospital"
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

// service sells a slot in the portal of a node that is left. What is refused while a leader is being chosen is tried
// again, as a person does; the form's own key keeps it one deed.
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

// restored lets the hospital lose its next acknowledgement, gives A its line back, and counts.
func restored(ctx context.Context, t *tale) (string, error) {
	// What the portal sold must be settled, so that it is A's booking whose acknowledgement is lost.
	if err := t.settled(ctx, t.sold); err != nil {
		return "", err
	}
	if _, err := outsider.Tell[outsider.Told](ctx, string(t.county.Plan.Hospital.Admin), "/lose-next-ack", struct{}{}); err != nil {
		return "", err
	}
	began := time.Now()
	if err := t.setLine(ctx, t.a, line.Settings{}); err != nil {
		return "", err
	}
	if err := t.caughtUp(ctx); err != nil {
		return "", err
	}
	caught := time.Since(began)
	if err := t.settled(ctx, append(slices.Clone(t.sold), t.booking)); err != nil {
		return "", err
	}
	if err := t.askedFirst(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("caught up after %.1f s; the hospital holds %d bookings once each, and was asked before anything was repeated",
		caught.Seconds(), len(t.sold)+1), nil
}

// caughtUp waits until the county holds everything that A wrote.
func (t *tale) caughtUp(ctx context.Context) error {
	return until(ctx, soon, func() (string, error) {
		s, err := ask[stationSays](ctx, t.a.Ops)
		if err != nil {
			return "", err
		}
		if !s.Line || s.Waiting > 0 {
			return fmt.Sprintf("line %t, %d Changes wait", s.Line, s.Waiting), nil
		}
		return "", nil
	})
}

// settled waits until the hospital holds each booking, and checks that it holds each once.
func (t *tale) settled(ctx context.Context, bookings []string) error {
	return until(ctx, soon, func() (string, error) {
		held, _, err := t.books(ctx)
		if err != nil {
			return "", err
		}
		count := map[string]int{}
		for _, b := range held {
			if !b.Cancelled {
				count[string(b.Placer)]++
			}
		}
		for _, id := range bookings {
			switch n := count[id]; {
			case n == 0:
				return "the hospital does not hold " + id, nil
			case n > 1:
				return "", fmt.Errorf("the hospital holds %s %d times", id, n)
			}
		}
		return "", nil
	})
}

// askedFirst reads in what the hospital heard that the lost acknowledgement was followed by a question, and by no second
// booking.
func (t *tale) askedFirst(ctx context.Context) error {
	return until(ctx, soon, func() (string, error) {
		_, heard, err := t.books(ctx)
		if err != nil {
			return "", err
		}
		return judge(heard, hospital.PlacerID(t.booking))
	})
}

// judge says what is missing in what was heard of a booking: one request, whose answer was lost, and a question.
func judge(heard []hospital.Heard, booking hospital.PlacerID) (missing string, err error) {
	var order []string
	for _, h := range heard {
		if h.Placer != booking {
			continue
		}
		what := h.Type
		if h.Lost {
			what += " (lost)"
		}
		order = append(order, what)
	}
	if n := slices.IndexFunc(order, func(s string) bool { return strings.HasSuffix(s, "(lost)") }); n != 0 {
		return fmt.Sprintf("the first word about the booking was not lost: %v", order), nil
	}
	switch {
	case len(order) < 2:
		return "nobody asked after the lost answer yet", nil
	case order[1] != "SQM^S25":
		return "", fmt.Errorf("repeated without asking: %v", order)
	}
	for _, o := range order[2:] {
		if strings.HasPrefix(o, "SRM^S01") {
			return "", fmt.Errorf("booked again although the hospital knew it: %v", order)
		}
	}
	return "", nil
}

// delivered reads on the kiosk that the hospital has confirmed, and has the slip printed again.
func delivered(ctx context.Context, t *tale) (string, error) {
	if err := t.signed(ctx, t.a, villager); err != nil {
		return "", err
	}
	var page *outsider.Page
	err := until(ctx, soon, func() (string, error) {
		p, err := t.atA.Open(ctx, "/appointment/mine/"+t.booking)
		if err != nil {
			return "", err
		}
		page = p
		if !p.Says(confirmedWords) {
			return "the kiosk says: " + p.Short(), nil
		}
		return "", nil
	})
	if err != nil {
		return "", err
	}
	before, err := t.slips(ctx)
	if err != nil {
		return "", err
	}
	f, err := page.Form("/do/appointment.reprint")
	if err != nil {
		return "", err
	}
	if page, err = t.atA.Submit(ctx, f, nil); err != nil {
		return "", err
	}
	if err := page.OK(); err != nil {
		return "", err
	}
	slip, err := t.slipWith(ctx, len(before), confirmedWords, t.number)
	return fmt.Sprintf("slip %d of number %s says %s", slip.Number, t.number, confirmedWords), err
}

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
		if _, err := outsider.Ask[json.RawMessage](ctx, string(s.Ops), "/verify"); err != nil {
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
