package identity

import (
	"errors"
	"slices"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Entered says who came in by password: the outcome of a good check.
type Entered struct {
	Holder care.ID   `json:"holder"`
	Staff  bool      `json:"staff,omitzero"`
	Role   care.Role `json:"role"`
	Name   string    `json:"name,omitzero"` // the login, for staff
}

// signedIn records a sign-in by password and forgets the wrong tries before.
func signedIn() care.Action {
	return care.Do(care.Action{
		Name: "identity.signin", Title: "密码登录", Roles: []care.Role{care.System},
		Purpose: care.ForIdentity, Lane: protocol.Administrative,
	}, func(d *care.Deed, in Entered) error {
		ref := residentCredential(in.Holder)
		if in.Staff {
			ref = staffCredential(login(in.Name))
			if err := mayActAs(d, in.Holder, in.Role); err != nil {
				return err
			}
		} else {
			in.Role = care.Resident
		}
		err := recognise(d, SignIn{Holder: in.Holder, Staff: in.Staff, Role: in.Role, Method: care.ByPassword})
		if err != nil {
			return err
		}
		a, err := attempts(d, ref.ID)
		if err != nil || a.Wrong == 0 {
			return err
		}
		a.Wrong, a.Last, a.Locked = 0, d.Now(), time.Time{}
		return putAttempts(d, ref, a)
	})
}

func mayActAs(r protocol.Reader, holder care.ID, role care.Role) error {
	s, _, err := care.Read[care.StaffMember](r, care.StaffRef(holder))
	if err != nil {
		return err
	}
	if s.Suspended || !slices.Contains(s.Roles, role) {
		return protocol.Refuse("not-your-role", "您没有这个身份，请联系管理员")
	}
	return nil
}

// Failed is a wrong try. It names what was claimed, never the word.
type Failed struct {
	Staff bool   `json:"staff,omitzero"`
	Name  string `json:"name"`
}

// failed counts a wrong try against every credential that was meant; the fifth
// within half an hour locks them at this site for half an hour. A name that
// nobody has is on record as a refusal.
func failed() care.Action {
	return care.Do(care.Action{
		Name: "identity.failed", Title: "登录失败", Roles: []care.Role{care.System},
		Purpose: care.ForIdentity, Lane: protocol.Administrative,
	}, func(d *care.Deed, in Failed) error {
		refs, err := candidates(d, Claim{Staff: in.Staff, Name: in.Name})
		if err != nil {
			return err
		}
		known := false
		for _, ref := range refs {
			c, wait, err := usable(d, ref)
			if err != nil {
				return err
			}
			if c.Hash == "" {
				continue
			}
			known = true
			if wait > 0 {
				continue // a try against a lock does not lengthen it
			}
			if err := countWrong(d, ref, c); err != nil {
				return err
			}
		}
		if !known {
			return protocol.Refuse("unknown-login", "没有这个登录名")
		}
		return nil
	})
}

func countWrong(d *care.Deed, ref protocol.Ref, c Credential) error {
	a, err := attempts(d, ref.ID)
	if err != nil {
		return err
	}
	if age := d.Now().Sub(a.Last); age < 0 || age > lockFor || !c.Cleared.Before(a.Last) || !a.Locked.IsZero() {
		a.Wrong = 0
	}
	a.Wrong, a.Last, a.Locked = a.Wrong+1, d.Now(), time.Time{}
	if a.Wrong >= maxWrong {
		a.Locked = a.Last.Add(lockFor)
	}
	return putAttempts(d, ref, a)
}

// putAttempts writes a count where the credential's own record is: with its
// person, or with the site.
func putAttempts(d *care.Deed, ref protocol.Ref, a Attempts) error {
	rec, err := d.Get(ref)
	if errors.Is(err, protocol.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	draft := protocol.Draft{Ref: attemptsRef(ref.ID, d.Site()), Subject: rec.Head().Subject}
	if draft.Subject == "" && d.Site() != county {
		draft.Scopes = []protocol.Scope{protocol.SiteScope(d.Site())}
	}
	_, err = care.Write(d, draft, &a)
	return err
}
