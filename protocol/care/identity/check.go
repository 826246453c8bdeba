package identity

import (
	"errors"
	"strings"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/codec/idnumber"
)

// Claim is what somebody at a screen says: who they are, and the word that
// only they know. Name is a member of staff's login or a resident's telephone.
// Without a word, which nobody has, a check only looks for locks.
type Claim struct {
	Staff bool   `json:"staff,omitzero"`
	Name  string `json:"name"`
	Text  string `json:"text"`
}

// Verdict is what a check found.
type Verdict struct {
	OK     bool
	Holder care.ID
	Roles  []care.Role   // of staff, in the order in which they were given
	First  bool          // somebody else set the password: it must be changed now
	Locked time.Duration // for how long no more tries are taken; 0: not locked
}

// check compares a claim with the credentials. It is a view, since it takes
// tens of milliseconds and an action would hold up the committer; what came of
// it is recorded by identity.signin or identity.failed. Only hosts run it:
// anybody else would try without being counted.
func check() care.View {
	return care.Show(care.View{
		Name: "identity.check", Roles: []care.Role{care.System}, Purpose: care.ForIdentity,
	}, func(l *care.Look, in Claim) (Verdict, error) {
		var out Verdict
		refs, err := candidates(l, in)
		if err != nil {
			return out, err
		}
		tried := false
		for _, ref := range refs {
			c, wait, err := usable(l, ref)
			if err != nil {
				return out, err
			}
			out.Locked = max(out.Locked, wait)
			if c.Hash == "" || wait > 0 || in.Text == "" {
				continue
			}
			tried = true
			if !matches(c.Hash, in.Text) {
				continue
			}
			if out.OK { // two people of one telephone with one PIN: neither is let in
				return Verdict{}, nil
			}
			out.OK, out.Holder, out.First = true, c.Holder, c.First
		}
		if !tried && in.Text != "" {
			matches(nobody(), in.Text)
		}
		if !out.OK {
			return out, nil
		}
		out.Locked = 0
		if in.Staff {
			return atWork(l, out)
		}
		return out, nil
	})
}

// atWork adds the roles of a member of staff; who is suspended is not let in.
func atWork(r protocol.Reader, v Verdict) (Verdict, error) {
	s, _, err := care.Read[care.StaffMember](r, care.StaffRef(v.Holder))
	if err != nil && !errors.Is(err, protocol.ErrNotFound) {
		return Verdict{}, err
	}
	if err != nil || s.Suspended || len(s.Roles) == 0 {
		return Verdict{}, nil
	}
	v.Roles = s.Roles
	return v, nil
}

// mostAtOnePhone bounds how many of one telephone's people are tried: a whole
// family may share it.
const mostAtOnePhone = 8

// candidates lists the credentials that a claim may mean.
func candidates(r protocol.Reader, in Claim) ([]protocol.Ref, error) {
	if in.Staff {
		ref := staffCredential(login(in.Name))
		if !ref.ID.Valid() {
			return nil, nil
		}
		return []protocol.Ref{ref}, nil
	}
	phone, err := idnumber.ParsePhone(in.Name)
	if err != nil {
		return nil, nil
	}
	found, err := care.Collect[care.Person](r, protocol.Query{
		Kind: care.KindResident, Index: "phone", Match: []string{string(phone)}, Limit: mostAtOnePhone})
	var out []protocol.Ref
	for _, f := range found {
		out = append(out, residentCredential(f.Ref.ID))
	}
	return out, err
}

func login(text string) string { return strings.ToLower(strings.TrimSpace(text)) }

// usable reads a credential and how long it is locked here. Nothing there is a
// credential without a hash.
func usable(r protocol.Reader, ref protocol.Ref) (Credential, time.Duration, error) {
	c, _, err := care.Read[Credential](r, ref)
	if errors.Is(err, protocol.ErrNotFound) {
		return Credential{}, 0, nil
	}
	if err != nil {
		return Credential{}, 0, err
	}
	a, err := attempts(r, ref.ID)
	return c, a.lockedFor(c.Cleared, r.Now()), err
}

func attempts(r protocol.Reader, credential care.ID) (Attempts, error) {
	a, _, err := care.Read[Attempts](r, attemptsRef(credential, r.Site()))
	if errors.Is(err, protocol.ErrNotFound) {
		return Attempts{Credential: credential, Site: r.Site()}, nil
	}
	return a, err
}

// lockedFor gives how long a lock still holds. One that reaches further than a
// lock can means that the clock was set back: it does not hold.
func (a Attempts) lockedFor(cleared, now time.Time) time.Duration {
	left := a.Locked.Sub(now)
	if left <= 0 || left > lockFor || !cleared.Before(a.Last) {
		return 0
	}
	return left
}
