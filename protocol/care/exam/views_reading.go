package exam

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// ReadingPage is one observation with its whole trace, for staff.
type ReadingPage struct {
	ID      care.ID
	Person  care.ID
	Name    string
	Result  Result
	Facts   []screen.SummaryRow
	Raw     []RawRow
	Fault   *Fault
	MovedTo care.ID
	From    care.ID
	Trace   []Trace
	Alarmed bool // an alarm waits to be attended to
	Attend  screen.Field
	Reason  screen.Field
	Search  screen.Field
	Asked   bool
	People  screen.Choices
}

// RawRow is a value that was converted or could not be understood.
type RawRow struct{ Name, Raw, Unit, Kept, Doubt string }

// Trace is one revision of an observation.
type Trace struct {
	At     time.Time
	Site   protocol.Site
	Status Status
}

type readingInput struct {
	Observation care.ID `json:"observation"`
	Q           string  `json:"q,omitempty"`
}

func readingPage() care.View {
	return care.Show(care.View{Name: "exam.reading", Roles: care.Clinicians, Purpose: care.ForCare, Personal: true},
		func(l *care.Look, in readingInput) (ReadingPage, error) {
			o, rec, err := find(l, in.Observation)
			if err != nil {
				return ReadingPage{}, err
			}
			alarmed, err := rings(l, in.Observation)
			if err == nil && !alarmed { // a life in danger waits for no form
				err = l.NeedConsent(o.Person, care.ConsentHealth)
			}
			if err != nil {
				return ReadingPage{}, err
			}
			out := ReadingPage{
				ID: in.Observation, Person: o.Person, Facts: facts(&o), Raw: rawRows(&o), Fault: o.Fault, MovedTo: o.MovedTo, From: o.MovedFrom,
				Alarmed: alarmed, Search: searchField(in.Q), Asked: in.Q != "",
				Attend: screen.Field{Name: "note", Label: "看到了什么，做了什么", Type: "textarea", MaxLength: 200},
				Reason: screen.Field{Name: "reason", Label: "原因", Type: "text", MaxLength: 200},
			}
			return out, out.fill(l, &o, &rec, in.Q)
		})
}

// rings reports whether an alarm about a reading waits for somebody.
func rings(l *care.Look, id care.ID) (bool, error) {
	t, _, err := care.Read[care.Task](l, taskRef(alarmTask(id)))
	if isNotFound(err) {
		return false, nil
	}
	return t.State == "open", err
}

// fill reads what stands beside an observation.
func (p *ReadingPage) fill(l *care.Look, o *Observation, rec *protocol.Record, q string) error {
	var err error
	if p.Result, err = resultFor(l, p.ID); err != nil {
		return err
	}
	person, err := personOf(l, o.Person)
	if err != nil {
		return err
	}
	if person != nil {
		p.Name = person.Name
	}
	if p.Trace, err = traces(l, rec.Ref); err != nil {
		return err
	}
	p.People, err = peopleChoices(l, q)
	return err
}

func traces(l *care.Look, ref protocol.Ref) ([]Trace, error) {
	revs, err := l.History(ref)
	var out []Trace
	for i := range revs {
		var o Observation
		if err := protocol.Decode(revs[i].Value, &o); err != nil {
			return nil, err
		}
		out = append(out, Trace{revs[i].HLC.Time(), revs[i].Site, o.Status})
	}
	return out, err
}
