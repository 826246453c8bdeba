package identity

import (
	"strings"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/codec/pinyin"
)

// Registration is somebody whom the village doctor knows, without a card at
// hand.
type Registration struct {
	Name      string        `json:"name"`
	Sex       string        `json:"sex,omitzero"`
	Birth     string        `json:"birth,omitzero"` // may be left out with an identity number
	Phone     string        `json:"phone,omitzero"`
	Household string        `json:"household,omitzero"`
	Group     string        `json:"group,omitzero"`
	Address   string        `json:"address,omitzero"`
	Type      string        `json:"type,omitzero"`    // of the document, CV02.01.101
	Number    string        `json:"number,omitzero"`  // of the document
	Home      protocol.Site `json:"home,omitzero"`    // in the county: whose station; elsewhere this one
	Another   bool          `json:"another,omitzero"` // "yes, this is another person of that name and day"
}

// Check implements care.Checked.
func (in Registration) Check() error {
	if err := checkName(in.Name); err != nil {
		return err
	}
	_, err := phoneNumber(in.Phone, "phone")
	return err
}

// register enters somebody at the word of a doctor. The same document leads to
// the person who has it; the same name and birth date asks first, since a
// second record of one person is worse than a question.
func register() care.Action {
	return care.Do(care.Action{
		Name: "identity.register", Title: "登记居民", Roles: []care.Role{care.Doctor},
		Purpose: care.ForIdentity, Lane: protocol.Administrative,
	}, func(d *care.Deed, in Registration) error {
		person, p, err := in.person(d)
		if err != nil {
			return err
		}
		if person == "" {
			person = d.NewID()
		} else if there, err := care.Exists(d, care.ResidentRef(person)); err != nil {
			return err
		} else if there {
			return protocol.Refuse("already-registered", "这份证件已经登记过，请打开原来的资料").
				OnField("number").Offer("/identity/person/" + string(person))
		}
		if err := askIfSame(d, &p, in.Another); err != nil {
			return err
		}
		if err := put(d, person, &p); err != nil {
			return err
		}
		return follow(d, person, p.Home)
	})
}

// person makes the record of a registration, and its name when a document
// gives one.
func (in Registration) person(d *care.Deed) (care.ID, care.Person, error) {
	p := care.Person{
		Name: name(in.Name), Household: strings.TrimSpace(in.Household), Group: strings.TrimSpace(in.Group),
		Address: strings.TrimSpace(in.Address), Vouched: d.Actor.ID, Registered: d.Now(), Home: d.Site(),
	}
	if d.Site() == county {
		p.Home = in.Home
	}
	p.Phone, _ = phoneNumber(in.Phone, "phone")
	sex, birth := in.Sex, in.Birth
	person := care.ID("")
	if number := strings.TrimSpace(in.Number); number != "" {
		doc, err := document(d, in.Type, number)
		if err != nil {
			return "", p, err
		}
		p.Document, person = doc, d.PersonID(doc.Type, doc.Number)
		if doc.Type == DocumentCard {
			n, _ := cardNumber(doc.Number, d.Now(), "number")
			sex, birth = n.Sex().Code(), n.Birth().String()
		}
	}
	code, ok := sexOf(sex)
	if !ok {
		return "", p, protocol.Refuse("sex-missing", "请选择性别").OnField("sex")
	}
	p.Sex = code
	var err error
	p.Birth, err = birthday(birth, d.Now())
	return person, p, err
}

func document(d *care.Deed, kind, number string) (care.Document, error) {
	if kind == "" || kind == DocumentCard {
		n, err := cardNumber(number, d.Now(), "number")
		return care.Document{Type: DocumentCard, Number: n.String()}, err
	}
	number = strings.ToUpper(strings.ReplaceAll(number, " ", ""))
	for _, t := range documents {
		switch {
		case t.code != kind:
		case len(number) > 40 || strings.ContainsFunc(number, notOfDocument):
			return care.Document{}, protocol.Refuse("document-form", "证件号里只能有字母、数字和连字符，请对照证件再看一遍").OnField("number")
		default:
			return care.Document{Type: kind, Number: number}, nil
		}
	}
	return care.Document{}, protocol.Refuse("document-type", "请选择证件类型").OnField("type")
}

// notOfDocument tells what stands in no document's number.
func notOfDocument(r rune) bool {
	return r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z')
}

func askIfSame(d *care.Deed, p *care.Person, another bool) error {
	if another {
		return nil
	}
	found, err := care.Collect[care.Person](d, protocol.Query{Kind: care.KindResident, Index: "keys", Match: []string{pinyin.Normal(p.Name)}})
	if err != nil {
		return err
	}
	for _, f := range found {
		if f.Value.Name == p.Name && f.Value.Birth == p.Birth {
			return protocol.Refuse("same-person", "已经有一位同名、同一天出生的居民。是同一个人就打开原来的资料；确实是另一个人，请勾选后再登记").
				OnField("another").Offer("/identity/person/" + string(f.Ref.ID))
		}
	}
	return nil
}
