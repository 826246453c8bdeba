package control

import (
	"fmt"
	"strconv"

	"xiangyi/cmd/sandbox/county"
	"xiangyi/protocol/care/screen"
)

func stationTable(p county.Plan, s Snapshot) screen.Table {
	t := screen.Table{Caption: "村站（各车道：县里已有 / 本站共有）", Columns: []screen.Column{{Label: "村站"}, {Label: "线路"}, {Label: "记录", Numeric: true},
		{Label: "等待送出", Numeric: true}, {Label: "紧急"}, {Label: "临床"}, {Label: "管理"}, {Label: "影像"},
		{Label: "摘要"}, {Label: "县里的摘要"}, {Label: "是否一致"}}}
	for _, v := range p.Stations {
		h := s.Stations[v.Site]
		cells := []screen.Cell{{Text: v.Title, Href: "/station/" + string(v.Site)}}
		agrees := stationAgrees(s, v.Site)
		theirs, _ := held(s, v.Site)
		if !h.OK {
			cells = append(cells, blank(9)...)
		} else {
			line := yes("已连上")
			if !h.Value.Line {
				line = wait("断开")
			}
			cells = append(cells, screen.Cell{Mark: &line}, number(h.Value.Records), number(h.Value.Waiting))
			cells = append(cells, lanes(h.Value.Lanes)...)
			cells = append(cells, screen.Cell{Text: short(h.Value.Digest)}, screen.Cell{Text: short(theirs.Digest)})
		}
		t.Rows = append(t.Rows, screen.Row{Cells: append(cells, screen.Cell{Mark: &agrees, Note: h.Value.Alarm})})
	}
	return t
}

// lanes shows for each lane how far the county holds it, of how much there is.
func lanes(all []Lane) []screen.Cell {
	out := make([]screen.Cell, 4)
	for i := range out {
		out[i].Text = "—"
		if i < len(all) {
			out[i].Text = fmt.Sprintf("%d / %d", all[i].Held, all[i].Tail)
		}
	}
	return out
}

func blank(n int) []screen.Cell {
	out := make([]screen.Cell, n)
	for i := range out {
		out[i].Text = "—"
	}
	return out
}

func number(n int) screen.Cell { return screen.Cell{Text: strconv.Itoa(n)} }

func nodeTable(p county.Plan, s Snapshot) screen.Table {
	t := screen.Table{Caption: "县平台节点", Columns: []screen.Column{{Label: "节点"}, {Label: "身份"}, {Label: "任期", Numeric: true},
		{Label: "账本位置", Numeric: true}, {Label: "状态摘要"}, {Label: "村站连接", Numeric: true}, {Label: "待查", Numeric: true}}}
	for _, n := range p.Nodes {
		h := s.Nodes[n.ID]
		cells := []screen.Cell{{Text: string(n.ID), Href: county.Browse("portal-"+n.ID, n.Portal)}}
		if !h.OK {
			m := warn("没有回答")
			t.Rows = append(t.Rows, screen.Row{Cells: append(append(cells, screen.Cell{Mark: &m}), blank(5)...)})
			continue
		}
		role := wait("跟随")
		if h.Value.Leader {
			role = yes("领导")
		}
		t.Rows = append(t.Rows, screen.Row{Cells: append(cells, screen.Cell{Mark: &role},
			screen.Cell{Text: strconv.FormatUint(h.Value.Term, 10)}, screen.Cell{Text: strconv.FormatUint(h.Value.Applied, 10)},
			screen.Cell{Text: short(h.Value.State)}, number(h.Value.Connected), number(h.Value.Quarantine))})
	}
	return t
}
