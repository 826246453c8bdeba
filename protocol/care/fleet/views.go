package fleet

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// WhoPage shows who runs what, and the rollouts.
type WhoPage struct {
	Stations, Rollouts, Releases screen.Table
	May                          bool // an operator looks
	Version, Sites, Shares       screen.Field
}

// PlanForm takes the fields of fleet.start, so that what was typed is still there after a
// refusal; it checks nothing.
type PlanForm struct {
	Version string `json:"version,omitempty"`
	Sites   string `json:"sites,omitempty"`
	Shares  string `json:"shares,omitempty"`
}

const mostRows = 1 << 16

var watchers = []care.Role{care.Operator, care.Supervisor}

func who() care.View {
	return care.Show(care.View{Name: "fleet.who", Purpose: care.ForOperations, Roles: watchers}, func(l *care.Look, in PlanForm) (WhoPage, error) {
		page := WhoPage{May: l.Actor.Role == care.Operator,
			Version: screen.Field{Name: "version", Label: "程序版本", Type: "select", Value: in.Version},
			Sites:   screen.Field{Name: "sites", Label: "第一批站点", Hint: "站点编号，例如 v01 v02", Value: in.Sites, Optional: true, MaxLength: 2000},
			Shares:  screen.Field{Name: "shares", Label: "之后每批到百分之几", Hint: "从小到大，例如 10 50 100", Value: in.Shares, Optional: true, MaxLength: 60},
		}
		if err := page.stations(l); err != nil {
			return page, err
		}
		if err := page.rollouts(l); err != nil {
			return page, err
		}
		return page, page.releases(l)
	})
}

// stations lists all that the county knows of; those that never said anything too.
func (p *WhoPage) stations(l *care.Look) error {
	p.Stations = screen.Table{
		Caption: "各站运行的版本",
		Empty:   &screen.Empty{Icon: "house", Title: "还没有站点", Text: "登记了站点的机构会列在这里"},
		Columns: []screen.Column{{Label: "站点"}, {Label: "运行版本"}, {Label: "从何时起"}, {Label: "应升到"}, {Label: "状态"}, {Label: "上报时间"}},
	}
	places, err := care.Collect[care.Organisation](l, protocol.Query{Kind: care.KindOrganisation, Index: "all", Limit: mostRows})
	if err != nil {
		return err
	}
	said, err := care.Collect[Software](l, protocol.Query{Kind: KindSoftware, Index: "all", Limit: mostRows})
	if err != nil {
		return err
	}
	names, reports := map[protocol.Site]string{}, map[protocol.Site]Software{}
	for _, f := range places {
		if f.Value.Site != "" {
			names[f.Value.Site] = f.Value.Name
		}
	}
	for _, f := range said {
		reports[f.Value.Site] = f.Value
		if _, known := names[f.Value.Site]; !known {
			names[f.Value.Site] = ""
		}
	}
	var sites []protocol.Site
	for site := range names {
		sites = append(sites, site)
	}
	slices.Sort(sites)
	all, err := newest(l)
	if err != nil {
		return err
	}
	for _, site := range sites {
		wanted := ""
		if found := of(all, site); found != nil {
			wanted = string(found.Value.Version)
		}
		p.Stations.Rows = append(p.Stations.Rows, stationRow(site, names[site], reports[site], wanted))
	}
	return nil
}

func stationRow(site protocol.Site, name string, s Software, wanted string) screen.Row {
	if s.Site == "" {
		return screen.Row{Cells: []screen.Cell{{Text: string(site), Note: name}, {Text: "—"}, {}, {Text: wanted},
			{Mark: &screen.Mark{Kind: screen.Calm, Text: "还没有报告版本"}}, {}}}
	}
	mark := markOf(&s, wanted)
	note := s.Reason
	if s.Step == Fetching && string(s.Wanted) == wanted {
		note = strconv.Itoa(s.Percent) + "%"
	}
	return screen.Row{Cells: []screen.Cell{{Text: string(site), Note: name}, {Text: string(s.Version)}, {Text: stamp(s.Since)}, {Text: wanted},
		{Mark: &mark, Note: note}, {Text: stamp(s.At)}}}
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(care.Zone).Format("2006-01-02 15:04")
}

var marks = map[Step]screen.Mark{
	Level:      {Kind: screen.Good, Text: "已是应有版本"},
	Waiting:    {Kind: screen.Calm, Text: "等待升级"},
	Fetching:   {Kind: screen.Calm, Text: "正在下载"},
	Installed:  {Kind: screen.Calm, Text: "已装好，等空闲时切换"},
	Trying:     {Kind: screen.Calm, Text: "已切换，正在试运行"},
	RolledBack: {Kind: screen.Warn, Text: "没有成功，已退回原版本"},
	Refused:    {Kind: screen.Warn, Text: "不能升级"},
}

// markOf goes by what the station said, unless it did not hear of its order yet.
func markOf(s *Software, wanted string) screen.Mark {
	switch {
	case s.Step == Trying:
		return marks[Trying]
	case wanted == "" || string(s.Version) == wanted:
		return marks[Level]
	case string(s.Wanted) != wanted:
		return marks[Waiting]
	}
	return marks[s.Step]
}

var stateMarks = map[State]screen.Mark{
	Running: {Kind: screen.Good, Text: "进行中"},
	Paused:  {Kind: screen.Warn, Text: "已暂停"},
	Stopped: {Kind: screen.Info, Text: "已停止"},
}

// failedMark is of a rollout that paused by itself; the station stands beside it.
var failedMark = screen.Mark{Kind: screen.Bad, Text: "有站点升级失败，已自动暂停"}

func (p *WhoPage) rollouts(l *care.Look) error {
	p.Rollouts = screen.Table{
		Caption: "分批升级",
		Empty:   &screen.Empty{Icon: "list-checks", Title: "还没有分批升级", Text: "发布升级包后，从少数站点开始"},
		Columns: []screen.Column{{Label: "开始时间"}, {Label: "程序版本"}, {Label: "批次"}, {Label: "已开始", Numeric: true}, {Label: "状态"}, {Label: "处理", Hidden: true}},
	}
	found, err := newest(l)
	for i := range found {
		v, mark, note := &found[i].Value, stateMarks[found[i].Value.State], string(found[i].Value.By)
		if v.Reason != "" {
			mark, note = failedMark, v.Reason
		}
		row := screen.Row{Cells: []screen.Cell{{Text: stamp(v.Begun)}, {Text: string(v.Version)}, {Text: wavesText(v.Waves)},
			{Text: fmt.Sprintf("%d/%d", v.Open, len(v.Waves))}, {Mark: &mark, Note: note}, {}}}
		if p.May {
			row.Cells[5].Buttons = v.buttons(found[i].Ref.ID)
		}
		p.Rollouts.Rows = append(p.Rollouts.Rows, row)
	}
	return err
}

func (r *Rollout) buttons(id care.ID) []screen.Button {
	button := func(label, action string) screen.Button {
		return screen.Button{Label: label, Action: "/do/" + action, Fields: []screen.Hidden{{Name: "rollout", Value: string(id)}, {Name: "next", Value: "/fleet"}}}
	}
	var out []screen.Button
	switch r.State {
	case Running:
		if r.Open < len(r.Waves) {
			out = append(out, button("开始下一批", "fleet.next"))
		}
		out = append(out, button("暂停升级", "fleet.pause"), button("停止升级", "fleet.stop"))
	case Paused:
		out = append(out, button("继续升级", "fleet.resume"), button("停止升级", "fleet.stop"))
	}
	return out
}

func wavesText(waves []Wave) string {
	var out []string
	for _, w := range waves {
		if w.Share > 0 {
			out = append(out, strconv.Itoa(w.Share)+"%")
			continue
		}
		var names []string
		for _, s := range w.Sites {
			names = append(names, string(s))
		}
		out = append(out, strings.Join(names, " "))
	}
	return strings.Join(out, " → ")
}

func (p *WhoPage) releases(l *care.Look) error {
	p.Releases = screen.Table{
		Caption: "升级包",
		Empty:   &screen.Empty{Icon: "list-checks", Title: "还没有升级包", Text: "用 xyctl update pack 打包并签名，再发布"},
		Columns: []screen.Column{{Label: "发布时间"}, {Label: "程序版本"}, {Label: "可从哪版升级"}, {Label: "适用机器"}, {Label: "下载大小", Numeric: true}, {Label: "签名者"}},
	}
	found, err := care.Collect[Release](l, protocol.Query{Kind: KindRelease, Index: "all", Latest: true, Limit: 50})
	for _, f := range found {
		v := &f.Value
		p.Releases.Rows = append(p.Releases.Rows, screen.Row{Cells: []screen.Cell{{Text: stamp(v.At), Note: string(v.By)}, {Text: string(v.Version)},
			{Text: string(v.After)}, {Text: v.Target}, {Text: fmt.Sprintf("%.1f MB", float64(v.Blob.Size)/1e6)}, {Text: v.Signer}}})
		p.Version.Options = append(p.Version.Options, screen.Option{Value: string(v.Version), Label: string(v.Version)})
	}
	return err
}
