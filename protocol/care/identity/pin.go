package identity

import (
	"errors"
	"strings"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// NewPIN is a resident's wish for a number to sign in with.
type NewPIN struct {
	Person care.ID `json:"person"`
	Secret Secret  `json:"secret"`
}

// Subject implements care.Subjected.
func (in NewPIN) Subject() protocol.ID { return in.Person }

// Check implements care.Checked.
func (in NewPIN) Check() error { return in.Secret.asPIN() }

// setPIN lets a resident choose a PIN, minutes after they were recognised and
// for themself only: a guardian's card opens a child's records, not a way in
// that outlives the guardian's right.
func setPIN() care.Action {
	return care.Do(care.Action{
		Name: "identity.set-pin", Title: "设置登录密码", Roles: []care.Role{care.Resident},
		Purpose: care.ForIdentity, Lane: protocol.Administrative,
	}, func(d *care.Deed, in NewPIN) error {
		if in.Person != d.Actor.ID {
			return protocol.Refuse("own-pin", "只能给自己设置密码")
		}
		if err := justSignedIn(d, "/identity/me/pin"); err != nil {
			return err
		}
		p, _, err := resident(d, in.Person)
		if err != nil {
			return err
		}
		if p.Phone == "" {
			return protocol.Refuse("phone-missing", "用密码登录要先填写手机号").Offer("/identity/me/phone")
		}
		if guessable(in.Secret.Text, &p) {
			return errGuessable()
		}
		c := Credential{Holder: in.Person, Hash: in.Secret.hash, Set: d.Now(), By: d.Actor.ID}
		_, err = care.Write(d, protocol.Draft{Ref: residentCredential(in.Person), Subject: in.Person}, &c)
		return err
	})
}

// guessable tells whether a PIN is what somebody who knows the person tries
// first.
func guessable(pin string, p *care.Person) bool {
	birth := digits(p.Birth)
	for _, known := range []string{birth, p.Phone, p.Document.Number} {
		if known != "" && strings.HasSuffix(known, pin) {
			return true
		}
	}
	return strings.HasPrefix(birth, pin) || len(birth) == 8 && pin == birth[4:]+birth[2:4]
}

// AboutPerson is the input of actions that need nothing but whom they concern.
type AboutPerson struct {
	Person care.ID `json:"person"`
}

// Subject implements care.Subjected.
func (in AboutPerson) Subject() protocol.ID { return in.Person }

// dropPIN takes a PIN away: forgotten, told to somebody, or not wanted. The
// card still opens the door, and a new one can be set behind it.
func dropPIN() care.Action {
	return care.Do(care.Action{
		Name: "identity.drop-pin", Title: "取消登录密码", Roles: care.Roles(care.Resident, care.Doctor),
		Purpose: care.ForIdentity, Lane: protocol.Administrative,
	}, func(d *care.Deed, in AboutPerson) error {
		ref := residentCredential(in.Person)
		c, _, err := care.Read[Credential](d, ref)
		if errors.Is(err, protocol.ErrNotFound) || err == nil && c.Hash == "" {
			return protocol.Refuse("no-pin", "还没有设置过密码")
		}
		if err != nil {
			return err
		}
		c.Hash, c.Set, c.By = "", d.Now(), d.Actor.ID
		_, err = care.Write(d, protocol.Draft{Ref: ref}, &c)
		return err
	})
}
