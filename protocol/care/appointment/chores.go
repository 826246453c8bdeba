package appointment

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// endAfter is how long after a session its queue is closed by itself.
const endAfter = 2 * time.Hour

// Chores lists what the passing of time makes due at this site. A host asks
// once a minute and does each under its key; nothing is due most of the time.
//
// At a station: slots and numbers whose cut-off passed go back. In the county: the plan
// moves on every day, and queues of yesterday's sessions are closed.
func Chores(r protocol.Reader) ([]care.Request, error) {
	if r.Site() != County {
		return stationChores(r)
	}
	p, _, err := optional[Plan](r, protocol.Ref{Kind: KindPlan, ID: planID})
	if err != nil {
		return nil, err
	}
	var out []care.Request
	if until := day(r.Now().AddDate(0, 0, ahead)); p.Until != "" && p.Until < until {
		q := ask("appointment.plan", nobody{})
		q.Key = "appointment.plan:" + until
		out = append(out, q)
	}
	over, err := sessionsBy(r, "all", "", r.Now().AddDate(0, 0, -2), r.Now())
	for _, s := range over {
		if s.Value.State == SessionOpen && r.Now().After(s.Value.To.Add(endAfter)) {
			q := ask("appointment.end", BySession{s.Ref.ID})
			q.Key = "appointment.end:" + string(s.Ref.ID) + ":" + r.Now().In(care.Zone).Format("15") // once an hour while people still wait
			out = append(out, q)
		}
	}
	return out, err
}

func stationChores(r protocol.Reader) ([]care.Request, error) {
	out, err := heldBack(r)
	if err != nil {
		return nil, err
	}
	slots, err := unsold(r)
	if err != nil {
		return nil, err
	}
	numbers, err := unused(r)
	if err != nil || len(slots)+len(numbers) == 0 {
		return out, err
	}
	q := ask("appointment.settle", nobody{})
	q.Key = "appointment.settle:" + string(r.Site()) + r.Now().UTC().Format(":0601021504")
	return append(out, q), nil
}

// heldBack asks for slots that were given up while this station was in doubt of
// what it holds.
func heldBack(r protocol.Reader) ([]care.Request, error) {
	if doubtful(r) {
		return nil, nil
	}
	kept, err := care.Collect[Slot](r, protocol.Query{Kind: KindSlot, Index: "holder", Match: []string{string(r.Site()), string(SlotBooked)}, From: r.Now()})
	var out []care.Request
	for i := 0; err == nil && i < len(kept); i++ {
		var free bool
		if free, err = idle(r, kept[i].Ref.ID); free {
			out = append(out, ask("appointment.release", BySlot{kept[i].Ref.ID}))
		}
	}
	return out, err
}
