package control

import (
	"context"
	"fmt"
	"net/http"

	"xiangyi/cmd/sandbox/county"
	"xiangyi/cmd/sandbox/peer/card"
	"xiangyi/cmd/sandbox/peer/paper"
	"xiangyi/protocol/care/screen"
)

// StationPage is everything that stands in one station.
type StationPage struct {
	Site     string
	Screens  []screen.Button // ways to the kiosk and the desk
	Row      screen.Table    // this station's line of the overview
	Line     LineCard
	Lying    screen.Mark // is there a card on the reader
	Cards    screen.Table
	Lift     screen.Button
	Tools    []ToolCard
	Printers []PrinterCard
	Printed  PrintedCard
}

// measure names what an instrument measures.
type measure struct{ Label, Unit, Shown, Usual string }

var measures = map[string]measure{
	"8480-6": {"收缩压", "mm[Hg]", "mmHg", "128"},
	"8462-4": {"舒张压", "mm[Hg]", "mmHg", "82"},
	"8867-4": {"脉率", "/min", "次/分", "72"},
	"8310-5": {"体温", "Cel", "℃", "36.60"},
	"9279-1": {"呼吸", "/min", "次/分", "18"},
}

// ToolCard is an instrument with its values to change.
type ToolCard struct {
	Title, Device, Site string
	Note                string
	Fields              []screen.Field
	Clock               screen.Field
}

// PrinterCard is a printer with what can be wrong with it.
type PrinterCard struct {
	Title   string
	Buttons []screen.Button
}

// PrintedCard is what came out of the printers lately, newest first.
type PrintedCard struct {
	Slips []SlipView
	Pages []PageView
}

// SlipView is a printed slip as text.
type SlipView struct {
	Number int
	At     string
	Text   string
}

// PageView is a printed document: a picture, and the PDF itself.
type PageView struct {
	Job          int
	Name, At     string
	Picture, PDF string
}

// newest is how many slips and pages the page shows.
const newest = 6

func (p *Page) station(r *http.Request) (shown, error) {
	v, err := p.village(r.PathValue("site"))
	if err != nil {
		return shown{}, err
	}
	s := p.watch.now(r.Context())
	back := "/station/" + string(v.Site)
	body := StationPage{Site: string(v.Site), Line: lineCard(v, s.Lines[v.Site], back), Cards: cardTable(v, back),
		Lift: screen.Button{Label: "拿走身份证", Icon: "undo-2", Action: "/do/card", Fields: []screen.Hidden{
			{Name: "site", Value: string(v.Site)}, {Name: "card"}, {Name: "back", Value: back}}},
		Screens: []screen.Button{
			{Label: "打开自助机", Icon: "tv", Href: county.Browse("kiosk-"+v.Site, v.Kiosk), Look: screen.Primary},
			{Label: "打开村医工作台", Icon: "stethoscope", Href: county.Browse("desk-"+v.Site, v.Desk)},
		}}
	for _, t := range v.Tools {
		body.Tools = append(body.Tools, toolCard(v, t))
	}
	body.Printers = printerCards(v, back)
	body.Printed = printedCard(v, printed(r.Context(), v))
	body.Lying = lying(r.Context(), v)
	body.Row = stationTable(county.Plan{Stations: []county.Station{v}}, s)
	return shown{title: v.Title, lead: "读卡器、仪器、打印机和线路，都在这里动手。", template: "sandbox/station", body: body,
		regions: []region{{"stations", "sandbox/table-live", body.Row}, {body.Line.Region, "sandbox/line-live", body.Line}, {"printed", "sandbox/printed-live", body.Printed}, {"lying", "sandbox/mark-live", body.Lying}}}, nil
}

func lying(ctx context.Context, v county.Station) screen.Mark {
	state := hear[card.State](ctx, v.Reader.Admin, "/state")
	switch {
	case !state.OK:
		return warn("没有回答")
	case state.Value.Card:
		return yes("放着身份证")
	}
	return wait("空着")
}

func cardTable(v county.Station, back string) screen.Table {
	t := screen.Table{Caption: "抽屉里的身份证（全是虚构的人）", Columns: []screen.Column{{Label: "姓名"}, {Label: "号码"}, {Label: "住址"}, {Label: "放上读卡器", Hidden: true}}}
	all := county.Cards()
	for i, c := range all {
		row := []screen.Cell{{Text: c.Name}, {Text: c.Number}, {Text: c.Address}, {Buttons: []screen.Button{{
			Label: "放上读卡器", Icon: "id-card", Action: "/do/card", Fields: []screen.Hidden{
				{Name: "site", Value: string(v.Site)}, {Name: "card", Value: c.Number}, {Name: "back", Value: back}}}}}}
		if i == len(all)-1 {
			m := warn("校验位是错的")
			row[1].Mark = &m
		}
		t.Rows = append(t.Rows, screen.Row{Cells: row})
	}
	return t
}

func toolCard(v county.Station, t county.Instrument) ToolCard {
	c := ToolCard{Title: t.Title, Device: string(t.Device), Site: string(v.Site), Note: t.Model + " · " + string(t.Device)}
	for _, code := range t.Codes {
		m := measures[code]
		c.Fields = append(c.Fields, screen.Field{Name: code, Label: m.Label, Value: m.Usual, Unit: m.Shown, Width: 8, MaxLength: 12})
	}
	c.Clock = screen.Field{Name: "clock", Label: "仪器的时钟", Type: "select", Value: "right", Options: []screen.Option{
		{Value: "right", Label: "走得准"}, {Value: "wrong", Label: "慢了两小时"}}}
	return c
}

func printerCards(v county.Station, back string) []PrinterCard {
	var out []PrinterCard
	for _, which := range []struct{ name, title string }{{"slip", "小票打印机"}, {"page", "A4 打印机"}} {
		c := PrinterCard{Title: which.title}
		for _, m := range paperModes {
			c.Buttons = append(c.Buttons, screen.Button{Label: m.label, Action: "/do/paper", Fields: []screen.Hidden{
				{Name: "site", Value: string(v.Site)}, {Name: "printer", Value: which.name}, {Name: "what", Value: m.what}, {Name: "back", Value: back}}})
		}
		out = append(out, c)
	}
	return out
}

func printedCard(v county.Station, all Printed) PrintedCard {
	var out PrintedCard
	for i := len(all.Slips) - 1; i >= 0 && len(out.Slips) < newest; i-- {
		s := all.Slips[i]
		out.Slips = append(out.Slips, SlipView{s.Number, s.At.In(screen.China).Format("15:04:05"), s.Text})
	}
	for i := len(all.Pages) - 1; i >= 0 && len(out.Pages) < newest; i-- {
		out.Pages = append(out.Pages, pageView(v, all.Pages[i]))
	}
	return out
}

func pageView(v county.Station, d paper.Document) PageView {
	base := fmt.Sprintf("/print/%s/%d", v.Site, d.Job)
	p := PageView{Job: d.Job, Name: d.Name, At: d.At.In(screen.China).Format("15:04:05"), PDF: base + ".pdf"}
	if painter() != "" {
		p.Picture = base + ".png"
	}
	return p
}
