package identity

import (
	"errors"
	"reflect"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Card is what a reader takes from a resident identity card.
type Card struct {
	Name    string `json:"name"`
	Number  string `json:"number"`
	Sex     string `json:"sex,omitzero"`    // code or word
	Ethnic  string `json:"ethnic,omitzero"` // GB/T 3304
	Birth   string `json:"birth,omitzero"`  // yyyy-mm-dd or yyyymmdd
	Address string `json:"address,omitzero"`
}

// Check implements care.Checked.
func (c Card) Check() error { return checkName(c.Name) }

// readCard signs somebody in by their card: at first sight it registers them.
// Only the host's card reader runs it, so that a number typed into a form is
// nobody's key. A card replaces what was only told before; telephone, household
// and wishes are the person's own and stay.
func readCard() care.Action {
	return care.Do(care.Action{
		Name: "identity.card", Title: "刷身份证登录", Roles: []care.Role{care.System},
		Purpose: care.ForIdentity, Lane: protocol.Administrative,
	}, func(d *care.Deed, in Card) error {
		n, err := cardNumber(in.Number, d.Now(), "number")
		if err != nil {
			return err
		}
		if b := digits(in.Birth); b != "" && b != digits(n.Birth().String()) {
			return protocol.Refuse("card-unclear", "身份证没有读清楚，请拿开再放一次").Offer("/identity/signin/card")
		}
		person := d.PersonID(DocumentCard, n.String())
		was, _, err := care.Read[care.Person](d, care.ResidentRef(person))
		if err != nil && !errors.Is(err, protocol.ErrNotFound) {
			return err
		}
		fresh := err != nil
		p := was
		fromCard(&p, in, n.String(), n.Birth().String(), n.Sex().Code())
		if fresh {
			p.Registered = d.Now()
		}
		if p.Home == "" && d.Site() != county {
			p.Home = d.Site()
		}
		if fresh || !reflect.DeepEqual(was, p) {
			if err := put(d, person, &p); err != nil {
				return err
			}
		}
		if err := recognise(d, SignIn{Holder: person, Role: care.Resident, Method: care.ByCard}); err != nil {
			return err
		}
		return follow(d, person, p.Home)
	})
}

func fromCard(p *care.Person, in Card, number, birth, sex string) {
	p.Name = name(in.Name)
	p.Document = care.Document{Type: DocumentCard, Number: number}
	p.Birth, p.Sex, p.Vouched = birth, sex, ""
	if in.Ethnic != "" {
		p.Ethnic = in.Ethnic
	}
	if in.Address != "" {
		p.Address = in.Address
	}
}

// digits keeps the digits of a text: 1952-03-09 and 19520309 are one day.
func digits(text string) string {
	var out []byte
	for i := range len(text) {
		if text[i] >= '0' && text[i] <= '9' {
			out = append(out, text[i])
		}
	}
	return string(out)
}
