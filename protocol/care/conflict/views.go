package conflict

import (
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// OpenPage lists what waits for a decision.
type OpenPage struct{ Table screen.Table }

type nothing struct{}

// open lists the tasks of the looker's role, oldest first.
func open() care.View {
	return care.Show(care.View{Name: "conflict.open", Roles: deciders, Purpose: care.ForOperations, Personal: true},
		func(l *care.Look, _ nothing) (OpenPage, error) {
			tasks, err := care.Collect[care.Task](l, protocol.Query{Kind: care.KindTask, Index: "for", Match: []string{string(l.Actor.Role), "open"}})
			if err != nil {
				return OpenPage{}, err
			}
			l.Saw("", len(tasks))
			page := OpenPage{screen.Table{
				Caption: "等人核对的事", Columns: []screen.Column{{Label: "时间"}, {Label: "什么事"}, {Label: "去处理", Hidden: true}},
				Empty: &screen.Empty{Icon: "check-check", Title: "没有等人核对的事", Text: "两处改动不一致时会出现在这里"},
			}}
			for _, t := range tasks {
				cells := []screen.Cell{{Text: t.Value.Opened.In(care.Zone).Format("2006-01-02 15:04")}, {Text: t.Value.Words}, {}}
				if t.Value.Reason == "conflict" {
					cells[2].Buttons = []screen.Button{{Label: "去处理", Href: "/conflict/" + string(t.Ref.ID)}}
				}
				page.Table.Rows = append(page.Table.Rows, screen.Row{Cells: cells})
			}
			return page, nil
		})
}

// OnePage sets the heads of one record side by side.
type OnePage struct {
	Task   care.ID
	Words  string
	Sides  []Side
	Fields []Line
	Done   bool
}

// Side is one head.
type Side struct {
	Rev, Site, When string
}

// Line is one field, with its text on every side.
type Line struct {
	Name   string
	Texts  []string
	Differ bool
}

type oneInput struct {
	ID care.ID `json:"id"`
}

func one() care.View {
	return care.Show(care.View{Name: "conflict.one", Roles: deciders, Purpose: care.ForOperations, Personal: true},
		func(l *care.Look, in oneInput) (OnePage, error) {
			task, _, err := care.Read[care.Task](l, protocol.Ref{Kind: care.KindTask, ID: in.ID})
			if err == nil {
				err = mayDecide(l.Actor, &task)
			}
			if err != nil {
				return OnePage{}, err
			}
			rec, err := l.Get(task.About)
			if err != nil {
				return OnePage{}, err
			}
			l.Saw(task.Person, 1)
			page := OnePage{Task: in.ID, Words: task.Words, Done: task.State != "open"}
			var sides []map[string]any
			for _, h := range rec.Heads {
				var fields map[string]any
				if err := json.Unmarshal(h.Value, &fields); err != nil {
					return OnePage{}, fmt.Errorf("conflict.one: %w", err)
				}
				sides = append(sides, fields)
				page.Sides = append(page.Sides, Side{h.Rev.String(), string(h.Site), h.HLC.Time().In(care.Zone).Format("2006-01-02 15:04")})
			}
			page.Fields = compare(sides)
			return page, nil
		})
}

func compare(sides []map[string]any) []Line {
	var names []string
	for _, s := range sides {
		for n := range s {
			if !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	slices.Sort(names)
	var out []Line
	for _, n := range names {
		line := Line{Name: n}
		for _, s := range sides {
			text := "—"
			if v, ok := s[n]; ok {
				text = fmt.Sprint(v)
			}
			line.Texts = append(line.Texts, text)
		}
		line.Differ = slices.ContainsFunc(line.Texts, func(t string) bool { return t != line.Texts[0] })
		out = append(out, line)
	}
	return out
}

func pages() []care.Page {
	return []care.Page{
		{Path: "/conflict", Channels: "portal", View: "conflict.open", Template: "conflict/open", Title: "等人核对的事",
			Entry: &care.Entry{Icon: "list-checks", Label: "等人核对", Order: 80}},
		{Path: "/conflict/{id}", Channels: "portal", View: "conflict.one", Template: "conflict/one", Title: "两处的内容不一致", Back: "/conflict"},
	}
}
