package exam

import (
	"embed"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

//go:embed screens words
var screens embed.FS

// Service is measured vital signs.
func Service() care.Service {
	return care.Service{
		Name: "exam", Title: "测量", Screens: screens, Kinds: kinds(), Pages: pages(),
		Actions: []care.Action{
			record(), enter(), start(), stop(), assign(), discard(), attend(), withdraw(), move(), instrument(),
		},
		Views: []care.View{
			menu(), instructions(), waits(), one("exam.result"), one("exam.urgent"), mine(), history(),
			readings(), personPage(), enterPage(), heldList(), assignPage(), readingPage(),
		},
	}
}

const office care.Channels = "desk,portal"

func pages() []care.Page {
	tile := &care.Entry{
		Icon: "heart-pulse", Label: "测量身体指标", Detail: "血压、脉搏、体温", Order: 30,
		Roles: []care.Role{care.Visitor, care.Resident}, Item: "measure",
	}
	readings := []protocol.Kind{KindObservation}
	waiting := []protocol.Kind{KindObservation, KindHeld, care.KindTask}
	staff := &care.Entry{Icon: "heart-pulse", Label: "测量读数", Order: 30}
	return []care.Page{
		{Path: "/exam", Channels: "kiosk", View: "exam.menu", Template: "exam/menu", Title: "测什么", Entry: tile},
		{Path: "/exam/measure/{what}", Channels: "kiosk", View: "exam.instructions", Template: "exam/measure", Title: "准备测量", Back: "/exam"},
		{Path: "/exam/wait/{session}", Channels: "kiosk", View: Waits, Template: "exam/wait", Title: "正在测量", Live: readings, Back: "/exam"},
		{Path: "/exam/result/{observation}", Channels: "kiosk", View: "exam.result", Template: "exam/result", Title: "测量结果", Back: "/exam/mine"},
		{Path: "/exam/urgent/{observation}", Channels: "kiosk", View: "exam.urgent", Template: "exam/urgent", Title: "请马上找医生", Back: "/exam/mine"},
		{Path: "/exam/mine", Channels: "kiosk", View: "exam.mine", Template: "exam/mine", Title: "我的测量记录", Back: "/exam"},
		{Path: "/exam/mine/{what}", Channels: "kiosk", View: "exam.history", Template: "exam/history", Title: "最近几次", Back: "/exam/mine"},

		{Path: "/exam", Channels: office, View: "exam.readings", Template: "exam/readings", Title: "测量读数", Live: waiting, Entry: staff},
		{Path: "/exam/person/{person}", Channels: office, View: "exam.person", Template: "exam/person", Title: "居民的测量记录", Back: "/exam"},
		{Path: "/exam/enter/{person}", Channels: office, View: "exam.entering", Template: "exam/enter", Title: "手工录入读数", Back: "/exam"},
		{Path: "/exam/reading/{observation}", Channels: office, View: "exam.reading", Template: "exam/reading", Title: "一条读数", Back: "/exam"},
		{Path: "/exam/unassigned", Channels: "desk", View: "exam.unassigned", Template: "exam/unassigned", Title: "没有对上人的读数", Back: "/exam"},
		{Path: "/exam/unassigned/{reading}", Channels: "desk", View: "exam.assigning", Template: "exam/assign", Title: "这是谁的读数", Back: "/exam/unassigned"},
	}
}
