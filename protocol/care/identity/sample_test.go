package identity

import (
	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// People who do not exist. Their identity numbers are of region 990101, which
// is no place.

// SampleCards are residents as a card reader reads them.
func SampleCards() []Card {
	return []Card{
		{Name: "张桂兰", Number: "990101195203091226", Sex: "2", Ethnic: "01", Address: "示范省示范市示范县石坝镇一村一组1号"},
		{Name: "李建国", Number: "990101194811230010", Sex: "1", Ethnic: "01", Address: "示范省示范市示范县石坝镇一村一组2号"},
		{Name: "欧阳明", Number: "990101198506151234", Sex: "1", Ethnic: "01", Address: "示范省示范市示范县石坝镇一村二组7号"},
		{Name: "单小燕", Number: "990101199302280020", Sex: "2", Ethnic: "08", Address: "示范省示范市示范县石坝镇一村二组9号"},
		{Name: "冼志强", Number: "990101197112050030", Sex: "1", Ethnic: "01", Address: "示范省示范市示范县横沥镇二村三组4号"},
		{Name: "曾丽华", Number: "990101196608180045", Sex: "2", Ethnic: "22", Address: "示范省示范市示范县横沥镇二村三组5号"},
	}
}

// SampleStaff enrols the people of these tests. secret gives the first password
// of each. The organisations must be there.
func SampleStaff(secret func(id care.ID) Secret) []care.Request {
	var out []care.Request
	for _, e := range sampleStaff {
		e.Login = string(e.ID)
		e.Secret = secret(e.ID)
		out = append(out, request(care.Machine("setup"), "identity.enrol-staff", e, "sample/staff/"+string(e.ID)))
	}
	return out
}

var sampleStaff = []Enrolment{
	{ID: "d01", Name: "陈文彬", Roles: roles(care.CountyDoctor), Organisation: "c1", Department: "c1-03", Title: "232", Since: 2004,
		Expertise: "高血压、糖尿病、慢性咳嗽", Profile: "内科副主任医师，长期下乡带教村医。"},
	{ID: "vd01", Name: "黄春梅", Roles: roles(care.Doctor), Organisation: "v01", Title: "234", Since: 2009, Profile: "一村卫生站村医。"},
	{ID: "o01", Name: "梁伟", Roles: roles(care.Operator), Organisation: "c1"},
	{ID: "e01", Name: "覃安", Roles: roles(care.Security), Organisation: "c1"},
}

func roles(list ...protocol.Role) []string {
	var out []string
	for _, r := range list {
		out = append(out, string(r))
	}
	return out
}
