package delivery

import (
	"embed"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

//go:embed screens words
var screens embed.FS

// Service is the delivery ledger.
func Service() care.Service {
	return care.Service{
		Name: "delivery", Title: "对外传送", Screens: screens,
		Actions: []care.Action{mark(), retry()},
		Views:   []care.View{undelivered()},
		Pages: []care.Page{{Path: "/delivery", Channels: "portal", View: "delivery.open", Template: "delivery/open",
			Title: "没有送到的", Live: []protocol.Kind{care.KindDelivery},
			Entry: &care.Entry{Icon: "send", Label: "对外传送", Order: 85}}},
	}
}
