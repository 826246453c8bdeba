package week

import (
	"context"
	"strings"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/appointment"
)

// walkIns gives this station numbers of the coming days' clinics whose numbers are
// the county's to give, for people who come without a booking.
func (w *world) walkIns() {
	w.t.Helper()
	var open []care.Found[appointment.Session]
	err := w.county.Store().View(context.Background(), func(r protocol.Reader) (err error) {
		all, err := care.Collect[appointment.Session](r, protocol.Query{Kind: appointment.KindSession, Index: "all", From: time.Now(), To: time.Now().AddDate(0, 0, 7)})
		for _, s := range all {
			dep, _, err := care.Read[appointment.Department](r, appointment.DepartmentRef(s.Value.Department))
			if err != nil {
				return err
			}
			if !dep.Hospital && s.Value.State == appointment.SessionOpen {
				open = append(open, s)
			}
		}
		return err
	})
	if err != nil || len(open) == 0 {
		w.t.Fatalf("%d clinics with walk-in numbers, %v", len(open), err)
	}
	for _, s := range open {
		w.must(w.office, "appointment.open-numbers", appointment.NumbersInput{Session: s.Ref.ID, Count: 8}, "")
		w.must(w.office, "appointment.grant-numbers", appointment.GrantInput{Session: s.Ref.ID, Site: site, Count: 6}, "")
	}
}

// walksIn takes a number of a clinic of this day.
func (p *person) walksIn() {
	p.t.Helper()
	today := time.Now().In(care.Zone).Format("20060102")
	for _, session := range p.sessions() {
		if !strings.Contains(session.Href, "."+today+".") {
			continue
		}
		for _, l := range p.open(session.Href).LinksTo("/appointment/walk-in/") {
			p.do(p.open(l.Href), "appointment.walk-in", nil)
			return
		}
	}
}
