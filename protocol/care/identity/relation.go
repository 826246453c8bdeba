package identity

import (
	"errors"
	"strings"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// relations are what a guardian may be to a child (GB/T 4761).
var relations = []struct{ code, label string }{
	{"51", "父亲"}, {"52", "母亲"}, {"61", "祖父"}, {"62", "祖母"}, {"63", "外祖父"}, {"64", "外祖母"},
	{"71", "兄"}, {"75", "姐"}, {"97", "其他亲属"}, {"99", "非亲属（指定监护人）"},
}

// bases are the papers that prove a guardian.
var bases = []struct{ code, label string }{
	{"household", "户口簿"}, {"birth", "出生医学证明"}, {"court", "监护证明或判决书"},
}

func labelOf(list []struct{ code, label string }, code string) string {
	for _, x := range list {
		if x.code == code {
			return x.label
		}
	}
	return ""
}

// Guardianship is what the doctor saw on paper.
type Guardianship struct {
	Ward     care.ID `json:"ward"`
	Guardian string  `json:"guardian"` // identifier, or the guardian's identity number
	Relation string  `json:"relation"`
	Basis    string  `json:"basis"`
}

// Subject implements care.Subjected.
func (in Guardianship) Subject() protocol.ID { return in.Ward }

// Check implements care.Checked.
func (in Guardianship) Check() error {
	switch {
	case strings.TrimSpace(in.Guardian) == "":
		return protocol.Refuse("guardian-missing", "请填写监护人的身份证号").OnField("guardian")
	case labelOf(relations, in.Relation) == "":
		return protocol.Refuse("relation-missing", "请选择监护人是孩子的什么人").OnField("relation")
	case labelOf(bases, in.Basis) == "":
		return protocol.Refuse("basis-missing", "请选择看到了哪种证明").OnField("basis")
	}
	return nil
}

// relate lets a grown person act for a child, on papers that a doctor saw.
func relate() care.Action {
	return care.Do(care.Action{
		Name: "identity.relate", Title: "登记监护人", Roles: []care.Role{care.Doctor},
		Purpose: care.ForIdentity, Lane: protocol.Administrative,
	}, func(d *care.Deed, in Guardianship) error {
		ward, _, err := resident(d, in.Ward)
		if err != nil {
			return err
		}
		if !isChild(&ward, d.Now()) {
			return protocol.Refuse("not-a-child", "只能给未满 14 岁的孩子登记监护人")
		}
		id, err := in.guardian(d)
		if err != nil {
			return err
		}
		g, _, err := care.Read[care.Person](d, care.ResidentRef(id))
		if errors.Is(err, protocol.ErrNotFound) {
			return protocol.Refuse("guardian-unknown", "监护人还没有登记，请先给监护人登记或刷身份证").OnField("guardian").Offer("/identity/register")
		}
		if err != nil {
			return err
		}
		if g.Age(d.Now()) < 18 {
			return protocol.Refuse("guardian-young", "监护人要年满 18 岁").OnField("guardian")
		}
		r := Relation{Guardian: id, Ward: in.Ward, Relation: in.Relation, Basis: in.Basis, Verified: d.Actor.ID, At: d.Now()}
		if _, err = care.Write(d, protocol.Draft{Ref: relationRef(id, in.Ward), Subject: in.Ward}, &r); err != nil {
			return err
		}
		return follow(d, in.Ward, ward.Home)
	})
}

func (in Guardianship) guardian(d *care.Deed) (care.ID, error) {
	if id := care.ID(in.Guardian); id.Valid() {
		if there, err := care.Exists(d, care.ResidentRef(id)); err != nil || there {
			return id, err
		}
	}
	n, err := cardNumber(in.Guardian, d.Now(), "guardian")
	return d.PersonID(DocumentCard, n.String()), err
}

// Pair names a guardian and a child.
type Pair struct {
	Guardian care.ID `json:"guardian"`
	Ward     care.ID `json:"ward"`
}

// Subject implements care.Subjected.
func (in Pair) Subject() protocol.ID { return in.Ward }

func endRelation() care.Action {
	return care.Do(care.Action{
		Name: "identity.end-relation", Title: "结束监护关系", Roles: []care.Role{care.Doctor},
		Purpose: care.ForIdentity, Lane: protocol.Administrative,
	}, func(d *care.Deed, in Pair) error {
		r, _, err := care.Read[Relation](d, relationRef(in.Guardian, in.Ward))
		if errors.Is(err, protocol.ErrNotFound) || err == nil && !r.Ended.IsZero() {
			return protocol.Refuse("no-relation", "没有这个监护关系，或已经结束").Offer("/identity/person/" + string(in.Ward))
		}
		if err != nil {
			return err
		}
		r.Ended = d.Now()
		_, err = care.Write(d, protocol.Draft{Ref: relationRef(in.Guardian, in.Ward)}, &r)
		return err
	})
}

// guardians lists who may act for a child now.
func guardians(r protocol.Reader, ward care.ID) ([]Relation, error) {
	return standing(r, "ward", ward)
}

func standing(r protocol.Reader, index string, of care.ID) ([]Relation, error) {
	found, err := care.Collect[Relation](r, protocol.Query{Kind: KindRelation, Index: index, Match: []string{string(of)}})
	var out []Relation
	for _, f := range found {
		if !ended(&f.Record) {
			out = append(out, f.Value)
		}
	}
	return out, err
}

// ended reads a relation cautiously: with several heads an ending wins.
func ended(rec *protocol.Record) bool {
	for _, h := range rec.Heads {
		var r Relation
		if protocol.Decode(h.Value, &r) != nil || !r.Ended.IsZero() {
			return true
		}
	}
	return false
}

// mayActFor refuses unless a guardian stands for somebody who is still a child.
func mayActFor(r protocol.Reader, guardian, ward care.ID) error {
	rec, err := r.Get(relationRef(guardian, ward))
	if err != nil && !errors.Is(err, protocol.ErrNotFound) {
		return err
	}
	if err != nil || ended(&rec) {
		return protocol.Refuse("not-guardian", "没有登记您是这个孩子的监护人，请找村医登记").Offer("/identity/wards")
	}
	p, _, err := resident(r, ward)
	if err == nil && !isChild(&p, r.Now()) {
		err = protocol.Refuse("not-a-child", "孩子已满 14 岁，要由本人办理").Offer("/identity/wards")
	}
	return err
}

// OnBehalf is a guardian's wish to act for a child, or with no child for
// themself again.
type OnBehalf struct {
	Ward care.ID `json:"ward,omitzero"`
}

// actFor records it; About is whom the session acts for from now on. It has no
// Subject, since the guardian has no right to the child's records before.
func actFor() care.Action {
	return care.Do(care.Action{
		Name: "identity.act-for", Title: "替孩子办理", Roles: []care.Role{care.Resident},
		Purpose: care.ForIdentity, Lane: protocol.Administrative,
	}, func(d *care.Deed, in OnBehalf) error {
		if in.Ward == "" || in.Ward == d.Actor.ID {
			return asOneself(d)
		}
		if err := mayActFor(d, d.Actor.ID, in.Ward); err != nil {
			return err
		}
		return recognise(d, SignIn{Holder: in.Ward, Role: care.Resident, Method: d.Actor.Method, By: d.Actor.ID})
	})
}

// asOneself writes the actor's own sign-in again as it is: turning back is no
// new proof of who stands there.
func asOneself(d *care.Deed) error {
	s, _, err := care.Read[SignIn](d, signInRef(d.Actor.ID))
	if err != nil {
		return err
	}
	_, err = care.Write(d, protocol.Draft{Ref: signInRef(d.Actor.ID)}, &s)
	return err
}
