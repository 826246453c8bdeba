package quarantine

import (
	"embed"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

//go:embed screens words
var screens embed.FS

// Service is the quarantine.
func Service() care.Service {
	return care.Service{
		Name: "quarantine", Title: "待修复的记录", Screens: screens,
		Kinds:   []care.Kind{parkedKind, differenceKind},
		Actions: []care.Action{note(), again(), aside(), differ()},
		Views:   []care.View{open(), one()},
		Pages: []care.Page{
			{Path: "/quarantine", Channels: "portal", View: "quarantine.open", Template: "quarantine/open",
				Title: "待修复的记录", Live: []protocol.Kind{KindParked, KindDifference},
				Entry: &care.Entry{Icon: "triangle-alert", Label: "待修复的记录", Order: 86}},
			{Path: "/quarantine/{id}", Channels: "portal", View: "quarantine.one", Template: "quarantine/one",
				Title: "放到一边", Back: "/quarantine"},
		},
	}
}
