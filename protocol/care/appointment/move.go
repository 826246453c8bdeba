package appointment

import (
	"errors"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// MoveInput moves free slots of a session to a department of another campus,
// where the same doctor sees people at the same times.
type MoveInput struct {
	Session    care.ID `json:"session"`
	Department care.ID `json:"department"` // where to
	Count      int     `json:"count"`      // from the last one back
}

// maxMove keeps a move within one Change: each slot is written twice.
const maxMove = 28

// Check implements care.Checked.
func (in MoveInput) Check() error {
	if in.Count < 1 || in.Count > maxMove {
		return protocol.Refuse("count-wrong", "一次可以移动 1 到 %d 个号", maxMove).OnField("count")
	}
	return nil
}

// move withdraws free slots here and makes the same ones there. Slots that
// somebody bought, or that a station holds, stay where they are.
var move = care.Do(care.Action{
	Name: "appointment.move", Title: "把号源移到其他院区", Roles: planners,
	Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty,
}, func(d *care.Deed, in MoveInput) error {
	from, err := readSession(d, in.Session)
	if err != nil {
		return err
	}
	dep, err := readDepartment(d, in.Department)
	switch {
	case err != nil:
		return err
	case from.State != SessionOpen:
		return stopped(in.Session)
	case dep.Org == from.Org:
		return protocol.Refuse("same-campus", "请选择其他院区的科室").OnField("department")
	}
	picked, err := movable(d, in.Session, in.Count)
	if err != nil {
		return err
	}
	to, toID, err := counterpart(d, &from, in.Department, dep.Org)
	if err != nil {
		return err
	}
	var fresh []Slot
	for _, s := range picked {
		slot := newSlot(&to, toID, s.Value.Start, &dep)
		slot.End = s.Value.End
		fresh = append(fresh, slot)
	}
	if err := writeSession(d, toID, &to); err != nil {
		return err
	}
	if err := writeNew(d, fresh); err != nil {
		return err
	}
	for _, s := range picked {
		s.Value.State = SlotWithdrawn
		if err := writeSlot(d, s.Ref.ID, &s.Value); err != nil {
			return err
		}
	}
	return nil
})

// movable is the last n slots that the county may move, in order of time.
func movable(d *care.Deed, session care.ID, n int) ([]care.Found[Slot], error) {
	all, err := slotsOf(d, session)
	if err != nil {
		return nil, err
	}
	var free []care.Found[Slot]
	for _, s := range all {
		unsold := s.Value.State == SlotFree || s.Value.State == SlotBlocking
		if unsold && s.Value.Holder == d.Site() && s.Value.Start.After(d.Now()) {
			free = append(free, s)
		}
	}
	if len(free) < n {
		return nil, protocol.Refuse("too-few-free", "县里手上只有 %d 个空号可以移动", len(free)).OnField("count")
	}
	return free[len(free)-n:], nil
}

// counterpart is the same doctor's session of the same half day at the other
// campus, made if need be.
func counterpart(d *care.Deed, from *Session, department, org care.ID) (Session, care.ID, error) {
	doctor := from.Doctor
	id := SessionID(doctor, from.From, org)
	to, _, err := care.Read[Session](d, SessionRef(id))
	if errors.Is(err, protocol.ErrNotFound) {
		to = *from
		to.Department, to.Org, to.Turns, to.Instead = department, org, 0, ""
		return to, id, nil
	}
	if err == nil && (to.State != SessionOpen || to.Department != department) {
		err = protocol.Refuse("other-session", "这位医生这半天在那个院区的出诊已停诊，或属于其他科室").OnField("department")
	}
	return to, id, err
}
