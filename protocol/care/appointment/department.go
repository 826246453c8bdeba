package appointment

import (
	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// KindDepartment is the kind of departments that people book at.
const KindDepartment protocol.Kind = "department"

// Department is one department of one organisation. ID: organisation "-" code
// ("c1-03.04").
type Department struct {
	Org      care.ID       `json:"org"`
	Code     string        `json:"code"` // 医疗机构诊疗科目名录: "03.04"
	Name     string        `json:"name"` // zh-CN
	Route    string        `json:"route,omitempty"`
	Form     care.ID       `json:"form,omitempty"`    // what to ask before the visit
	Hospital bool          `json:"hospital,omitzero"` // the organisation's own system must keep each slot for us first
	Prompt   bool          `json:"prompt,omitzero"`   // a request for a free slot is accepted without a person
	Closed   bool          `json:"closed,omitzero"`   // not offered any more
	Rest     protocol.Rest `json:",unknown"`
}

// DepartmentID is the identifier of a department.
func DepartmentID(org care.ID, code string) care.ID { return org + "-" + care.ID(code) }

// DepartmentRef names a department.
func DepartmentRef(id care.ID) protocol.Ref { return protocol.Ref{Kind: KindDepartment, ID: id} }

// DepartmentInput adds a department or changes it.
type DepartmentInput struct {
	Org      care.ID `json:"org"`
	Code     string  `json:"code"`
	Name     string  `json:"name"`
	Route    string  `json:"route"`
	Form     care.ID `json:"form"`
	Hospital bool    `json:"hospital"`
	Prompt   bool    `json:"prompt"`
	Closed   bool    `json:"closed"`
}

// Check implements care.Checked.
func (in DepartmentInput) Check() error {
	switch {
	case !in.Org.Valid():
		return protocol.Refuse("org-missing", "请选择院区").OnField("org")
	case !validCode(in.Code):
		return protocol.Refuse("code-wrong", "科目代码由两位数字组成，细分科目再加一点和两位数字，例如 03 或 03.04").OnField("code")
	case in.Name == "":
		return protocol.Refuse("name-missing", "请填写科室名称").OnField("name")
	}
	return nil
}

// validCode reports whether a text looks like a code of the licence list.
func validCode(s string) bool {
	if len(s) != 2 && len(s) != 5 {
		return false
	}
	for i := range len(s) {
		if i == 2 && s[i] != '.' || i != 2 && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return true
}

var setDepartment = care.Do(care.Action{
	Name: "appointment.set-department", Title: "设置科室", Roles: planners,
	Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty,
}, func(d *care.Deed, in DepartmentInput) error {
	if in.Form != "" {
		if _, err := readForm(d, in.Form); err != nil {
			return err
		}
	}
	dep := Department{Org: in.Org, Code: in.Code, Name: in.Name, Route: in.Route, Form: in.Form,
		Hospital: in.Hospital, Prompt: in.Prompt, Closed: in.Closed}
	_, err := care.Write(d, protocol.Draft{Ref: DepartmentRef(DepartmentID(in.Org, in.Code)), Scopes: catalogue}, &dep)
	return err
})

func readDepartment(r protocol.Reader, id care.ID) (Department, error) {
	dep, _, err := find[Department](r, DepartmentRef(id), "no-department", "没有找到这个科室，请重新选择", "/appointment/departments")
	return dep, err
}
