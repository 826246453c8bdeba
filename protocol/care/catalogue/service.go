package catalogue

import (
	"embed"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

//go:embed screens words
var screens embed.FS

// Service is what is offered and where.
func Service() care.Service {
	return care.Service{
		Name: "catalogue", Title: "服务目录", Screens: screens, Kinds: kinds(), Pages: pages(),
		Actions:   []care.Action{draft(), submit(), giveBack(), online(), offline(), setTerminal(), retire(), setOrganisation(), follow()},
		Reactions: []care.Reaction{introduce()},
		Views: []care.View{home(), items(), itemPage(), itemNew(), terminals(), terminalPage(), terminalNew(),
			organisations(), organisationPage(), organisationNew()},
	}
}

func kinds() []care.Kind {
	all := protocol.Index{Name: "all"}
	bySite := protocol.Index{Name: "site", Fields: []string{"site"}}
	return []care.Kind{
		{KindSpec: protocol.KindSpec{Kind: care.KindItem, Class: protocol.ClassPublic, Retention: protocol.RetainOperational,
			Indexes: []protocol.Index{all}}, Decider: care.Supervisor},
		{KindSpec: protocol.KindSpec{Kind: care.KindTerminal, Class: protocol.ClassInternal, Retention: protocol.RetainOperational,
			Indexes: []protocol.Index{all, bySite}}, Decider: care.Operator},
		{KindSpec: protocol.KindSpec{Kind: care.KindOrganisation, Class: protocol.ClassPublic, Retention: protocol.RetainClinical,
			Indexes: []protocol.Index{all, bySite, {Name: "type", Fields: []string{"type"}}}}, Decider: care.Operator},
	}
}

var (
	operators = []care.Role{care.Operator}
	overseers = []care.Role{care.Supervisor}
	managers  = []care.Role{care.Operator, care.Supervisor}
	published = []protocol.Scope{protocol.CatalogueScope}
)

func pages() []care.Page {
	items := &care.Entry{Icon: "list-checks", Label: "服务事项", Detail: "起草、审核、上线、下线", Order: 60}
	screensHere := &care.Entry{Icon: "tv", Label: "自助终端", Detail: "自助机和办公屏幕", Order: 62}
	places := &care.Entry{Icon: "hospital", Label: "机构", Detail: "医院、卫生院、卫生站", Order: 64}
	return []care.Page{
		{Path: "/catalogue/items", Channels: "portal", View: "catalogue.items", Template: "catalogue/items", Title: "服务事项", Entry: items},
		{Path: "/catalogue/items/new", Channels: "portal", View: "catalogue.item-new", Template: "catalogue/item", Title: "起草服务事项", Back: "/catalogue/items"},
		{Path: "/catalogue/items/{id}", Channels: "portal", View: "catalogue.item", Template: "catalogue/item", Title: "服务事项", Back: "/catalogue/items"},
		{Path: "/catalogue/terminals", Channels: "desk,portal", View: "catalogue.terminals", Template: "catalogue/terminals", Title: "自助终端", Entry: screensHere},
		{Path: "/catalogue/terminals/new", Channels: "portal", View: "catalogue.terminal-new", Template: "catalogue/form", Title: "登记终端", Back: "/catalogue/terminals"},
		{Path: "/catalogue/terminals/{id}", Channels: "portal", View: "catalogue.terminal-page", Template: "catalogue/form", Title: "自助终端", Back: "/catalogue/terminals"},
		{Path: "/catalogue/places", Channels: "portal", View: "catalogue.places", Template: "catalogue/places", Title: "机构", Entry: places},
		{Path: "/catalogue/places/new", Channels: "portal", View: "catalogue.place-new", Template: "catalogue/form", Title: "登记机构", Back: "/catalogue/places"},
		{Path: "/catalogue/places/{id}", Channels: "portal", View: "catalogue.place", Template: "catalogue/form", Title: "机构", Back: "/catalogue/places"},
	}
}
