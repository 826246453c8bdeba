package identity

import (
	"errors"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Agreement is somebody's yes to one purpose, to the text that they saw.
type Agreement struct {
	Person  care.ID             `json:"person"`
	Purpose care.ConsentPurpose `json:"purpose"`
	Version string              `json:"version"`
}

// Subject implements care.Subjected.
func (in Agreement) Subject() protocol.ID { return in.Person }

// agree records a consent. A resident gives it at the screen; a doctor records
// what somebody said in front of them, and stands as the witness. For a child
// a guardian gives it.
func agree() care.Action {
	return care.Do(care.Action{
		Name: "identity.consent", Title: "同意告知书", Roles: care.Roles(care.Resident, care.Doctor),
		Purpose: care.ForIdentity, Lane: protocol.Administrative,
	}, func(d *care.Deed, in Agreement) error {
		p, _, err := resident(d, in.Person)
		if err != nil {
			return err
		}
		form, err := currentForm(d, in.Purpose)
		if err != nil {
			return err
		}
		if in.Version != form.Version {
			return protocol.Refuse("form-changed", "告知书有了新的内容，请重新看一遍").Offer("/identity/consent/" + string(in.Purpose))
		}
		if err := guardianDecides(d, in.Person, &p); err != nil {
			return err
		}
		c := care.Consent{Person: in.Person, Purpose: in.Purpose, Version: form.Version, Given: true}
		return putConsent(d, c)
	})
}

// guardianDecides refuses a child's own yes, and a doctor's record of one while
// no guardian is known.
func guardianDecides(d *care.Deed, person care.ID, p *care.Person) error {
	if !isChild(p, d.Now()) {
		return nil
	}
	if d.Actor.Role == care.Resident {
		if d.Actor.For == person && d.Actor.ID != person {
			return mayActFor(d, d.Actor.ID, person)
		}
		return protocol.Refuse("guardian-needed", "未满 14 岁要由家长同意，请家长刷自己的身份证，或请村医帮忙").Offer("/identity/signin")
	}
	found, err := guardians(d, person)
	if err == nil && len(found) == 0 {
		err = protocol.Refuse("guardian-needed", "未满 14 岁要由监护人同意，请先登记监护人").Offer("/identity/person/" + string(person) + "/guardian")
	}
	return err
}

// Withdrawal is somebody's no to what they agreed to before.
type Withdrawal struct {
	Person  care.ID             `json:"person"`
	Purpose care.ConsentPurpose `json:"purpose"`
}

// Subject implements care.Subjected.
func (in Withdrawal) Subject() protocol.ID { return in.Person }

// withdraw takes a consent back. It asks for no reason and no version; with
// the messages it also stops the wish for them.
func withdraw() care.Action {
	return care.Do(care.Action{
		Name: "identity.withdraw", Title: "撤回同意", Roles: care.Roles(care.Resident, care.Doctor),
		Purpose: care.ForIdentity, Lane: protocol.Administrative,
	}, func(d *care.Deed, in Withdrawal) error {
		c, _, err := care.Read[care.Consent](d, care.ConsentRef(in.Person, in.Purpose))
		if errors.Is(err, protocol.ErrNotFound) || err == nil && !c.Given {
			return protocol.Refuse("not-given", "这一项现在没有同意过，不需要撤回").Offer("/identity/consent")
		}
		if err != nil {
			return err
		}
		c.Given = false
		if err := putConsent(d, c); err != nil {
			return err
		}
		if in.Purpose != care.ConsentNotice {
			return nil
		}
		p, _, err := resident(d, in.Person)
		if err != nil || !p.Notices.SMS {
			return err
		}
		p.Notices.SMS = false
		return put(d, in.Person, &p)
	})
}

func putConsent(d *care.Deed, c care.Consent) error {
	c.At, c.Channel, c.Witness = d.Now(), string(d.Actor.Terminal), ""
	if d.Actor.Role != care.Resident {
		c.Witness = d.Actor.ID
	}
	_, err := care.Write(d, protocol.Draft{Ref: care.ConsentRef(c.Person, c.Purpose), Subject: c.Person}, &c)
	return err
}
