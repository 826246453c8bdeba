package week

import (
	"net/http"
	"strings"
	"time"

	"xiangyi/cmd/sandbox/outsider"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/appointment"
	"xiangyi/protocol/care/exam"
	"xiangyi/protocol/care/identity"
)

// colleagues work at the station beside the doctor of the demonstration.
func (w *world) colleagues() {
	w.t.Helper()
	for login, role := range map[string]care.Role{"doctor3": care.Doctor, "clerk3": care.Scheduler, "keeper3": care.Operator} {
		w.must(w.office, "identity.enrol-staff", identity.Enrolment{ID: care.ID("w-" + login), Login: login, Name: "邝示例",
			Organisation: "v01", Roles: []string{string(role)}, Secret: identity.Secret{Text: password, Again: password, Salt: strings.Repeat("ab", 16)}}, "week:"+login)
	}
}

// staff is two doctors at two screens at once, and on some days somebody else.
func (w *world) staff(evening bool) {
	w.t.Helper()
	day := w.day
	one, two := w.atDesk("doctor1", care.Doctor), w.atDesk("doctor3", care.Doctor)
	one.calls()
	two.sorts()
	one.photographs(villagers[day%3])
	one.clears(villagers[day%len(villagers)])
	two.family(children[day%2], villagers[1])
	one.tends(villagers[day%len(villagers)])
	if evening {
		return
	}
	one.wander(8, 6)
	two.wander(8, 6)
	w.atDesk([]string{"clerk3", "keeper3"}[day%2], []care.Role{care.Scheduler, care.Operator}[day%2]).wander(4, 3)
}

// tends keeps a person's record: details, consent, readings by hand.
func (p *person) tends(c identity.Card) {
	p.t.Helper()
	for _, l := range p.open("/identity/find?q=" + c.Number[14:]).LinksTo("/identity/person/") {
		id := strings.TrimPrefix(l.Href, "/identity/person/")
		page := p.open(l.Href)
		for _, consent := range page.LinksTo(l.Href + "/consent/") {
			p.do(p.open(consent.Href), "identity.consent", nil)
		}
		p.do(p.open(l.Href+"/edit"), "identity.edit", nil)
		p.do(p.open("/exam/enter/"+id), "exam.enter", nil)
		for _, visit := range p.open("/appointment/person/" + id).LinksTo("/appointment/mine/") {
			p.open("/appointment/previsit/" + strings.TrimPrefix(visit.Href, "/appointment/mine/"))
		}
	}
	p.do(p.open("/identity/lookup"), "identity.lookup", map[string]string{"number": c.Number})
	for _, l := range p.open("/exam/unassigned").LinksTo("/exam/unassigned/") {
		if p.do(p.open(l.Href), "exam.discard", nil) != nil {
			break
		}
	}
}

// clears speaks with whoever gave answers that alarm.
func (p *person) clears(c identity.Card) {
	p.t.Helper()
	for _, l := range p.open("/identity/find?q=" + c.Number[14:]).LinksTo("/identity/person/") {
		p.do(p.open("/appointment/person/"+strings.TrimPrefix(l.Href, "/identity/person/")), "appointment.clear-alarm",
			map[string]string{"finding": "已电话询问，无急症"})
	}
}

// tour shows everybody every page that they may see.
func (w *world) tour() {
	w.t.Helper()
	clinics := []string{"/appointment/departments", "/appointment/doctors", "/appointment/boards", "/verify"}
	if len(w.clinics) > 0 {
		clinics = append(clinics, "/appointment/ask/"+strings.TrimPrefix(w.clinics[0].Href, "/appointment/session/"))
	}
	w.person("somebody", care.Visitor, theKiosk).tours(append(clinics, "/identity/signin", "/identity/signin/card", "/identity/calling")...)
	w.byCard(villagers[0], func(p *person) {
		p.tours(append(clinics, "/identity/signin", "/identity/signin/phone", "/identity/signin/card")...)
		p.prints()
	})
	desk := append(clinics, "/identity/find?q=wang", "/identity/signin")
	for _, p := range []*person{w.atDesk("doctor3", care.Doctor), w.atDesk("clerk3", care.Scheduler)} {
		p.tours(desk...)
		p.arranges(pinHolder)
	}
	w.atDesk("keeper3", care.Operator).tours(append(clinics, "/identity/signin")...)
}

// arranges looks at what can be booked and asked for on somebody's behalf, and
// books and calls off.
func (p *person) arranges(c identity.Card) {
	p.t.Helper()
	slot := string(p.forSale(3 * time.Hour))
	session := slot[:strings.LastIndexByte(slot[:strings.LastIndexByte(slot, '.')], '.')]
	for _, l := range p.open("/identity/find?q=" + c.Number[14:]).LinksTo("/identity/person/") {
		person := "?person=" + strings.TrimPrefix(l.Href, "/identity/person/")
		for _, path := range []string{"request/" + slot, "ask/" + session} {
			p.open("/appointment/" + path + person)
		}
		for _, clinic := range p.sessions() {
			if links := p.open(clinic.Href + person).LinksTo("/appointment/walk-in/"); len(links) > 0 {
				p.open(links[0].Href)
				break
			}
		}
		page := p.do(p.open("/appointment/slot/"+slot+person), "appointment.book", nil)
		if page == nil || !strings.HasPrefix(page.URL.Path, "/appointment/done/") {
			continue
		}
		booking := strings.TrimPrefix(page.URL.Path, "/appointment/done/")
		p.do(p.open("/appointment/cancel/"+booking), "appointment.cancel", map[string]string{"reason": "本人来电取消"})
	}
}

// byCard signs somebody in by their card, and out when they are done.
func (w *world) byCard(c identity.Card, visit func(*person)) {
	w.t.Helper()
	p := w.person(c.Name, care.Resident, theKiosk)
	p.again = func() {
		w.card.lift()
		w.sleep(3 * time.Second)
		w.card.lay(c)
		w.sleep(3 * time.Second)
		p.open("/arrived")
	}
	page := (*outsider.Page)(nil)
	w.card.lay(c)
	w.sleep(3 * time.Second)
	page = p.open("/arrived")
	if f, err := page.Form("/do/identity.consent"); err == nil {
		page = p.press(f, nil)
	}
	if page.URL.Path == "/identity/signin" {
		w.t.Errorf("%s laid their card down and is not let in: %s", c.Name, page.Short())
	}
	visit(p)
	w.card.lift()
	w.sleep(3 * time.Second)
}

// atDesk signs a member of staff in.
func (w *world) atDesk(login string, role care.Role) *person {
	w.t.Helper()
	p := w.person(login, role, theDesk)
	f, err := p.open("/identity/signin").Form(identity.EnterPath)
	if err != nil {
		w.t.Fatal(err)
	}
	page := p.press(f, map[string]string{"login": login, "password": password, "role": ""})
	if page.URL.Path == "/identity/password" { // the first time
		if f, err = page.Form("/do/identity.set-password"); err == nil {
			page = p.press(f, nil)
		}
	}
	if page.URL.Path == "/identity/signin" || page.Status != http.StatusOK {
		w.t.Errorf("%s is not let in: %s", login, page.Short())
	}
	return p
}

// pinHolder signs in by telephone and PIN.
var pinHolder = villagers[1]

const (
	phone = "19900001234"
	pin   = "264917"
)

// byPIN is somebody who set a PIN on the first day and comes without a card. On
// the third day somebody else tries until it is locked, and the doctor unlocks it.
func (w *world) byPIN(day int) {
	w.t.Helper()
	if day == 0 {
		w.byCard(pinHolder, func(p *person) {
			p.do(p.open("/identity/me/phone"), "identity.contact", map[string]string{"phone": phone})
			if p.do(p.open("/identity/me/pin"), "identity.set-pin", map[string]string{"secret.text": pin, "secret.again": pin}) == nil {
				w.t.Error("no PIN can be set")
			}
		})
	}
	p := w.person(pinHolder.Name, care.Resident, theKiosk)
	p.role = string(care.Visitor)
	if day == 2 {
		for range 5 {
			p.enters("111222")
		}
		if page := p.enters(pin); !page.Says("输错次数太多") {
			w.t.Errorf("five wrong PINs, and: %s", page.Short())
		}
		w.unlocks()
	}
	if page := p.enters(pin); page.Status != http.StatusOK || strings.HasPrefix(page.URL.Path, "/identity/signin") {
		w.t.Errorf("the PIN opens nothing on day %d: %s", day, page.Short())
	}
	p.role = string(care.Resident)
	p.wander(6, 3)
	if day == 6 {
		p.do(p.open("/identity/me/pin"), "identity.drop-pin", nil)
		p.do(p.open("/identity/me"), "identity.drop-pin", nil)
	}
	p.leaves()
}

// enters tries a PIN.
func (p *person) enters(word string) *outsider.Page {
	p.t.Helper()
	f, err := p.open("/identity/signin/phone").Form(identity.EnterPath)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.press(f, map[string]string{"phone": phone, "pin": word})
}

// leaves presses 退出.
func (p *person) leaves() {
	p.t.Helper()
	for _, f := range p.open("/").Forms {
		if strings.Contains(f.Action, "leave") {
			p.press(f, nil)
			return
		}
	}
	p.t.Errorf("%s cannot leave", p.name)
}

func (w *world) unlocks() {
	w.t.Helper()
	p := w.atDesk("doctor3", care.Doctor)
	for _, l := range p.open("/identity/find?q=" + pinHolder.Number[14:]).LinksTo("/identity/person/") {
		p.do(p.open(l.Href), "identity.unlock", nil)
	}
}

// byWord is somebody without card and PIN whom the doctor knows.
func (w *world) byWord(c identity.Card) {
	w.t.Helper()
	doctor := w.atDesk("doctor1", care.Doctor)
	found := doctor.open("/identity/find?q=" + c.Number[14:]).LinksTo("/identity/person/")
	if len(found) == 0 || doctor.do(doctor.open(found[0].Href), "identity.vouch", nil) == nil {
		w.t.Errorf("the doctor's word opens nothing: %s", doctor.heard["/do/identity.vouch"])
	}
	w.sleep(2 * time.Second)
	p := w.person(c.Name, care.Resident, theKiosk)
	p.open("/arrived")
	p.wander(4, 2)
	p.leaves()
}

// inDoubt is an afternoon with a wrong clock: nothing in the station's custody is
// sold, which the page says, and what is called off comes free afterwards.
func (w *world) inDoubt(off time.Duration, c identity.Card, booking string) {
	w.t.Helper()
	slot := w.forSale(off + 3*time.Hour)
	w.offset.Store(int64(off))
	sold := w.told["appointment.book"]
	w.byCard(c, func(p *person) {
		page := p.open("/appointment/slot/" + string(slot))
		if !page.Says("时钟需要核对") {
			w.t.Errorf("the clock is %v wrong, and the page says: %s", off, page.Short())
		}
		p.books()
		if booking != "" {
			p.do(p.open("/appointment/cancel/"+booking), "appointment.cancel", map[string]string{"reason": "家里有事"})
		}
	})
	if w.told["appointment.book"] != sold {
		w.t.Errorf("the clock is %v wrong, and something was sold", off)
	}
	w.offset.Store(0)
	w.byCard(c, func(p *person) {
		if page := p.open("/appointment/slot/" + string(slot)); page.Says("时钟需要核对") {
			w.t.Errorf("the clock is right again, and the page says: %s", page.Short())
		}
	})
}

// forSale finds a slot that the station holds and may still sell after some time.
func (w *world) forSale(after time.Duration) (slot care.ID) {
	w.t.Helper()
	err := w.db.View(w.t.Context(), func(r protocol.Reader) error {
		found, err := care.Collect[appointment.Slot](r, protocol.Query{Kind: appointment.KindSlot, Index: "holder",
			Match: []string{string(site), string(appointment.SlotFree)}, From: r.Now().Add(after)})
		if len(found) > 0 {
			slot = found[0].Ref.ID
		}
		return err
	})
	if err != nil || slot == "" {
		w.t.Errorf("nothing is for sale, %v", err)
	}
	return slot
}

// born is a cuff that says what it is.
func (w *world) born() {
	w.must(w.engine, "exam.instrument", exam.Birth{Device: "bp-01", Terminal: terminal, Model: "RBP-9000", Codes: []string{"8480-6"}}, "")
}
