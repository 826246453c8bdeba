package week

import (
	"context"
	"slices"
	"strings"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/appointment"
	"xiangyi/protocol/care/roster"
	"xiangyi/protocol/seal"
)

// reckon compares what the journal holds with what people were told, and lists
// what was never done or opened though it belongs to a station.
func (w *world) reckon(at protocol.Cursor) {
	done, people := map[protocol.ActionName]int{}, map[string]int{}
	for at < w.db.Last() {
		items, err := w.db.Next(context.Background(), at, 500, nil)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, it := range items {
			at = it.Cursor
			if c := it.Change; c.Site == site && c.Outcome == protocol.Done {
				done[c.Action]++
				if c.Actor.Role != care.System {
					people[string(c.Action)]++
				}
			}
		}
	}
	for _, s := range roster.Services() {
		for _, a := range s.Actions {
			w.reckonAction(&a, done[a.Name])
			if told := w.told[string(a.Name)]; told != people[string(a.Name)] {
				w.t.Errorf("%s: the screens said %d times that it was done, the journal says %d", a.Name, told, people[string(a.Name)])
			}
		}
	}
	w.reckonPages()
	w.t.Logf("done: %v", done)
}

func (w *world) reckonAction(a *care.Action, done int) {
	why, out := elsewhere[a.Name]
	switch {
	case a.Place != 0 && a.Place&care.AtStation == 0:
	case chance[string(a.Name)] != "":
	case done == 0 && !out:
		w.t.Errorf("%s (%s) was never done in a week at a station; the newest answer: %s", a.Name, a.Title, w.heard["/do/"+string(a.Name)])
	case done > 0 && out:
		w.t.Errorf("%s is done at a station after all, though: %s", a.Name, why)
	}
}

// elsewhere are actions that may run at a station and that this week has no
// reason for.
var elsewhere = map[protocol.ActionName]string{
	"quarantine.differ": "only when station and county differ",
	"fleet.report":      "this week's station has no supervisor: edge/update",
}

// chance are actions and pages that this week does or opens under some seeds only,
// and why.
var chance = map[string]string{
	"appointment.return":            "pressed in passing, on a clinic's page",
	"appointment.request":           "needs a slot elsewhere in a clinic where the person has no booking",
	"appointment.clear-alarm":       "needs answers that alarm",
	"report.save":                   "pressed in passing",
	"/appointment/request/{slot}":   "like appointment.request",
	"/appointment/emergency/{flag}": "like appointment.clear-alarm",
	"/printing/{kind}/{id}":         "needs a paper of the person's own that is not out yet",
}

// reckonPages lists the pages of a station that nobody opened who may.
func (w *world) reckonPages() {
	roles := map[care.Channel][]care.Role{care.Kiosk: {care.Visitor, care.Resident}, care.Desk: {care.Doctor, care.Scheduler, care.Operator}}
	var missing []string
	for _, s := range roster.Services() {
		for _, p := range s.Pages {
			at := slices.IndexFunc(s.Views, func(v care.View) bool { return v.Name == p.View })
			for channel, all := range roles {
				for _, role := range all {
					opens := at >= 0 && p.Channels.Has(channel) && slices.Contains(s.Views[at].Roles, role)
					if name := string(role) + " GET " + exact(p.Path); opens && !w.opened[name] && chance[p.Path] == "" {
						missing = append(missing, name)
					}
				}
			}
		}
	}
	if len(missing) > 0 {
		w.t.Errorf("never opened: %s", strings.Join(missing, ", "))
	}
}

// level looks whether the line brought everything across, once.
func (w *world) level() {
	w.t.Helper()
	lines, err := w.db.Lines()
	if err != nil {
		w.t.Fatal(err)
	}
	ends := w.heardInCounty()
	for _, l := range lines {
		if l.Held != l.Tail {
			w.t.Errorf("lane %d is held up to %d of %d", l.Lane, l.Held, l.Tail)
		}
		if end := ends[lane{l.Incarnation, l.Lane}]; end.seq != l.Tail || end.hash != l.Hash {
			w.t.Errorf("lane %d ends at %d here and at %d in the county, or the chains differ", l.Lane, l.Tail, end.seq)
		}
	}
	if err := w.db.Verify(context.Background()); err != nil {
		w.t.Error(err)
	}
}

type lane struct {
	protocol.Incarnation
	protocol.Lane
}

type end struct {
	seq  protocol.Seq
	hash seal.Digest
}

// heardInCounty goes through the county's feed as a hospital's connector does: it
// chains what the station did, and counts the bookings.
func (w *world) heardInCounty() map[lane]end {
	w.t.Helper()
	ends, bookings := map[lane]end{}, map[care.ID]int{}
	feed := w.county.Store()
	for at := protocol.Cursor(0); at < feed.Last(); {
		items, err := feed.Next(context.Background(), at, 500, nil)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, it := range items {
			at = it.Cursor
			c := it.Change
			if c.Site != site {
				continue
			}
			id := lane{c.Incarnation, c.Lane}
			e, begun := ends[id]
			if !begun {
				e.hash = protocol.Genesis(site, c.Incarnation, c.Lane)
			}
			if c.Seq != e.seq+1 {
				w.t.Errorf("lane %d: the county hears of %d after %d", c.Lane, c.Seq, e.seq)
			}
			ends[id] = end{c.Seq, protocol.Chain(e.hash, &c)}
			if c.Action == "appointment.book" && c.Outcome == protocol.Done {
				for _, wr := range c.Writes {
					if wr.Ref.Kind == appointment.KindAppointment {
						bookings[wr.Ref.ID]++
					}
				}
			}
		}
	}
	for id := range w.booked {
		if bookings[id] != 1 {
			w.t.Errorf("booking %s is heard of %d times", id, bookings[id])
		}
	}
	if len(bookings) != len(w.booked) {
		w.t.Errorf("%d bookings are heard of, %d were shown", len(bookings), len(w.booked))
	}
	return ends
}
