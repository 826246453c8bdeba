package appointment

import (
	"embed"

	"xiangyi/protocol/care"
)

// Screens holds the templates and words of this service.
//
//go:embed screens/*.html words/*.json
var Screens embed.FS

// Service is the appointment service.
func Service() care.Service {
	return care.Service{
		Name: "appointment", Title: "预约挂号", Screens: Screens,
		Kinds: kinds(), Actions: actions(), Views: views(), Pages: pages(), Reactions: reactions(), Chores: Chores,
	}
}
