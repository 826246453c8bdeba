package appointment

import (
	"strings"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

func TestTheFormIsFilledOfflineAndOpensWithTheBooking(t *testing.T) {
	c, session, mine := lentOut(t)
	c.v01.Cut()
	id := c.v01.Do(resident(1), "appointment.book", Booking{Slot: mine}).About.ID
	say := func(q, v string) { c.v01.Do(resident(1), "appointment.answer", AnswerInput{id, q, v}) }
	say("chest", "no")
	say("main", "fever")
	say("temperature", "38.60")
	say("main", "check") // changed their mind
	c.v01.Refused("number-wrong", resident(1), "appointment.answer", AnswerInput{id, "temperature", "60"})
	c.v01.Refused("answer-wrong", resident(1), "appointment.answer", AnswerInput{id, "since", "yesterday"})
	c.v01.Refused("no-question", resident(1), "appointment.answer", AnswerInput{id, "shoe-size", "40"})
	c.v01.Refused("not-yours", resident(2), "appointment.answer", AnswerInput{id, "chest", "no"})
	c.v01.Restore()
	c.Settle()
	c.office.Look(func(r protocol.Reader) error {
		p, _, err := care.Read[Previsit](r, previsitRef(id))
		temp, _ := p.given("temperature")
		main, _ := p.given("main")
		if len(p.Answers) != 3 || temp.Value != "38.60" || main.Value != "check" || p.Form != "internal" || p.Version != 1 {
			t.Errorf("answers %+v", p)
		}
		return err
	})
	_ = session
}

func TestARedFlagStopsSimpleBookingUntilAClinicianSpokeWithThePerson(t *testing.T) {
	c, session := opened(t, clinic())
	id := c.office.Do(resident(1), "appointment.book", Booking{Slot: slotAt(session, "0830")}).About.ID
	c.Settle()
	c.v01.Do(resident(1), "appointment.answer", AnswerInput{id, "chest", "yes"})
	tuesday := c.office.Do(planner, "appointment.open", OpenInput{"d05", medicine, "2030-01-15", "08:30", "09:10", 10, 1, "5"}).About.ID
	c.office.Do(planner, "appointment.grant", GrantInput{Session: tuesday, Site: "v01", Count: 2})
	c.Settle()
	r := c.v01.Refused("red-flag", resident(1), "appointment.book", Booking{Slot: slotAt(tuesday, "0840")})
	if r.Next != "/appointment/emergency/RF02" {
		t.Errorf("leads to %q", r.Next)
	}
	c.v01.Refused("red-flag", resident(1), "appointment.request", RequestInput{Slot: slotAt(tuesday, "0830")})
	rung := func(state string) (n int) {
		c.v01.Look(func(rd protocol.Reader) error {
			all, err := care.Collect[care.Task](rd, protocol.Query{Kind: care.KindTask, Index: "for", Match: []string{string(care.Doctor), state}})
			n = len(all)
			return err
		})
		return n
	}
	if rung("open") != 1 {
		t.Error("the village doctor was not called")
	}
	// The doctor may book for them at once, and clears the alarm after speaking.
	c.v01.Do(village, "appointment.book", Booking{Person: "p01", Slot: slotAt(tuesday, "0840")})
	c.v01.Refused("role", resident(1), "appointment.clear-alarm", ClearInput{"p01", "没事"})
	c.v01.Do(village, "appointment.clear-alarm", ClearInput{"p01", "已电话了解，为旧伤疼痛"})
	if rung("open") != 0 || rung("done") != 1 {
		t.Error("the task did not close")
	}
	c.v01.Refused("already-booked", resident(1), "appointment.book", Booking{Slot: slotAt(tuesday, "0900")}) // not red-flag
	c.v01.Do(resident(1), "appointment.answer", AnswerInput{id, "breath", "yes"})
	if rung("open") != 1 {
		t.Error("a new red flag did not ring again")
	}
	c.Advance(alarmLasts + time.Minute)
	_, err := c.v01.Try(resident(1), "appointment.book", Booking{Slot: slotAt(tuesday, "0900")})
	if r, _ := protocol.AsRefusal(err); r == nil || r.Code != "already-booked" {
		t.Errorf("a day later: %v", err)
	}
}

func TestTheFormsThatComeWithTheSoftwareAreSound(t *testing.T) {
	flags := map[string]bool{}
	for _, f := range Forms() {
		if err := f.Check(); err != nil {
			t.Errorf("form %s: %v", f.ID, err)
		}
		if _, err := time.Parse(time.DateOnly, f.Form.Reviewed); err != nil {
			t.Errorf("form %s: review date %q", f.ID, f.Form.Reviewed)
		}
		for _, q := range f.Form.Questions {
			if q.Flag != "" {
				flags[q.Flag] = true
			}
			if q.Type == Text && !q.Optional {
				t.Errorf("form %s asks people to type: %s", f.ID, q.ID)
			}
		}
	}
	for _, must := range []string{"RF01", "RF02", "RF03", "RF06", "RF07", "RF08", "RF09", "RF11"} {
		if !flags[must] {
			t.Errorf("no form asks for %s", must)
		}
	}
	bad := Forms()[0]
	bad.Form.Questions[0].Flag = "RF99"
	if bad.Check() == nil {
		t.Error("a form may raise a flag that nobody can explain")
	}
}

func TestANumberAboveItsLimitRaisesTheFlag(t *testing.T) {
	q := Question{ID: "t", Type: Number, Min: 34, Max: 43, Above: 39.5, Flag: "RF09"}
	for value, want := range map[string]string{"39.4": "", "39.5": "RF09", "41": "RF09"} {
		if flag, err := q.accepts(value); flag != want || err != nil {
			t.Errorf("%s raises %q, %v", value, flag, err)
		}
	}
}

func TestMergeOfAnswersKeepsTheRedFlag(t *testing.T) {
	x := Previsit{Answers: []Answer{{"chest", "yes", "RF02", hours(8, 0)}, {"main", "fever", "", hours(8, 0)}}}
	y := Previsit{Answers: []Answer{{"chest", "no", "", hours(9, 0)}, {"main", "check", "", hours(9, 0)}, {"since", "days", "", hours(9, 0)}}}
	vx, vy := must(protocol.Encode(&x)), must(protocol.Encode(&y))
	ab, _ := mergePrevisit(vx, vy)
	ba, _ := mergePrevisit(vy, vx)
	var got Previsit
	if err := protocol.Decode(ab, &got); err != nil || string(ab) != string(ba) {
		t.Fatalf("not the same from both sides: %s, %s, %v", ab, ba, err)
	}
	later := Previsit{Answers: []Answer{{"chest", "yes", "RF02", hours(10, 0)}}}
	again, _ := mergePrevisit(ab, must(protocol.Encode(&Previsit{Answers: []Answer{{"chest", "no", "", hours(7, 0)}}})))
	both, _ := mergePrevisit(vy, must(protocol.Encode(&later)))
	for _, v := range []protocol.Value{again, both} {
		var p Previsit
		if err := protocol.Decode(v, &p); err != nil {
			t.Fatal(err)
		}
		if a, _ := p.given("chest"); a.Flag != "RF02" {
			t.Errorf("an earlier or later no took the red flag away: %s", v)
		}
	}
	chest, _ := got.given("chest")
	main, _ := got.given("main")
	if chest.Value != "yes" || main.Value != "check" || len(got.Answers) != 3 {
		t.Errorf("united %+v", got)
	}
}

func TestASlipSaysNoMoreThanIsTrue(t *testing.T) {
	c, session, mine := lentOut(t)
	slip := func(at func(func(protocol.Reader) error), id care.ID) (s Slip) {
		at(func(r protocol.Reader) (err error) { s, err = SlipOf(r, id); return err })
		return s
	}
	c.v01.Cut()
	id := c.v01.Do(resident(1), "appointment.book", Booking{Slot: mine}).About.ID
	s := slip(c.v01.Look, id)
	if s.Title != "预约凭条" || s.Number != "V01-300107-001" || s.Turn != "02" || s.Level != "已保存在本站" || s.QR != "xiangyi:appointment/"+string(id) {
		t.Errorf("slip %+v", s)
	}
	if text := strings.Join(flat(s), " "); strings.Contains(text, "测试乙明") || !strings.Contains(text, "测*明") && !strings.Contains(text, "测**明") {
		t.Errorf("the name on paper: %s", text)
	}
	asked := c.v01.Do(resident(2), "appointment.request", RequestInput{Slot: slotAt(session, "0830")}).About.ID
	if s := slip(c.v01.Look, asked); s.Title != "预约申请单（待医院确认）" || s.Turn != "" || s.Level != "已申请，已保存在本站，等待送到县医院" {
		t.Errorf("slip of a request %+v", s)
	}
	c.v01.Restore()
	c.Settle()
	if s := slip(c.v01.Look, id); s.Level != "县医院已收到" {
		t.Errorf("level %s", s.Level)
	}
	// The hospital acknowledges the booking: checking in later does not take
	// that back.
	c.office.Do(machine, "setup.delivery", ByAppointment{id})
	if s := slip(c.office.Look, id); s.Level != "医院已确认" {
		t.Errorf("level %s", s.Level)
	}
	c.At(hours(8, 0))
	c.office.Do(resident(1), "appointment.checkin", ByAppointment{id})
	if s := slip(c.office.Look, id); s.Level != "医院已确认" || s.Title != "报到凭条" {
		t.Errorf("level %s on a %s", s.Level, s.Title)
	}
	c.office.Do(resident(1), "appointment.reprint", ByAppointment{id})
	if s := slip(c.office.Look, id); s.Copy != 1 {
		t.Errorf("copy %d", s.Copy)
	}
	b := c.office.Do(planner, "appointment.book", Booking{Person: "p03", Slot: slotAt(session, "0850")}).About.ID
	c.office.Do(machine, "setup.delivery", ByAppointment{b})
	c.office.Do(planner, "appointment.cancel", CancelInput{Appointment: b})
	if s := slip(c.office.Look, b); s.Level != "县医院已收到" {
		t.Errorf("the cancellation was not acknowledged, but the slip says %s", s.Level)
	}
}

func flat(s Slip) (out []string) {
	for _, f := range s.Facts {
		out = append(out, f[0], f[1])
	}
	return append(out, s.Notes...)
}
