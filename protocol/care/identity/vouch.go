package identity

import (
	"errors"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Vouching is the village doctor's word for somebody without card and PIN.
type Vouching struct {
	Person   care.ID `json:"person"`
	Terminal care.ID `json:"terminal"`
}

// Subject implements care.Subjected.
func (in Vouching) Subject() protocol.ID { return in.Person }

// Check implements care.Checked.
func (in Vouching) Check() error {
	if !in.Terminal.Valid() {
		return protocol.Refuse("terminal-missing", "请选择要打开的自助机").OnField("terminal")
	}
	return nil
}

// vouch asks a terminal of this station to serve somebody. The terminal's host
// follows these records and opens; a wish that it does not take up in five
// minutes lapses.
func vouch() care.Action {
	return care.Do(care.Action{
		Name: "identity.vouch", Title: "为居民打开自助机", Roles: []care.Role{care.Doctor},
		Purpose: care.ForIdentity, Lane: protocol.Administrative, Place: care.AtStation,
	}, func(d *care.Deed, in Vouching) error {
		if _, _, err := resident(d, in.Person); err != nil {
			return err
		}
		was, err := kioskAt(d, in.Terminal)
		if err != nil {
			return err
		}
		if was.serves(d.Now()) && was.Person != in.Person {
			return protocol.Refuse("terminal-busy", "这台自助机正在为别人服务，请稍等，或换一台").OnField("terminal")
		}
		if err := putKiosk(d, KioskSession{Terminal: in.Terminal, Person: in.Person, By: d.Actor.ID,
			State: KioskRequested, Asked: d.Now(), Rest: was.Rest}); err != nil {
			return err
		}
		p, _, err := resident(d, in.Person)
		if err != nil {
			return err
		}
		return follow(d, in.Person, p.Home)
	})
}

// AtTerminal is the input of what concerns one terminal.
type AtTerminal struct {
	Terminal care.ID `json:"terminal"`
}

// openKiosk is the terminal taking up the doctor's wish: the person is
// recognised by the doctor's word.
func openKiosk() care.Action {
	return care.Do(care.Action{
		Name: "identity.open-kiosk", Title: "自助机按村医的要求打开", Roles: []care.Role{care.System},
		Purpose: care.ForIdentity, Lane: protocol.Administrative, Place: care.AtStation,
	}, func(d *care.Deed, in AtTerminal) error {
		k, err := kioskAt(d, in.Terminal)
		if err != nil {
			return err
		}
		if !k.waits(d) {
			return protocol.Refuse("not-requested", "村医没有要求打开这台自助机，或者等得太久了")
		}
		if err := recognise(d, SignIn{Holder: k.Person, Role: care.Resident, Method: care.ByDoctor, Terminal: in.Terminal, By: k.By}); err != nil {
			return err
		}
		k.State = KioskOpen
		return putKiosk(d, k)
	})
}

// closeKiosk ends what vouch began: the host when the session ends, the doctor
// to take the wish back.
func closeKiosk() care.Action {
	return care.Do(care.Action{
		Name: "identity.close-kiosk", Title: "结束自助机会话", Roles: care.Roles(care.System, care.Doctor),
		Purpose: care.ForIdentity, Lane: protocol.Administrative, Place: care.AtStation,
	}, func(d *care.Deed, in AtTerminal) error {
		k, err := kioskAt(d, in.Terminal)
		if err != nil || k.State == "" || k.State == KioskClosed {
			return err
		}
		k.State = KioskClosed
		return putKiosk(d, k)
	})
}

// serves tells whether somebody stands there who was let in. A session that a
// crash left open is over after its lifetime.
func (k *KioskSession) serves(now time.Time) bool {
	age := now.Sub(k.At)
	return k.State == KioskOpen && age >= 0 && age <= StandardPolicy.Lifetime
}

// waits tells whether a wish still stands.
func (k *KioskSession) waits(r protocol.Reader) bool {
	age := r.Now().Sub(k.Asked)
	return k.State == KioskRequested && age >= 0 && age <= vouchFor
}

// kioskAt reads a terminal's record; none is the zero one.
func kioskAt(r protocol.Reader, terminal care.ID) (KioskSession, error) {
	k, _, err := care.Read[KioskSession](r, kioskRef(terminal))
	if errors.Is(err, protocol.ErrNotFound) {
		err = nil
	}
	return k, err
}

// putKiosk writes it. The record is the terminal's, not the person's: the next
// one will be about somebody else.
func putKiosk(d *care.Deed, k KioskSession) error {
	k.At = d.Now()
	_, err := care.Write(d, protocol.Draft{Ref: kioskRef(k.Terminal), Scopes: []protocol.Scope{protocol.SiteScope(d.Site())}}, &k)
	return err
}
