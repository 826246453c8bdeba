package printing

import (
	"embed"
	"strconv"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

//go:embed screens words
var screens embed.FS

// Service is the state of paper.
func Service() care.Service {
	return care.Service{
		Name: "printing", Title: "打印", Screens: screens, Kinds: kinds(), Pages: pages(),
		Actions: []care.Action{queue, step, retry, confirm, cancel},
		Views:   []care.View{mine(), jobs()},
	}
}

func pages() []care.Page {
	live := []protocol.Kind{KindJob}
	return []care.Page{
		{Path: "/printing/{kind}/{id}", Channels: "kiosk", View: "printing.mine", Template: "printing/mine", Title: "打印", Live: live},
		{Path: "/printing", Channels: "desk", View: "printing.jobs", Template: "printing/jobs", Title: "打印", Live: live,
			Entry: &care.Entry{Icon: "printer", Label: "打印", Order: 80, Roles: []care.Role{care.Doctor, care.Operator}}},
	}
}

func count(n int) string { return strconv.Itoa(n) }
