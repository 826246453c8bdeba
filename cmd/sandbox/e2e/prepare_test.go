package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"xiangyi/cmd/sandbox/outsider"
	"xiangyi/cmd/sandbox/peer/hospital"
	"xiangyi/cmd/sandbox/peer/monitor"
	"xiangyi/cmd/sandbox/stand"
	"xiangyi/protocol/care"
)

// prepare has people do what the pages show later: sign in, agree, book, ask, be measured, read a report.
func (w *world) prepare(t *testing.T) {
	t.Helper()
	w.atKiosk = guest(t, w.a.Kiosk)
	w.findSessions(t)
	for _, login := range []string{"doctor1", "scheduler", "county1", "operator", "security", "auditor", "supervisor"} {
		w.enter(t, login)
	}
	w.measure(t, 0, "121", "77") // before anybody pressed start: nobody's
	w.twoClinicsOnOneDay(t)
	for _, who := range []int{neighbor, mother, grandpa, granny} {
		w.welcome(t, who)
		if who == grandpa {
			w.alarm(t)
		}
	}
	w.visits(t)
	w.readings(t)
	w.reports(t)
	w.papers(t)
	w.child(t)
	w.onTheWay(t)
}

// onTheWay notes pages of a clinic that come one after another: what a scanned slip, a refusal or a full clinic leads to.
func (w *world) onTheWay(t testing.TB) {
	t.Helper()
	s := w.take(t)
	request, person := strings.Replace(s.There[1], "/slot/", "/request/", 1), "?person="+w.people[mother]
	w.landed[care.Kiosk] = append(w.landed[care.Kiosk], "/appointment/board/"+s.ID, "/appointment/ask/"+s.ID, request)
	staff := []string{"/appointment/board/" + s.ID, "/appointment/queue/" + s.ID, "/appointment/ask/" + s.ID + person, s.Here[1] + person, request + person,
		"/appointment/departments" + person, "/appointment/emergency/RF00"}
	w.landed[care.Desk] = append(w.landed[care.Desk], staff...)
	w.landed[care.Portal] = append(w.landed[care.Portal], staff...)
}

// twoClinicsOnOneDay has the scheduler open one more clinic of a department on a day that has one.
func (w *world) twoClinicsOnOneDay(t testing.TB) {
	t.Helper()
	for _, s := range w.sessions {
		day, err := time.Parse("20060102", s.day())
		if err != nil {
			t.Fatal(err)
		}
		if day.Weekday() != time.Saturday { // on other days another doctor may be busy
			continue
		}
		scheduler := w.enter(t, "scheduler")
		submit(t, scheduler, at(t, scheduler, "/appointment/schedules"), "/do/appointment.open", map[string]string{
			"doctor": "d02", "department": s.Department, "date": day.Format("2006-01-02")})
		return
	}
	t.Fatal("no clinic on a Saturday")
}

// child has the doctor register a child of the granny's, for whom nobody agreed to anything, and open her record in an emergency.
func (w *world) child(t testing.TB) {
	t.Helper()
	doctor := w.enter(t, "doctor1")
	born := time.Now().AddDate(-6, 0, 0).Format("2006-01-02")
	p := submit(t, doctor, at(t, doctor, "/identity/register"), "/do/identity.register", map[string]string{"name": "王小样", "sex": "2", "birth": born})
	page := w.note(care.Desk, p).URL.Path
	submit(t, doctor, at(t, doctor, page+"/guardian"), "/do/identity.relate", map[string]string{
		"guardian": w.cards[granny].Number, "relation": "62", "basis": "household"})
	open := "/identity/emergency?person=" + strings.TrimPrefix(page, "/identity/person/")
	submit(t, doctor, at(t, doctor, open), "/do/identity.break-glass", map[string]string{"why": "guardian-away", "words": "从墙上摔下来，家里没有人"})
	w.landed[care.Portal] = append(w.landed[care.Portal], "/identity/emergency")
}

// findSessions waits until A can sell slots of several clinics.
func (w *world) findSessions(t testing.TB) {
	t.Helper()
	const enough = 12
	eventually(t, "A has slots of twelve clinics", func() bool {
		w.sessions = nil
		named := 0
		for _, d := range links(t, w.atKiosk, "/appointment/departments", "/appointment/departments/") {
			for _, l := range links(t, w.atKiosk, d, "/appointment/session/") {
				s := session{ID: strings.TrimPrefix(l, "/appointment/session/"), Department: strings.TrimPrefix(d, "/appointment/departments/")}
				w.slots(t, &s)
				if len(s.Here) >= 2 && len(s.There) >= 2 {
					w.sessions = append(w.sessions, s)
					if s.Department != walkIn {
						named++
					}
				}
			}
		}
		return named >= enough
	})
	slices.SortFunc(w.sessions, func(a, b session) int { return strings.Compare(b.day(), a.day()) }) // no test must meet a cut-off
}

// day is when a clinic is, as 20060102.
func (s session) day() string { return strings.Split(s.ID, ".")[1] } // doctor, date, half, campus

func links(t testing.TB, b *outsider.Browser, page, prefix string) []string {
	t.Helper()
	all, err := b.All(t.Context(), page, prefix)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, l := range all {
		if !slices.Contains(out, l.Href) {
			out = append(out, l.Href)
		}
	}
	return out
}

func (w *world) slots(t testing.TB, s *session) {
	t.Helper()
	all, err := w.atKiosk.All(t.Context(), "/appointment/session/"+s.ID, "/appointment/slot/")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		if strings.Contains(l.Text, "申请") {
			s.There = append(s.There, l.Href)
		} else {
			s.Here = append(s.Here, l.Href)
		}
	}
}

// take gives a clinic that no test has used yet.
func (w *world) take(t testing.TB) session {
	t.Helper()
	return w.takeIn(t, "")
}

// walkIn is the department of which no slot is taken by name: people find their own there.
const walkIn = "c2-50"

// takeIn gives one of a department whose name begins so.
func (w *world) takeIn(t testing.TB, department string) session {
	t.Helper()
	for i, s := range w.sessions {
		if strings.HasPrefix(s.Department, department) && s.Department != walkIn {
			w.sessions = slices.Delete(w.sessions, i, i+1)
			fresh := session{ID: s.ID, Department: s.Department} // somebody may have booked meanwhile
			w.slots(t, &fresh)
			return fresh
		}
	}
	t.Fatalf("no clinic of %q is left", department)
	return session{}
}

// visits: one is booked, one is asked for, and one stands in a clinic that is stopped.
func (w *world) visits(t testing.TB) {
	t.Helper()
	s := w.take(t)
	done := w.note(care.Kiosk, submit(t, w.atKiosk, at(t, w.atKiosk, s.Here[0]), "/do/appointment.book", nil))
	w.booking = strings.TrimPrefix(done.URL.Path, "/appointment/done/")
	ask := w.takeIn(t, "c1-") // the township centre says yes by itself
	submit(t, w.atKiosk, at(t, w.atKiosk, ask.There[0]), "/do/appointment.request", nil)
	stop := w.take(t)
	w.note(care.Kiosk, submit(t, w.atKiosk, at(t, w.atKiosk, stop.Here[0]), "/do/appointment.book", nil))
	scheduler := w.enter(t, "scheduler")
	page := "/appointment/sessions/" + stop.ID + "?do=stop"
	submit(t, scheduler, at(t, scheduler, page), "/do/appointment.stop", map[string]string{"reason": "医生临时有急救任务"})
}

// alarm is a visit whose questions are answered as in an emergency.
func (w *world) alarm(t testing.TB) {
	t.Helper()
	p := submit(t, w.atKiosk, at(t, w.atKiosk, w.take(t).Here[0]), "/do/appointment.book", nil)
	page := "/appointment/previsit/" + strings.TrimPrefix(p.URL.Path, "/appointment/done/")
	submit(t, w.atKiosk, at(t, w.atKiosk, page), "/do/appointment.answer", map[string]string{"value": "yes"})
}

// readings: one that is in range, one that is alarming, both of the granny's.
func (w *world) readings(t testing.TB) {
	t.Helper()
	for _, value := range [][2]string{{"128", "79"}, {"196", "124"}} {
		p := submit(t, w.atKiosk, at(t, w.atKiosk, "/exam/measure/pressure"), "/do/exam.start", nil)
		w.note(care.Kiosk, p)
		w.measure(t, 0, value[0], value[1])
		eventually(t, "the kiosk shows "+value[0], func() bool { return at(t, w.atKiosk, p.URL.Path).Says(value[0]) })
		page := "/exam/result/"
		if value[0] == "196" {
			page = "/exam/urgent/"
		}
		w.landed[care.Kiosk] = append(w.landed[care.Kiosk], page+strings.TrimPrefix(p.URL.Path, "/exam/wait/"))
		time.Sleep(1100 * time.Millisecond) // an instrument's clock has seconds, and no cuff is so quick
	}
}

// measure has a cuff of A measure somebody.
func (w *world) measure(t testing.TB, tool int, systolic, diastolic string) {
	t.Helper()
	w.tell(t, w.a.Tools[tool].Admin, "/measure", stand.Measurement{Readings: []stand.Reading{
		{Code: monitor.Systolic, Value: systolic, Unit: "mm[Hg]"}, {Code: monitor.Diastolic, Value: diastolic, Unit: "mm[Hg]"},
		{Code: monitor.HeartRate, Value: "72", Unit: "/min"},
	}})
}

// lab has the hospital send a blood count about the holder of a card.
func (w *world) lab(t testing.TB, who int, id, title string, ago time.Duration) {
	t.Helper()
	r := stand.BloodCount(w.cards[who], id, hospital.GB18030)
	r.Service.Name = title
	r.Reported = time.Now().Add(-ago)
	r.Observed = r.Reported.Add(-time.Hour)
	w.tell(t, w.county.Plan.Hospital.Admin, "/report", r)
}

// reports: two of one kind, so that a result has a last time; one is read and printed twice; one is about nobody.
func (w *world) reports(t testing.TB) {
	t.Helper()
	w.lab(t, granny, "E2E-1", "血常规（入院）", 72*time.Hour)
	w.lab(t, granny, "E2E-2", "血常规（复查）", time.Minute)
	w.lab(t, visitor, "E2E-3", "血常规（外来）", time.Minute)
	var p *outsider.Page
	eventually(t, "both reports are at the kiosk", func() bool {
		list := at(t, w.atKiosk, "/report")
		if !list.Says("入院") || !list.Says("复查") {
			return false
		}
		for _, f := range list.Forms {
			if f.Action == "/do/report.open" && strings.Contains(f.Text, "复查") {
				p = send(t, w.atKiosk, f, nil)
			}
		}
		return p != nil
	})
	printing := w.note(care.Kiosk, submit(t, w.atKiosk, p, "/do/report.print", nil))
	id := strings.TrimPrefix(printing.URL.Path, "/report/print/")
	w.landed[care.Kiosk] = append(w.landed[care.Kiosk], "/printing/print/"+id)
	w.landed[care.Desk] = append(w.landed[care.Desk], "/report/print/"+id)
	eventually(t, "the report is printed", func() bool { return at(t, w.atKiosk, printing.URL.Path).Says("打印好了") })
}

// papers: a slip printed again, and a call that waits.
func (w *world) papers(t testing.TB) {
	t.Helper()
	p := at(t, w.atKiosk, "/appointment/mine/"+w.booking)
	w.note(care.Kiosk, submit(t, w.atKiosk, p, "/do/appointment.reprint", nil))
	w.landed[care.Kiosk] = append(w.landed[care.Kiosk], "/appointment/cancel/"+w.booking, "/appointment/previsit/"+w.booking, "/identity/calling",
		"/report/reprint/"+strings.TrimPrefix(w.firstReport(t), "/report/"))
	w.landed[care.Desk] = append(w.landed[care.Desk], "/report/held", "/appointment/cancel/"+w.booking, "/appointment/previsit/"+w.booking, "/appointment/done/"+w.booking)
	w.landed[care.Portal] = append(w.landed[care.Portal], "/appointment/done/"+w.booking)
}

func (w *world) firstReport(t testing.TB) string {
	t.Helper()
	for _, l := range at(t, w.atKiosk, "/report").LinksTo("/report/") {
		if l.Href != "/report/filter" {
			return l.Href
		}
	}
	t.Fatal("no report was read")
	return ""
}
