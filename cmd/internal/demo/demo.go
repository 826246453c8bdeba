// Package demo is a county that does not exist: two campuses, two village
// stations and a dozen people who work there, all plainly fictional. The
// sandbox and the tests begin with it.
package demo

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/appointment"
	"xiangyi/protocol/care/catalogue"
	"xiangyi/protocol/care/identity"
)

// Person works in the county of the demonstration.
type Person struct {
	identity.Enrolment
	Does string // in the table of accounts
}

// People lists them. Titles are codes of GB/T 8561.
func People() []Person {
	person := func(id, login, name string, org, dep care.ID, does string, roles ...string) Person {
		return Person{identity.Enrolment{ID: care.ID(id), Login: login, Name: name, Organisation: org, Department: dep, Roles: roles}, does}
	}
	doctor := func(id, login, name string, org, dep care.ID, title, expertise, profile string, since int) Person {
		p := person(id, login, name, org, dep, "县乡医生", string(care.CountyDoctor))
		p.Title, p.Expertise, p.Profile, p.Since = title, expertise, profile, since
		return p
	}
	return []Person{
		person("o01", "operator", "欧阳示例", "c1", "", "系统管理员", string(care.Operator)),
		person("e01", "security", "束示例", "c1", "", "安全管理员", string(care.Security)),
		person("a01", "auditor", "晁示例", "c1", "", "审计管理员", string(care.Auditor)),
		person("s01", "scheduler", "单排班", "c1", "", "排班员", string(care.Scheduler)),
		person("q01", "supervisor", "覃质控", "c1", "", "质控督导", string(care.Supervisor)),
		person("v11", "doctor1", "区村医", "v01", "", "青石村村医", string(care.Doctor)),
		person("v12", "doctor2", "仇村医", "v02", "", "竹溪村村医", string(care.Doctor)),
		doctor("d01", "county1", "曾内科", "c1", "c1-03", "231", "高血压、糖尿病等慢性病", "长期从事常见慢性病的诊治和随访。", 1998),
		doctor("d02", "county2", "冼心管", "c1", "c1-03.04", "232", "胸闷、心悸、冠心病", "擅长心血管常见病的诊断和长期管理。", 2004),
		doctor("d03", "county3", "禤外科", "c1", "c1-04", "233", "阑尾炎、疝气、外伤", "普通外科常见手术和伤口处理。", 2009),
		doctor("d04", "county4", "邝妇科", "c1", "c1-05.01", "232", "月经不调、更年期保健", "妇科常见病和更年期保健。", 2006),
		doctor("d05", "county5", "解全科", "c2", "c2-02", "233", "老年人常见病、体检咨询", "全科医生，负责镇上的老年人健康管理。", 2012),
		doctor("d06", "county6", "尉迟中医", "c2", "c2-50", "231", "颈肩腰腿痛、脾胃调理", "中医内科，针灸和推拿。", 1995),
	}
}

// Requests is what the demonstration's county begins with. passwords gives each
// login its first one; a login without is left out.
func Requests(sites []protocol.Site, passwords map[string]string) []care.Request {
	out := append(catalogue.Initial(), identity.Initial()...)
	for _, p := range People() {
		password, ok := passwords[p.Login]
		if !ok {
			continue
		}
		var salt [16]byte
		_, _ = rand.Read(salt[:]) // does not fail
		in := p.Enrolment
		in.Secret = identity.Secret{Text: password, Again: password, Salt: hex.EncodeToString(salt[:])}
		input, err := protocol.Encode(in)
		if err != nil {
			panic(fmt.Sprintf("demo: %s: %v", p.Login, err)) // a constant of this file is wrong
		}
		out = append(out, care.Request{Actor: care.Machine("setup"), Name: "identity.enrol-staff", Input: input, Key: "demo:" + p.Login})
	}
	return append(out, appointment.Initial(sites...)...)
}
