package gallery

import (
	"time"

	"xiangyi/protocol/care/screen"
)

func desk(title string) screen.Chrome {
	return screen.Chrome{
		Title: title, Channel: screen.Desk, Place: "清溪村卫生站", Path: "/desk", Who: "林医生", Now: Now,
		Nav: []screen.NavItem{
			{Label: "候诊", Href: "/desk", Icon: "users", Key: "F2", Current: true, Count: 5},
			{Label: "找人", Href: "/desk/find", Icon: "search", Key: "F3"},
			{Label: "预约", Href: "/desk/bookings", Icon: "calendar-days", Key: "F4"},
			{Label: "报告", Href: "/desk/reports", Icon: "file-text", Key: "F6", Count: 1},
			{Label: "待处理", Href: "/desk/tasks", Icon: "list-checks", Key: "F7"},
		},
		Shortcuts: []screen.Shortcut{{Key: "n", Label: "新来一位", Href: "/desk/new"}},
		Freshness: screen.Freshness{AsOf: Now, Sync: screen.Sync{State: screen.SyncAttention, Stuck: 1, Reason: "转诊单，身份证号不符", Href: "/desk/tasks"}},
	}
}

func officeSamples() []Sample {
	form := desk("登记新居民")
	form.Back = "/desk/find"
	form.Errors = []screen.FieldError{{Field: "id", Text: "身份证号的校验位不对，请再核对一次"}}
	visit := desk("王大明的就诊")
	visit.Person = &screen.Person{Name: "王大明", Sex: "男", Age: "67 岁", ID: "990101********001X", Note: "清溪二组", Allergies: []string{"青霉素"}}
	visit.Flash = &screen.Notice{Kind: screen.Good, Text: "已取消 11月5日 的预约", Action: &screen.Button{Label: "撤销", Icon: "undo-2", Action: "/undo"}}
	portal := desk("各站情况")
	portal.Channel, portal.Place, portal.Who = screen.Portal, "清溪县卫生健康局", "周主任"
	portal.Freshness.Sync = screen.Sync{}
	portal.Shortcuts = nil
	portal.Nav = []screen.NavItem{
		{Label: "各站情况", Href: "/stations", Icon: "server", Current: true},
		{Label: "排班", Href: "/schedules", Icon: "calendar-days"},
		{Label: "居民", Href: "/people", Icon: "users"},
		{Label: "审计", Href: "/audit", Icon: "shield-check"},
	}
	parts := desk("全部零件")
	parts.Person = &screen.Person{Name: "赵小兰", Sex: "女", Age: "31 岁"}
	return []Sample{
		{"desk-queue", "gallery/table", screen.Page{Chrome: desk("候诊"), Body: Model{Table: queue()}}},
		{"desk-form", "gallery/form", screen.Page{Chrome: form, Body: Model{Fields: residentForm()}}},
		{"desk-visit", "gallery/trend", screen.Page{Chrome: visit, Body: Model{Trend: pressure()}}},
		{"portal-stations", "gallery/table", screen.Page{Chrome: portal, Body: Model{Table: stations()}}},
		{"parts", "gallery/parts", screen.Page{Chrome: parts, Body: everything()}},
	}
}

func queue() screen.Table {
	row := func(no, name, why string, mark screen.Mark, level screen.Level, key string) screen.Row {
		return screen.Row{Cells: []screen.Cell{
			{Text: no, Href: "/visit/" + no, Key: key}, {Text: name, Note: "67 岁"}, {Text: why}, {Mark: &mark},
			{Receipt: &screen.Receipt{Level: level, To: "县医院"}},
			{Buttons: []screen.Button{{Label: "叫号", Icon: "bell-ring", Action: "/call/" + no}}},
		}}
	}
	t := screen.Table{Caption: "今天的候诊", Columns: []screen.Column{{Label: "号"}, {Label: "姓名"}, {Label: "来做什么"}, {Label: "情况"}, {Label: "到哪一步"}, {Label: "操作", Hidden: true}}}
	t.Rows = append(t.Rows,
		row("A013", "赵小兰", "复诊，高血压", screen.Mark{Kind: screen.Warn, Text: "血压偏高"}, screen.Delivered, "1"),
		row("A014", "禤文龑", "量血压", screen.Mark{Kind: screen.Calm, Text: "等候 12 分钟"}, screen.HeldByCounty, "2"),
		row("A015", "王大明", "看报告", screen.Mark{Kind: screen.Bad, Text: "危急值"}, screen.SavedHere, "3"))
	t.Rows[2].Selected = true
	t.Pager = screen.Pager{Page: 2, Pages: 4, Prev: "/desk?page=1", Next: "/desk?page=3"}
	return t
}

func stations() screen.Table {
	row := func(name, oldest, left string, mark screen.Mark) screen.Row {
		return screen.Row{Cells: []screen.Cell{{Text: name, Href: "/stations/x"}, {Mark: &mark}, {Text: oldest}, {Text: left}, {Text: "2 分钟前"}}}
	}
	return screen.Table{Caption: "按最久没送到的排在前面",
		Columns: []screen.Column{{Label: "卫生站"}, {Label: "情况"}, {Label: "最久没送到", Numeric: true}, {Label: "还没送到", Numeric: true}, {Label: "上次联系"}},
		Rows: []screen.Row{
			row("石门村卫生站", "3 天", "412", screen.Mark{Kind: screen.Warn, Text: "久未联系"}),
			row("清溪村卫生站", "2 小时", "37", screen.Mark{Kind: screen.Calm, Text: "等网络"}),
			row("大塘村卫生站", "0", "0", screen.Mark{Kind: screen.Good, Text: "全部送到"}),
		}}
}

func residentForm() []screen.Field {
	return []screen.Field{
		{Name: "name", Label: "姓名", Value: "王大明", Width: 12, Autocomplete: "off"},
		{Name: "id", Label: "身份证号", Value: "990101195901010011", Width: 20, Hint: "18 位，末位可以是 X"},
		{Name: "sex", Label: "性别", Type: "select", Width: 6, Value: "1", Options: []screen.Option{{Value: "1", Label: "男"}, {Value: "2", Label: "女"}}},
		{Name: "weight", Label: "体重", Type: "number", Unit: "kg", Width: 6, Optional: true, Numpad: true},
		{Name: "note", Label: "备注", Type: "textarea", Optional: true},
	}
}

// everything is everything that has no page of its own.
func everything() Model {
	return Model{
		Notices: []screen.Notice{
			{Kind: screen.Info, Title: "告诉您", Text: "下周三内科停诊。"},
			{Kind: screen.Good, Text: "已保存"},
			{Kind: screen.Warn, Title: "请留意", Text: "打印机缺纸，小票可以晚点再打。", Action: &screen.Button{Label: "再打一次", Action: "/print", Icon: "printer"}},
			{Kind: screen.Bad, Title: "没有存上", Text: "磁盘写不进去了，请马上联系维护人员。"},
			{Kind: screen.Calm, Text: "等网络，不用做什么。"},
		},
		Syncs: []screen.Sync{
			{State: screen.SyncDelivered}, {State: screen.SyncWaiting, Left: 37},
			{State: screen.SyncSending, Left: 12, Sent: 25, Remain: 2 * time.Minute},
			{State: screen.SyncAttention, Stuck: 1, Reason: "转诊单，身份证号不符", Href: "/desk/tasks"},
		},
		Buttons: []screen.Button{
			{Label: "保存", Look: screen.Primary, Icon: "check", Key: "F8"}, {Label: "再看看", Href: "/x"},
			{Label: "停诊", Look: screen.Danger, Action: "/stop", Icon: "calendar-x"}, {Label: "以后再说", Look: screen.Quiet, Href: "/y"},
		},
		Choices: question(), Board: board(), Ticket: ticket(), Empty: noReports(), Tiles: departments(),
		Table: queue(),
	}
}
