package printing

import (
	"errors"
	"slices"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/codec/mask"
)

// Jobs is the station's paper, for the desk: what needs somebody, and what was
// printed lately.
type Jobs struct {
	Due  screen.Table
	Done screen.Table
}

const (
	mostDue  = 100
	mostDone = 30
)

func jobs() care.View {
	return care.Show(care.View{
		Name: "printing.jobs", Purpose: care.ForOperations, Roles: []care.Role{care.Doctor, care.Operator}, Personal: true,
	}, func(l *care.Look, _ struct{}) (Jobs, error) {
		due, err := rows(l, mostDue, WaitingPaper, WaitingPrinter, InDoubt, Failed, Printing, Queued)
		if err != nil {
			return Jobs{}, err
		}
		done, err := rows(l, mostDone, Printed, Cancelled)
		page := Jobs{Due: table("要打印的", due), Done: table("打印过的", done)}
		page.Due.Empty = &screen.Empty{Icon: "printer", Title: "没有等着打印的", Text: "缺纸、没打出来的和不确定的会出现在这里"}
		page.Done.Empty = &screen.Empty{Icon: "inbox", Title: "还没有打印过"}
		return page, err
	})
}

func table(caption string, rows []screen.Row) screen.Table {
	return screen.Table{Caption: caption, Rows: rows, Columns: []screen.Column{
		{Label: "时间"}, {Label: "文件"}, {Label: "谁的"}, {Label: "打印状态"}, {Label: "说明"}, {Label: "次数", Numeric: true}, {Label: "操作", Hidden: true},
	}}
}

// rows lists the newest jobs of some states, newest first.
func rows(l *care.Look, most int, of ...State) ([]screen.Row, error) {
	var found []care.Found[Job]
	for _, s := range of {
		some, err := care.Collect[Job](l, protocol.Query{Kind: KindJob, Index: "state", Match: []string{string(l.Site()), string(s)}, Latest: true, Limit: most})
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	slices.SortStableFunc(found, func(a, b care.Found[Job]) int { return b.Value.Asked.Compare(a.Value.Asked) })
	var out []screen.Row
	for _, f := range found[:min(most, len(found))] {
		row, err := row(l, f.Ref.ID, &f.Value)
		if err != nil {
			return nil, err
		}
		l.Saw(f.Value.Person, 1)
		out = append(out, row)
	}
	return out, nil
}

func row(l *care.Look, id care.ID, j *Job) (screen.Row, error) {
	name, err := whose(l, j.Person)
	m := j.mark()
	note := ""
	if j.Copy > 0 {
		note = "补打"
	}
	return screen.Row{Cells: []screen.Cell{
		{Text: j.Asked.In(care.Zone).Format("01-02 15:04")}, {Text: papers[j.What], Note: note}, {Text: name}, {Mark: &m},
		{Text: reasons[j.Why]}, {Text: count(j.Tries)}, {Buttons: forDoctor(l, j, string(id))},
	}}, err
}

func whose(l *care.Look, person care.ID) (string, error) {
	if person == "" || l.Actor.Role == care.Operator { // who minds the printers need not know whose papers they print
		return "", nil
	}
	p, _, err := care.Read[care.Person](l, care.ResidentRef(person))
	if errors.Is(err, protocol.ErrNotFound) {
		return "", nil
	}
	return mask.Call(p.Name), err
}

func forDoctor(l *care.Look, j *Job, id string) []screen.Button {
	const here = "/printing"
	if l.Actor.Role != care.Doctor {
		return nil
	}
	var out []screen.Button
	if j.State == InDoubt {
		out = append(out, button("纸已经出来了", "check", "printing.confirm", screen.Secondary, id, here))
	}
	if j.Retriable() {
		out = append(out, button("再打一张", "printer", "printing.retry", screen.Secondary, id, here))
	}
	if j.Cancellable() {
		out = append(out, button("不打了", "x", "printing.cancel", screen.Quiet, id, here))
	}
	return out
}
