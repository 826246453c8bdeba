package gallery

import (
	"time"

	"xiangyi/protocol/care/screen"
)

// Model is what every gallery body shows from; a body uses the fields it needs.
type Model struct {
	Tiles   screen.Tiles
	Fields  []screen.Field
	Choices screen.Choices
	Check   screen.Check
	Done    screen.Done
	Trend   screen.Trend
	Board   screen.Board
	Ticket  screen.Ticket
	Table   screen.Table
	Empty   screen.Empty
	Notices []screen.Notice
	Syncs   []screen.Sync
	Buttons []screen.Button
}

func kioskSamples() []Sample {
	home := kiosk("您好，今天要做什么？", "")
	home.Path, home.Back, home.Home = "/", "", "/"
	number := kiosk("请输入手机号", "")
	number.Errors = []screen.FieldError{{Field: "phone", Text: "手机号应是 11 位数字"}}
	sending := kiosk("预约好了", "")
	sending.Freshness.Sync = screen.Sync{State: screen.SyncSending, Left: 12, Sent: 25, Remain: 2 * time.Minute}
	sending.Call = screen.Ringing
	fine := kiosk("我的血压", "")
	fine.Freshness.Sync = screen.Sync{State: screen.SyncDelivered}
	fine.Call = screen.Answered
	stuck := kiosk("候诊", "")
	stuck.Freshness.Sync = screen.Sync{State: screen.SyncAttention, Stuck: 1}
	return []Sample{
		{"home", "gallery/tiles", screen.Page{Chrome: home, Body: Model{Tiles: homeTiles()}}},
		{"departments", "gallery/tiles", screen.Page{Chrome: kiosk("挂哪个科？", "不确定挂哪科，可以先做分诊，或呼叫村医。"), Body: Model{Tiles: departments()}}},
		{"number", "gallery/form", screen.Page{Chrome: number, Body: Model{Fields: []screen.Field{phone}}}},
		{"question", "gallery/choices", screen.Page{Chrome: kiosk("就诊前问一问", "医生看病前会先看到您的回答。"), Body: Model{Choices: question()}}},
		{"check", "gallery/check", screen.Page{Chrome: kiosk("请核对", ""), Body: Model{Check: check()}}},
		{"done", "gallery/done", screen.Page{Chrome: sending, Body: Model{Done: done()}}},
		{"trend", "gallery/trend", screen.Page{Chrome: fine, Body: Model{Trend: pressure()}}},
		{"board", "gallery/board", screen.Page{Chrome: stuck, Body: Model{Board: board()}}},
		{"ticket", "gallery/ticket", screen.Page{Chrome: kiosk("取号", ""), Body: Model{Ticket: ticket()}}},
		{"empty", "gallery/empty", screen.Page{Chrome: kiosk("我的报告", ""), Body: Model{Empty: noReports()}}},
	}
}

var phone = screen.Field{Name: "phone", Label: "手机号", Hint: "医生停诊时，用它告诉您。", Type: "tel", Value: "1380013", Numpad: true, MaxLength: 11, Width: 12}

func homeTiles() screen.Tiles {
	return screen.Tiles{Label: "今天要做什么", Items: []screen.Tile{
		{Label: "量血压", Note: "今天该量了，上次是 10 月 5 日", Icon: "heart-pulse", Href: "/exam", Main: true},
		{Label: "预约挂号", Note: "县医院的号，在村里约", Icon: "calendar-plus", Href: "/appointment"},
		{Label: "看报告", Note: "1 份新报告", Icon: "file-text", Href: "/report", Count: 1},
		{Label: "我的预约", Icon: "calendar-check", Href: "/bookings"},
		{Label: "报到取号", Icon: "ticket", Action: "/checkin"},
		{Label: "找医生看病", Icon: "video", Closed: "现在没有网络，可以先留言"},
	}}
}

func departments() screen.Tiles {
	return screen.Tiles{Label: "科室", Items: []screen.Tile{
		{Label: "内科", Note: "发热、咳嗽、血压、血糖", Icon: "stethoscope", Href: "/d/1"},
		{Label: "外科", Note: "外伤、疼痛、包块", Icon: "activity", Href: "/d/2"},
		{Label: "儿科", Note: "14 岁以下", Icon: "user-round", Href: "/d/3"},
		{Label: "中医科", Note: "调理、针灸、推拿", Icon: "pill", Href: "/d/4"},
	}, Pager: screen.Pager{Page: 1, Pages: 3, Next: "/d?page=2"}}
}

func question() screen.Choices {
	return screen.Choices{Name: "fever", Legend: "这几天发过烧吗？", Hint: "可选多项", Many: true, Options: []screen.Option{
		{Value: "no", Label: "没有"},
		{Value: "low", Label: "有一点", Note: "37.3 到 38 度", Checked: true},
		{Value: "high", Label: "烧得厉害", Note: "38 度以上"},
		{Value: "unknown", Label: "没量过"},
	}}
}

func check() screen.Check {
	return screen.Check{Action: "/book", Submit: "确认预约", Fields: []screen.Hidden{{Name: "slot", Value: "v01-17"}},
		Summary: screen.Summary{Rows: []screen.SummaryRow{
			{Key: "看病的人", Value: "王*明"},
			{Key: "医院", Value: "清溪县人民医院"},
			{Key: "科室", Value: "内科", Href: "/d"},
			{Key: "医生", Value: "陈医生", Href: "/doctors"},
			{Key: "时间", Value: "11月5日 星期四 上午 9:30", Href: "/times"},
			{Key: "挂号费", Value: "10.00 元"},
		}},
		Warning: &screen.Notice{Kind: screen.Calm, Title: "现在没有网络", Text: "这个号归本站管，照样约得上。联网后自动告诉县医院。"},
		Cancel:  &screen.Button{Label: "不约了", Href: "/"},
	}
}

func done() screen.Done {
	return screen.Done{Title: "号已经给您留好了", Label: "就诊号", Reference: "A017",
		Receipt: &screen.Receipt{Level: screen.SavedHere, At: Now},
		Next: &screen.Next{Steps: []screen.Step{
			{When: "现在", Text: "取好打印的小票。"},
			{When: "联网后", Text: "自动告诉县医院，小票上的码可以查到哪一步了。"},
			{When: "11月5日 上午 9:00", Text: "带身份证到县医院内科报到。"},
		}},
		Actions: []screen.Button{{Label: "打印小票", Icon: "printer", Action: "/print", Look: screen.Primary}, {Label: "填就诊前问卷", Icon: "clipboard-list", Href: "/form"}},
	}
}

func pressure() screen.Trend {
	high := &screen.Mark{Kind: screen.Warn, Text: "偏高"}
	values := []struct {
		days, sys, dia float64
		mark           *screen.Mark
	}{{30, 162, 98, high}, {25, 158, 96, high}, {20, 151, 92, high}, {14, 146, 90, high}, {9, 142, 88, high}, {4, 139, 86, nil}, {0, 138, 86, nil}}
	t := screen.Trend{Title: "最近七次血压", Unit: "mmHg", Bands: []screen.Band{{Label: "高压目标 90 到 140", Low: 90, High: 140}, {Label: "低压目标 60 到 90", Low: 60, High: 90}},
		Series: []screen.Series{{Name: "高压"}, {Name: "低压"}}}
	for _, v := range values {
		at := Now.Add(-time.Duration(v.days*24) * time.Hour)
		t.Series[0].Points = append(t.Series[0].Points, screen.Point{At: at, Value: v.sys, Mark: v.mark})
		t.Series[1].Points = append(t.Series[1].Points, screen.Point{At: at, Value: v.dia})
	}
	return t
}

func board() screen.Board {
	return screen.Board{Title: "候诊", Waiting: 5, From: 20, To: 35, Missed: []string{"A009"},
		Now:  []screen.BoardCall{{Number: "A012", Name: "李*", Room: "1 诊室"}},
		Next: []screen.BoardCall{{Number: "A013", Name: "赵*兰"}, {Number: "A014", Name: "禤*龑"}, {Number: "A015", Name: "王*明"}},
	}
}

func ticket() screen.Ticket {
	return screen.Ticket{Number: "A015", Name: "王*明", Place: "1 诊室", When: "约 10:40 到 11:00", Ahead: 2,
		Receipt: &screen.Receipt{Level: screen.HeldByCounty, At: Now},
		Next:    &screen.Next{Steps: []screen.Step{{Text: "请在大厅坐着等，叫到号会响铃。"}, {Text: "过号不作废，告诉村医就行。"}}}}
}

func noReports() screen.Empty {
	return screen.Empty{Icon: "file-text", Title: "还没有报告", Text: "县医院审核完，报告会自动到这里。", Action: &screen.Button{Label: "看看我的预约", Href: "/bookings", Icon: "calendar-check"}}
}
