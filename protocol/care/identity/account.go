package identity

import (
	"errors"
	"strings"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Suspension stops somebody's access, or gives it back.
type Suspension struct {
	ID      care.ID `json:"id"`
	Suspend bool    `json:"suspend,omitzero"`
	Reason  string  `json:"reason"`
}

// Check implements care.Checked.
func (in Suspension) Check() error {
	if len([]rune(strings.TrimSpace(in.Reason))) < 2 {
		return protocol.Refuse("reason-missing", "请写明理由").OnField("reason")
	}
	return nil
}

// suspend closes or opens an account. The record stays: it names who signed
// what.
func suspend() care.Action {
	return care.Do(care.Action{
		Name: "identity.suspend-staff", Title: "停用或恢复账号", Roles: []care.Role{care.Security},
		Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty, Assured: 2,
	}, func(d *care.Deed, in Suspension) error {
		s, err := other(d, in.ID)
		if err != nil {
			return err
		}
		s.Suspended = in.Suspend
		return putStaff(d, in.ID, &s)
	})
}

// NewPassword is a member of staff's own new password.
type NewPassword struct {
	Secret Secret `json:"secret"`
}

// Check implements care.Checked.
func (in NewPassword) Check() error { return in.Secret.asPassword() }

// setPassword changes one's own password, minutes after a sign-in.
func setPassword() care.Action {
	return care.Do(care.Action{
		Name: "identity.set-password", Title: "修改自己的密码", Roles: care.Staff,
		Purpose: care.ForIdentity, Lane: protocol.Administrative,
	}, func(d *care.Deed, in NewPassword) error {
		if err := justSignedIn(d, "/identity/password"); err != nil {
			return err
		}
		ref, c, err := account(d, d.Actor.ID)
		if err != nil {
			return err
		}
		c.Hash, c.Set, c.By, c.First = in.Secret.hash, d.Now(), d.Actor.ID, false
		_, err = care.Write(d, protocol.Draft{Ref: ref}, &c)
		return err
	})
}

// Reset is a new first password for somebody who lost theirs.
type Reset struct {
	ID     care.ID `json:"id"`
	Secret Secret  `json:"secret"`
}

// Check implements care.Checked.
func (in Reset) Check() error { return in.Secret.asPassword() }

// resetPassword is the operator's. Of somebody whose role is kept apart it also
// closes the account, until a security officer, who asks the holder, opens it
// again: else an operator would sign in as the other two.
func resetPassword() care.Action {
	return care.Do(care.Action{
		Name: "identity.reset-password", Title: "重设工作人员密码", Roles: []care.Role{care.Operator},
		Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty, Assured: 2,
	}, func(d *care.Deed, in Reset) error {
		s, err := other(d, in.ID)
		if err != nil {
			return err
		}
		ref, c, err := account(d, in.ID)
		if err != nil {
			return err
		}
		c.Hash, c.Set, c.By, c.First, c.Cleared = in.Secret.hash, d.Now(), d.Actor.ID, true, d.Now()
		if _, err = care.Write(d, protocol.Draft{Ref: ref}, &c); err != nil || !apart(s.Roles) {
			return err
		}
		s.Suspended = true
		return putStaff(d, in.ID, &s)
	})
}

// account finds the credential of a member of staff.
func account(r protocol.Reader, id care.ID) (protocol.Ref, Credential, error) {
	s, _, err := care.Read[care.StaffMember](r, care.StaffRef(id))
	if err != nil {
		return protocol.Ref{}, Credential{}, err
	}
	ref := staffCredential(s.Login)
	c, _, err := care.Read[Credential](r, ref)
	if errors.Is(err, protocol.ErrNotFound) {
		err = protocol.Refuse("no-account", "这位工作人员在这里没有登录账号，请联系县里的管理员")
	}
	return ref, c, err
}

// Locked names a resident whose PIN wrong tries locked.
type Locked struct {
	Person care.ID `json:"person"`
}

// Subject implements care.Subjected.
func (in Locked) Subject() protocol.ID { return in.Person }

// unlock forgets the wrong tries. The village doctor, who sees who stands there,
// frees a resident.
func unlock() care.Action {
	return care.Do(care.Action{
		Name: "identity.unlock", Title: "解除居民的登录锁定", Roles: []care.Role{care.Doctor},
		Purpose: care.ForIdentity, Lane: protocol.Administrative,
	}, func(d *care.Deed, in Locked) error { return forgetTries(d, residentCredential(in.Person)) })
}

// LockedStaff names a member of staff whose password wrong tries locked.
type LockedStaff struct {
	ID care.ID `json:"id"`
}

func unlockStaff() care.Action {
	return care.Do(care.Action{
		Name: "identity.unlock-staff", Title: "解除工作人员的登录锁定", Roles: []care.Role{care.Security},
		Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty, Assured: 2,
	}, func(d *care.Deed, in LockedStaff) error {
		if _, err := other(d, in.ID); err != nil {
			return err
		}
		ref, _, err := account(d, in.ID)
		if err != nil {
			return err
		}
		return forgetTries(d, ref)
	})
}

// forgetTries makes the wrong tries before now count no more.
func forgetTries(d *care.Deed, ref protocol.Ref) error {
	c, _, err := care.Read[Credential](d, ref)
	if errors.Is(err, protocol.ErrNotFound) {
		return protocol.Refuse("no-pin", "还没有设置过密码")
	}
	if err != nil {
		return err
	}
	c.Cleared = d.Now()
	_, err = care.Write(d, protocol.Draft{Ref: ref}, &c)
	return err
}
