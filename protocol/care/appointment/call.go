package appointment

import (
	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// CallInput calls the next number. Previous says what became of the one before:
// "seen" or "missed"; empty when nobody was called yet.
type CallInput struct {
	Session  care.ID `json:"session"`
	Previous string  `json:"previous"`
}

var call = care.Do(care.Action{
	Name: "appointment.call", Title: "叫下一位", Roles: callers,
	Purpose: care.ForCare, Lane: protocol.Clinical,
}, func(d *care.Deed, in CallInput) error {
	session, err := readSession(d, in.Session)
	if err != nil {
		return err
	}
	q, err := readQueue(d, in.Session)
	if err != nil {
		return err
	}
	current, busy := q.Current()
	if busy && in.Previous != "seen" && in.Previous != "missed" {
		return protocol.Refuse("current-open", "请先选择上一位是看完了，还是没有来")
	}
	waiting := q.Waiting()
	if len(waiting) == 0 && !busy {
		return protocol.Refuse("nobody-waiting", "现在没有人在等候")
	}
	var moved []Place
	if busy {
		moved = append(moved, q.finish(d, current, in.Previous))
	}
	if len(waiting) > 0 {
		q.Calls++
		next := waiting[0]
		next.Times, next.Kept = 1, false
		moved = append(moved, q.move(next, InRoom, d.Now()))
	}
	if err := writeQueue(d, in.Session, session.Org, &q); err != nil {
		return err
	}
	return follow(d, moved)
})

// finish closes the place of whoever was called before.
func (q *Queue) finish(d *care.Deed, p Place, how string) Place {
	if how == "missed" {
		p.PassedAt = q.Calls
		return q.move(p, Passed, d.Now())
	}
	return q.move(p, Finished, d.Now())
}

// follow brings the appointments in step with the queue.
func follow(d *care.Deed, moved []Place) error {
	states := map[PlaceState]State{InRoom: Called, Passed: Missed, Finished: Seen, Away: NoShow}
	for _, p := range moved {
		a, _, err := readAppointment(d, d.Actor, p.Appointment)
		if err != nil {
			return err
		}
		a.become(d, states[p.State], "")
		if err := writeAppointment(d, p.Appointment, &a); err != nil {
			return err
		}
	}
	return nil
}

// recall calls the current number once more.
var recall = care.Do(care.Action{
	Name: "appointment.recall", Title: "再叫一次", Roles: callers,
	Purpose: care.ForCare, Lane: protocol.Clinical,
}, func(d *care.Deed, in BySession) error {
	session, err := readSession(d, in.Session)
	if err != nil {
		return err
	}
	q, err := readQueue(d, in.Session)
	if err != nil {
		return err
	}
	p, busy := q.Current()
	switch {
	case !busy:
		return protocol.Refuse("nobody-called", "还没有叫号")
	case p.Times >= maxCalls:
		return protocol.Refuse("called-enough", "已经叫了 %d 次，可以先过号叫下一位，号还会保留", maxCalls)
	}
	p.Times++
	q.move(p, InRoom, d.Now())
	return writeQueue(d, in.Session, session.Org, &q)
})

// end closes a session's queue: who never came is a no-show, and may book
// again. Nobody is sent home who is still waiting.
var end = care.Do(care.Action{
	Name: "appointment.end", Title: "结束出诊", Roles: care.Roles(callers, care.System),
	Purpose: care.ForCare, Lane: protocol.Clinical,
}, func(d *care.Deed, in BySession) error {
	session, err := readSession(d, in.Session)
	if err != nil {
		return err
	}
	q, err := readQueue(d, in.Session)
	if err != nil {
		return err
	}
	switch {
	case session.State != SessionOpen:
		return protocol.Refuse("not-open", "这次出诊已经停诊或结束")
	case d.Now().Before(session.To):
		return protocol.Refuse("not-over", "出诊时间还没有到，不能结束")
	case len(q.Waiting()) > 0:
		return protocol.Refuse("still-waiting", "还有 %d 人在等候，不能结束", len(q.Waiting()))
	}
	session.State = SessionEnded
	if err := writeSession(d, in.Session, &session); err != nil {
		return err
	}
	var moved []Place
	for _, p := range q.Places {
		switch p.State {
		case InRoom:
			moved = append(moved, q.move(p, Finished, d.Now()))
		case Passed:
			moved = append(moved, q.move(p, Away, d.Now()))
		}
	}
	if err := writeQueue(d, in.Session, session.Org, &q); err != nil {
		return err
	}
	if err := follow(d, moved); err != nil {
		return err
	}
	return markAbsent(d, in.Session)
})

// markAbsent turns those who were booked and never checked in into no-shows.
func markAbsent(d *care.Deed, session care.ID) error {
	all, err := bookedIn(d, session)
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.Value.State != Booked {
			continue
		}
		a.Value.become(d, NoShow, "")
		if err := writeAppointment(d, a.Ref.ID, &a.Value); err != nil {
			return err
		}
	}
	return nil
}
