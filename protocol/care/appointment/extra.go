package appointment

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// ExtraInput adds slots to a session at a time of day.
type ExtraInput struct {
	Session care.ID `json:"session"`
	At      string  `json:"at"` // "11:00"
	Count   int     `json:"count"`
}

// Check implements care.Checked.
func (in ExtraInput) Check() error {
	if _, err := time.Parse("15:04", in.At); err != nil {
		return protocol.Refuse("at-wrong", "加号时间请按 11:00 的样子填写").OnField("at")
	}
	if in.Count < 1 || in.Count > 20 {
		return protocol.Refuse("count-wrong", "一次最多加 20 个号").OnField("count")
	}
	return nil
}

// extra is 加号: more slots at one time, called after all others.
var extra = care.Do(care.Action{
	Name: "appointment.extra", Title: "加号", Roles: care.Roles(planners, care.CountyDoctor),
	Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty,
}, func(d *care.Deed, in ExtraInput) error {
	s, err := readSession(d, in.Session)
	if err != nil {
		return err
	}
	at, err := onDay(s.Date, in.At)
	if err != nil {
		return err
	}
	switch {
	case s.State != SessionOpen:
		return stopped(in.Session)
	case !at.After(d.Now()):
		return protocol.Refuse("at-past", "这个时间已经过去了").OnField("at")
	case at.Before(s.From) || !at.Before(s.To):
		return protocol.Refuse("at-outside", "加号时间要在出诊时间之内").OnField("at")
	case s.Turns+in.Count > maxSlots:
		return protocol.Refuse("too-many-slots", "这次出诊最多 %d 个号", maxSlots).OnField("count")
	case d.Actor.Role == care.CountyDoctor && d.Actor.ID != s.Doctor:
		return protocol.Refuse("not-your-session", "只能给自己的出诊加号")
	}
	dep, err := readDepartment(d, s.Department)
	if err != nil {
		return err
	}
	var slots []Slot
	for range in.Count {
		slots = append(slots, newSlot(&s, in.Session, at, &dep))
	}
	if err := writeSession(d, in.Session, &s); err != nil {
		return err
	}
	return writeNew(d, slots)
})
