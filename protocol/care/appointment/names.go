package appointment

import (
	"fmt"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// names are the words for what an appointment or session refers to.
type names struct {
	Org, Department, Route, Doctor, Title string
}

func namesOf(r protocol.Reader, a *Appointment) (names, error) {
	return lookUp(r, a.Org, a.Department, a.Doctor)
}

// lookUp looks the names up. What is not here yet, because a station is new,
// shows its identifier rather than nothing.
func lookUp(r protocol.Reader, org, department, doctor care.ID) (names, error) {
	o, there, err := optional[care.Organisation](r, care.OrganisationRef(org))
	if err != nil {
		return names{}, err
	}
	if !there {
		o.Name = string(org)
	}
	dep, there, err := optional[Department](r, DepartmentRef(department))
	if err != nil {
		return names{}, err
	}
	if !there {
		dep.Name = string(department)
	}
	doc, there, err := optional[care.StaffMember](r, care.StaffRef(doctor))
	if !there {
		doc.Name = string(doctor)
	}
	return names{o.Name, dep.Name, dep.Route, doc.Name, titles[doc.Title]}, err
}

// titles are the ranks of doctors, GB/T 8561.
var titles = map[string]string{
	"231": "主任医师", "232": "副主任医师", "233": "主治医师", "234": "医师", "235": "医士",
}

// turn is a number as it is called on the day: "07".
func turn(n int) string { return fmt.Sprintf("%02d", n) }
