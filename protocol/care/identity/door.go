package identity

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/codec/mask"
)

// Door is what these calls need of care.Engine.
type Door interface {
	Do(ctx context.Context, r care.Request) (care.Answer, error)
	Show(ctx context.Context, r care.Request) (any, error)
}

// Session is what a host keeps of somebody who is signed in. It holds no
// personal data but a masked name.
type Session struct {
	Actor   protocol.Actor
	Who     string      // 王*, for the corner of the screen
	Elder   bool        // start the simple mode, unless the person chose already
	Consent bool        // the basic consent stands; without it lead to /identity/consent
	First   bool        // staff: the password must be changed, at /identity/password
	Roles   []care.Role // staff: all of theirs
	Policy  Policy
}

// ByCard signs in who put a card on the reader of a terminal.
func ByCard(ctx context.Context, door Door, terminal care.ID, card Card) (Session, error) {
	answer, err := run(ctx, door, host("card-reader", terminal), "identity.card", card)
	if err != nil {
		return Session{}, err
	}
	return open(ctx, door, protocol.Actor{ID: answer.About.ID, Role: care.Resident, Method: care.ByCard, Assurance: 2, Terminal: terminal})
}

// ByPIN signs in a resident by telephone and PIN.
func ByPIN(ctx context.Context, door Door, terminal care.ID, phone, pin string) (Session, error) {
	claim := Claim{Name: phone, Text: pin}
	v, err := try(ctx, door, terminal, claim)
	if err != nil {
		return Session{}, err
	}
	if _, err := run(ctx, door, host("door", terminal), "identity.signin", Entered{Holder: v.Holder, Role: care.Resident}); err != nil {
		return Session{}, err
	}
	return open(ctx, door, protocol.Actor{ID: v.Holder, Role: care.Resident, Method: care.ByPassword, Assurance: 2, Terminal: terminal})
}

// ByPassword signs in a member of staff, in a role or in their first one.
func ByPassword(ctx context.Context, door Door, terminal care.ID, login, password string, role care.Role) (Session, error) {
	v, err := try(ctx, door, terminal, Claim{Staff: true, Name: login, Text: password})
	if err != nil {
		return Session{}, err
	}
	if role == "" {
		role = v.Roles[0]
	}
	in := Entered{Holder: v.Holder, Staff: true, Role: role, Name: login}
	if _, err := run(ctx, door, host("door", terminal), "identity.signin", in); err != nil {
		return Session{}, err
	}
	s, err := open(ctx, door, protocol.Actor{ID: v.Holder, Role: role, Method: care.ByPassword, Assurance: 2, Terminal: terminal})
	s.First = v.First
	return s, err
}

// ByDoctor opens a terminal for whom the village doctor vouched. Without such a
// wish it is a refusal "not-requested".
func ByDoctor(ctx context.Context, door Door, terminal care.ID) (Session, error) {
	answer, err := run(ctx, door, host("door", terminal), "identity.open-kiosk", AtTerminal{terminal})
	if err != nil {
		return Session{}, err
	}
	return open(ctx, door, protocol.Actor{ID: answer.About.ID, Role: care.Resident, Method: care.ByDoctor, Assurance: 1, Terminal: terminal})
}

// ActFor turns a guardian's session to a child, or with an empty ward back.
func ActFor(ctx context.Context, door Door, actor protocol.Actor, ward care.ID) (Session, error) {
	answer, err := run(ctx, door, actor, "identity.act-for", OnBehalf{ward})
	if err != nil {
		return Session{}, err
	}
	actor.For = ""
	if answer.About.ID != actor.ID {
		actor.For = answer.About.ID
	}
	return open(ctx, door, actor)
}

// State is what a terminal's host looks at beside every page.
func State(ctx context.Context, door Door, terminal care.ID) (TerminalState, error) {
	return look[TerminalState](ctx, door, host("door", terminal), "identity.terminal", AtTerminal{terminal})
}

// try checks a claim and counts a wrong one.
func try(ctx context.Context, door Door, terminal care.ID, claim Claim) (Verdict, error) {
	v, err := look[Verdict](ctx, door, host("door", terminal), "identity.check", claim)
	if err != nil || v.OK {
		return v, err
	}
	_, err = run(ctx, door, host("door", terminal), "identity.failed", Failed{claim.Staff, claim.Name})
	if _, refused := protocol.AsRefusal(err); err != nil && !refused {
		return v, err
	}
	// The count just made may have locked it: say so now, not at the next try.
	if again, err := look[Verdict](ctx, door, host("door", terminal), "identity.check", Claim{Staff: claim.Staff, Name: claim.Name}); err == nil {
		v.Locked = max(v.Locked, again.Locked)
	}
	if v.Locked > 0 {
		minutes := int(math.Ceil(v.Locked.Minutes()))
		if claim.Staff {
			return v, protocol.Refuse("locked", "输错次数太多，请 %d 分钟后再试，或请管理员解锁", minutes)
		}
		return v, protocol.Refuse("locked", "输错次数太多，请 %d 分钟后再试，或刷身份证，或请村医帮忙", minutes).Offer("/identity/signin")
	}
	if claim.Staff {
		return v, protocol.Refuse("wrong-password", "登录名或密码不对，请再试一次").OnField("password")
	}
	return v, protocol.Refuse("wrong-password", "手机号或密码不对，请再试一次；忘了密码可以刷身份证，或请村医帮忙").OnField("pin")
}

// open fills a session in.
func open(ctx context.Context, door Door, actor protocol.Actor) (Session, error) {
	facts, err := look[Facts](ctx, door, host("door", actor.Terminal), "identity.session", Holder{Self(actor), actor.Role})
	if err != nil {
		return Session{}, err
	}
	return Session{Actor: actor, Who: facts.Who, Elder: facts.Elder, Consent: facts.Consent, Roles: facts.Roles,
		Policy: PolicyFor(actor.Role, facts.Elder)}, nil
}

// Holder names somebody who signed in.
type Holder struct {
	ID   care.ID   `json:"id"`
	Role care.Role `json:"role"`
}

// Facts is what a host must know of them. Gone: the account was suspended since
// or lost the role; hosts that look now and then end the session.
type Facts struct {
	Who     string
	Elder   bool
	Consent bool
	Roles   []care.Role
	Gone    bool
	Since   time.Time // of the last sign-in
}

func session() care.View {
	return care.Show(care.View{
		Name: "identity.session", Roles: []care.Role{care.System}, Purpose: care.ForIdentity,
	}, func(l *care.Look, in Holder) (Facts, error) {
		s, _, err := care.Read[SignIn](l, signInRef(in.ID))
		if err != nil && !errors.Is(err, protocol.ErrNotFound) { // another node may not have it yet
			return Facts{}, err
		}
		out := Facts{Since: s.At}
		if in.Role != care.Resident {
			m, _, err := care.Read[care.StaffMember](l, care.StaffRef(in.ID))
			out.Who, out.Roles, out.Consent = m.Name, m.Roles, true
			out.Gone = mayActAs(l, in.ID, in.Role) != nil
			return out, err
		}
		p, _, err := care.Read[care.Person](l, care.ResidentRef(in.ID))
		if err != nil {
			return out, err
		}
		out.Who, out.Elder = mask.Call(p.Name), StartsElder(&p, l.Now())
		out.Consent, err = care.Consented(l, in.ID, care.ConsentBasic)
		return out, err
	})
}

func host(part, terminal care.ID) protocol.Actor {
	a := care.Machine(part)
	a.Terminal = terminal
	return a
}

func run(ctx context.Context, door Door, who protocol.Actor, name protocol.ActionName, in any) (care.Answer, error) {
	raw, err := protocol.Encode(in)
	if err != nil {
		return care.Answer{}, err
	}
	return door.Do(ctx, care.Request{Actor: who, Name: name, Input: raw})
}

func look[Out any](ctx context.Context, door Door, who protocol.Actor, name protocol.ActionName, in any) (Out, error) {
	var out Out
	raw, err := protocol.Encode(in)
	if err != nil {
		return out, err
	}
	seen, err := door.Show(ctx, care.Request{Actor: who, Name: name, Input: raw})
	if err != nil {
		return out, err
	}
	out, ok := seen.(Out)
	if !ok {
		return out, fmt.Errorf("%s: shows a %T", name, seen)
	}
	return out, nil
}
