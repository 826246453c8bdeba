package control

import (
	"fmt"
	"net/http"

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
