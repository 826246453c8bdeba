package control

import (
	"net/http"

	"xiangyi/cmd/sandbox/county"
	"xiangyi/cmd/sandbox/peer/hospital"
	"xiangyi/protocol/care/screen"
)

// HospitalPage is the stand-in hospital with its faults and its books.
type HospitalPage struct {
	Faults   []screen.Button
	People   screen.Field
	Charset  screen.Field
	Reviewed screen.Choices
	Slot     screen.Field
	Bookings screen.Table
	Heard    screen.Table
	Outbox   screen.Table
}

func (p *Page) hospital(r *http.Request) (shown, error) {
	b := books(r.Context(), p.county.Plan.Hospital)
	body := HospitalPage{
		People:   screen.Field{Name: "card", Label: "给谁", Type: "select"},
		Charset:  screen.Field{Name: "charset", Label: "编码", Type: "select", Options: []screen.Option{{Value: "utf8", Label: "UTF-8"}, {Value: "gb18030", Label: "GB 18030"}}},
		Reviewed: screen.Choices{Name: "reviewed", Legend: "审核", Many: true, Options: []screen.Option{{Value: "on", Label: "已审核，最终报告", Checked: true}}},
		Slot:     screen.Field{Name: "slot", Label: "号源", Type: "select"},
	}
	fault := func(what, label, icon string, look screen.Look) {
		body.Faults = append(body.Faults, screen.Button{Label: label, Icon: icon, Action: "/do/hospital", Look: look,
			Fields: []screen.Hidden{{Name: "what", Value: what}, {Name: "back", Value: "/hospital"}}})
	}
	fault("lose", "办好下一件，不回答", "x", screen.Danger)
	fault("away", "谁来都不接", "wifi-off", screen.Danger)
	fault("slow", "每次慢三秒", "hourglass", screen.Secondary)
	fault("back", "恢复正常", "check", screen.Secondary)
	cards := county.Cards()
	for _, c := range cards[:len(cards)-1] { // nobody has a report under a forged number
		body.People.Options = append(body.People.Options, screen.Option{Value: c.Number, Label: c.Name})
	}
	for _, s := range b.Slots {
		if s.Placer == "" && !s.Sold {
			body.Slot.Options = append(body.Slot.Options, screen.Option{Value: string(s.ID), Label: string(s.ID)})
		}
	}
	body.Bookings, body.Heard, body.Outbox = bookingTable(b), heardTable(b), outboxTable(b)
	return shown{title: "县医院||place", lead: "医院有自己的系统和窗口；县里用 HL7 和它说话。", template: "sandbox/hospital", body: body,
		regions: []region{{"bookings", "sandbox/table-live", body.Bookings}, {"heard", "sandbox/table-live", body.Heard}, {"outbox", "sandbox/table-live", body.Outbox}}}, nil
}

func bookingTable(b Books) screen.Table {
	t := screen.Table{Caption: "医院账上的预约", Columns: []screen.Column{{Label: "县里的编号"}, {Label: "医院的编号"}, {Label: "号源"}, {Label: "状态"}},
		Empty: &screen.Empty{Icon: "calendar-days", Title: "医院账上还没有预约"}}
	for _, x := range b.Bookings {
		m := yes("有效")
		if x.Cancelled {
			m = wait("已取消")
		}
		t.Rows = append(t.Rows, screen.Row{Cells: []screen.Cell{{Text: string(x.Placer)}, {Text: string(x.Filler)}, {Text: string(x.Slot)}, {Mark: &m}}})
	}
	return t
}

// heardMost is how many of the newest messages are shown.
const heardMost = 20

func heardTable(b Books) screen.Table {
	t := screen.Table{Caption: "医院听到的消息（最近 20 条）", Columns: []screen.Column{{Label: "时间"}, {Label: "消息"}, {Label: "编号"}, {Label: "回答"}},
		Empty: &screen.Empty{Icon: "message-circle", Title: "医院还没有听到消息"}}
	for i := len(b.Messages) - 1; i >= 0 && len(t.Rows) < heardMost; i-- {
		x := b.Messages[i]
		m := yes(x.Answer)
		switch {
		case x.Lost:
			m = no("办了，没有回答")
		case x.Repeat:
			m = warn("重复，没有再办")
		case x.Answer != "AA":
			m = warn(x.Answer)
		}
		t.Rows = append(t.Rows, screen.Row{Cells: []screen.Cell{{Text: x.At.In(screen.China).Format("15:04:05")}, {Text: x.Type}, {Text: string(x.Placer)}, {Mark: &m}}})
	}
	return t
}

func outboxTable(b Books) screen.Table {
	t := screen.Table{Caption: "医院发出的消息", Columns: []screen.Column{{Label: "消息"}, {Label: "编号"}, {Label: "次数", Numeric: true}, {Label: "状态"}},
		Empty: &screen.Empty{Icon: "send", Title: "医院还没有发出消息"}}
	for i := len(b.Outbox) - 1; i >= 0 && len(t.Rows) < heardMost; i-- {
		x := b.Outbox[i]
		m := wait("等着再发")
		switch x.State {
		case hospital.Accepted:
			m = yes("县里已收到")
		case hospital.Parked:
			m = no("县里不收")
		}
		t.Rows = append(t.Rows, screen.Row{Cells: []screen.Cell{{Text: x.Type}, {Text: x.Control}, number(x.Tries), {Mark: &m, Note: x.Why}}})
	}
	return t
}

// AccountsPage is where everything is, and who can sign in.
type AccountsPage struct{ Addresses, Accounts screen.Table }

func (p *Page) accounts(*http.Request) (shown, error) {
	plan := p.county.Plan
	body := AccountsPage{
		Addresses: screen.Table{Caption: "地址", Columns: []screen.Column{{Label: "哪里"}, {Label: "地址"}}},
		Accounts:  screen.Table{Caption: "账号", Columns: []screen.Column{{Label: "身份"}, {Label: "登录名"}, {Label: "第一次的密码"}, {Label: "在哪里登录"}}},
	}
	for _, a := range plan.Addresses() {
		body.Addresses.Rows = append(body.Addresses.Rows, screen.Row{Cells: []screen.Cell{{Text: a.Title, Note: a.Part}, {Text: a.URL, Href: a.URL}}})
	}
	for _, a := range plan.Accounts {
		where := "县平台"
		if v, err := p.village(a.Where); err == nil {
			where = v.Title
		}
		body.Accounts.Rows = append(body.Accounts.Rows, screen.Row{Cells: []screen.Cell{{Text: a.Title, Note: a.Name}, {Text: a.Login}, {Text: a.Password}, {Text: where}}})
	}
	return shown{title: "地址和账号", lead: "居民用身份证登录：在村站那一页把身份证放上读卡器。", template: "sandbox/accounts", body: body}, nil
}
