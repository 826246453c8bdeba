package exam

import (
	"errors"
	"strings"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Withdraw is the input of exam.entered-in-error.
type Withdraw struct {
	Observation care.ID `json:"observation"`
	Reason      string  `json:"reason"`
}

// Check asks for a reason.
func (in Withdraw) Check() error { return needReason(in.Reason) }

// withdraw asks for no consent: a wrong value in somebody's record must go even
// when they no longer want anything done with it.
func withdraw() care.Action {
	return care.Do(care.Action{
		Name: "exam.entered-in-error", Title: "读数作废", Roles: care.Clinicians,
		Purpose: care.ForCare, Lane: protocol.Clinical,
	}, func(d *care.Deed, in Withdraw) error {
		o, err := counting(d, in.Observation)
		if err != nil {
			return err
		}
		if err := spoil(d, in.Observation, &o, in.Reason, ""); err != nil {
			return err
		}
		return tell(d, o.Person, in.Observation, "withdrawn", "您的一条测量记录有误，已经作废。")
	})
}

// Move is the input of exam.move: the reading is somebody else's.
type Move struct {
	Observation care.ID `json:"observation"`
	Person      care.ID `json:"person"` // whose it is
	Reason      string  `json:"reason"`
}

// Subject is whose it is.
func (in Move) Subject() care.ID { return in.Person }

// Check asks for a person and a reason.
func (in Move) Check() error {
	if !in.Person.Valid() {
		return protocol.Refuse("no-person", "请先选择这是谁的读数").OnField("person")
	}
	return needReason(in.Reason)
}

// move files the reading anew for the right person and withdraws it from the
// wrong one's record. Both stay, and each names the other.
func move() care.Action {
	return care.Do(care.Action{
		Name: "exam.move", Title: "读数改到正确的人", Roles: care.Clinicians,
		Purpose: care.ForCare, Lane: protocol.Clinical, Consent: care.ConsentHealth,
	}, func(d *care.Deed, in Move) error {
		was, err := counting(d, in.Observation)
		if err != nil {
			return err
		}
		if was.Person == in.Person {
			return protocol.Refuse("same-person", "这条读数本来就是这位居民的").OnField("person")
		}
		if err := known(d, in.Person); err != nil {
			return err
		}
		id, moved := d.NewID(), was
		moved.Person, moved.MovedFrom, moved.By = in.Person, in.Observation, d.Actor.ID
		moved.Values = append([]Value(nil), was.Values...)
		if err := file(d, id, &moved); err != nil {
			return err
		}
		if err := spoil(d, in.Observation, &was, in.Reason, id); err != nil {
			return err
		}
		if err := tell(d, was.Person, in.Observation, "withdrawn", "您的一条测量记录有误，已经作废。"); err != nil {
			return err
		}
		return tell(d, in.Person, id, "moved", "您的一条测量记录已经补上，请查看。")
	})
}

// counting reads an observation that was not withdrawn.
func counting(r protocol.Reader, id care.ID) (Observation, error) {
	o, _, err := find(r, id)
	if err == nil && !o.Counts() {
		err = protocol.Refuse("already-error", "这条读数已经作废").Offer("/exam/reading/" + string(id))
	}
	return o, err
}

// find reads an observation by the head to go by.
func find(r protocol.Reader, id care.ID) (Observation, protocol.Record, error) {
	rec, err := r.Get(Ref(id))
	if errors.Is(err, protocol.ErrNotFound) {
		return Observation{}, rec, protocol.Refuse("no-reading", "没有找到这条读数").Offer("/exam")
	}
	if err != nil {
		return Observation{}, rec, err
	}
	o, err := current(&rec)
	return o, rec, err
}

// spoil marks an observation as entered in error, and ends its alarm.
func spoil(d *care.Deed, id care.ID, o *Observation, reason string, movedTo care.ID) error {
	o.Status, o.MovedTo = EnteredInError, movedTo
	o.Fault = &Fault{Reason: strings.TrimSpace(reason), By: d.Actor.ID, At: d.Now()}
	if _, err := care.Write(d, protocol.Draft{Ref: Ref(id)}, o); err != nil {
		return err
	}
	return closeTask(d, alarmTask(id), "entered-in-error")
}

// tell leaves a message to somebody whom this site knows. It names no value.
func tell(d *care.Deed, person, observation care.ID, reason, text string) error {
	there, err := care.Exists(d, care.ResidentRef(person))
	if err != nil || !there {
		return err
	}
	return care.Notify(d, care.Notice{
		Person: person, About: Ref(observation), Reason: reason, Text: text, Path: "/exam/mine",
	})
}
