package identity

import (
	"errors"
	"fmt"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/codec/pinyin"
)

// index fills in what a person is found by: every beginning of every way to
// read the name, the last four of document and telephone.
func index(p *care.Person) {
	p.Keys = pinyin.Index(p.Name)
	p.Last4 = ""
	if n := len(p.Document.Number); n >= 8 {
		p.Last4 = p.Document.Number[n-4:]
	}
	if n := len(p.Phone); n >= 8 {
		p.Keys = append(p.Keys, p.Phone[n-4:])
	}
}

// put writes a person with its search keys.
func put(d *care.Deed, person care.ID, p *care.Person) error {
	index(p)
	_, err := care.Write(d, protocol.Draft{Ref: care.ResidentRef(person), Subject: person}, p)
	return err
}

// resident reads a person; who is unknown here is a refusal that leads to the
// search.
func resident(r protocol.Reader, person care.ID) (care.Person, protocol.Record, error) {
	p, rec, err := care.Read[care.Person](r, care.ResidentRef(person))
	if errors.Is(err, protocol.ErrNotFound) {
		err = protocol.Refuse("no-such-person", "没有找到这个人的资料").Offer("/identity/find")
	}
	return p, rec, err
}

// follow makes a station keep what belongs to somebody: for good at their
// home, for a month where they are on a visit. The county holds everybody and
// writes it for the home station.
func follow(d *care.Deed, person care.ID, home protocol.Site) error {
	site := d.Site()
	if site == county {
		site = home
	}
	if site == "" {
		return nil
	}
	ref := followRef(site, person)
	now, _, err := care.Read[protocol.Follow](d, ref)
	if err != nil && !errors.Is(err, protocol.ErrNotFound) {
		return err
	}
	there := err == nil
	want := protocol.Follow{Site: site, Scope: protocol.PersonScope(person), Rest: now.Rest}
	if site != home {
		want.Until = d.Now().Add(visitFor).UTC().Truncate(24 * time.Hour)
	}
	if there && !now.Ended && lasts(now.Until, want.Until) {
		return nil
	}
	_, err = care.Write(d, protocol.Draft{Ref: ref, Scopes: []protocol.Scope{protocol.SiteScope(site)}}, &want)
	if err != nil {
		return fmt.Errorf("follow person: %w", err)
	}
	return nil
}

func followRef(site protocol.Site, person care.ID) protocol.Ref {
	return protocol.Ref{Kind: protocol.KindFollow, ID: care.ID(site) + "." + person}
}

// lasts tells whether a following need not be written again: both are for good,
// or it ends at most half a month before the new one would.
func lasts(until, want time.Time) bool {
	if until.IsZero() || want.IsZero() {
		return until.Equal(want)
	}
	return want.Sub(until) < visitFor/2
}

// Visit is a station that took a visitor for one of its own, because it had
// never seen their record.
type Visit struct {
	Person care.ID       `json:"person"`
	Site   protocol.Site `json:"site"`
}

// visit ends such a following a month from now.
func visit() care.Action {
	return care.Do(care.Action{
		Name: "identity.visit", Title: "居民属于另一个站点", Roles: []care.Role{care.System},
		Purpose: care.ForIdentity, Lane: protocol.Administrative, Place: care.InCounty,
	}, func(d *care.Deed, in Visit) error {
		f, _, err := care.Read[protocol.Follow](d, followRef(in.Site, in.Person))
		if errors.Is(err, protocol.ErrNotFound) || err == nil && !f.Until.IsZero() {
			return nil
		}
		if err != nil {
			return err
		}
		f.Until = d.Now().Add(visitFor).UTC().Truncate(24 * time.Hour)
		_, err = care.Write(d, protocol.Draft{Ref: followRef(in.Site, in.Person)}, &f)
		return err
	})
}

// settleHome answers a merge of somebody's record: stations that registered
// them apart and are not their home follow them as a visited place does.
func settleHome() care.Reaction {
	return care.Reaction{
		Name: "identity.home", Place: care.InCounty, On: []protocol.ActionName{"conflict.resolve", "conflict.decide"},
		Do: func(r protocol.Reader, c protocol.Change) ([]care.Request, error) {
			var out []care.Request
			for _, w := range c.Writes {
				var p care.Person
				if w.Ref.Kind != care.KindResident {
					continue
				}
				if err := protocol.Decode(w.Value, &p); err != nil {
					return nil, err
				}
				for _, parent := range w.Parents {
					if s := parent.Site; s != county && s != p.Home {
						in := Visit{w.Ref.ID, s}
						out = append(out, request(care.Machine("identity"), "identity.visit", &in, ""))
					}
				}
			}
			return out, nil
		},
	}
}

// recognise records that somebody was recognised. Its ID is the holder's, so
// that a Change that only does this is about them too.
func recognise(d *care.Deed, s SignIn) error {
	s.At = d.Now()
	if s.Terminal == "" {
		s.Terminal = d.Actor.Terminal
	}
	draft := protocol.Draft{Ref: signInRef(s.Holder)}
	if !s.Staff {
		draft.Subject = s.Holder
	} else if d.Site() != county {
		draft.Scopes = []protocol.Scope{protocol.SiteScope(d.Site())}
	}
	_, err := care.Write(d, draft, &s)
	return err
}

// justSignedIn refuses unless an actor was recognised here within the last
// minutes: a screen that was left alone must not give away a password.
func justSignedIn(d *care.Deed, next string) error {
	s, _, err := care.Read[SignIn](d, signInRef(d.Actor.ID))
	if err != nil && !errors.Is(err, protocol.ErrNotFound) {
		return err
	}
	age := d.Now().Sub(s.At)
	if err != nil || age < 0 || age > freshSignIn || s.Terminal != d.Actor.Terminal {
		return protocol.Refuse("sign-in-again", "为了您的安全，请先重新登录，再改密码").Offer("/identity/signin?next=" + next)
	}
	return nil
}
