package care

import (
	"slices"

	"xiangyi/protocol"
)

// Short names for what every service uses.
type (
	Actor = protocol.Actor
	Role  = protocol.Role
	ID    = protocol.ID
)

// The roles. A person may hold several and acts in one.
const (
	Resident     Role = "resident"      // the patient, or a guardian for them
	Visitor      Role = "visitor"       // stands at a screen, not recognised
	Doctor       Role = "doctor"        // village doctor, runs the station
	CountyDoctor Role = "county-doctor" // sees patients at a campus of the county
	Scheduler    Role = "scheduler"     // schedules, slots, custody
	Pharmacist   Role = "pharmacist"
	Supervisor   Role = "supervisor" // quality and safety; may take custody by force
	Operator     Role = "operator"   // accounts, catalogue and machines, not patients and not rights
	Security     Role = "security"   // who may do what: gives roles, closes and frees accounts
	Auditor      Role = "auditor"    // reads what was done, and does nothing
	System       Role = "system"     // a follower, an instrument, a connector
)

// How somebody was recognised.
const (
	ByCard     protocol.Method = "id-card"
	ByPassword protocol.Method = "password"
	ByDoctor   protocol.Method = "vouched" // the village doctor knows them
	ByItself   protocol.Method = "system"
)

// Purposes of touching data.
const (
	ForCare       protocol.Purpose = "care"
	ForBooking    protocol.Purpose = "booking"
	ForOperations protocol.Purpose = "operations"
	ForIdentity   protocol.Purpose = "identification"
	ForNotice     protocol.Purpose = "notice"
	ForPrint      protocol.Purpose = "print"
	ForEmergency  protocol.Purpose = "emergency" // without consent, see Emergency
)

// Machine is the actor of a part of the system ("intake", "printing").
func Machine(name ID) Actor {
	return Actor{ID: name, Role: System, Method: ByItself}
}

// Staff lists the roles of people who work here.
var Staff = []Role{Doctor, CountyDoctor, Scheduler, Pharmacist, Supervisor, Operator, Security, Auditor}

// Apart lists the roles that are each somebody's only one (三员分立): who runs
// the machines, who gives rights and who checks on both are three people, and
// none of them sees health records.
var Apart = []Role{Operator, Security, Auditor}

// AllRoles lists every role: the columns of the table of who may do what.
var AllRoles = append([]Role{Visitor, Resident}, append(Staff[:len(Staff):len(Staff)], System)...)

// Clinicians may read health records in the course of care.
var Clinicians = []Role{Doctor, CountyDoctor}

func allowed(roles []Role, r Role) bool { return slices.Contains(roles, r) }

// Roles joins lists of roles.
func Roles(lists ...any) []Role {
	var out []Role
	for _, l := range lists {
		switch l := l.(type) {
		case Role:
			out = append(out, l)
		case []Role:
			out = append(out, l...)
		}
	}
	return out
}
