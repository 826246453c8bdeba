package identity

import (
	"errors"
	"fmt"
	"net/url"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

type pageInput struct {
	Page int `json:"page,omitzero"`
}

func pagePath(path string) func(int) string {
	return func(n int) string { return fmt.Sprintf("%s?page=%d", path, n) }
}

// Consents lists what a resident is asked, and where each stands.
type Consents struct{ Tiles screen.Tiles }

func consents() care.View {
	return care.Show(care.View{
		Name: "identity.consents", Roles: []care.Role{care.Resident}, Purpose: care.ForIdentity, Personal: true,
	}, func(l *care.Look, in Return) (Consents, error) {
		me := Self(l.Actor)
		l.Saw(me, len(purposes))
		out := Consents{screen.Tiles{Label: "同意书"}}
		for _, p := range purposes {
			form, err := currentForm(l, p)
			if err != nil {
				return out, err
			}
			s, err := standingConsent(l, me, p)
			if err != nil {
				return out, err
			}
			out.Tiles.Items = append(out.Tiles.Items, screen.Tile{Label: purposeWord(p), Note: s.word(form.Version),
				Icon: purposeIcon(p), Href: in.to("/identity/consent/" + string(p)), Main: !s.Given && p == care.ConsentBasic})
		}
		return out, nil
	})
}

func purposeWord(p care.ConsentPurpose) string {
	switch p {
	case care.ConsentHealth:
		return "健康信息"
	case care.ConsentNotice:
		return "短信通知"
	}
	return "基本资料"
}

func purposeIcon(p care.ConsentPurpose) string {
	switch p {
	case care.ConsentHealth:
		return "heart-pulse"
	case care.ConsentNotice:
		return "smartphone"
	}
	return "id-card"
}

// Standing is how a consent stands.
type Standing struct {
	Asked   bool // at least once
	Given   bool
	At      time.Time
	Version string
}

func (s Standing) word(current string) string {
	switch {
	case s.Given && s.Version == current:
		return "已同意"
	case s.Given:
		return "已同意，告知书有新内容"
	case s.Asked:
		return "已撤回"
	}
	return "还没有同意"
}

func standingConsent(r protocol.Reader, person care.ID, p care.ConsentPurpose) (Standing, error) {
	c, _, err := care.Read[care.Consent](r, care.ConsentRef(person, p))
	if errors.Is(err, protocol.ErrNotFound) {
		return Standing{}, nil
	}
	if err != nil {
		return Standing{}, err
	}
	given, err := care.Consented(r, person, p) // the cautious reading of several heads
	return Standing{true, given, c.At, c.Version}, err
}

// ConsentPage is one text with its yes and its way out, or, where the yes
// stands, its withdrawal: as many touches as giving took.
type ConsentPage struct {
	Form    ConsentForm
	Person  care.ID
	Head    *screen.Person // at the desk: of whom
	Now     Standing
	Fresh   bool // the yes was to this text
	Agree   screen.Button
	Skip    screen.Button
	Take    screen.Button // back
	Spoken  bool          // a doctor records what the person said
	Guarded bool          // for a child: the guardian says it

	Emergency *screen.Button // at the desk: it cannot be asked for now
}

// PageTitle implements the host's wish for a better title.
func (p ConsentPage) PageTitle() string { return purposeTitle(p.Form.Purpose) }

// Frame puts the person on top of the page at the desk.
func (p ConsentPage) Frame(c *screen.Chrome) {
	if p.Head != nil {
		c.Person, c.Back = p.Head, p.Head.Href
	}
}

func purposeTitle(p care.ConsentPurpose) string {
	switch p {
	case care.ConsentHealth:
		return "是否同意使用健康信息"
	case care.ConsentNotice:
		return "是否同意短信通知"
	}
	return "是否同意使用基本资料"
}

type consentInput struct {
	Purpose care.ConsentPurpose `json:"purpose"`
	Person  care.ID             `json:"person,omitzero"` // at the desk
	Ask     bool                `json:"ask,omitzero"`    // one after another, as at the first visit
	Back    string              `json:"back,omitzero"`
}

func consentPage() care.View {
	return care.Show(care.View{
		Name: "identity.consent-page", Roles: care.Roles(care.Resident, care.Doctor), Purpose: care.ForIdentity, Personal: true,
	}, func(l *care.Look, in consentInput) (ConsentPage, error) {
		out := ConsentPage{Person: Self(l.Actor), Spoken: l.Actor.Role == care.Doctor}
		if out.Spoken {
			out.Person = in.Person
		}
		p, _, err := resident(l, out.Person)
		if err != nil {
			return out, err
		}
		l.Saw(out.Person, 1)
		out.Guarded = isChild(&p, l.Now())
		if out.Form, err = currentForm(l, in.Purpose); err != nil {
			return out, err
		}
		if out.Now, err = standingConsent(l, out.Person, in.Purpose); err != nil {
			return out, err
		}
		out.Fresh = out.Now.Given && out.Now.Version == out.Form.Version
		next, err := in.next(l, out.Person, out.Spoken)
		out.buttons(next)
		if out.Spoken {
			head := HeadOf(out.Person, &p, l)
			out.Head = &head
			if in.Purpose == care.ConsentHealth {
				out.Emergency = &screen.Button{Label: "紧急查阅", Icon: "triangle-alert", Look: screen.Quiet, Href: "/identity/emergency?person=" + string(out.Person)}
			}
		}
		return out, err
	})
}

func (p *ConsentPage) buttons(next string) {
	about := []screen.Hidden{{Name: "person", Value: string(p.Person)}, {Name: "purpose", Value: string(p.Form.Purpose)}}
	yes := "我同意"
	if p.Spoken {
		yes = "本人当面同意，我来登记"
	}
	p.Agree = screen.Button{Label: yes, Icon: "check", Look: screen.Primary, Action: "/do/identity.consent",
		Fields: append(about[:2:2], screen.Hidden{Name: "version", Value: p.Form.Version}, screen.Hidden{Name: "next", Value: next})}
	p.Skip = screen.Button{Label: "暂不同意", Href: next}
	p.Take = screen.Button{Label: "撤回同意", Icon: "undo-2", Look: screen.Danger, Action: "/do/identity.withdraw",
		Fields: append(about[:2:2], screen.Hidden{Name: "next", Value: next})}
}

// next is where a yes or a no leads: at a first visit to the next purpose that
// was never asked, then to where the person was going.
func (in consentInput) next(l *care.Look, person care.ID, spoken bool) (string, error) {
	if spoken {
		return "/identity/person/" + string(person), nil
	}
	if in.Ask {
		seen := false
		for _, p := range purposes {
			if p == in.Purpose {
				seen = true
				continue
			}
			s, err := standingConsent(l, person, p)
			if err != nil {
				return "/", err
			}
			if seen && !s.Asked {
				q := url.Values{"ask": {"1"}}
				if in.Back != "" {
					q.Set("back", screen.SafeBack(in.Back))
				}
				return "/identity/consent/" + string(p) + "?" + q.Encode(), nil
			}
		}
		return screen.SafeBack(in.Back), nil
	}
	if in.Back != "" {
		return screen.SafeBack(in.Back), nil
	}
	return "/identity/consent", nil
}
