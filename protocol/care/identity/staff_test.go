package identity

import (
	"testing"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
)

func newcomer() Enrolment {
	return Enrolment{ID: "d09", Name: "韦小妹", Organisation: "c1", Login: "weixm", Secret: secret("Begin-here-2030")}
}

func TestAnOperatorEnrolsStaffAndRulesHold(t *testing.T) {
	w, v01, _ := countyWith(t)
	c := w.County()
	for want, change := range map[protocol.Code]func(*Enrolment){
		"staff-exists":         func(e *Enrolment) { e.ID = "d01" },
		"login-taken":          func(e *Enrolment) { e.Login = "D01" },
		"staff-id":             func(e *Enrolment) { e.ID = "x.1" },
		"login-form":           func(e *Enrolment) { e.Login = "韦" },
		"roles-elsewhere":      func(e *Enrolment) { e.Roles = []string{"county-doctor"} },
		"roles-unknown":        func(e *Enrolment) { e.Roles = []string{"system"} },
		"roles-apart":          func(e *Enrolment) { e.Roles = []string{"operator", "doctor"} },
		"organisation-missing": func(e *Enrolment) { e.Organisation = "nowhere" },
		"password-weak":        func(e *Enrolment) { e.Secret = secret("weak") },
	} {
		e := newcomer()
		change(&e)
		c.Refused(want, chief, "identity.enrol-staff", &e)
	}
	e := newcomer()
	v01.Refused("no-such-action", chief, "identity.enrol-staff", &e) // only the county enrols
	c.Refused("role", doctor, "identity.enrol-staff", &e)
	c.Do(chief, "identity.enrol-staff", &e)
	w.Settle()
	v01.Look(func(r protocol.Reader) error {
		s, _, err := care.Read[care.StaffMember](r, care.StaffRef("d09"))
		if err != nil || s.Name != "韦小妹" || len(s.Keys) == 0 {
			t.Errorf("%+v, %v", s, err)
		}
		return err
	})
	list := caretest.Show[StaffList](c, chief, "identity.staff", nil)
	if len(list.Table.Rows) != 5 {
		t.Errorf("%d rows", len(list.Table.Rows))
	}
}

func TestNobodyChangesTheirOwnAccount(t *testing.T) {
	w, _, _ := countyWith(t)
	c := w.County()
	c.Refused("own-account", chief, "identity.edit-staff", Employment{ID: "o01", Name: "梁伟", Organisation: "c1"})
	c.Refused("own-account", chief, "identity.reset-password", Reset{"o01", secret("Another-one-2030")})
	c.Refused("own-account", guard, "identity.suspend-staff", Suspension{ID: "e01", Reason: "试试"})
	c.Refused("own-account", guard, "identity.assign-roles", Rights{"e01", []string{"supervisor"}})
	c.Refused("no-such-staff", chief, "identity.reset-password", Reset{"zz", secret("Another-one-2030")})
	c.Do(chief, "identity.edit-staff", Employment{ID: "d01", Name: "陈文彬", Organisation: "c2", Title: "231"})
	c.Do(guard, "identity.assign-roles", Rights{"d01", []string{"county-doctor", "supervisor"}})
	c.Do(chief, "identity.reset-password", Reset{"d01", secret("Another-one-2030")})
	got, err := ByPassword(t.Context(), c.Engine, "portal", "d01", "Another-one-2030", care.Supervisor)
	if err != nil || !got.First || got.Actor.Role != care.Supervisor || len(got.Roles) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

// It takes two to make somebody who may do anything: an operator makes the
// account, a security officer gives it roles.
func TestNeitherOfTwoMakesAUsefulAccountAlone(t *testing.T) {
	w, _, _ := countyWith(t)
	c := w.County()
	e := newcomer()
	c.Refused("role", guard, "identity.enrol-staff", &e)
	c.Do(chief, "identity.enrol-staff", &e)
	if _, err := ByPassword(t.Context(), c.Engine, "portal", "weixm", "Begin-here-2030", ""); code(err) != "wrong-password" {
		t.Errorf("an account without a role: %v", err)
	}
	c.Refused("role", chief, "identity.assign-roles", Rights{"d09", []string{"doctor"}})
	for want, roles := range map[protocol.Code][]string{
		"roles-missing": nil, "roles-unknown": {"system"}, "roles-apart": {"county-doctor", "auditor"},
	} {
		c.Refused(want, guard, "identity.assign-roles", Rights{"d09", roles})
	}
	weak := guard
	weak.Assurance = 1
	c.Refused("assurance", weak, "identity.assign-roles", Rights{"d09", []string{"county-doctor"}})
	c.Do(guard, "identity.assign-roles", Rights{"d09", []string{"county-doctor"}})
	if got, err := ByPassword(t.Context(), c.Engine, "portal", "weixm", "Begin-here-2030", ""); err != nil || got.Actor.Role != care.CountyDoctor {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAnOperatorCannotBecomeTheOfficerByResettingTheirPassword(t *testing.T) {
	w, _, _ := countyWith(t)
	c := w.County()
	c.Do(chief, "identity.enrol-staff", &Enrolment{ID: "e02", Name: "韦安", Organisation: "c1", Login: "e02", Secret: secret("Begin-here-2030")})
	c.Do(guard, "identity.assign-roles", Rights{"e02", []string{"security"}})
	c.Do(chief, "identity.reset-password", Reset{"e02", secret("Another-one-2030")})
	if _, err := ByPassword(t.Context(), c.Engine, "portal", "e02", "Another-one-2030", ""); code(err) != "wrong-password" {
		t.Errorf("the operator is in: %v", err)
	}
	c.Do(guard, "identity.suspend-staff", Suspension{ID: "e02", Reason: "当面核对过本人"})
	if _, err := ByPassword(t.Context(), c.Engine, "portal", "e02", "Another-one-2030", ""); err != nil {
		t.Error(err)
	}
}
