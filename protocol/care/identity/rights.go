package identity

import (
	"slices"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Rights are the roles of a member of staff. Who gives them cannot make
// accounts, and who makes accounts cannot give them: nobody alone makes
// themself a second person who may do more.
type Rights struct {
	ID    care.ID  `json:"id"`
	Roles []string `json:"roles"`
}

// Check implements care.Checked.
func (in Rights) Check() error {
	if len(in.Roles) == 0 {
		return protocol.Refuse("roles-missing", "请至少选择一个身份").OnField("roles")
	}
	return checkRoles(in.Roles)
}

// assignRoles gives somebody else their roles. Sessions in a role that is taken
// away end when their host looks again.
func assignRoles() care.Action {
	return care.Do(care.Action{
		Name: "identity.assign-roles", Title: "分配身份", Roles: []care.Role{care.Security},
		Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty, Assured: 2,
	}, func(d *care.Deed, in Rights) error {
		s, err := other(d, in.ID)
		if err != nil {
			return err
		}
		s.Roles = rolesOf(in.Roles)
		return putStaff(d, in.ID, &s)
	})
}

// apart tells whether somebody holds one of the roles that are kept apart.
func apart(roles []care.Role) bool {
	return slices.ContainsFunc(roles, func(r care.Role) bool { return slices.Contains(care.Apart, r) })
}
