// Package roster is the one list of services, in the order people meet them.
// Hosts serve what is on it; nothing else names a service twice.
package roster

import (
	"io/fs"

	"xiangyi/protocol/care"
	"xiangyi/protocol/care/appointment"
	"xiangyi/protocol/care/catalogue"
	"xiangyi/protocol/care/checklist"
	"xiangyi/protocol/care/conflict"
	"xiangyi/protocol/care/delivery"
	"xiangyi/protocol/care/exam"
	"xiangyi/protocol/care/fleet"
	"xiangyi/protocol/care/identity"
	"xiangyi/protocol/care/media"
	"xiangyi/protocol/care/printing"
	"xiangyi/protocol/care/quarantine"
	"xiangyi/protocol/care/report"
)

// Services lists them. What watches over all of them stands last.
func Services() []care.Service {
	all := []care.Service{
		identity.Service(),
		catalogue.Service(),
		appointment.Service(),
		exam.Service(),
		report.Service(),
		media.Service(),
		printing.Service(),
		delivery.Service(),
		quarantine.Service(),
		checklist.Service(),
		fleet.Service(),
	}
	return append(all, conflict.Service(all))
}

// Screens lists the templates and words of all services.
func Screens(services []care.Service) []fs.FS {
	var out []fs.FS
	for _, s := range services {
		if s.Screens != nil {
			out = append(out, s.Screens)
		}
	}
	return out
}
