package roster_test

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/appointment"
	"xiangyi/protocol/care/caretest"
	"xiangyi/protocol/care/exam"
	"xiangyi/protocol/care/printing"
	"xiangyi/protocol/care/report"
	"xiangyi/protocol/care/roster"
)

// in is an input as a browser may send it.
type in map[string]string

// strangersTry names, for each action and view that residents reach by the name
// of a record, one of Anna's, as another resident would who knows or guesses it.
var strangersTry = map[protocol.ActionName]in{
	"identity.act-for":         {"ward": string(anna)},
	"identity.consent-page":    {"person": string(anna), "purpose": "health"},
	"appointment.cancel":       {"appointment": "a1"},
	"appointment.reschedule":   {"appointment": "a1", "slot": "s1"},
	"appointment.reprint":      {"appointment": "a1"},
	"appointment.read":         {"notice": "n1"},
	"appointment.answer":       {"appointment": "a1"},
	"appointment.checkin":      {"appointment": "a1"},
	"appointment.offer":        {"slot": "s1", "person": string(anna)},
	"appointment.walk-in-page": {"session": "s", "person": string(anna)},
	"appointment.done":         {"appointment": "a1"},
	"appointment.one":          {"appointment": "a1"},
	"appointment.cancel-page":  {"appointment": "a1"},
	"appointment.form":         {"appointment": "a1"},
	"exam.stop":                {"session": "m1"},
	"exam.waiting":             {"session": "m1"},
	"exam.result":              {"observation": "o1"},
	"exam.urgent":              {"observation": "o1"},
	"report.open":              {"report": "r1"},
	"report.print":             {"report": "r1"},
	"report.save":              {"report": "r1"},
	"report.read":              {"report": "r1"},
	"report.item":              {"report": "r1", "code": "x"},
	"report.reprint":           {"report": "r1"},
	"report.printing":          {"print": "r1.v01.1"},
	"report.file":              {"print": "r1.v01.1"},
	"printing.retry":           {"job": "j1"},
	"printing.confirm":         {"job": "j1"},
	"printing.cancel":          {"job": "j1"},
	"printing.mine":            {"kind": "report", "id": "r1"},
}

// annas are the records that strangers try.
func annas(t *testing.T, s *caretest.Site) {
	t.Helper()
	plant(t, s, func(tx protocol.Tx) error {
		now := tx.Now()
		for ref, record := range map[protocol.Ref]any{
			appointment.AppointmentRef("a1"): &appointment.Appointment{Person: anna, State: appointment.Booked, Slot: "s1", Session: "s",
				Start: now.Add(time.Hour), End: now.Add(2 * time.Hour), At: now, Changed: now},
			{Kind: care.KindNotice, ID: "n1"}: &care.Notice{Person: anna, At: now},
			exam.SessionRef("m1"):             &exam.Session{Person: anna, Site: "v01", Terminal: "t1", Started: now, Until: now.Add(time.Minute)},
			{Kind: exam.KindObservation, ID: "o1"}: &exam.Observation{Person: anna, Site: "v01", Status: exam.Final, ObservedAt: now, Received: now,
				Values: []exam.Value{{Code: "8867-4", Value: "72", Unit: "/min", Quality: exam.OK}}},
			report.Ref("r1"): &report.Report{Person: anna, Received: now, Code: "0123456789ABCDEF", Digest: strings.Repeat("0", 64), Content: report.Content{Source: "c1", Number: "1", Version: 1,
				Category: report.Lab, Issued: now, Reviewer: "d1", Status: report.Final, Items: []report.Item{{Code: "x", Name: "x", Value: "1"}}}},
			report.PrintRef("r1.v01.1"): &report.Print{Report: "r1", Version: 1, Person: anna, Site: "v01", Copy: 1, Medium: report.AsFile,
				Asked: now, State: report.PrintWaiting},
			printing.JobRef("j1"): &printing.Job{About: report.Ref("r1"), Person: anna, What: printing.Report, Site: "v01",
				State: printing.Failed, Asked: now, At: now},
		} {
			if err := write(tx, ref, anna, record); err != nil {
				return err
			}
		}
		return nil
	})
}

// reached tells what an attempt did to Anna's records: the code of its refusal,
// and whether she is on record as seen or written about.
func reached(t *testing.T, services []care.Service, r *row, who care.ID) (code protocol.Code, touched bool) {
	t.Helper()
	v01 := village(t, services)[1]
	annas(t, v01.Site)
	input, err := protocol.Encode(strangersTry[r.name])
	if err != nil {
		t.Fatal(err)
	}
	before := v01.Last()
	q := care.Request{Actor: protocol.Actor{ID: who, Role: care.Resident, Method: care.ByCard, Assurance: 2, Terminal: "t1"}, Name: r.name, Input: input}
	if r.verb == "show" {
		_, err = v01.Engine.Show(context.Background(), q)
	} else {
		_, err = v01.Engine.Do(context.Background(), q)
	}
	if refusal, ok := protocol.AsRefusal(err); ok {
		code = refusal.Code
	}
	if v01.Last() > before {
		items, err := v01.Next(context.Background(), before, 10, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range items {
			about := func(w protocol.Write) bool { return w.Subject == anna }
			touched = touched || it.Change.Outcome != protocol.Refused && (it.Change.Subject == anna || slices.ContainsFunc(it.Change.Writes, about))
		}
	}
	return code, touched
}

// TestAStrangerReachesNothing tries the records themselves, behind the door: an
// action or view that residents reach by a record's name must look whose it is.
func TestAStrangerReachesNothing(t *testing.T) {
	services := roster.Services()
	for _, r := range declared() {
		if strangersTry[r.name] == nil {
			if r.owner() == "self" && r.personal && takesName(r.input) {
				t.Errorf("%s takes the name of a record from a resident: add one of Anna's to strangersTry", r.name)
			}
			continue
		}
		if code, touched := reached(t, services, &r, ben); touched || code == "" && r.name != "identity.consent-page" {
			t.Errorf("%s: a stranger is answered (code %q, reached %v)", r.name, code, touched)
		}
		if code, _ := reached(t, services, &r, anna); code == "not-yours" {
			t.Errorf("%s: Anna is refused as a stranger to her own record", r.name)
		}
	}
	for name := range strangersTry {
		if !slices.ContainsFunc(declared(), func(r row) bool { return r.name == name && slices.Contains(r.roles, care.Resident) }) {
			t.Errorf("strangersTry names %s, which residents do not reach", name)
		}
	}
}

func takesName(t reflect.Type) bool {
	for i := range t.NumField() {
		if t.Field(i).Type == reflect.TypeFor[care.ID]() {
			return true
		}
	}
	return false
}
