package identity

import (
	"embed"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

//go:embed screens words
var screens embed.FS

// Service is who people are.
func Service() care.Service {
	return care.Service{
		Name: "identity", Title: "身份与同意", Screens: screens, Kinds: kinds(), Pages: pages(),
		Actions: []care.Action{
			readCard(), signedIn(), failed(), setPIN(), dropPIN(), setPassword(), unlock(), unlockStaff(),
			register(), edit(), contact(), wishes(), visit(), lookUp(), breakGlass(), reviewEmergency(),
			vouch(), openKiosk(), closeKiosk(), ring(), answer(), takeOver(), closeCall(),
			agree(), withdraw(), publishForm(), relate(), endRelation(), actFor(),
			enrol(), editStaff(), resetPassword(), assignRoles(), suspend(),
		},
		Reactions: []care.Reaction{settleHome()},
		Views: []care.View{
			check(), session(), terminal(),
			ways(), reading(), phoneEntry(), staffEntry(), passwordForm(), calling(),
			me(), phoneForm(), wishForm(), pinForm(), wards(), consents(), consentPage(),
			findView(), lookupPage(), registerForm(), personView(), editForm(), guardianForm(), calls(),
			staffList(), newStaff(), staffPage(), glassForm(), glassList(), glassOne(),
		},
	}
}

const office care.Channels = "desk,portal"

func pages() []care.Page {
	return append(append(kioskPages(), officePages()...), staffPages()...)
}

func kioskPages() []care.Page {
	mine := &care.Entry{Icon: "user-round", Label: "我的资料", Detail: "电话、接收消息、同意书", Order: 80,
		Roles: []care.Role{care.Visitor, care.Resident}}
	return []care.Page{
		{Path: "/identity/signin", Channels: "kiosk", View: "identity.ways", Template: "identity/signin", Title: "请先登录，选一种方式"},
		{Path: "/identity/signin/card", Channels: "kiosk", View: "identity.reading", Template: "identity/reading", Title: "刷身份证", Back: "/identity/signin"},
		{Path: "/identity/signin/phone", Channels: "kiosk", View: "identity.phone-entry", Template: "identity/enter", Title: "用手机号和密码登录", Back: "/identity/signin"},
		{Path: "/identity/calling", Channels: "kiosk", View: "identity.calling", Template: "identity/calling", Title: "呼叫村医", Live: []protocol.Kind{KindBell}},
		{Path: "/identity/me", Channels: "kiosk", View: "identity.mine", Template: "identity/me", Title: "我的资料", Entry: mine},
		{Path: "/identity/me/phone", Channels: "kiosk", View: "identity.my-phone", Template: "identity/form", Title: "修改手机号", Back: "/identity/me"},
		{Path: "/identity/me/wishes", Channels: "kiosk", View: "identity.my-wishes", Template: "identity/form", Title: "想收到哪些消息", Back: "/identity/me"},
		{Path: "/identity/me/pin", Channels: "kiosk", View: "identity.my-pin", Template: "identity/form", Title: "设置登录密码", Back: "/identity/me"},
		{Path: "/identity/wards", Channels: "kiosk", View: "identity.wards", Template: "identity/wards", Title: "替孩子办理", Back: "/identity/me"},
		{Path: "/identity/consent", Channels: "kiosk", View: "identity.consents", Template: "identity/consents", Title: "同意书", Back: "/identity/me"},
		{Path: "/identity/consent/{purpose}", Channels: "kiosk", View: "identity.consent-page", Template: "identity/consent", Title: "同意书", Back: "/identity/consent"},
	}
}

func officePages() []care.Page {
	search := &care.Entry{Icon: "search", Label: "找居民", Detail: "姓名、拼音、户号、后四位", Order: 10}
	word := &care.Entry{Icon: "key-round", Label: "修改密码", Order: 95}
	bells := &care.Entry{Icon: "bell-ring", Label: "呼叫", Detail: "自助机前有人要帮忙", Order: 5}
	return []care.Page{
		{Path: "/identity/signin", Channels: office, View: "identity.staff-entry", Template: "identity/enter", Title: "工作人员登录"},
		{Path: "/identity/password", Channels: office, View: "identity.password-form", Template: "identity/staff-password", Title: "修改自己的密码", Entry: word},
		{Path: "/identity/find", Channels: office, View: "identity.find", Template: "identity/find", Title: "找居民", Entry: search},
		{Path: "/identity/lookup", Channels: "desk", View: "identity.lookup-form", Template: "identity/lookup", Title: "查外站居民", Back: "/identity/find"},
		{Path: "/identity/emergency", Channels: office, View: "identity.emergency-form", Template: "identity/emergency", Title: "紧急查阅", Back: "/identity/find"},
		{Path: "/identity/register", Channels: office, View: "identity.register-form", Template: "identity/register", Title: "登记新居民", Back: "/identity/find"},
		{Path: "/identity/person/{person}", Channels: office, View: "identity.person", Template: "identity/person", Title: "居民资料", Back: "/identity/find"},
		{Path: "/identity/person/{person}/edit", Channels: office, View: "identity.edit-form", Template: "identity/person-form", Title: "更正资料"},
		{Path: "/identity/person/{person}/guardian", Channels: office, View: "identity.guardian-form", Template: "identity/person-form", Title: "登记监护人"},
		{Path: "/identity/person/{person}/consent/{purpose}", Channels: office, View: "identity.consent-page", Template: "identity/consent", Title: "同意书"},
		{Path: "/identity/calls", Channels: "desk", View: "identity.calls", Template: "identity/calls", Title: "呼叫", Entry: bells, Live: []protocol.Kind{KindBell}},
	}
}

func staffPages() []care.Page {
	alarms := &care.Entry{Icon: "triangle-alert", Label: "紧急查阅", Detail: "没有同意就打开的资料，等待核查", Order: 8}
	people := &care.Entry{Icon: "users", Label: "工作人员", Detail: "账号和身份", Order: 70}
	return []care.Page{
		{Path: "/identity/emergencies", Channels: "portal", View: "identity.emergencies", Template: "identity/emergencies", Title: "紧急查阅的核查", Entry: alarms, Live: []protocol.Kind{care.KindEmergency}},
		{Path: "/identity/emergencies/{emergency}", Channels: "portal", View: "identity.emergency", Template: "identity/emergency-one", Title: "核查紧急查阅", Back: "/identity/emergencies"},
		{Path: "/identity/staff", Channels: "portal", View: "identity.staff", Template: "identity/staff", Title: "工作人员", Entry: people},
		{Path: "/identity/staff/new", Channels: "portal", View: "identity.staff-new", Template: "identity/staff-page", Title: "新增工作人员", Back: "/identity/staff"},
		{Path: "/identity/staff/{id}", Channels: "portal", View: "identity.staff-page", Template: "identity/staff-page", Title: "工作人员", Back: "/identity/staff"},
	}
}
