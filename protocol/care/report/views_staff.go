package report

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// Desk is the list of reports for staff, newest first, and what waits for them.
type Desk struct {
	Critical []Row // critical values that nobody dealt with
	Held     int
	Rows     []Row
	Older    string
}

const rowsShown = 50

type deskInput struct {
	Before time.Time `json:"before,omitzero"`
}

func desk() care.View {
	return care.Show(care.View{Name: "report.desk", Roles: care.Clinicians, Purpose: care.ForCare, Personal: true},
		func(l *care.Look, in deskInput) (Desk, error) {
			var out Desk
			found, err := care.Collect[Report](l, protocol.Query{Kind: KindReport, Index: "all", To: in.Before, Latest: true, Limit: rowsShown + 1})
			if err != nil {
				return out, err
			}
			if len(found) > rowsShown {
				found = found[:rowsShown]
				out.Older = "/report?before=" + found[rowsShown-1].Value.Issued.UTC().Format("2006-01-02T15:04:05.999999999Z")
			}
			if out.Rows, err = staffRows(l, found); err != nil {
				return out, err
			}
			if out.Critical, err = criticalRows(l); err != nil {
				return out, err
			}
			held, err := heldHere(l)
			out.Held = len(held)
			return out, err
		})
}

// staffRows tells reports in whatever state they are. It names no result.
func staffRows(l *care.Look, found []care.Found[Report]) ([]Row, error) {
	var out []Row
	for i := range found {
		r, err := newest(&found[i].Record)
		if err != nil {
			return nil, err
		}
		name, err := nameOf(l, r.Person)
		if err != nil {
			return nil, err
		}
		level, err := care.LevelOf(l, &found[i].Record)
		if err != nil {
			return nil, err
		}
		marks, err := stateMarks(l, found[i].Ref.ID, &r)
		if err != nil {
			return nil, err
		}
		out = append(out, Row{
			ID: found[i].Ref.ID, Person: r.Person, Name: name, Title: r.Title, Category: categories[r.Category], Issuer: r.Issuer,
			Issued: r.Issued, Marks: marks, Receipt: screen.Receipt{Level: screen.Level(level) + 1}, Href: "/report/staff/" + string(found[i].Ref.ID),
		})
		l.Saw(r.Person, 1)
	}
	return out, nil
}

// stateMarks says how far a report is.
func stateMarks(rd protocol.Reader, id care.ID, r *Report) ([]screen.Mark, error) {
	ok, err := released(rd, id, r)
	if err != nil {
		return nil, err
	}
	var out []screen.Mark
	switch {
	case r.Status == Cancelled:
		return []screen.Mark{{Kind: screen.Warn, Text: "医院已撤回"}}, nil
	case ok:
		out = append(out, screen.Mark{Kind: screen.Good, Text: "本人可看"})
	case r.reviewed():
		out = append(out, screen.Mark{Kind: screen.Bad, Text: "危急值待处理"})
	default:
		out = append(out, screen.Mark{Kind: screen.Calm, Text: "医院未审核"})
	}
	if r.Status.changed() {
		out = append(out, screen.Mark{Kind: screen.Warn, Text: "已更正"})
	}
	return out, nil
}

func nameOf(rd protocol.Reader, person care.ID) (string, error) {
	p, _, err := care.Read[care.Person](rd, care.ResidentRef(person))
	if isNotFound(err) {
		return "", nil
	}
	return p.Name, err
}

// criticalRows lists reports whose critical values nobody dealt with, oldest
// first.
func criticalRows(l *care.Look) ([]Row, error) {
	tasks, err := care.Collect[care.Task](l, protocol.Query{Kind: care.KindTask, Index: "for", Match: []string{string(care.Doctor), "open"}})
	if err != nil {
		return nil, err
	}
	var found []care.Found[Report]
	for _, t := range tasks {
		if t.Value.Reason != TaskCritical || t.Value.Site != "" && l.Actor.Role == care.Doctor && t.Value.Site != l.Site() {
			continue
		}
		rec, err := l.Get(t.Value.About)
		if isNotFound(err) {
			continue // the task came before its report
		}
		if err != nil {
			return nil, err
		}
		found = append(found, care.Found[Report]{Record: rec})
	}
	return staffRows(l, found)
}

// PersonPage is a person's reports, for those who care for them.
type PersonPage struct {
	Person care.ID
	Name   string
	Rows   []Row
}

type personInput struct {
	Person care.ID `json:"person"`
}

func (in personInput) Subject() care.ID { return in.Person }

func personPage() care.View {
	return care.Show(care.View{
		Name: "report.person", Roles: care.Clinicians, Purpose: care.ForCare, Personal: true, Consent: care.ConsentHealth,
	}, func(l *care.Look, in personInput) (PersonPage, error) {
		out := PersonPage{Person: in.Person}
		found, err := care.Collect[Report](l, protocol.Query{Kind: KindReport, Index: "person", Match: []string{string(in.Person)}, Latest: true, Limit: 200})
		if err != nil {
			return out, err
		}
		if out.Name, err = nameOf(l, in.Person); err != nil {
			return out, err
		}
		out.Rows, err = staffRows(l, found)
		return out, err
	})
}
