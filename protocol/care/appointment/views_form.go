package appointment

import (
	"errors"
	"slices"
	"strconv"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// readPrevisit reads the answers, as the merge rule has them.
func readPrevisit(r protocol.Reader, appointment care.ID) (Previsit, bool, error) {
	rec, err := r.Get(previsitRef(appointment))
	if errors.Is(err, protocol.ErrNotFound) {
		return Previsit{}, false, nil
	}
	if err != nil {
		return Previsit{}, false, err
	}
	p, err := folded[Previsit](&rec, mergePrevisit)
	return p, err == nil, err
}

// flags lists the red flags that the answers raised.
func (p *Previsit) flags() []string {
	var out []string
	for _, a := range p.Answers {
		if a.Flag != "" && !slices.Contains(out, a.Flag) {
			out = append(out, a.Flag)
		}
	}
	return out
}

// words is an answer as people read it. Texts are keys, so pages translate them.
func (q *Question) words(value string) string {
	switch {
	case value == "":
		return "没有填写"
	case q.Type == YesNo && value == "yes":
		return "有"
	case q.Type == YesNo:
		return "没有"
	case q.Type == Number && q.Unit != "":
		return value + " " + q.Unit
	}
	for _, o := range q.Options {
		if o.Value == value {
			return o.Label
		}
	}
	return value
}

// summary lists questions and answers; a red flag is marked.
func summary(f *Form, p *Previsit) screen.Summary {
	out := screen.Summary{Title: f.Title}
	for i := range f.Questions {
		q := &f.Questions[i]
		a, there := p.given(q.ID)
		if !there {
			continue
		}
		row := screen.SummaryRow{Key: q.Text, Value: q.words(a.Value)}
		if a.Flag != "" {
			row.Mark = &screen.Mark{Kind: screen.Bad, Text: "急症提示"}
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// FormPage is one question of the form, the advice when an answer points to an
// emergency, or all answers when everything was asked.
type FormPage struct {
	ID        care.ID
	Title     string
	At, Of    int // which question of how many
	Question  *Question
	Choices   screen.Choices
	Field     screen.Field
	Emergency *Emergency
	Answers   screen.Summary
	Source    string
	Reviewed  string
}

// PageTitle is the form's, or what the emergency may be.
func (p FormPage) PageTitle() string {
	if p.Emergency != nil {
		return p.Emergency.Title
	}
	return p.Title
}

// Frame leads back to the visit.
func (p FormPage) Frame(c *screen.Chrome) { c.Back = "/appointment/mine/" + string(p.ID) }

// FormPageInput names a visit and, to change an answer, a question.
type FormPageInput struct {
	Appointment care.ID `json:"appointment"`
	Q           string  `json:"q"`
	On          bool    `json:"on"` // the advice was read; go on with the questions
}

var formPage = care.Show(care.View{
	Name: "appointment.form", Roles: bookers, Purpose: care.ForCare, Personal: true,
}, func(l *care.Look, in FormPageInput) (FormPage, error) {
	a, _, err := readAppointment(l, l.Actor, in.Appointment)
	if err != nil {
		return FormPage{}, err
	}
	l.Saw(a.Person, 1)
	_, form, err := formOf(l, &a)
	if err != nil {
		return FormPage{}, err
	}
	given, _, err := readPrevisit(l, in.Appointment)
	if err != nil {
		return FormPage{}, err
	}
	out := FormPage{ID: in.Appointment, Title: form.Title, Of: len(form.Questions), Source: form.Source, Reviewed: form.Reviewed}
	if flags := given.flags(); len(flags) > 0 && !in.On && in.Q == "" {
		e := emergencyOf(flags[0])
		out.Emergency = &e
		return out, nil
	}
	if i := nextQuestion(&form, &given, in.Q); i >= 0 {
		out.ask(&form.Questions[i], i, &given)
		return out, nil
	}
	out.Answers = summary(&form, &given)
	for i := range out.Answers.Rows {
		out.Answers.Rows[i].Href = addQuery("/appointment/previsit/"+string(in.Appointment), "q", form.Questions[i].ID)
	}
	return out, nil
})

// nextQuestion is the one named, else the first without an answer, else -1.
func nextQuestion(f *Form, p *Previsit, named string) int {
	return slices.IndexFunc(f.Questions, func(q Question) bool {
		if named != "" {
			return q.ID == named
		}
		_, there := p.given(q.ID)
		return !there
	})
}

// ask puts one question on the page.
func (p *FormPage) ask(q *Question, i int, given *Previsit) {
	was, _ := given.given(q.ID)
	p.Question, p.At = q, i+1
	p.Choices = screen.Choices{Name: "value", Legend: q.Text, Hint: q.Hint}
	p.Field = screen.Field{Name: "value", Label: q.Text, Hint: q.Hint, Value: was.Value, Optional: q.Optional, MaxLength: 300}
	option := func(value, label string) {
		p.Choices.Options = append(p.Choices.Options, screen.Option{Value: value, Label: label, Checked: was.Value == value})
	}
	switch q.Type {
	case YesNo:
		option("no", "没有")
		option("yes", "有")
	case Choice:
		for _, o := range q.Options {
			option(o.Value, o.Label)
		}
	case Number:
		p.Field.Type, p.Field.Unit, p.Field.Numpad, p.Field.Width = "number", q.Unit, true, 6
	case Text:
		p.Field.Type = "textarea"
	}
}

// ageText is an age as a page shows it, or empty when it is not known.
func ageText(years int) string {
	if years < 0 {
		return ""
	}
	return strconv.Itoa(years)
}
