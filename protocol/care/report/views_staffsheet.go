package report

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// StaffSheet is one report for staff: its newest version, whether or not the
// person may see it, with its versions and copies.
type StaffSheet struct {
	Sheet
	Person   care.ID
	Name     string
	Version  int64
	State    []screen.Mark
	Code     string
	Critical bool // waits for a doctor
	Handled  *Handled
	Note     screen.Field
	Versions []VersionRow
	Prints   []PrintRow
}

// VersionRow is one version of a report.
type VersionRow struct {
	Version int64
	Status  string // zh-CN
	Issued  time.Time
	Code    string
}

var statusWords = map[Status]string{
	Preliminary: "初步结果", Final: "正式报告", Amended: "补充", Corrected: "更正", Cancelled: "撤回",
}

func staffSheet() care.View {
	return care.Show(care.View{Name: "report.staff", Roles: care.Clinicians, Purpose: care.ForCare, Personal: true},
		func(l *care.Look, in reportInput) (StaffSheet, error) {
			rec, err := l.Get(Ref(in.Report))
			if isNotFound(err) {
				return StaffSheet{}, noReport()
			}
			if err != nil {
				return StaffSheet{}, err
			}
			r, err := newest(&rec)
			if err != nil {
				return StaffSheet{}, err
			}
			return tellStaff(l, &rec, &r)
		})
}

func tellStaff(l *care.Look, rec *protocol.Record, r *Report) (StaffSheet, error) {
	id := rec.Ref.ID
	out := StaffSheet{
		Person: r.Person, Version: r.Version, Code: ShowCode(r.Code),
		Note: screen.Field{Name: "note", Label: "联系了谁，怎么处理的", Type: "textarea", MaxLength: 200},
	}
	ok, err := released(l, id, r)
	if err != nil {
		return out, err
	}
	out.Critical = r.reviewed() && !ok
	if !out.Critical { // a life in danger waits for no form
		if err := staffNeedConsent(l, r.Person); err != nil {
			return out, err
		}
	}
	if out.Sheet, err = sheet(l, rec, r, Open); err != nil {
		return out, err
	}
	if out.State, err = stateMarks(l, id, r); err != nil {
		return out, err
	}
	if out.Name, err = nameOf(l, r.Person); err != nil {
		return out, err
	}
	if h, _, err := care.Read[Handled](l, handledRef(id, r.Version)); err == nil {
		out.Handled = &h
	}
	if err := out.past(l, id); err != nil {
		return out, err
	}
	l.Saw(r.Person, 1)
	return out, nil
}

func (s *StaffSheet) past(l *care.Look, id care.ID) error {
	all, err := versions(l, Ref(id))
	if err != nil {
		return err
	}
	for _, v := range all {
		s.Versions = append(s.Versions, VersionRow{v.Version, statusWords[v.Status], v.Issued, ShowCode(v.Code)})
	}
	copies, err := copiesOf(l, id)
	if err != nil {
		return err
	}
	s.Prints, err = printRows(l, copies)
	return err
}
