package appointment

import (
	"embed"
	"fmt"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

//go:embed forms/*.json
var formFiles embed.FS

// Forms lists the pre-visit forms that come with the software.
func Forms() []FormInput {
	var out []FormInput
	for _, id := range []care.ID{"internal", "surgery", "gynaecology", "children", "chinese"} {
		raw, err := formFiles.ReadFile("forms/" + string(id) + ".json")
		if err != nil {
			panic(fmt.Sprintf("form %s: %v", id, err)) // embedded
		}
		var f Form
		if err := protocol.Decode(raw, &f); err != nil {
			panic(fmt.Sprintf("form %s: %v", id, err))
		}
		out = append(out, FormInput{ID: id, Form: f})
	}
	return out
}

// firstDepartments are where people book at in a new county: one hospital (c1)
// with a system of its own, one township centre (c2) without.
var firstDepartments = []DepartmentInput{
	{Org: "c1", Code: "03", Name: "内科", Route: "门诊楼一楼", Form: "internal", Hospital: true},
	{Org: "c1", Code: "03.04", Name: "心血管内科", Route: "门诊楼二楼东", Form: "internal", Hospital: true},
	{Org: "c1", Code: "04", Name: "外科", Route: "门诊楼二楼西", Form: "surgery", Hospital: true},
	{Org: "c1", Code: "05.01", Name: "妇科", Route: "门诊楼三楼", Form: "gynaecology", Hospital: true},
	{Org: "c2", Code: "02", Name: "全科医疗科", Route: "一楼大厅右侧", Form: "internal", Prompt: true},
	{Org: "c2", Code: "50", Name: "中医科", Route: "一楼中医馆", Form: "chinese", Prompt: true},
}

// firstTemplates is who sees people when. The doctors are enrolled by the
// identity service under these staff numbers.
var firstTemplates = []TemplateInput{
	weekly("d01", "c1-03", 1, "08:00", "11:30", 10, "10"),
	weekly("d01", "c1-03", 3, "08:00", "11:30", 10, "10"),
	weekly("d01", "c1-03", 5, "14:00", "17:00", 10, "10"),
	weekly("d02", "c1-03.04", 2, "08:00", "11:30", 15, "20"),
	weekly("d02", "c1-03.04", 4, "14:00", "17:00", 15, "20"),
	weekly("d03", "c1-04", 1, "14:00", "17:00", 15, "10"),
	weekly("d03", "c1-04", 4, "08:00", "11:30", 15, "10"),
	weekly("d04", "c1-05.01", 2, "14:00", "17:00", 15, "12"),
	weekly("d04", "c1-05.01", 5, "08:00", "11:30", 15, "12"),
	weekly("d05", "c2-02", 1, "08:30", "11:30", 10, "5"),
	weekly("d05", "c2-02", 2, "08:30", "11:30", 10, "5"),
	weekly("d05", "c2-02", 3, "08:30", "11:30", 10, "5"),
	weekly("d05", "c2-02", 4, "08:30", "11:30", 10, "5"),
	weekly("d05", "c2-02", 5, "08:30", "11:30", 10, "5"),
	weekly("d06", "c2-50", 2, "14:00", "17:00", 20, "8"),
	weekly("d06", "c2-50", 6, "08:30", "11:30", 20, "8"),
}

func weekly(doctor, department care.ID, weekday int, from, to string, minutes int, fee protocol.Decimal) TemplateInput {
	return TemplateInput{doctor, department, weekday, from, to, minutes, 1, fee}
}

// firstShare is what each of the first stations gets of every session, and what
// the county keeps.
const (
	firstShare   = 25
	firstReserve = 2
)

// Initial prepares a new county: forms, departments, weekly schedules, the
// shares of the stations, and the first two weeks of sessions. Organisations and
// doctors come from their own services, before or after.
//
// Without stations it is for the first two, v01 and v02.
func Initial(stations ...protocol.Site) []care.Request {
	if len(stations) == 0 {
		stations = []protocol.Site{"v01", "v02"}
	}
	var out []care.Request
	add := func(name protocol.ActionName, in any, key string) {
		q := ask(name, in)
		q.Key = "initial:" + key
		out = append(out, q)
	}
	for _, f := range Forms() {
		add("appointment.publish-form", f, "form:"+string(f.ID))
	}
	for _, d := range firstDepartments {
		id := DepartmentID(d.Org, d.Code)
		add("appointment.set-department", d, "department:"+string(id))
		for _, s := range stations {
			in := AllotInput{Department: id, Site: s, Share: firstShare, Reserve: firstReserve, Before: usualCutoff}
			add("appointment.allot", in, "allot:"+string(id)+":"+string(s))
		}
	}
	for i, t := range firstTemplates {
		add("appointment.set-template", t, fmt.Sprintf("template:%d", i))
	}
	add("appointment.plan", nobody{}, "plan")
	return out
}
