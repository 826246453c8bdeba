package media

import (
	"embed"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

//go:embed screens words
var screens embed.FS

// Service is photos of a resident's record.
func Service() care.Service {
	return care.Service{
		Name: "media", Title: "照片", Screens: screens, Kinds: kinds(), Pages: pages(),
		Actions: []care.Action{add(), hold(), withdraw()},
		Views:   []care.View{ofPerson(), one(), picture()},
	}
}

func pages() []care.Page {
	const office care.Channels = "desk,portal"
	return []care.Page{
		{Path: "/media/person/{person}", Channels: office, View: "media.person", Template: "media/person", Title: "居民的照片"},
		{Path: "/media/item/{media}", Channels: office, View: "media.item", Template: "media/item", Title: "一张照片", Live: []protocol.Kind{Kind}},
		{Path: "/media/picture/{media}", Channels: office, View: "media.picture", Title: "照片"}, // the bytes themselves
	}
}
