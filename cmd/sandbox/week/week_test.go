package week

import (
	"context"
	"flag"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/exam"
	"xiangyi/protocol/care/identity"
	"xiangyi/protocol/care/report"
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

var seed = flag.Uint64("week.seed", 1, "of what people do in the week")

// stranger lives elsewhere, and a report of theirs came here.
var stranger = card("钱无此", "1", "19700101", 109)

func TestAWeekWithoutALine(t *testing.T) {
	look := looks(t)
	warm := newWorld(t, look, 0)
	warm.exchange()
	warm.end()
	t.Logf("-week.seed=%d", *seed)
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, look, *seed)
		defer w.end()
		liveAWeek(t, w)
	})
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
		w.byCard(c, (*person).agree)
	}
	w.exchange()
	w.reports()
	w.walkIns()
	w.sleep(30 * time.Minute)
	w.exchange() // the last one for seven days
	began, from := time.Now(), w.db.Last()
	clear(w.told)
	for day := range 7 {
		w.day, w.clinics = day, nil
		w.paper.tray(day == 2)
		w.liveADay()
		w.sleep(time.Until(began.AddDate(0, 0, day+1)))
	}
	t.Logf("%v of the station's time, %d sheets, %d power cuts", time.Since(began).Round(time.Hour), w.paper.out, w.power.cuts)
	if w.power.cuts != 3 {
		t.Errorf("the power was cut %d times", w.power.cuts)
	}
	w.reckon(from)
	w.exchange()
	w.level()
}

// wrong is how far the station's clock is set wrong in the afternoon of a day.
var wrong = map[int]time.Duration{1: 4 * time.Minute, 3: time.Hour, 5: 24 * time.Hour}

func (w *world) liveADay() {
	day := w.day
	w.staff(false)
	w.born()
	w.measure(0)
	booking := ""
	w.byCard(villagers[day%len(villagers)], func(p *person) {
		p.agree()
		p.arrives()
		if day%2 == 0 {
			w.power.cut(1+w.dice.IntN(3), outcomes[day/2%len(outcomes)])
		}
		booking = p.books()
		p.asks()
		p.walksIn()
		p.arrives()
		p.prints()
		p.ward()
		p.wander(8, 8)
	})
	if off, set := wrong[day]; set {
		w.inDoubt(off, villagers[day%len(villagers)], booking)
	} else if booking != "" {
		w.byCard(villagers[day%len(villagers)], func(p *person) {
			p.measures()
			p.answers(booking)
			p.moves(booking)
			p.settings()
		})
	}
	w.sleep(2 * time.Hour)
	w.measure(3)
	w.byPIN(day)
	w.sleep(time.Hour)
	w.byWord(villagers[(day+2)%3])
	if day == 2 || day == 5 {
		w.tour()
	}
	w.measure(2)
	w.sleep(6 * time.Hour) // the clinics are over
	w.staff(true)
}

// reports come from the hospital while the line is there.
func (w *world) reports() {
	for i, c := range []identity.Card{villagers[0], villagers[0], villagers[1], villagers[4], stranger} { // the last two nobody knows yet
		in := report.Incoming{Name: c.Name, Document: care.Document{Type: "01", Number: c.Number}, Critical: i == 2, Station: site,
			Content: report.Content{Source: "c1", Number: fmt.Sprintf("R-%d", i), Version: 1, Category: report.Lab, Title: "血糖", Issued: time.Now().Add(time.Duration(i-4) * time.Hour),
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
