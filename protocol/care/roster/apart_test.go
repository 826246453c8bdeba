package roster_test

import (
	"slices"
	"testing"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/roster"
)

// Three people run a county's system, and none of them is a fourth who may do
// all: these rows of the table are not to be written, whatever they are for.
func TestTheThreeAreKeptApart(t *testing.T) {
	for name, r := range allowed(t) {
		var of []care.Role
		for _, role := range care.Apart {
			if slices.Contains(r.roles, role) {
				of = append(of, role)
			}
		}
		everybody := slices.Contains(r.roles, care.Doctor) && slices.Contains(r.roles, care.Scheduler)
		if r.verb == "do" && len(of) > 1 && !everybody {
			t.Errorf("%s is done by %v: two of the three must not share a deed", name, of)
		}
		if r.verb == "do" && slices.Contains(of, care.Auditor) && name != "do identity.set-password" {
			t.Errorf("%s is done by an auditor, who only reads", name)
		}
		public := slices.Contains(r.roles, care.Visitor)
		if len(of) > 0 && r.purpose != care.ForOperations && r.purpose != care.ForIdentity && !public {
			t.Errorf("%s shows %v what is for %s", name, of, r.purpose)
		}
	}
}

// Personal views that one of the three has, each with the reason why nothing
// clinical is on it.
var withoutHealth = map[protocol.ActionName]string{
	"conflict.open":        "their own tasks, in words",
	"conflict.one":         "only of kinds that they decide, see below",
	"printing.jobs":        "which printer waits for what; whose papers they are is left out for an operator",
	"identity.emergencies": "who opened a record without consent, of whom by a masked name, and why",
	"identity.emergency":   "the same of one",
	"report.verify":        "anybody's: whether a paper is genuine",
}

func TestNoneOfTheThreeSeesHealthRecords(t *testing.T) {
	for _, s := range roster.Services() {
		for _, v := range s.Views {
			sees := slices.ContainsFunc(v.Roles, func(r care.Role) bool { return slices.Contains(care.Apart, r) })
			if sees && v.Personal && withoutHealth[v.Name] == "" {
				t.Errorf("%s shows personal data to one of the three: say in withoutHealth why it may", v.Name)
			}
		}
		for _, k := range append(s.Kinds, care.BaseKinds()...) {
			if slices.Contains(care.Apart, k.Decider) && (k.Class == protocol.ClassHealth || k.Class == protocol.ClassPersonal) {
				t.Errorf("conflicts of %s, which are about people, are put before the %s", k.Kind, k.Decider)
			}
		}
	}
}
