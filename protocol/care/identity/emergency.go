package identity

import (
	"errors"
	"strings"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// emergencyFor is how long a declared emergency opens a record.
const emergencyFor = 4 * time.Hour

// reviewWithin is when a review is late.
const reviewWithin = 72 * time.Hour

// emergencies are the reasons that a doctor may give.
var emergencies = []struct{ code, label string }{
	{"unconscious", "本人昏迷，或说不清话"}, {"critical", "病情危急，来不及问"},
	{"guardian-away", "孩子危急，监护人不在"}, {"other", "其他紧急情况"},
}

// Glass is what a doctor declares to see a record without consent. Somebody who
// is not known here is named by a document.
type Glass struct {
	Person care.ID `json:"person,omitzero"`
	Type   string  `json:"type,omitzero"`
	Number string  `json:"number,omitzero"`
	Why    string  `json:"why"`
	Words  string  `json:"words"`
}

// Subject implements care.Subjected.
func (in Glass) Subject() protocol.ID { return in.Person }

// Check implements care.Checked.
func (in Glass) Check() error {
	if labelOf(emergencies, in.Why) == "" {
		return protocol.Refuse("why-missing", "请选择是哪种紧急情况").OnField("why")
	}
	if len([]rune(strings.TrimSpace(in.Words))) < 4 {
		return protocol.Refuse("words-missing", "请写明发生了什么，事后有人核查").OnField("words")
	}
	return nil
}

// breakGlass opens somebody's record to one doctor for a few hours. The lane is
// the urgent one: the alarm must reach those who review it before what was seen
// is old. The person is told.
func breakGlass() care.Action {
	return care.Do(care.Action{
		Name: "identity.break-glass", Title: "紧急查阅", Roles: care.Clinicians,
		Purpose: care.ForEmergency, Lane: protocol.Urgent, Assured: 2,
	}, func(d *care.Deed, in Glass) error {
		person, err := in.whom(d)
		if err != nil {
			return err
		}
		if there, err := care.InEmergency(d, d.Actor.ID, person); err != nil {
			return err
		} else if there != "" {
			return protocol.Refuse("already-open", "您已经打开了这个人的资料").Offer("/identity/person/" + string(person))
		}
		e := care.Emergency{Person: person, By: d.Actor.ID, Role: d.Actor.Role, Site: d.Site(), Terminal: d.Actor.Terminal, Why: in.Why,
			Words: strings.TrimSpace(in.Words), At: d.Now(), Until: d.Now().Add(emergencyFor).UTC().Truncate(time.Second), State: "open"}
		ref := protocol.Ref{Kind: care.KindEmergency, ID: d.NewID()}
		draft := protocol.Draft{Ref: ref, Subject: person}
		if d.Site() != county {
			draft.Scopes = []protocol.Scope{protocol.SiteScope(d.Site())}
		}
		if _, err := care.Write(d, draft, &e); err != nil {
			return err
		}
		if d.Site() != county {
			if _, err := followUntil(d, person, e.Until); err != nil {
				return err
			}
		}
		return tellOf(d, person, ref)
	})
}

func (in Glass) whom(d *care.Deed) (care.ID, error) {
	if in.Person != "" {
		_, _, err := resident(d, in.Person)
		return in.Person, err
	}
	doc, err := document(d, in.Type, strings.TrimSpace(in.Number))
	if err != nil {
		return "", err
	}
	return d.PersonID(doc.Type, doc.Number), nil
}

func tellOf(d *care.Deed, person care.ID, about protocol.Ref) error {
	known, err := care.Exists(d, care.ResidentRef(person))
	if err != nil || !known {
		return err
	}
	return care.Notify(d, care.Notice{Person: person, About: about, Reason: "emergency",
		Text: "医生因紧急情况查看了您的资料，会有人核查。有疑问请问村医。"})
}

// Review is what a reviewer thinks of an opening.
type Review struct {
	Emergency care.ID `json:"emergency"`
	Verdict   string  `json:"verdict"`
	Note      string  `json:"note,omitzero"`
}

// Check implements care.Checked.
func (in Review) Check() error {
	if in.Verdict != care.Justified && in.Verdict != care.Unjustified {
		return protocol.Refuse("verdict-missing", "请选择核查的结论").OnField("verdict")
	}
	if in.Verdict == care.Unjustified && len([]rune(strings.TrimSpace(in.Note))) < 4 {
		return protocol.Refuse("note-missing", "不合理的，请写明为什么").OnField("note")
	}
	return nil
}

// reviewEmergency gives the verdict, once, by somebody else. One that was not
// justified ends what is still open; closing the account is a deed of its own.
func reviewEmergency() care.Action {
	return care.Do(care.Action{
		Name: "identity.review-emergency", Title: "核查紧急查阅", Roles: care.Roles(care.Supervisor, care.Security),
		Purpose: care.ForOperations, Lane: protocol.Urgent, Place: care.InCounty, Assured: 2,
	}, func(d *care.Deed, in Review) error {
		ref := protocol.Ref{Kind: care.KindEmergency, ID: in.Emergency}
		e, _, err := care.Read[care.Emergency](d, ref)
		switch {
		case errors.Is(err, protocol.ErrNotFound):
			return protocol.Refuse("no-emergency", "没有这次紧急查阅").Offer("/identity/emergencies")
		case err != nil:
			return err
		case e.By == d.Actor.ID:
			return protocol.Refuse("own-access", "不能核查自己的紧急查阅，请别人来做")
		case e.State != "open":
			return protocol.Refuse("already-reviewed", "已经有人核查过").Offer("/identity/emergencies")
		}
		e.State, e.Verdict, e.Note, e.Reviewer, e.Reviewed = "reviewed", in.Verdict, strings.TrimSpace(in.Note), d.Actor.ID, d.Now()
		_, err = care.Write(d, protocol.Draft{Ref: ref}, &e)
		return err
	})
}
