package report

import (
	"embed"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

//go:embed screens words
var screens embed.FS

// Service is reports: read, printed, saved and checked.
func Service() care.Service {
	return care.Service{
		Name: "report", Title: "报告查询及打印", Screens: screens, Kinds: kinds(), Pages: pages(),
		Actions: []care.Action{
			receive(), attach(), giveBack(), handle(), open(), ask(), save(), printed(),
		},
		Views: []care.View{
			mine(), filters(), read(), course(), again(), progress(), paper(), verify(),
			desk(), personPage(), staffSheet(), heldList(), matchPage(), prints(),
		},
		Reactions: []care.Reaction{arrivals(), follow()},
	}
}

const office care.Channels = "desk,portal"

func pages() []care.Page {
	tile := &care.Entry{
		Icon: "file-text", Label: "报告查询及打印", Detail: "检验、检查、体检报告", Order: 20,
		Roles: []care.Role{care.Visitor, care.Resident}, Item: "report",
	}
	staff := &care.Entry{Icon: "file-text", Label: "检查报告", Order: 40}
	copies := &care.Entry{Icon: "printer", Label: "打印记录", Order: 45}
	check := &care.Entry{Icon: "scan-line", Label: "核对纸质报告", Order: 90}
	moving := []protocol.Kind{KindPrint}
	coming := []protocol.Kind{KindReport, KindHeld, KindHandled, care.KindTask}
	return []care.Page{
		{Path: "/report", Channels: "kiosk", View: "report.mine", Template: "report/mine", Title: "我的报告", Entry: tile},
		{Path: "/report/filter", Channels: "kiosk", View: "report.filters", Template: "report/filter", Title: "筛选报告", Back: "/report"},
		{Path: "/report/{report}", Channels: "kiosk", View: "report.read", Template: "report/read", Title: "检查报告", Back: "/report"},
		{Path: "/report/item/{report}", Channels: "kiosk,desk,portal", View: "report.item", Template: "report/item", Title: "历次结果", Back: "/report"},
		{Path: "/report/reprint/{report}", Channels: "kiosk,desk", View: "report.reprint", Template: "report/reprint", Title: "再打一份", Back: "/report"},
		{Path: "/report/print/{print}", Channels: "kiosk,desk", View: "report.printing", Template: "report/print", Title: "打印报告", Live: moving, Back: "/report"},
		{Path: "/verify", Channels: "kiosk,desk,portal", View: "report.verify", Template: "report/verify", Title: "核对纸质报告", Entry: check},

		{Path: "/report", Channels: office, View: "report.desk", Template: "report/desk", Title: "检查报告", Live: coming, Entry: staff},
		{Path: "/report/person/{person}", Channels: office, View: "report.person", Template: "report/person", Title: "居民的报告", Back: "/report"},
		{Path: "/report/staff/{report}", Channels: office, View: "report.staff", Template: "report/staff", Title: "检查报告", Back: "/report"},
		{Path: "/report/held", Channels: office, View: "report.held", Template: "report/held", Title: "没有对上人的报告", Back: "/report"},
		{Path: "/report/held/{held}", Channels: office, View: "report.matching", Template: "report/match", Title: "这是谁的报告", Back: "/report/held"},
		{Path: "/report/prints", Channels: "portal", View: "report.prints", Template: "report/prints", Title: "打印记录", Entry: copies, Back: "/report"},
	}
}
