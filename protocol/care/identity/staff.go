package identity

import (
	"errors"
	"slices"
	"strings"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/codec/pinyin"
)

// Enrolment is somebody who begins to work here. There is no default password:
// the operator sets the first one, and the holder changes it when they come in.
// Roles come from a security officer, see Rights; only a new county's first
// people bring theirs.
type Enrolment struct {
	ID           care.ID  `json:"id"`
	Name         string   `json:"name"`
	Roles        []string `json:"roles,omitzero"`
	Organisation care.ID  `json:"organisation"`
	Department   care.ID  `json:"department,omitzero"`
	Title        string   `json:"title,omitzero"`
	Expertise    string   `json:"expertise,omitzero"`
	Profile      string   `json:"profile,omitzero"`
	Since        int      `json:"since,omitzero"`
	Login        string   `json:"login"`
	Sites        []string `json:"sites,omitzero"` // stations where they sign in, beside their organisation's
	Secret       Secret   `json:"secret"`
}

// Check implements care.Checked.
func (in Enrolment) Check() error {
	if !plainID(string(in.ID)) {
		return protocol.Refuse("staff-id", "工号由 2 到 16 个小写字母、数字或短横线组成").OnField("id")
	}
	if !plainID(login(in.Login)) {
		return protocol.Refuse("login-form", "登录名由 2 到 16 个小写字母、数字或短横线组成").OnField("login")
	}
	if err := checkName(in.Name); err != nil {
		return err
	}
	if err := checkRoles(in.Roles); err != nil {
		return err
	}
	return in.Secret.asPassword()
}

// plainID: no dot, so that a staff number is never what a person is called by.
func plainID(s string) bool {
	return len(s) >= 2 && len(s) <= 16 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// checkRoles refuses what is no role of staff, and roles that are kept apart.
func checkRoles(roles []string) error {
	for _, r := range roles {
		if !slices.Contains(care.Staff, care.Role(r)) {
			return protocol.Refuse("roles-unknown", "没有这种身份").OnField("roles")
		}
		if slices.Contains(care.Apart, care.Role(r)) && len(roles) > 1 {
			return protocol.Refuse("roles-apart", "系统管理员、安全管理员和审计管理员都不能同时有其他身份（三员分立）").OnField("roles")
		}
	}
	return nil
}

// enrol enters a member of staff with a first password. The host of a new
// county runs it once for the first operator.
func enrol() care.Action {
	return care.Do(care.Action{
		Name: "identity.enrol-staff", Title: "新增工作人员", Roles: care.Roles(care.Operator, care.System),
		Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty, Assured: 2,
	}, func(d *care.Deed, in Enrolment) error {
		if d.Actor.Role != care.System && len(in.Roles) > 0 {
			return protocol.Refuse("roles-elsewhere", "身份由安全管理员分配").OnField("roles")
		}
		if there, err := care.Exists(d, care.StaffRef(in.ID)); err != nil {
			return err
		} else if there {
			return protocol.Refuse("staff-exists", "这个工号已经有人用了").OnField("id").Offer("/identity/staff/" + string(in.ID))
		}
		key := staffCredential(login(in.Login))
		if there, err := care.Exists(d, key); err != nil {
			return err
		} else if there {
			return protocol.Refuse("login-taken", "这个登录名已经有人用了，请换一个").OnField("login")
		}
		org, err := organisation(d, in.Organisation)
		if err != nil {
			return err
		}
		s := care.StaffMember{Login: login(in.Login), Roles: rolesOf(in.Roles)}
		Employment{in.ID, in.Name, in.Organisation, in.Department, in.Title, in.Expertise, in.Profile, in.Since}.fill(&s)
		if err := putStaff(d, in.ID, &s); err != nil {
			return err
		}
		c := Credential{Holder: in.ID, Staff: true, Hash: in.Secret.hash, Set: d.Now(), By: d.Actor.ID, First: true}
		_, err = care.Write(d, protocol.Draft{Ref: key, Scopes: places(org.Site, in.Sites)}, &c)
		return err
	})
}

// places lists the stations that hold a member's credential: where they work,
// and no other box.
func places(home protocol.Site, more []string) []protocol.Scope {
	out := []protocol.Scope{}
	for _, s := range append([]string{string(home)}, more...) {
		if scope := protocol.SiteScope(protocol.Site(s)); protocol.Site(s).Valid() && !slices.Contains(out, scope) {
			out = append(out, scope)
		}
	}
	return out
}

func organisation(r protocol.Reader, id care.ID) (care.Organisation, error) {
	if !id.Valid() {
		return care.Organisation{}, protocol.Refuse("organisation-missing", "请选择所在机构").OnField("organisation")
	}
	o, _, err := care.Read[care.Organisation](r, care.OrganisationRef(id))
	if errors.Is(err, protocol.ErrNotFound) {
		err = protocol.Refuse("organisation-missing", "请选择所在机构").OnField("organisation")
	}
	return o, err
}

func putStaff(d *care.Deed, id care.ID, s *care.StaffMember) error {
	s.Keys = pinyin.Index(s.Name)
	_, err := care.Write(d, protocol.Draft{Ref: care.StaffRef(id), Scopes: []protocol.Scope{protocol.CatalogueScope}}, s)
	return err
}

// Employment is what the county knows of a member's work.
type Employment struct {
	ID           care.ID `json:"id"`
	Name         string  `json:"name"`
	Organisation care.ID `json:"organisation"`
	Department   care.ID `json:"department,omitzero"`
	Title        string  `json:"title,omitzero"`
	Expertise    string  `json:"expertise,omitzero"`
	Profile      string  `json:"profile,omitzero"`
	Since        int     `json:"since,omitzero"`
}

// Check implements care.Checked.
func (in Employment) Check() error { return checkName(in.Name) }

func (in Employment) fill(s *care.StaffMember) {
	s.Name, s.Organisation, s.Department = name(in.Name), in.Organisation, in.Department
	s.Title, s.Expertise, s.Profile, s.Since = in.Title, strings.TrimSpace(in.Expertise), strings.TrimSpace(in.Profile), in.Since
}

func rolesOf(names []string) []care.Role {
	var out []care.Role
	for _, r := range names {
		out = append(out, care.Role(r))
	}
	return out
}

// editStaff changes a member's work. Nobody changes their own.
func editStaff() care.Action {
	return care.Do(care.Action{
		Name: "identity.edit-staff", Title: "修改工作人员资料", Roles: []care.Role{care.Operator},
		Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty, Assured: 2,
	}, func(d *care.Deed, in Employment) error {
		s, err := other(d, in.ID)
		if err != nil {
			return err
		}
		if _, err := organisation(d, in.Organisation); err != nil {
			return err
		}
		in.fill(&s)
		return putStaff(d, in.ID, &s)
	})
}

// other reads a member of staff who is not the actor.
func other(d *care.Deed, id care.ID) (care.StaffMember, error) {
	s, _, err := care.Read[care.StaffMember](d, care.StaffRef(id))
	if errors.Is(err, protocol.ErrNotFound) {
		return s, protocol.Refuse("no-such-staff", "没有这位工作人员").Offer("/identity/staff")
	}
	if err == nil && id == d.Actor.ID {
		return s, protocol.Refuse("own-account", "不能修改自己的账号，请另一位管理员来做")
	}
	return s, err
}
