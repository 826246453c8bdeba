package exam

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// PersonPage is what a person had measured, for those who care for them.
type PersonPage struct {
	Person care.ID
	Name   string
	Trends []screen.Trend
	Means  []Figure
	Rows   []Row
	Older  string // path of the next ones, or ""
	Enter  string
}

// personRows is how many of a person's readings stand on one page.
const personRows = 20

type personInput struct {
	Person care.ID   `json:"person"`
	Before time.Time `json:"before,omitzero"`
}

func (in personInput) Subject() care.ID { return in.Person }

func personPage() care.View {
	return care.Show(care.View{
		Name: "exam.person", Roles: care.Clinicians, Purpose: care.ForCare, Personal: true, Consent: care.ConsentHealth,
	}, func(l *care.Look, in personInput) (PersonPage, error) {
		out := PersonPage{Person: in.Person, Enter: "/exam/enter/" + string(in.Person)}
		p, err := personOf(l, in.Person)
		if err != nil {
			return out, err
		}
		if p != nil {
			out.Name = p.Name
		}
		q := protocol.Query{Index: "person", Match: []string{string(in.Person)}, To: in.Before, Latest: true, Limit: personRows + 1}
		found, err := scan(l, q)
		if err != nil {
			return out, err
		}
		found, more := pageOf(found, personRows)
		if more {
			out.Older = "/exam/person/" + string(in.Person) + "?before=" + lastOf(found)
		}
		if out.Rows, err = rows(l, found); err != nil {
			return out, err
		}
		for _, w := range Whats() {
			list := seriesOf(found, w)
			if more || !in.Before.IsZero() { // there are others
				if list, err = series(l, in.Person, w, time.Time{}); err != nil {
					return out, err
				}
			}
			if len(list) > 1 {
				out.Trends = append(out.Trends, trendOf(w, list))
			}
			if figure, n := average(w, list); n > 1 {
				out.Means = append(out.Means, Figure{Name: w.Name(), Figure: figure, Unit: measures[w.Codes()[0]].Shown})
			}
		}
		return out, nil
	})
}

// EnterPage is the form for values typed in by hand.
type EnterPage struct {
	Person    care.ID
	Name      string
	Fields    []screen.Field
	Technique screen.Field
	At        screen.Field
}

func enterPage() care.View {
	return care.Show(care.View{
		Name: "exam.entering", Roles: care.Clinicians, Purpose: care.ForCare, Personal: true, Consent: care.ConsentHealth,
	}, func(l *care.Look, in personInput) (EnterPage, error) {
		if err := known(l, in.Person); err != nil {
			return EnterPage{}, err
		}
		p, err := personOf(l, in.Person)
		if err != nil {
			return EnterPage{}, err
		}
		l.Saw(in.Person, 1)
		field := func(name, code string) screen.Field {
			m := measures[code]
			return screen.Field{Name: name, Label: m.Name, Unit: m.Shown, Type: "number", Width: 6, MaxLength: 8, Optional: true}
		}
		technique := screen.Field{Name: "technique", Label: "怎么测的", Type: "select"}
		for _, t := range Techniques {
			technique.Options = append(technique.Options, screen.Option{Value: t.Code, Label: t.Label})
		}
		return EnterPage{
			Person: in.Person, Name: p.Name, Technique: technique,
			Fields: []screen.Field{
				field("systolic", codeSystolic), field("diastolic", codeDiastolic), field("pulse", codePulse), field("breath", codeBreath),
				field("temperature", "8328-7"), field("oxygen", codeOxygen), field("sugar", codeSugar),
			},
			At: screen.Field{Name: "at", Label: "测量时间", Hint: "不填就是现在", Type: "datetime-local", Optional: true},
		}, nil
	})
}
