package control

import (
	"fmt"
	"net/http"
	"strconv"

	"xiangyi/cmd/sandbox/county"
	"xiangyi/cmd/sandbox/stand"
	"xiangyi/protocol/care/screen"
)

// Overview is the first page: is everything equal, and what is running.
type Overview struct {
	Verdicts []Verdict
	Stations screen.Table
	Nodes    screen.Table
	Lines    []LineCard
	Groups   []Group
}

// Verdict is one answer to "is it equal?", in colour and in words.
type Verdict struct {
	Question string
	Mark     screen.Mark
	Detail   string
	Counted  bool // of Records, Waiting are not sent
	Records  int
	Waiting  int
}

// LineCard is a station's line with its buttons.
type LineCard struct {
	Region  string // id of its element
	Title   string
	Mark    screen.Mark
	Buttons []screen.Button
}

// Group is a set of processes under one heading.
type Group struct {
	Title     string
	Processes []ProcessCard
}

// ProcessCard is a process with what can be done to it now.
type ProcessCard struct {
	Region  string // id of its element
	Name    string
	Title   string
	Note    string
	Mark    screen.Mark
	Buttons []screen.Button
}

func (p *Page) overview(r *http.Request) (shown, error) {
	s := p.watch.now(r.Context())
	o := Overview{Verdicts: verdicts(p.county.Plan, s), Stations: stationTable(p.county.Plan, s), Nodes: nodeTable(p.county.Plan, s)}
	out := shown{title: "全县情况", lead: "切断线路、拔掉电源，再看记录怎样一条不少地到达。", template: "sandbox/overview"}
	out.regions = []region{{"equal", "sandbox/verdicts-live", o.Verdicts}, {"stations", "sandbox/table-live", o.Stations}, {"nodes", "sandbox/table-live", o.Nodes}}
	for _, v := range p.county.Plan.Stations {
		card := lineCard(v, s.Lines[v.Site], "/")
		o.Lines = append(o.Lines, card)
		out.regions = append(out.regions, region{card.Region, "sandbox/line-live", card})
	}
	o.Groups = groups(p.county.Plan, s, "/")
	for _, g := range o.Groups {
		for _, c := range g.Processes {
			out.regions = append(out.regions, region{c.Region, "sandbox/process-live", c})
		}
	}
	out.body = o
	return out, nil
}

// short is the beginning of a digest: enough for people to compare.
func short(hex string) string {
	if len(hex) > 8 {
		return hex[:8]
	}
	return hex
}

func yes(text string) screen.Mark  { return screen.Mark{Kind: screen.Good, Text: text} }
func no(text string) screen.Mark   { return screen.Mark{Kind: screen.Bad, Text: text} }
func wait(text string) screen.Mark { return screen.Mark{Kind: screen.Calm, Text: text} }
func warn(text string) screen.Mark { return screen.Mark{Kind: screen.Warn, Text: text} }

// verdicts answer the three questions of the overview.
func verdicts(p county.Plan, s Snapshot) []Verdict {
	stations := Verdict{Question: "各站与县里的摘要", Mark: stationsAgree(p, s), Counted: true}
	for _, h := range s.Stations {
		stations.Records += h.Value.Records
		stations.Waiting += h.Value.Waiting
	}
	return []Verdict{
		{Question: "县里各节点的账本", Mark: nodesAgree(s), Detail: nodesDetail(s)}, stations,
		{Question: "谁在领导", Mark: leads(s), Detail: leaderName(s)},
	}
}

// nodesAgree compares the state of nodes that stand at the same place of the ledger. Nodes at different places are not
// unequal, they are on their way.
func nodesAgree(s Snapshot) screen.Mark {
	states, places, heard := map[uint64]string{}, map[uint64]bool{}, 0
	for _, n := range s.Nodes {
		if !n.OK {
			continue
		}
		heard++
		places[n.Value.Applied] = true
		if was, ok := states[n.Value.Applied]; ok && was != n.Value.State {
			return no("不一致")
		}
		states[n.Value.Applied] = n.Value.State
	}
	switch {
	case heard == 0:
		return no("没有节点回答")
	case len(places) > 1:
		return wait("正在追上")
	case heard < len(s.Nodes):
		return warn("一致，有节点没有回答")
	}
	return yes("一致")
}

func nodesDetail(s Snapshot) string {
	for _, n := range s.Nodes {
		if n.OK && n.Value.Leader {
			return fmt.Sprintf("#%d · %s", n.Value.Applied, short(n.Value.State))
		}
	}
	return ""
}

func stationsAgree(p county.Plan, s Snapshot) screen.Mark {
	out := yes("一致")
	for _, v := range p.Stations {
		switch m := stationAgrees(s, v.Site); m.Kind {
		case screen.Bad:
			return m
		case screen.Calm, screen.Warn:
			out = m
		}
	}
	return out
}

// stationAgrees says whether a station and the county hold the same. Digests that differ mean something only where both
// stand at the same place of the ledger and nothing is on its way.
func stationAgrees(s Snapshot, site county.Name) screen.Mark {
	h := s.Stations[site]
	theirs, last := held(s, site)
	switch {
	case !h.OK:
		return warn("没有回答")
	case h.Value.Waiting > 0 || !h.Value.Line:
		return wait("等网络")
	case theirs.Digest == h.Value.Digest:
		return yes("一致")
	case h.Value.Position != last:
		return wait("正在追上")
	}
	return no("不一致")
}

// held is what the leading node, or any that answers, holds of a station, and where in the ledger it stands.
func held(s Snapshot, site county.Name) (out HeldOf, last uint64) {
	for _, n := range s.Nodes {
		for _, st := range n.Value.Stations {
			if n.OK && st.Site == string(site) && (out.Site == "" || n.Value.Leader) {
				out, last = st, n.Value.Last
			}
		}
	}
	return out, last
}

func leads(s Snapshot) screen.Mark {
	leaders := 0
	for _, n := range s.Nodes {
		if n.OK && n.Value.Leader {
			leaders++
		}
	}
	switch leaders {
	case 0:
		return wait("正在选举")
	case 1:
		return yes("已选出")
	}
	return warn("正在交接")
}

func leaderName(s Snapshot) string {
	for _, n := range s.Nodes {
		if n.OK && n.Value.Leader {
			return n.Value.Node
		}
	}
	return "—"
}

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

func lineCard(v county.Station, h Heard[stand.LineState], back string) LineCard {
	c := LineCard{Region: "line-" + string(v.Site), Title: v.Title, Mark: lineMark(h)}
	for _, x := range lineModes {
		c.Buttons = append(c.Buttons, screen.Button{Label: x.label, Icon: x.icon, Action: "/do/line", Look: x.look,
			Fields: []screen.Hidden{{Name: "site", Value: string(v.Site)}, {Name: "what", Value: x.what}, {Name: "back", Value: back}}})
	}
	return c
}

func lineMark(h Heard[stand.LineState]) screen.Mark {
	s := h.Value.Settings
	switch {
	case !h.OK:
		return warn("没有回答")
	case s.Down:
		return no("已切断")
	case s.Stall:
		return no("停住不动")
	case s.HalfOpen:
		return warn("半开")
	case s.Rate > 0 && s.Rate < 128_000:
		return warn("64 kbit/s")
	case s.Rate > 0:
		return warn("256 kbit/s")
	case s.Delay > 0:
		return warn("慢半秒")
	}
	return yes("畅通")
}

func groups(p county.Plan, s Snapshot, back string) []Group {
	at := map[county.Name]int{"": 0}
	out := []Group{{Title: "县里"}}
	for i, v := range p.Stations {
		at[v.Site] = i + 1
		out = append(out, Group{Title: v.Title})
	}
	for _, st := range s.Processes {
		g := &out[at[st.Site]]
		g.Processes = append(g.Processes, processCard(st, back))
	}
	return out
}

func processCard(st county.State, back string) ProcessCard {
	c := ProcessCard{Region: "process-" + string(st.Name), Name: string(st.Name), Title: st.Title}
	button := func(label, what, icon string, look screen.Look) {
		c.Buttons = append(c.Buttons, screen.Button{Label: label, Icon: icon, Action: "/do/power", Look: look,
			Fields: []screen.Hidden{{Name: "name", Value: string(st.Name)}, {Name: "what", Value: what}, {Name: "back", Value: back}}})
	}
	switch st.Condition {
	case county.Running:
		c.Mark, c.Note = yes("运行中"), fmt.Sprintf("pid %d", st.PID)
		button("拔电源", "kill", "circle-x", screen.Danger)
		button("重启", "restart", "refresh-cw", screen.Secondary)
		button("暂停", "pause", "hourglass", screen.Secondary)
	case county.Paused:
		c.Mark, c.Note = warn("已暂停"), fmt.Sprintf("pid %d", st.PID)
		button("继续", "resume", "arrow-right", screen.Secondary)
		button("拔电源", "kill", "circle-x", screen.Danger)
	case county.Broken:
		c.Mark, c.Note = no("自己停了，正在重启"), st.LastEnd
		button("拔电源", "kill", "circle-x", screen.Danger)
	default:
		c.Mark = wait("已断电")
		button("开机", "start", "check", screen.Secondary)
	}
	return c
}
