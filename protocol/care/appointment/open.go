package appointment

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// OpenInput opens one session with its slots.
type OpenInput struct {
	Doctor     care.ID          `json:"doctor"`
	Department care.ID          `json:"department"`
	Date       string           `json:"date"` // yyyy-mm-dd
	From       string           `json:"from"`
	To         string           `json:"to"`
	Minutes    int              `json:"minutes"`
	Places     int              `json:"places"`
	Fee        protocol.Decimal `json:"fee"` // yuan
}

// Check implements care.Checked.
func (in OpenInput) Check() error {
	if !in.Doctor.Valid() {
		return protocol.Refuse("doctor-missing", "请选择医生").OnField("doctor")
	}
	if _, err := time.Parse(time.DateOnly, in.Date); err != nil {
		return protocol.Refuse("date-wrong", "请填写出诊日期").OnField("date")
	}
	return Hours{in.From, in.To, in.Minutes, in.Places, in.Fee}.Check()
}

var open = care.Do(care.Action{
	Name: "appointment.open", Title: "开放出诊", Roles: planners,
	Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty,
}, func(d *care.Deed, in OpenInput) error {
	dep, err := readDepartment(d, in.Department)
	if err != nil {
		return err
	}
	s, id, err := in.session(d, &dep)
	if err != nil {
		return err
	}
	var slots []Slot
	for at := s.From; !at.Add(time.Duration(s.Minutes) * time.Minute).After(s.To); at = at.Add(time.Duration(s.Minutes) * time.Minute) {
		for range in.Places {
			slots = append(slots, newSlot(&s, id, at, &dep))
		}
	}
	if err := writeSession(d, id, &s); err != nil {
		return err
	}
	return writeNew(d, slots)
})

// session makes the session that is to be opened, and checks that it may be.
func (in OpenInput) session(d *care.Deed, dep *Department) (Session, care.ID, error) {
	from, err := onDay(in.Date, in.From)
	if err != nil {
		return Session{}, "", err
	}
	to, err := onDay(in.Date, in.To)
	if err != nil {
		return Session{}, "", err
	}
	fee, err := parseYuan(in.Fee)
	if err != nil {
		return Session{}, "", err
	}
	id := SessionID(in.Doctor, from, dep.Org)
	switch there, err := care.Exists(d, SessionRef(id)); {
	case err != nil:
		return Session{}, "", err
	case there:
		return Session{}, "", protocol.Refuse("session-exists", "这位医生这半天已经排班，可以到那次出诊里加号").Offer("/appointment/sessions/" + string(id))
	case !from.After(d.Now()):
		return Session{}, "", protocol.Refuse("date-past", "开始时间已经过去，请选择以后的日期").OnField("date")
	case from.After(d.Now().AddDate(0, 0, ahead+1)):
		return Session{}, "", protocol.Refuse("date-far", "最多提前两周开放号源").OnField("date")
	}
	return Session{Doctor: in.Doctor, Department: in.Department, Org: dep.Org, Date: in.Date, Half: half(in.From),
		From: from, To: to, Minutes: in.Minutes, Fee: fee, State: SessionOpen}, id, nil
}

// writeNew writes slots that are new, each under the first name that is free at
// its time.
func writeNew(d *care.Deed, slots []Slot) error {
	for i := range slots {
		id, err := freeName(d, &slots[i])
		if err != nil {
			return err
		}
		if err := writeSlot(d, id, &slots[i]); err != nil {
			return err
		}
	}
	return nil
}

func freeName(d *care.Deed, s *Slot) (care.ID, error) {
	for place := 1; ; place++ {
		id := slotID(s.Session, s.Start, place)
		if there, err := care.Exists(d, SlotRef(id)); err != nil || !there {
			return id, err
		}
	}
}
