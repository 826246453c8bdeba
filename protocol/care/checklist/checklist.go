// Package checklist is the page where an auditor reads, rule by rule, what the
// law and the standards ask and what proves that it is kept. It holds no
// records and knows no other service: rows.txt is the list, and a test of the
// whole tree holds it against the tests and papers that are there.
package checklist

import (
	"embed"
	"fmt"
	"strconv"
	"strings"

	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

//go:embed screens words
var screens embed.FS

// Service is the checklist.
func Service() care.Service {
	return care.Service{
		Name: "checklist", Title: "合规清单", Screens: screens, Views: []care.View{page()},
		Pages: []care.Page{{Path: "/checklist", Channels: "portal", View: "checklist.page", Template: "checklist/page", Title: "合规清单",
			Entry: &care.Entry{Icon: "list-checks", Label: "合规清单", Detail: "每一条由什么证明", Order: 90}}},
	}
}

// Page is the list, and how many rows stand how.
type Page struct {
	Counts screen.Summary
	Table  screen.Table
}

const rowsShown = 40

type pageInput struct {
	Page int `json:"page,omitzero"`
}

func page() care.View {
	return care.Show(care.View{
		Name: "checklist.page", Roles: care.Roles(care.Auditor, care.Security, care.Supervisor), Purpose: care.ForOperations, Place: care.InCounty,
	}, func(_ *care.Look, in pageInput) (Page, error) {
		all := Rows()
		shown, pager := screen.Window(all, rowsShown, in.Page, func(n int) string { return fmt.Sprintf("/checklist?page=%d", n) })
		out := Page{Table: screen.Table{Caption: "每一条由什么证明", Pager: pager,
			Columns: []screen.Column{{Label: "编号"}, {Label: "要求"}, {Label: "状态"}, {Label: "证明"}}}}
		for _, s := range statuses {
			n := 0
			for i := range all {
				if all[i].Status == s.status {
					n++
				}
			}
			out.Counts.Rows = append(out.Counts.Rows, screen.SummaryRow{Key: s.mark.Text, Value: strconv.Itoa(n)})
		}
		for i := range shown {
			r := &shown[i]
			var proofs []string
			for _, p := range r.Proof {
				proofs = append(proofs, said(p))
			}
			mark := markOf(r.Status)
			out.Table.Rows = append(out.Table.Rows, screen.Row{Cells: []screen.Cell{
				{Text: r.ID}, {Text: r.Asks}, {Mark: &mark}, {Text: strings.Join(proofs, "; ")}}})
		}
		return out, nil
	})
}

var statuses = []struct {
	status Status
	mark   screen.Mark
}{
	{Tested, screen.Mark{Kind: screen.Good, Text: "有测试"}},
	{Paper, screen.Mark{Kind: screen.Good, Text: "有部署文件"}},
	{Partly, screen.Mark{Kind: screen.Warn, Text: "做了一部分"}},
	{Open, screen.Mark{Kind: screen.Bad, Text: "还没有做"}},
}

func markOf(s Status) screen.Mark {
	for _, k := range statuses {
		if k.status == s {
			return k.mark
		}
	}
	return screen.Mark{Kind: screen.Bad, Text: string(s)}
}
