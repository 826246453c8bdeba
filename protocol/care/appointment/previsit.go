package appointment

import (
	"cmp"
	"slices"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// KindPrevisit is the kind of answers before a visit. ID: the appointment's.
const KindPrevisit protocol.Kind = "previsit"

// Previsit is what a person answered before a visit. Each answer is saved as it
// is given: walking away loses nothing.
type Previsit struct {
	Appointment care.ID       `json:"appointment"`
	Form        care.ID       `json:"form"`
	Version     int           `json:"version"`
	Answers     []Answer      `json:"answers"`
	Rest        protocol.Rest `json:",unknown"`
}

// Answer is one of them.
type Answer struct {
	Question string    `json:"question"`
	Value    string    `json:"value"`
	Flag     string    `json:"flag,omitempty"` // the red flag that it raised
	At       time.Time `json:"at"`
}

func previsitRef(appointment care.ID) protocol.Ref {
	return protocol.Ref{Kind: KindPrevisit, ID: appointment}
}

// AnswerInput answers one question. Skip passes over one that need not be
// answered.
type AnswerInput struct {
	Appointment care.ID `json:"appointment"`
	Question    string  `json:"question"`
	Value       string  `json:"value"`
}

// answer saves one answer. One that points to an emergency raises the alarm in
// the same Change: the page that follows says what to do now.
var answer = care.Do(care.Action{
	Name: "appointment.answer", Title: "填写就诊前问答", Roles: bookers,
	Purpose: care.ForCare, Lane: protocol.Clinical,
}, func(d *care.Deed, in AnswerInput) error {
	a, _, err := readAppointment(d, d.Actor, in.Appointment)
	if err != nil {
		return err
	}
	if a.State != Requested && a.State != Booked && a.State != CheckedIn {
		return protocol.Refuse("not-open", "这个预约已经不用填写问答").Offer("/appointment/mine/" + string(in.Appointment))
	}
	formID, form, err := formOf(d, &a)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(form.Questions, func(q Question) bool { return q.ID == in.Question })
	if i < 0 {
		return protocol.Refuse("no-question", "没有找到这个问题").Offer("/appointment/previsit/" + string(in.Appointment))
	}
	flag, err := form.Questions[i].accepts(in.Value)
	if err != nil {
		return err
	}
	p, _, err := optional[Previsit](d, previsitRef(in.Appointment))
	if err != nil {
		return err
	}
	p.Appointment, p.Form, p.Version = in.Appointment, formID, form.Version
	p.put(Answer{in.Question, in.Value, flag, d.Now()})
	if _, err := care.Write(d, protocol.Draft{Ref: previsitRef(in.Appointment), Subject: a.Person}, &p); err != nil || flag == "" {
		return err
	}
	return raise(d, a.Person, flag)
})

// formOf is the form that an appointment's department asks to fill in.
func formOf(r protocol.Reader, a *Appointment) (care.ID, Form, error) {
	dep, err := readDepartment(r, a.Department)
	if err != nil {
		return "", Form{}, err
	}
	if dep.Form == "" {
		return "", Form{}, protocol.Refuse("no-form", "这个科室没有就诊前问答").Offer("/appointment/mine")
	}
	form, err := readForm(r, dep.Form)
	return dep.Form, form, err
}

func (p *Previsit) put(a Answer) {
	i := slices.IndexFunc(p.Answers, func(o Answer) bool { return o.Question == a.Question })
	if i < 0 {
		p.Answers = append(p.Answers, a)
		return
	}
	p.Answers[i] = a
}

// given is the answer to a question, if there is one.
func (p *Previsit) given(question string) (Answer, bool) {
	i := slices.IndexFunc(p.Answers, func(o Answer) bool { return o.Question == question })
	if i < 0 {
		return Answer{}, false
	}
	return p.Answers[i], true
}

// mergePrevisit unites answers that were given at two places; of two answers
// to one question the one that raises a flag stays, else the newer.
func mergePrevisit(a, b protocol.Value) (protocol.Value, bool) {
	return merge(a, b, func(x, y *Previsit) (*Previsit, bool) {
		for _, theirs := range y.Answers {
			ours, there := x.given(theirs.Question)
			graver := theirs.Flag != "" && ours.Flag == ""
			newer := theirs.At.After(ours.At) && (ours.Flag == "") == (theirs.Flag == "")
			if !there || graver || newer {
				x.put(theirs)
			}
		}
		slices.SortFunc(x.Answers, func(a, b Answer) int { return cmp.Compare(a.Question, b.Question) })
		return x, true
	})
}
