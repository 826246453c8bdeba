package week

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/exam"
	"xiangyi/protocol/care/identity"
	"xiangyi/protocol/care/report"
	"xiangyi/protocol/care/roster"
)

func card(name, sex, birth string, order int) identity.Card {
	body := fmt.Sprintf("990101%s%03d", birth, order)
	sum := 0
	for i, w := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(body[i]-'0') * w
	}
	return identity.Card{Name: name, Number: body + string("10X98765432"[sum%11]), Sex: sex, Ethnic: "01", Birth: birth, Address: "示例县青石村"}
}

var villagers = []identity.Card{
	card("王样例", "2", "19500307", 102), card("李样本", "1", "19621120", 101), card("张试用", "2", "19880516", 104),
	card("赵演示", "1", "19450801", 103), card("周示范", "2", "19790212", 106), card("吴例子", "1", "19570923", 107),
}

func TestAWeekWithoutALine(t *testing.T) {
	look := looks(t)
	warm := newWorld(t, look, 0)
	warm.exchange()
	warm.end()
	synctest.Test(t, func(t *testing.T) { liveAWeek(t, newWorld(t, look, 1)) })
}

// children have no card of their own with them: the doctor registers them.
var children = []identity.Card{card("梁小样", "1", "19930304", 101), card("何小例", "2", "19960809", 102)}

func (w *world) end() {
	w.quit()
	w.rest()
}

func liveAWeek(t *testing.T, w *world) {
	w.sleep(time.Until(time.Date(2030, 1, 7, 7, 30, 0, 0, care.Zone)) % (24 * time.Hour)) // half past seven
	for _, c := range villagers[:3] {                                                     // they have been here before
		w.atKiosk(c, (*person).agree)
	}
	w.exchange()
	w.reports()
	w.walkIns()
	w.sleep(30 * time.Minute)
	w.exchange() // the last one for seven days
	began, from := time.Now(), w.db.Last()
	for day := range 7 {
		w.day = day
		w.paper.tray(day == 2)
		for hour := range 4 {
			w.atDesk("doctor1", func(p *person) {
				p.calls()
				p.sorts()
				p.photographs(villagers[(day+hour)%3])
				if hour == 3 {
					p.vouches()
				}
				if hour == 1 {
					p.family(children[day%2], villagers[1])
				}
				p.wander(16, 12)
			})
			w.measure(hour)
			w.atKiosk(villagers[(day+hour)%len(villagers)], func(p *person) {
				p.agree()
				p.arrives()
				if booking := p.books(); booking != "" && hour%2 == 0 {
					p.moves(booking)
				}
				p.asks()
				p.walksIn()
				p.prints()
				p.ward()
				p.pin()
				p.wander(14, 10)
			})
			w.sleep(2 * time.Hour)
			if hour == 2 && day%2 == 0 {
				w.restart()
			}
		}
		w.sleep(15*time.Hour + 30*time.Minute)
	}
	t.Logf("%v of the station's time, %d sheets", time.Since(began).Round(time.Hour), w.paper.out)
	w.reckon(from)
	w.exchange()
	if err := w.db.Verify(context.Background()); err != nil {
		t.Error(err)
	}
	w.end()
}

// reports come from the hospital while the line is there.
func (w *world) reports() {
	for i, c := range []identity.Card{villagers[0], villagers[1], villagers[4]} { // the last one nobody knows yet
		in := report.Incoming{Name: c.Name, Document: care.Document{Type: "01", Number: c.Number}, Critical: i == 1, Station: site,
			Content: report.Content{Source: "c1", Number: fmt.Sprintf("R-%d", i), Version: 1, Category: report.Lab, Title: "血糖", Issued: time.Now(),
				Issuer: "示例县人民医院", Reviewer: "j01", ReviewerName: "甘审核", Status: report.Final,
				Items: []report.Item{{Code: "GLU", Name: "葡萄糖", Value: "12.1", Unit: "mmol/L", Range: "3.9-6.1", Flag: report.High}}}}
		w.must(w.office, report.Receive, in, in.Key())
	}
}

// measure is a cuff's message, now and then one that nobody stands at.
func (w *world) measure(n int) {
	w.must(w.engine, exam.Record, exam.Message{Device: "bp-01", Terminal: terminal, Boot: 1, Seq: uint64(w.day*100 + n + 1), Readings: []exam.Reading{
		{Code: "8480-6", Value: protocol.Decimal(fmt.Sprint(142 + n%4*22)), Unit: "mm[Hg]"}, {Code: "8462-4", Value: protocol.Decimal(fmt.Sprint(88 + n%4*12)), Unit: "mm[Hg]"}, {Code: "8867-4", Value: "71", Unit: "/min"}}}, "")
}

func (w *world) must(e *care.Engine, name protocol.ActionName, in any, key string) {
	w.t.Helper()
	input, err := protocol.Encode(in)
	if err == nil {
		_, err = e.Do(context.Background(), care.Request{Actor: care.Machine("test"), Name: name, Input: input, Key: key})
	}
	if err != nil {
		w.t.Errorf("%s: %v", name, err)
	}
}

// reckon lists what was done at the station, and what was not though it belongs
// there.
func (w *world) reckon(at protocol.Cursor) {
	done := map[protocol.ActionName]int{}
	for at < w.db.Last() {
		items, err := w.db.Next(context.Background(), at, 500, nil)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, it := range items {
			at = it.Cursor
			if it.Change.Site == site && it.Change.Outcome == protocol.Done {
				done[it.Change.Action]++
			}
		}
	}
	for _, s := range roster.Services() {
		for _, a := range s.Actions {
			why, out := elsewhere[a.Name]
			switch {
			case a.Place != 0 && a.Place&care.AtStation == 0:
			case done[a.Name] == 0 && !out:
				w.t.Errorf("%s (%s) was never done in a week at a station; the newest answer: %s", a.Name, a.Title, w.heard["/do/"+string(a.Name)])
			case done[a.Name] > 0 && out:
				w.t.Errorf("%s is done at a station after all, though: %s", a.Name, why)
			}
		}
	}
	w.t.Logf("done: %v", done)
}

// elsewhere are actions that may run at a station and that this week has no
// reason for.
var elsewhere = map[protocol.ActionName]string{
	"identity.unlock":      "somebody must have been wrong five times: the service's own tests",
	"appointment.release":  "follows what the county says of a request",
	"exam.instrument":      "the intake runs it when an instrument says over MQTT what it is: edge/intake",
	"identity.close-kiosk": "stands on the page only while the screen waits for who was vouched for: the browser tests press it",
	"report.attach":        "who signs in by card has their report attached by the county: the browser tests do it by hand",
	"quarantine.differ":    "only when station and county differ",
	"fleet.report":         "this week's station has no supervisor: edge/update",
}
