package report

import (
	"strings"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// Sheet is one report as its person reads it.
type Sheet struct {
	ID         care.ID
	Title      string
	Issuer     string
	Issued     time.Time
	Collected  time.Time
	Reviewer   string
	Marks      []screen.Mark
	Items      int
	Out        []string // names of what is not as it should be
	Lines      []Line
	Conclusion string
	Comment    string
	Withdrawn  bool
	Copies     int // on paper, everywhere
	Print      screen.Button
	Save       screen.Button
	Receipt    screen.Receipt
}

type reportInput struct {
	Report care.ID `json:"report"`
}

func read() care.View {
	return care.Show(care.View{Name: "report.read", Roles: []care.Role{care.Resident}, Purpose: care.ForCare, Personal: true},
		func(l *care.Look, in reportInput) (Sheet, error) {
			r, sight, rec, err := visible(l, l.Actor, in.Report)
			if err != nil {
				return Sheet{}, err
			}
			l.Saw(r.Person, 1)
			return sheet(l, &rec, &r, sight)
		})
}

// sheet tells a report. It is the same for its person and for staff.
func sheet(rd protocol.Reader, rec *protocol.Record, r *Report, sight Sight) (Sheet, error) {
	row, err := openRow(rd, rec, r, sight)
	if err != nil {
		return Sheet{}, err
	}
	id := rec.Ref.ID
	out := Sheet{ID: id, Title: r.Title, Issuer: r.Issuer, Issued: r.Issued, Marks: row.Marks, Receipt: row.Receipt, Withdrawn: sight == Withdrawn}
	if out.Withdrawn {
		return out, nil
	}
	last, err := before(rd, r, id)
	if err != nil {
		return out, err
	}
	out.Collected, out.Reviewer, out.Items = r.Collected, strings.TrimSpace(r.ReviewerName+" "+r.Reviewer), len(r.Items)
	out.Lines, out.Conclusion, out.Comment = lines(r, last), r.Conclusion, r.Comment
	for _, line := range out.Lines {
		if line.Mark != nil {
			out.Out = append(out.Out, line.Name)
		}
	}
	copies, err := copiesOf(rd, id)
	if err != nil {
		return out, err
	}
	again := false
	for _, c := range copies {
		if c.Value.Medium == OnPaper && c.Value.State == PrintDone {
			out.Copies++
			again = again || c.Value.Version == r.Version && c.Value.Site == rd.Site()
		}
	}
	out.Print, out.Save = buttons(id, again)
	return out, nil
}

func buttons(id care.ID, again bool) (onPaper, asFile screen.Button) {
	field := screen.Hidden{Name: "report", Value: string(id)}
	onPaper = screen.Button{
		Label: "打印报告", Icon: "printer", Look: screen.Primary, Action: "/do/report.print",
		Fields: []screen.Hidden{field, {Name: "next", Value: "/report/print/{about}"}},
	}
	if again {
		onPaper = screen.Button{Label: "再打一份", Icon: "printer", Href: "/report/reprint/" + string(id)}
	}
	asFile = screen.Button{
		Label: "保存电子报告", Icon: "download", Action: "/do/report.save",
		Fields: []screen.Hidden{field, {Name: "next", Value: "/report/file/{about}"}},
	}
	return onPaper, asFile
}

func copiesOf(rd protocol.Reader, id care.ID) ([]care.Found[Print], error) {
	return care.Collect[Print](rd, protocol.Query{Kind: KindPrint, Index: "report", Match: []string{string(id)}})
}
