package week

import (
	"bytes"
	"image"
	"image/jpeg"
	"slices"
	"strings"

	"xiangyi/cmd/sandbox/outsider"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/appointment"
	"xiangyi/protocol/care/identity"
)

// What people come for, page by page. Each gives up without a word where the day
// does not allow it: the reckoning at the end tells what never came about.

// do presses the first form of an action on a page; nil when there is none.
func (p *person) do(page *outsider.Page, action string, with map[string]string) *outsider.Page {
	p.t.Helper()
	f, err := page.Form("/do/" + action)
	if err != nil {
		return nil
	}
	next := p.press(f, with)
	p.heard["/do/"+action] = next.Short()
	return next
}

// agree says yes to every purpose, each on its own page.
func (p *person) agree() {
	p.t.Helper()
	for _, l := range p.open("/identity/consent").LinksTo("/identity/consent/") {
		page := p.open(l.Href)
		if f, err := page.Form("/do/identity.consent"); err == nil {
			p.tried("agrees", func() (*outsider.Page, error) { return p.browser.Submit(p.t.Context(), f, nil) })
		}
	}
}

// sessions lists the clinics of the departments, where there are slots to sell
// first.
func (p *person) sessions() (out []outsider.Link) {
	p.t.Helper()
	if p.clinics != nil {
		return p.clinics
	}
	var later []outsider.Link
	for _, department := range p.open("/appointment/departments").LinksTo("/appointment/departments/") {
		for _, l := range p.open(department.Href).LinksTo("/appointment/session/") {
			if strings.Contains(l.Text, "还剩") {
				out = append(out, l)
			} else {
				later = append(later, l)
			}
		}
	}
	p.clinics = append(out, later...)
	return p.clinics
}

// books takes the next slot that this station may sell, and gives the booking.
func (p *person) books() (booking string) {
	p.t.Helper()
	for _, session := range p.sessions() {
		for _, slot := range p.open(session.Href).LinksTo("/appointment/slot/") {
			page := p.do(p.open(slot.Href), "appointment.book", nil)
			if page == nil {
				continue
			}
			for _, l := range page.LinksTo("/appointment/emergency/") {
				p.open(l.Href)
				return ""
			}
			if id, booked := strings.CutPrefix(page.URL.Path, "/appointment/done/"); booked {
				return id
			}
			break // they have a booking there
		}
	}
	return ""
}

// asks requests a slot that this station may not sell: the hospital answers when
// the line is there.
func (p *person) asks() {
	p.t.Helper()
	all := p.sessions()
	for i := range min(8, len(all)) { // the last ones are not for sale here
		session := all[len(all)-1-i]
		for _, slot := range p.elsewhere(care.ID(strings.TrimPrefix(session.Href, "/appointment/session/"))) {
			page := p.do(p.open("/appointment/request/"+string(slot)), "appointment.request", nil)
			if page != nil && page.Status == 200 {
				return
			}
			break // they have a booking there, or another has the slot
		}
	}
}

// elsewhere lists slots of a session that another site may sell, as somebody
// reads them off a paper.
func (p *person) elsewhere(session care.ID) (out []care.ID) {
	p.t.Helper()
	err := p.db.View(p.t.Context(), func(r protocol.Reader) error {
		found, err := care.Collect[appointment.Slot](r, protocol.Query{Kind: appointment.KindSlot, Index: "session", Match: []string{string(session)}})
		for _, f := range found {
			if f.Value.Holder != site && f.Value.State == appointment.SlotFree {
				out = append(out, f.Ref.ID)
			}
		}
		return err
	})
	if err != nil {
		p.t.Error(err)
	}
	return out
}

// answers says yes to every question of a visit, as somebody in need does.
func (p *person) answers(booking string) {
	p.t.Helper()
	page := p.open("/appointment/form/" + booking)
	for range 12 {
		f, err := page.Form("/do/appointment.answer")
		if err != nil {
			p.books() // and is told to speak with the doctor first, if an answer alarmed
			return
		}
		yes := map[string]string{}
		for _, x := range f.Fields {
			if slices.Contains(f.Choices(x.Name), "yes") {
				yes[x.Name] = "yes"
			}
		}
		page = p.press(f, yes)
	}
}

// measures sits down at the cuff, whose reading alarms.
func (p *person) measures() {
	p.t.Helper()
	for _, l := range p.open("/exam").LinksTo("/exam/measure/") {
		page := p.do(p.open(l.Href), "exam.start", nil)
		if page == nil || !strings.HasPrefix(page.URL.Path, "/exam/wait/") {
			continue
		}
		p.measure(3)
		id := strings.TrimPrefix(p.open(page.URL.Path).URL.Path, "/exam/wait/")
		p.open("/exam/result/" + id)
		p.open("/exam/urgent/" + id)
		return
	}
}

// settings are what people change of themselves.
func (p *person) settings() {
	p.t.Helper()
	p.do(p.open("/identity/me/phone"), "identity.contact", map[string]string{"phone": phone[:10] + "9"})
	p.do(p.open("/identity/me/wishes"), "identity.wishes", nil)
	for _, l := range p.open("/identity/consent").LinksTo("/identity/consent/") {
		if p.do(p.open(l.Href), "identity.withdraw", nil) != nil {
			break
		}
	}
	p.agree()
}

// photographs keeps a photo in somebody's record, looks at it, and now and then
// finds that it was the wrong person's.
func (p *person) photographs(c identity.Card) {
	p.t.Helper()
	for _, l := range p.open("/identity/find?q=" + c.Number[14:]).LinksTo("/identity/person/") {
		page := p.open("/media/person/" + strings.TrimPrefix(l.Href, "/identity/person/"))
		f, err := page.Form("/do/media.add")
		if err != nil {
			p.heard["/do/media.add"] = page.Short()
			continue
		}
		page = p.tried("keeps a photo", func() (*outsider.Page, error) {
			return p.browser.SubmitFile(p.t.Context(), f, map[string]string{"sort": "wound", "words": p.name}, "photo", photo())
		})
		p.heard["/do/media.add"] = page.Short()
		item, kept := strings.CutPrefix(page.URL.Path, "/media/item/")
		if !kept {
			continue
		}
		if status, kind, data, err := p.browser.Bytes(p.t.Context(), "/media/picture/"+item); err != nil || status != 200 || kind != "image/jpeg" || len(data) == 0 {
			p.t.Errorf("the photo is not shown: %d %s, %v", status, kind, err)
		}
		if p.day == 3 || p.dice.IntN(4) == 0 {
			p.do(page, "media.entered-in-error", map[string]string{"reason": "拍错了人"})
		}
	}
}

func photo() []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 60, 40)), nil); err != nil {
		panic(err) // memory
	}
	return b.Bytes()
}

// moves reschedules a booking, along the links that its page offers.
func (p *person) moves(booking string) {
	ahead, seen := []string{"/appointment/mine/" + booking}, map[string]bool{}
	for len(ahead) > 0 && len(seen) < 12 {
		path := ahead[0]
		ahead = ahead[1:]
		if seen[path] {
			continue
		}
		seen[path] = true
		page := p.open(path)
		if p.do(page, "appointment.reschedule", nil) != nil {
			return
		}
		for _, l := range page.Links {
			if strings.Contains(l.Href, "move="+booking) || strings.Contains(l.Href, "from="+booking) || strings.Contains(l.Href, booking) && strings.Contains(l.Href, "/session/") {
				ahead = append(ahead, l.Href)
			}
		}
	}
}

// arrives checks in for what is booked for today.
func (p *person) arrives() {
	for _, l := range p.open("/appointment/mine").LinksTo("/appointment/mine/") {
		p.do(p.open(l.Href), "appointment.checkin", nil)
	}
}

// prints opens a report, has it on paper, and says what became of the paper.
func (p *person) prints() {
	for _, l := range p.open("/report").LinksTo("/report/") {
		page := p.open(l.Href)
		if next := p.do(page, "report.print", nil); next != nil {
			p.open("/printing" + strings.TrimPrefix(next.URL.Path, "/report"))
			p.papers(next)
			return
		}
	}
}

func (p *person) papers(page *outsider.Page) {
	for _, what := range []string{"printing.cancel", "printing.confirm", "printing.retry"} {
		if p.world.told[what] == 0 && p.do(page, what, nil) != nil {
			return
		}
	}
	p.do(page, pick(p, []string{"printing.confirm", "printing.retry"}), nil)
}

// calls has whoever waits come in, at each clinic of today.
func (p *person) calls() {
	for _, l := range p.open("/appointment/today").LinksTo("/appointment/queue/") {
		page := p.open(l.Href)
		if next := p.do(page, "appointment.call", nil); next != nil {
			p.do(p.open(l.Href), "appointment.recall", nil)
		}
	}
	for _, l := range p.open("/appointment/today").LinksTo("/appointment/queue/") {
		if p.day >= 3 && p.do(p.open(l.Href), "appointment.end", nil) != nil {
			return
		}
	}
}

// family registers a child without a card, and says who its guardian is.
func (p *person) family(child, guardian identity.Card) {
	page := p.open("/identity/register")
	f, err := page.Form("/do/identity.register")
	if err != nil {
		p.t.Fatal(err)
	}
	page = p.press(f, map[string]string{"name": child.Name, "type": "01", "number": child.Number, "sex": child.Sex, "birth": ""})
	id, ok := strings.CutPrefix(page.URL.Path, "/identity/person/")
	if !ok {
		for _, l := range page.LinksTo("/identity/person/") { // registered before
			id, ok = strings.CutPrefix(l.Href, "/identity/person/")
		}
	}
	if !ok {
		p.t.Errorf("a child cannot be registered: %s", page.Short())
		return
	}
	page = p.open("/identity/person/" + id)
	for _, l := range page.LinksTo("/identity/person/" + id + "/guardian") {
		p.do(p.open(l.Href), "identity.relate", map[string]string{"guardian": guardian.Number})
	}
	if p.day > 4 {
		p.do(p.open("/identity/person/"+id), "identity.end-relation", nil)
	}
}

// ward acts for a child, as the page of wards offers.
func (p *person) ward() {
	page := p.open("/identity/wards")
	if f, err := page.Form(identity.ActForPath); err == nil {
		p.press(f, nil)
	}
}

// looksFor uses the search of a page, if it has one.
func (p *person) looksFor(who string, page *outsider.Page) *outsider.Page {
	p.t.Helper()
	for _, f := range page.Forms {
		if f.Method == "GET" {
			return p.press(f, map[string]string{"q": who})
		}
	}
	return page
}

// sorts gives readings of nobody to whom they belong, and looks after what alarms.
func (p *person) sorts() {
	for _, l := range p.open("/exam/unassigned").LinksTo("/exam/unassigned/") {
		page := p.looksFor("li", p.open(l.Href))
		if p.do(page, "exam.assign", nil) != nil {
			break
		}
	}
	for _, l := range p.open("/exam").LinksTo("/exam/reading/") {
		page := p.open(l.Href)
		p.do(page, "exam.attend", map[string]string{})
		page = p.looksFor("wang", page)
		if p.do(page, "exam.move", nil) != nil {
			break
		}
	}
	for _, l := range p.open("/report").LinksTo("/report/") {
		page := p.open(l.Href)
		if p.do(page, "report.handle", nil) != nil {
			break
		}
		for _, m := range page.LinksTo("/report/") {
			p.do(p.open(m.Href), "report.handle", nil)
		}
	}
	for _, l := range p.open("/report/held").LinksTo("/report/held/") {
		page := p.open(l.Href)
		switch {
		case p.world.told["report.attach"] == 0:
			p.do(p.looksFor("zhou", page), "report.attach", nil)
		case p.day == 6:
			p.do(page, "report.return", map[string]string{"reason": "本站没有这个人"})
		}
	}
	page := p.open("/printing")
	p.papers(page)
	page = p.open("/identity/calls")
	if next := p.do(page, "identity.answer", nil); next != nil {
		if next = p.do(next, "identity.take-over", nil); next != nil {
			p.do(next, "identity.close-call", nil)
		}
	}
	p.do(page, "identity.close-call", nil)
}
