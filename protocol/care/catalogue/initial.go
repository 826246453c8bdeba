package catalogue

import (
	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// functions are the twelve of the service specification (F7.1.1), in its order.
// Their identifiers are the names of the services that do them.
var functions = []ItemDraft{
	{ID: "triage", Title: "智能导诊", Detail: "说说哪里不舒服，帮您选科室", Order: 1},
	{ID: "appointment", Title: "预约挂号", Detail: "预约县医院和卫生院的号", Order: 2},
	{ID: "payment", Title: "便捷支付", Detail: "缴费、医保结算和退费", Order: 3},
	{ID: "consult", Title: "图文问诊", Detail: "用文字和照片问医生", Order: 4},
	{ID: "report", Title: "报告查询及打印", Detail: "查看、打印检查检验报告", Order: 5},
	{ID: "interpretation", Title: "报告解读申请及反馈", Detail: "请医生讲解报告", Order: 6},
	{ID: "prescription", Title: "复诊续方", Detail: "慢性病复诊、续开常用药", Order: 7},
	{ID: "advice", Title: "健康咨询", Detail: "日常健康问题问一问", Order: 8},
	{ID: "order", Title: "自助开单", Detail: "自己申请检查检验", Order: 9},
	{ID: "teleconsult", Title: "基层医院会诊", Detail: "村医请县里的专家会诊", Order: 10,
		Needs: []string{care.CanConsult}, Owners: []string{care.OwnerPrimaryCare}},
	{ID: "exam", Title: "健康体检", Detail: "体检预约和结果", Order: 11},
	{ID: "lecture", Title: "健康讲堂", Detail: "看健康讲座", Order: 12},
}

// built are the functions that this software does; the others wait as drafts.
// Measuring is no function of the twelve but an ability of a terminal.
var built = map[care.ID]bool{"appointment": true, "report": true}

var firstPlaces = []OrganisationInput{
	{ID: "c1", Name: "示范县人民医院", Type: TypeCounty, Code: "12990101000000019T", Address: "示范县城关镇健康路1号"},
	{ID: "c2", Name: "石坝镇卫生院", Type: TypeTownship, Address: "示范县石坝镇民安街2号"},
	{ID: "v01", Name: "青石村卫生站", Type: TypeVillage, Site: "v01", Address: "示范县石坝镇青石村"},
	{ID: "v02", Name: "竹溪村卫生站", Type: TypeVillage, Site: "v02", Address: "示范县横沥镇竹溪村"},
}

// firstTerminals: one of the station's own and one of the government's, which
// differ in look by configuration only.
var firstTerminals = []TerminalInput{
	{ID: "v01-kiosk", Name: "一号自助机", Site: "v01", Organisation: "v01", Room: "候诊厅", Owner: care.OwnerPrimaryCare,
		Capabilities: care.Capabilities, Theme: "xiangyi"},
	{ID: "v02-kiosk", Name: "政务自助机", Site: "v02", Organisation: "v02", Room: "村委会大厅", Owner: care.OwnerGovernment,
		Capabilities: []string{care.CanReadCard, care.CanPrintA4, care.CanPrintSlip, care.CanMeasure}, Theme: "yuezhizhu"},
}

// Initial gives what a new county begins with: its places, their terminals, and
// the twelve functions, of which those that are built are reviewed and online.
// Doing it twice changes nothing.
func Initial() []care.Request {
	writes := protocol.Actor{ID: "setup", Role: care.Operator, Method: care.ByItself}
	reviews := protocol.Actor{ID: "setup-review", Role: care.Supervisor, Method: care.ByItself}
	var out []care.Request
	add := func(who protocol.Actor, name protocol.ActionName, in any, key care.ID) {
		raw, err := protocol.Encode(in)
		if err != nil {
			panic(err) // the inputs are ours
		}
		out = append(out, care.Request{Actor: who, Name: name, Input: raw, Key: "initial/" + string(name) + "/" + string(key)})
	}
	for _, p := range firstPlaces {
		add(writes, "catalogue.organisation", &p, p.ID)
	}
	for _, t := range firstTerminals {
		add(writes, "catalogue.terminal", &t, t.ID)
	}
	for _, f := range functions {
		add(writes, "catalogue.draft", &f, f.ID)
		if built[f.ID] {
			add(writes, "catalogue.submit", &Named{f.ID}, f.ID)
			add(reviews, "catalogue.online", &Named{f.ID}, f.ID)
		}
	}
	return out
}
