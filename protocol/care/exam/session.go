package exam

import (
	"errors"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Session is somebody's turn at the instruments of a terminal: from 开始测量
// until one reading came, it ran out, they left, or the next person started.
type Session struct {
	Person   care.ID       `json:"person"`
	Site     protocol.Site `json:"site"`
	Terminal care.ID       `json:"terminal"`
	Device   care.ID       `json:"device,omitempty"` // only this one; empty: any that stands there
	What     What          `json:"what,omitempty"`
	Started  time.Time     `json:"started"`
	Until    time.Time     `json:"until"`
	Ended    time.Time     `json:"ended,omitzero"`
	Rest     protocol.Rest `json:",unknown"`
}

// turn is the record that names the session whose turn it is at a terminal. It
// is read by name, so two people can never both have it.
type turn struct {
	Session care.ID       `json:"session"`
	Rest    protocol.Rest `json:",unknown"`
}

// SessionLasts is how long a turn waits for its reading.
const SessionLasts = 3 * time.Minute

// SessionRef names a measuring session.
func SessionRef(id care.ID) protocol.Ref { return protocol.Ref{Kind: KindSession, ID: id} }

func turnRef(site protocol.Site, terminal care.ID) protocol.Ref {
	return protocol.Ref{Kind: KindPlace, ID: care.ID(site) + "." + terminal}
}

// Start is the input of exam.start.
type Start struct {
	Person   care.ID `json:"person"`
	What     What    `json:"what,omitempty"`
	Terminal care.ID `json:"terminal,omitempty"` // staff only: where to measure; empty is where they stand
	Device   care.ID `json:"device,omitempty"`
}

// Subject is who is measured.
func (s Start) Subject() care.ID { return s.Person }

// Check refuses a form that was tampered with.
func (s Start) Check() error {
	if !s.Person.Valid() || s.What != "" && !s.What.Known() || s.Device != "" && !s.Device.Valid() {
		return protocol.Refuse("bad-input", "请从首页重新进入测量").Offer("/exam")
	}
	return nil
}

func start() care.Action {
	return care.Do(care.Action{
		Name: "exam.start", Title: "开始测量", Roles: []care.Role{care.Resident, care.Doctor},
		Purpose: care.ForCare, Lane: protocol.Administrative, Place: care.AtStation, Consent: care.ConsentHealth,
	}, func(d *care.Deed, in Start) error {
		terminal := d.Actor.Terminal
		if d.Actor.Role != care.Resident && in.Terminal != "" {
			terminal = in.Terminal
		}
		if !terminal.Valid() || len(terminal) > 64 {
			return protocol.Refuse("no-terminal", "这台机器还没有登记，请找村医帮忙测量")
		}
		id, now := d.NewID(), d.Now()
		s := Session{
			Person: in.Person, Site: d.Site(), Terminal: terminal, Device: in.Device, What: in.What,
			Started: now, Until: now.Add(SessionLasts),
		}
		here := []protocol.Scope{protocol.SiteScope(d.Site())}
		if _, err := care.Write(d, protocol.Draft{Ref: SessionRef(id), Subject: in.Person, Scopes: here}, &s); err != nil {
			return err
		}
		_, err := care.Write(d, protocol.Draft{Ref: turnRef(d.Site(), terminal), Scopes: here}, &turn{Session: id})
		return err
	})
}

// Stop is the input of exam.stop. The kiosk's host runs it when somebody
// leaves, so that the next person's reading cannot become theirs.
type Stop struct {
	Session  care.ID `json:"session,omitempty"`
	Terminal care.ID `json:"terminal,omitempty"` // instead of Session: whoever has the turn there
}

func stop() care.Action {
	return care.Do(care.Action{
		Name: "exam.stop", Title: "结束测量", Roles: []care.Role{care.Resident, care.Doctor, care.System},
		Purpose: care.ForCare, Lane: protocol.Administrative, Place: care.AtStation,
	}, func(d *care.Deed, in Stop) error {
		id := in.Session
		if id == "" {
			t, _, err := care.Read[turn](d, turnRef(d.Site(), in.Terminal))
			if errors.Is(err, protocol.ErrNotFound) {
				return nil
			}
			if err != nil {
				return err
			}
			id = t.Session
		}
		s, _, err := care.Read[Session](d, SessionRef(id))
		if errors.Is(err, protocol.ErrNotFound) {
			return protocol.Refuse("no-session", "这次测量已经结束").Offer("/exam")
		}
		if err != nil {
			return err
		}
		if err := d.Own(s.Person); err != nil || !s.Ended.IsZero() {
			return err
		}
		s.Ended = d.Now()
		_, err = care.Write(d, protocol.Draft{Ref: SessionRef(id)}, &s)
		return err
	})
}

// Reasons why a reading is held instead of filed.
const (
	heldNobody  = "no-session"   // nobody pressed 开始测量
	heldLate    = "expired"      // came after the turn had run out or ended
	heldUsed    = "used"         // the turn has its reading already
	heldOther   = "other-device" // the turn is for another instrument
	heldBefore  = "before"       // was taken before the turn began
	heldConsent = "no-consent"   // the person withdrew their consent meanwhile
)

// bind finds the session that a message answers; else it says why it must be
// held. A reading is never given to somebody by guess.
func bind(d *care.Deed, m Message, o *Observation) (s Session, id care.ID, why string, err error) {
	if id = m.Session; id == "" || id == "-" {
		t, _, err := care.Read[turn](d, turnRef(d.Site(), m.Terminal))
		if errors.Is(err, protocol.ErrNotFound) {
			return s, "", heldNobody, nil
		}
		if err != nil {
			return s, "", "", err
		}
		id = t.Session
	}
	s, _, err = care.Read[Session](d, SessionRef(id))
	if errors.Is(err, protocol.ErrNotFound) {
		return s, "", heldNobody, nil
	}
	if err != nil {
		return s, "", "", err
	}
	why, err = unfit(d, &s, id, o)
	return s, id, why, err
}

func unfit(d *care.Deed, s *Session, id care.ID, o *Observation) (string, error) {
	used, err := care.Exists(d, Ref(id))
	if err != nil {
		return "", err
	}
	agreed, err := care.Consented(d, s.Person, care.ConsentHealth)
	if err != nil {
		return "", err
	}
	taken := o.Received
	if o.TimeRule == TimeCorrected {
		taken = o.ObservedAt.Add(ahead)
	}
	switch {
	case s.Site != d.Site() || s.Terminal != o.Terminal && o.Terminal != "" || s.Device != "" && s.Device != o.Device:
		return heldOther, nil
	case taken.Before(s.Started):
		return heldBefore, nil
	case o.Received.After(s.Until), !s.Ended.IsZero() && o.Received.After(s.Ended):
		return heldLate, nil
	case used:
		return heldUsed, nil
	case !agreed:
		return heldConsent, nil
	}
	return "", nil
}
