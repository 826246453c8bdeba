package identity

import (
	"strings"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Correction is what a doctor mends in somebody's details. Fields that are left
// out are emptied, as the form shows them all.
type Correction struct {
	Person    care.ID `json:"person"`
	Name      string  `json:"name"`
	Sex       string  `json:"sex"`
	Birth     string  `json:"birth"`
	Phone     string  `json:"phone,omitzero"`
	Household string  `json:"household,omitzero"`
	Group     string  `json:"group,omitzero"`
	Address   string  `json:"address,omitzero"`
}

// Subject implements care.Subjected.
func (in Correction) Subject() protocol.ID { return in.Person }

// Check implements care.Checked.
func (in Correction) Check() error {
	if err := checkName(in.Name); err != nil {
		return err
	}
	_, err := phoneNumber(in.Phone, "phone")
	return err
}

// edit corrects a person. What came from a card is corrected by a card.
func edit() care.Action {
	return care.Do(care.Action{
		Name: "identity.edit", Title: "更正居民资料", Roles: []care.Role{care.Doctor},
		Purpose: care.ForIdentity, Lane: protocol.Administrative,
	}, func(d *care.Deed, in Correction) error {
		p, _, err := resident(d, in.Person)
		if err != nil {
			return err
		}
		sex, ok := sexOf(in.Sex)
		if !ok {
			return protocol.Refuse("sex-missing", "请选择性别").OnField("sex")
		}
		birth, err := birthday(in.Birth, d.Now())
		if err != nil {
			return err
		}
		if seenOnCard(&p) && (name(in.Name) != p.Name || sex != p.Sex || birth != p.Birth) {
			return protocol.Refuse("from-card", "姓名、性别和出生日期来自身份证，要改请让本人再刷一次身份证").OnField("name")
		}
		p.Name, p.Sex, p.Birth = name(in.Name), sex, birth
		p.Phone, _ = phoneNumber(in.Phone, "phone")
		p.Household, p.Group, p.Address = strings.TrimSpace(in.Household), strings.TrimSpace(in.Group), strings.TrimSpace(in.Address)
		return put(d, in.Person, &p)
	})
}

func seenOnCard(p *care.Person) bool { return p.Document.Type == DocumentCard && p.Vouched == "" }

// Contact is how a person is reached.
type Contact struct {
	Person  care.ID `json:"person"`
	Phone   string  `json:"phone,omitzero"`
	Address string  `json:"address,omitzero"`
	Keep    bool    `json:"keep,omitzero"` // leave the address as it is: the kiosk asks for the number alone
}

// Subject implements care.Subjected.
func (in Contact) Subject() protocol.ID { return in.Person }

// Check implements care.Checked.
func (in Contact) Check() error {
	_, err := phoneNumber(in.Phone, "phone")
	return err
}

func contact() care.Action {
	return care.Do(care.Action{
		Name: "identity.contact", Title: "修改联系方式", Roles: care.Roles(care.Resident, care.Doctor),
		Purpose: care.ForIdentity, Lane: protocol.Administrative,
	}, func(d *care.Deed, in Contact) error {
		p, _, err := resident(d, in.Person)
		if err != nil {
			return err
		}
		p.Phone, _ = phoneNumber(in.Phone, "phone")
		if p.Phone == "" {
			p.Notices.SMS = false
		}
		if !in.Keep {
			p.Address = strings.TrimSpace(in.Address)
		}
		return put(d, in.Person, &p)
	})
}

// Wishes is what shall reach a person (D6.2.1).
type Wishes struct {
	Person   care.ID `json:"person"`
	SMS      bool    `json:"sms,omitzero"`
	Lectures bool    `json:"lectures,omitzero"`
}

// Subject implements care.Subjected.
func (in Wishes) Subject() protocol.ID { return in.Person }

// wishes sets them. Messages need a number to go to, and a consent of their
// own; stopping them needs nothing.
func wishes() care.Action {
	return care.Do(care.Action{
		Name: "identity.wishes", Title: "设置接收哪些消息", Roles: care.Roles(care.Resident, care.Doctor),
		Purpose: care.ForNotice, Lane: protocol.Administrative,
	}, func(d *care.Deed, in Wishes) error {
		p, _, err := resident(d, in.Person)
		if err != nil {
			return err
		}
		if in.SMS {
			if p.Phone == "" {
				return protocol.Refuse("phone-missing", "要收短信，请先填写手机号").OnField("sms").Offer("/identity/me/phone")
			}
			ok, err := care.Consented(d, in.Person, care.ConsentNotice)
			if err != nil {
				return err
			}
			if !ok {
				return protocol.Refuse("no-consent", "要收短信，请先阅读并同意短信通知").OnField("sms").Offer("/identity/consent/notice")
			}
		}
		p.Notices = care.NoticeWishes{SMS: in.SMS, Lectures: in.Lectures}
		return put(d, in.Person, &p)
	})
}
