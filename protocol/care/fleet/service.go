package fleet

import (
	"embed"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

//go:embed screens words
var screens embed.FS

// Service is the stations' programs.
func Service() care.Service {
	return care.Service{
		Name: "fleet", Title: "程序升级", Screens: screens, Kinds: kinds(),
		Actions:   []care.Action{publish(), start(), next(), pause(), resume(), stop(), halt(), report()},
		Reactions: []care.Reaction{wentBack()},
		Views:     []care.View{who()},
		Pages: []care.Page{{Path: "/fleet", Channels: "portal", View: "fleet.who", Template: "fleet/who", Title: "程序升级",
			Live:  []protocol.Kind{KindRelease, KindRollout, KindSoftware},
			Entry: &care.Entry{Icon: "refresh-cw", Label: "程序升级", Detail: "各站运行的版本、分批升级", Order: 88}}},
	}
}
