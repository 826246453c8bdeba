package exam

import (
	"errors"
	"strings"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Held is a reading of nobody: it waits at the station for the doctor to say
// whose it is. ID: minted; the observation that it becomes has the same.
type Held struct {
	Site    protocol.Site `json:"site"`
	State   HeldState     `json:"state"`
	Why     string        `json:"why"` // why it was not filed
	Reading Observation   `json:"reading"`
	Done    time.Time     `json:"done,omitzero"`
	By      care.ID       `json:"by,omitempty"`
	Reason  string        `json:"reason,omitempty"` // why it was discarded
	Rest    protocol.Rest `json:",unknown"`
}

// HeldState is how far a held reading has come.
type HeldState string

// The states.
const (
	Waiting   HeldState = "waiting"
	Assigned  HeldState = "assigned"
	Discarded HeldState = "discarded"
)

// HeldRef names a held reading.
func HeldRef(id care.ID) protocol.Ref { return protocol.Ref{Kind: KindHeld, ID: id} }

func hold(d *care.Deed, o Observation, why string) error {
	id := d.NewID()
	o.assess(nil)
	here := protocol.SiteScope(d.Site())
	h := Held{Site: d.Site(), State: Waiting, Why: why, Reading: o}
	if _, err := care.Write(d, protocol.Draft{Ref: HeldRef(id), Scopes: []protocol.Scope{here}}, &h); err != nil {
		return err
	}
	words := "有一条测量读数没有对上人，请确认是谁的"
	if o.Flag.Alarming() {
		words = "有一条危急的测量读数没有对上人，请马上确认是谁的"
	}
	return care.Task{Reason: TaskAssign, For: care.Doctor, Site: d.Site(), About: HeldRef(id), Words: words}.
		Open(d, assignTask(id), here)
}

// Assign is the input of exam.assign.
type Assign struct {
	Reading care.ID `json:"reading"`
	Person  care.ID `json:"person"`
}

// Subject is whose reading it is said to be.
func (a Assign) Subject() care.ID { return a.Person }

// Check asks for a person.
func (a Assign) Check() error {
	if !a.Person.Valid() {
		return protocol.Refuse("no-person", "请先选择这是谁的读数").OnField("person")
	}
	return nil
}

func assign() care.Action {
	return care.Do(care.Action{
		Name: "exam.assign", Title: "确认读数是谁的", Roles: []care.Role{care.Doctor},
		Purpose: care.ForCare, Lane: protocol.Clinical, Consent: care.ConsentHealth,
	}, func(d *care.Deed, in Assign) error {
		h, err := waiting(d, in.Reading)
		if err != nil {
			return err
		}
		if err := known(d, in.Person); err != nil {
			return err
		}
		o := h.Reading
		o.Person, o.By = in.Person, d.Actor.ID
		if err := file(d, in.Reading, &o); err != nil {
			return err
		}
		h.State, h.Done, h.By = Assigned, d.Now(), d.Actor.ID
		if _, err := care.Write(d, protocol.Draft{Ref: HeldRef(in.Reading)}, &h); err != nil {
			return err
		}
		return closeTask(d, assignTask(in.Reading), "assigned")
	})
}

// Discard is the input of exam.discard.
type Discard struct {
	Reading care.ID `json:"reading"`
	Reason  string  `json:"reason"`
}

// Check asks for a reason.
func (in Discard) Check() error { return needReason(in.Reason) }

func discard() care.Action {
	return care.Do(care.Action{
		Name: "exam.discard", Title: "读数不属于任何人", Roles: []care.Role{care.Doctor},
		Purpose: care.ForCare, Lane: protocol.Clinical,
	}, func(d *care.Deed, in Discard) error {
		h, err := waiting(d, in.Reading)
		if err != nil {
			return err
		}
		h.State, h.Done, h.By, h.Reason = Discarded, d.Now(), d.Actor.ID, strings.TrimSpace(in.Reason)
		if _, err := care.Write(d, protocol.Draft{Ref: HeldRef(in.Reading)}, &h); err != nil {
			return err
		}
		return closeTask(d, assignTask(in.Reading), "discarded")
	})
}

// waiting reads a held reading that nobody dealt with yet.
func waiting(d *care.Deed, id care.ID) (Held, error) {
	h, _, err := care.Read[Held](d, HeldRef(id))
	if errors.Is(err, protocol.ErrNotFound) {
		return h, protocol.Refuse("no-reading", "没有找到这条读数").Offer("/exam/unassigned")
	}
	if err == nil && h.State != Waiting {
		err = protocol.Refuse("already-assigned", "这条读数已经处理过了").Offer("/exam/unassigned")
	}
	return h, err
}

// known refuses a person whom this site has no record of.
func known(r protocol.Reader, person care.ID) error {
	there, err := care.Exists(r, care.ResidentRef(person))
	if err == nil && !there {
		err = protocol.Refuse("no-such-person", "没有找到这位居民，请先登记").OnField("person").Offer("/identity/register")
	}
	return err
}

func needReason(reason string) error { return needWords("reason", reason) }

func needWords(field, text string) error {
	switch n := len([]rune(strings.TrimSpace(text))); {
	case n == 0:
		return protocol.Refuse("no-reason", "请写明原因或处理经过").OnField(field)
	case n > 200:
		return protocol.Refuse("long-reason", "请写在 200 字以内").OnField(field)
	}
	return nil
}
