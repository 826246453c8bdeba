package appointment

import (
	"fmt"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/custody"
)

// KindSlot is the kind of slots. It has custody: only the site that holds a
// slot writes it; whoever takes it by force raises its fence.
const KindSlot protocol.Kind = "slot"

// SlotState is what may be done with a slot.
type SlotState string

// The states of a slot.
const (
	SlotFree      SlotState = "free"
	SlotBooked    SlotState = "booked"
	SlotBlocking  SlotState = "blocking"  // the hospital has not confirmed yet that it keeps it for us
	SlotWithdrawn SlotState = "withdrawn" // sold by the hospital, or moved away
)

// Slot is one place in a session. ID: session, time, and which of the places at
// that time ("….0830.1").
type Slot struct {
	Session    care.ID   `json:"session"`
	Org        care.ID   `json:"org"`
	Department care.ID   `json:"department"`
	Start      time.Time `json:"start"`
	End        time.Time `json:"end"`
	Turn       int       `json:"turn"` // the number that is called on the day, 1 first
	Fee        Fen       `json:"fee"`
	State      SlotState `json:"state"`
	custody.Term
	Appointment care.ID       `json:"appointment,omitempty"` // whose it is when booked
	Rest        protocol.Rest `json:",unknown"`
}

// SlotRef names a slot.
func SlotRef(id care.ID) protocol.Ref { return protocol.Ref{Kind: KindSlot, ID: id} }

func slotID(session care.ID, start time.Time, place int) care.ID {
	return care.ID(fmt.Sprintf("%s.%s.%d", session, start.In(care.Zone).Format("1504"), place))
}

// readSlot reads a slot as it counts: where custody was taken by force, the
// account of the highest fence, whatever the former holder wrote meanwhile.
func readSlot(r protocol.Reader, id care.ID) (Slot, protocol.Record, error) {
	s, rec, err := find[Slot](r, SlotRef(id), "no-slot", "没有找到这个号，请重新选择", "/appointment/departments")
	if err == nil && rec.Conflicted() {
		s, err = standing(&rec)
	}
	return s, rec, err
}

// standing decides between the heads of a slot.
func standing(rec *protocol.Record) (Slot, error) {
	above := custody.Standing(rec)
	return folded[Slot](&above, mergeSlot)
}

// slotsOf lists a session's slots in order of time.
func slotsOf(r protocol.Reader, session care.ID) ([]care.Found[Slot], error) {
	all, err := care.Collect[Slot](r, protocol.Query{Kind: KindSlot, Index: "session", Match: []string{string(session)}})
	for i := range all {
		if !all[i].Conflicted() {
			continue
		}
		if all[i].Value, err = standing(&all[i].Record); err != nil {
			return nil, err
		}
	}
	return all, err
}

// writeSlot writes a slot that this site holds, and hands it to the holder that
// it names.
func writeSlot(d *care.Deed, id care.ID, s *Slot) error {
	_, err := care.Write(d, s.Draft(SlotRef(id), campus(s.Org)), s)
	return err
}

// newSlot makes the slot of a session at a time. A hospital that sells by its
// own system has to confirm it first.
func newSlot(s *Session, session care.ID, start time.Time, dep *Department) Slot {
	s.Turns++
	state := SlotFree
	if dep.Hospital {
		state = SlotBlocking
	}
	return Slot{Session: session, Org: s.Org, Department: s.Department, Start: start,
		End: start.Add(time.Duration(s.Minutes) * time.Minute), Turn: s.Turns, Fee: s.Fee, State: state, Term: custody.Term{Holder: County}}
}

// mergeSlot decides between two revisions of a slot below one fence, which only
// happens when a station was cloned or restored. A sale wins over what nobody bought; of two
// sales one stays, and the other person's appointment finds that the slot is
// not theirs (displace.go). Which one is fixed, not fair: no clock decides it.
func mergeSlot(a, b protocol.Value) (protocol.Value, bool) {
	rank := map[SlotState]int{SlotFree: 0, SlotBlocking: 1, SlotWithdrawn: 2, SlotBooked: 3}
	return merge(a, b, func(x, y *Slot) (*Slot, bool) {
		if rank[y.State] > rank[x.State] || x.State == y.State && y.Appointment < x.Appointment {
			x = y
		}
		return x, true
	})
}
