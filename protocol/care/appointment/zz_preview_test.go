package appointment

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/host/web/webtest"
)

func TestPreview(t *testing.T) {
	c, session, mine := lentOut(t)
	for _, q := range Initial() {
		c.office.Run(q)
	}
	c.office.Do(care.Machine("hospital"), "appointment.confirm-block", BlockInput{Session: SessionID("d02", must(onDay("2030-01-08", "08:00")), "c1")})
	c.Settle()
	me := resident(1)
	id := c.v01.Do(me, "appointment.book", Booking{Slot: mine}).About.ID
	c.v01.Do(resident(2), "appointment.request", RequestInput{Slot: slotAt(session, "0830")})
	c.Settle()
	b := newBrowser(t)
	pagesOut := map[string][]byte{}
	metric := screen.Metric{WidthPx: 1080, WidthMM: 398, HeightMM: 708, BottomMM: 800}
	add := func(name string, s *caretest.Site, ch care.Channel, who protocol.Actor, path string, in any, mode screen.Mode, lang screen.Lang) {
		page := b.page(ch, path)
		body, err := s.Engine.Show(t.Context(), care.Request{Actor: who, Name: page.View, Input: ask("", in).Input})
		if err != nil {
			t.Fatal(path, err)
		}
		cr := screen.Chrome{Title: page.Title, Back: page.Back, Channel: screen.Channel(ch), Lang: lang, Mode: mode, Theme: screen.Xiangyi(), Path: path, Place: "示范村卫生站", Now: c.Now(), Who: "测**", Freshness: screen.Freshness{AsOf: c.Now(), Sync: screen.Sync{State: screen.SyncWaiting, Left: 3}}}
		if ch == care.Kiosk {
			cr.Metric = metric
		}
		if x, ok := body.(interface{ PageTitle() string }); ok {
			cr.Title = x.PageTitle()
		}
		if x, ok := body.(interface{ Frame(*screen.Chrome) }); ok {
			x.Frame(&cr)
		}
		var out bytes.Buffer
		if err := b.set.Render(&out, page.Template, screen.Page{Chrome: cr, Body: body}); err != nil {
			t.Fatal(err)
		}
		pagesOut["/"+name] = out.Bytes()
	}
	k, std, eld := care.Kiosk, screen.Mode{}, screen.Mode{Elder: true}
	zh, en := screen.Chinese, screen.English
	add("start", c.v01, k, me, "/appointment", nobody{}, std, zh)
	add("departments", c.v01, k, me, "/appointment/departments", ChooseInput{}, std, zh)
	add("departments-elder", c.v01, k, me, "/appointment/departments", ChooseInput{}, eld, zh)
	add("days", c.v01, k, me, "/appointment/departments/{department}", ChooseInput{Department: medicine}, std, en)
	add("times", c.v01, k, me, "/appointment/session/{session}", ChooseInput{Session: session}, std, zh)
	add("doctors", c.v01, k, me, "/appointment/doctors", DoctorInput{}, std, zh)
	add("doctor", c.v01, k, me, "/appointment/doctor/{doctor}", OneDoctor{Doctor: "d05"}, std, zh)
	add("offer", c.v01, k, me, "/appointment/slot/{slot}", OfferInput{Slot: slotAt(session, "0900")}, std, zh)
	add("request", c.v01, k, resident(3), "/appointment/request/{slot}", OfferInput{Slot: slotAt(session, "0850")}, eld, zh)
	add("done", c.v01, k, me, "/appointment/done/{appointment}", ByAppointment{id}, std, zh)
	add("mine", c.v01, k, me, "/appointment/mine", Paged{}, std, zh)
	add("one", c.v01, k, me, "/appointment/mine/{appointment}", ByAppointment{id}, eld, zh)
	add("cancel", c.v01, k, me, "/appointment/cancel/{appointment}", ByAppointment{id}, std, en)
	add("form", c.v01, k, me, "/appointment/previsit/{appointment}", FormPageInput{Appointment: id}, std, zh)
	add("formnum", c.v01, k, me, "/appointment/previsit/{appointment}", FormPageInput{Appointment: id, Q: "temperature"}, std, zh)
	add("emergency", c.v01, k, me, "/appointment/emergency/{flag}", EmergencyInput{"RF02"}, std, zh)
	add("notices", c.v01, k, me, "/appointment/notices", Paged{}, std, zh)
	add("person", c.v01, care.Desk, village, "/appointment/person/{person}", ByPerson{"p01"}, std, zh)
	add("pdays", c.v01, care.Desk, village, "/appointment/departments/{department}", ChooseInput{Department: medicine, Person: "p01"}, std, zh)
	add("ptimes", c.v01, care.Desk, village, "/appointment/session/{session}", ChooseInput{Session: session, Person: "p01"}, std, zh)
	add("week", c.office, care.Portal, planner, "/appointment/schedules", DayInput{Date: monday}, std, zh)
	add("custody", c.office, care.Portal, planner, "/appointment/sessions/{session}", SessionInput{session, "grant"}, std, zh)
	add("requests", c.office, care.Portal, planner, "/appointment/requests", nobody{}, std, en)
	add("setup", c.office, care.Portal, planner, "/appointment/setup", nobody{}, std, zh)
	c.At(hours(8, 0))
	c.v01.Do(me, "appointment.checkin", ByAppointment{id})
	c.Settle()
	c.office.Do(doctor, "appointment.call", CallInput{Session: session})
	c.Settle()
	add("board", c.v01, k, me, "/appointment/board/{session}", BySession{session}, std, zh)
	add("queue", c.office, care.Portal, doctor, "/appointment/queue/{session}", BySession{session}, std, zh)
	add("myday", c.office, care.Portal, doctor, "/appointment/my-day", DayInput{}, std, zh)
	add("onep", c.office, care.Portal, doctor, "/appointment/mine/{appointment}", ByAppointment{id}, std, zh)

	static := http.FileServerFS(screen.Static(screen.Themes(), []screen.Metric{metric}))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; media-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		if p, ok := pagesOut[r.URL.Path]; ok {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Write(p)
			return
		}
		if strings.HasPrefix(r.URL.Path, screen.AssetPrefix) {
			http.StripPrefix(screen.AssetPrefix, static).ServeHTTP(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	defer srv.Close()
	os.MkdirAll("/tmp/shots", 0o755)
	only := os.Getenv("ONLY")
	small, big := webtest.Browser(t, 1080, 1920), webtest.Browser(t, 1366, 900)
	for name := range pagesOut {
		if only != "" && !strings.Contains(","+only+",", ","+name[1:]+",") {
			continue
		}
		html := string(pagesOut[name])
		tab := small
		if strings.Contains(html, `class="desk`) || strings.Contains(html, `class="portal`) {
			tab = big
		}
		webtest.Open(t, tab, srv.URL+name)
		for _, v := range webtest.Axe(t, tab) {
			fmt.Println(name, v, v.Places)
		}
		if b := webtest.Blocked(t, tab); len(b) > 0 {
			fmt.Println(name, "CSP", b)
		}
		webtest.Shot(t, tab, "/tmp/shots"+name+".png")
	}
}
