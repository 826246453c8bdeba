package roster_test

import (
	"context"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
	"xiangyi/protocol/care/exam"
	"xiangyi/protocol/care/identity"
	"xiangyi/protocol/care/media"
	"xiangyi/protocol/care/report"
	"xiangyi/protocol/care/roster"
	"xiangyi/protocol/care/screen"
)

var (
	atStation  = protocol.Actor{ID: "vd01", Role: care.Doctor, Method: care.ByPassword, Assurance: 2, Terminal: "v01-desk"}
	colleague  = protocol.Actor{ID: "vd09", Role: care.Doctor, Method: care.ByPassword, Assurance: 2, Terminal: "v01-desk"}
	inCounty   = protocol.Actor{ID: "d01", Role: care.CountyDoctor, Method: care.ByPassword, Assurance: 2, Terminal: "portal"}
	supervisor = protocol.Actor{ID: "q01", Role: care.Supervisor, Method: care.ByPassword, Assurance: 2, Terminal: "portal"}
	officer    = protocol.Actor{ID: "e01", Role: care.Security, Method: care.ByPassword, Assurance: 2, Terminal: "portal"}
	auditor    = protocol.Actor{ID: "a01", Role: care.Auditor, Method: care.ByPassword, Assurance: 2, Terminal: "portal"}
	reader     = care.Machine("card-reader")
)

type byPerson struct {
	Person care.ID `json:"person"`
}

// emergency is a village with somebody who has readings and never agreed to
// anybody looking at them. The station's line is down.
func emergency(t *testing.T) (w *caretest.World, v01 *caretest.Site, whom care.ID) {
	w = caretest.New(t, roster.Services()...)
	v01 = w.Station("v01")
	w.County().Run(identity.Initial()...)
	w.Settle()
	whom = v01.Do(reader, "identity.card", identity.Card{Name: "张桂兰", Number: "990101195203091226", Sex: "2"}).About.ID
	plant(t, v01, func(tx protocol.Tx) error {
		return write(tx, protocol.Ref{Kind: exam.KindObservation, ID: "o1"}, whom, &exam.Observation{Person: whom, Site: "v01", Status: exam.Final,
			ObservedAt: tx.Now(), Received: tx.Now(), Values: []exam.Value{{Code: "8867-4", Value: "72", Unit: "/min", Quality: exam.OK}}})
	})
	w.Settle()
	v01.Cut()
	return w, v01, whom
}

func fainted(whom care.ID) identity.Glass {
	return identity.Glass{Person: whom, Why: "unconscious", Words: "在家门口晕倒，叫不应"}
}

// latest is the newest entry on record.
func latest(t *testing.T, s *caretest.Site) protocol.Change {
	t.Helper()
	items, err := s.Next(context.Background(), s.Last()-1, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	return items[0].Change
}

func TestADoctorOpensARecordInAnEmergencyWithoutTheLine(t *testing.T) {
	w, v01, whom := emergency(t)
	page := caretest.Show[identity.PersonPage](v01, atStation, "identity.person", byPerson{whom})
	if page.Emergency == nil {
		t.Error("the person's page does not lead to it")
	}
	v01.ShowRefused("no-consent", atStation, "exam.person", byPerson{whom})
	weak := atStation
	weak.Assurance = 1
	v01.Refused("assurance", weak, "identity.break-glass", fainted(whom))
	v01.Refused("why-missing", atStation, "identity.break-glass", identity.Glass{Person: whom, Words: "晕倒了叫不应"})
	v01.Refused("words-missing", atStation, "identity.break-glass", identity.Glass{Person: whom, Why: "critical", Words: "急"})
	v01.Refused("no-such-person", atStation, "identity.break-glass", fainted("p-nobody"))

	opening := v01.Do(atStation, "identity.break-glass", fainted(whom)).About.ID
	if c := latest(t, v01); c.Action != "identity.break-glass" || c.Purpose != care.ForEmergency || c.Lane != protocol.Urgent || c.Subject != whom {
		t.Errorf("on record as %+v", c)
	}
	seen := caretest.Show[exam.PersonPage](v01, atStation, "exam.person", byPerson{whom})
	if len(seen.Rows) != 1 || len(seen.Rows[0].Figures) == 0 {
		t.Errorf("the doctor sees no figures: %+v", seen.Rows)
	}
	if c := latest(t, v01); c.Action != "exam.person" || c.Outcome != protocol.Seen || c.Purpose != care.ForEmergency || c.Consent != opening || c.Subject != whom {
		t.Errorf("the look is on record as %+v", c)
	}
	caretest.Show[report.PersonPage](v01, atStation, "report.person", byPerson{whom})
	caretest.Show[media.PersonPage](v01, atStation, "media.person", byPerson{whom})
	v01.ShowRefused("no-consent", colleague, "exam.person", byPerson{whom})
	v01.Refused("no-consent", atStation, "exam.start", exam.Start{Person: whom}) // it is opened to look, not to write
	v01.Refused("already-open", atStation, "identity.break-glass", fainted(whom))

	w.Advance(-24 * time.Hour) // a clock that is set back prolongs nothing
	v01.ShowRefused("no-consent", atStation, "exam.person", byPerson{whom})
	w.Advance(24*time.Hour + 4*time.Hour - time.Second)
	caretest.Show[exam.PersonPage](v01, atStation, "exam.person", byPerson{whom})
	w.Advance(2 * time.Second)
	v01.ShowRefused("no-consent", atStation, "exam.person", byPerson{whom})
}

func TestEveryOpeningIsReviewed(t *testing.T) {
	w, v01, whom := emergency(t)
	c := w.County()
	opening := v01.Do(atStation, "identity.break-glass", fainted(whom)).About.ID
	w.Settle()
	if list := caretest.Show[identity.GlassList](c, officer, "identity.emergencies", nil); len(list.Open.Rows) != 0 {
		t.Fatal("the line is down, and yet the county knows")
	}
	v01.Restore()
	w.Settle()
	for _, who := range []protocol.Actor{supervisor, officer, auditor} {
		list := caretest.Show[identity.GlassList](c, who, "identity.emergencies", nil)
		if len(list.Open.Rows) != 1 || list.Open.Rows[0].Cells[1].Text != "张**" || list.Open.Rows[0].Cells[5].Mark.Kind != screen.Warn {
			t.Fatalf("%s sees %+v", who.Role, list.Open.Rows)
		}
		one := caretest.Show[identity.GlassOne](c, who, "identity.emergency", map[string]care.ID{"emergency": opening})
		if (one.Form != nil) != (who.Role != care.Auditor) {
			t.Errorf("%s may review: %v", who.Role, one.Form != nil)
		}
	}
	c.ShowRefused("role", inCounty, "identity.emergencies", nil)
	w.Advance(73 * time.Hour)
	if list := caretest.Show[identity.GlassList](c, officer, "identity.emergencies", nil); list.Open.Rows[0].Cells[5].Mark.Kind != screen.Bad {
		t.Error("a review that is late does not stand out")
	}

	verdict := identity.Review{Emergency: opening, Verdict: care.Justified}
	c.Refused("role", auditor, "identity.review-emergency", verdict)
	c.Refused("role", atStation, "identity.review-emergency", verdict)
	c.Refused("no-emergency", officer, "identity.review-emergency", identity.Review{Emergency: "e9", Verdict: care.Justified})
	c.Refused("verdict-missing", officer, "identity.review-emergency", identity.Review{Emergency: opening})
	self := supervisor
	self.ID = atStation.ID // in another of their roles
	c.Refused("own-access", self, "identity.review-emergency", verdict)
	c.Do(supervisor, "identity.review-emergency", verdict)
	c.Refused("already-reviewed", officer, "identity.review-emergency", verdict)
	w.Settle()
	mine := caretest.Show[identity.GlassPage](v01, atStation, "identity.emergency-form", nil)
	if len(mine.Table.Rows) != 1 || mine.Table.Rows[0].Cells[5].Mark.Text != "合理" {
		t.Errorf("the doctor reads %+v", mine.Table.Rows)
	}
}

func TestAnUnjustifiedOpeningEndsAtOnce(t *testing.T) {
	w, v01, whom := emergency(t)
	c := w.County()
	v01.Restore()
	opening := v01.Do(atStation, "identity.break-glass", fainted(whom)).About.ID
	w.Settle()
	v01.Look(func(r protocol.Reader) error {
		told, err := care.Collect[care.Notice](r, protocol.Query{Kind: care.KindNotice, Index: "person", Match: []string{string(whom)}})
		if len(told) != 1 || told[0].Value.Reason != "emergency" {
			t.Errorf("the person is told %+v", told)
		}
		return err
	})
	c.Refused("note-missing", officer, "identity.review-emergency", identity.Review{Emergency: opening, Verdict: care.Unjustified})
	c.Do(officer, "identity.review-emergency", identity.Review{Emergency: opening, Verdict: care.Unjustified, Note: "当事人当时清醒，没有问"})
	w.Settle()
	v01.ShowRefused("no-consent", atStation, "exam.person", byPerson{whom})
}

// Somebody of another village lies at the station, and only their card is
// there: the record comes when the line is up, and leaves after.
func TestAnEmergencyBringsTheRecordOfSomebodyOfElsewhere(t *testing.T) {
	w, _, whom := emergency(t)
	v02 := w.Station("v02")
	w.County().Refused("no-such-person", inCounty, "identity.break-glass", fainted("p-nobody"))
	v02.Refused("no-such-person", atStation, "identity.break-glass", fainted(whom))
	v02.Do(atStation, "identity.break-glass", identity.Glass{Number: "990101195203091226", Why: "critical", Words: "路上被车撞，不能说话"})
	v02.ShowRefused("no-such-person", atStation, "identity.person", byPerson{whom})
	w.Settle()
	if page := caretest.Show[exam.PersonPage](v02, atStation, "exam.person", byPerson{whom}); len(page.Rows) != 1 {
		t.Errorf("%d readings came", len(page.Rows))
	}
	v02.Look(func(r protocol.Reader) error {
		f, _, err := care.Read[protocol.Follow](r, protocol.Ref{Kind: protocol.KindFollow, ID: "v02." + whom})
		if left := f.Until.Sub(r.Now()); left <= 0 || left > 4*time.Hour {
			t.Errorf("it stays for %v", left)
		}
		return err
	})
}
