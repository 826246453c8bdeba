package appointment

import (
	"cmp"

	"xiangyi/protocol"
)

// strength orders the states for a merge: of two that were reached apart the
// stronger stays.
var strength = map[State]int{
	Requested: 0, Booked: 1, NoShow: 2, Declined: 3, Displaced: 4, Rescheduled: 5, Cancelled: 6,
	CheckedIn: 7, Called: 8, Missed: 9, Seen: 10,
}

// mergeAppointment decides what two places did to one appointment apart.
//
//   - A cancellation wins over a reschedule, and over everything that was still
//     ahead: nobody is sent to a visit that the patient called off. What the
//     reschedule made is kept in Next, and follow.go calls that off too.
//   - Somebody who stands in the building wins over a no-show and over a
//     displacement that came too late.
//   - A person decides when somebody cancelled or moved a visit at which the
//     patient appeared, and when it was moved to two places.
func mergeAppointment(a, b protocol.Value) (protocol.Value, bool) {
	return merge(a, b, func(x, y *Appointment) (*Appointment, bool) {
		if strength[y.State] > strength[x.State] || x.State == y.State && laterThan(y, x) {
			x, y = y, x
		}
		visited := strength[x.State] >= strength[CheckedIn]
		calledOff := y.State == Cancelled || y.State == Rescheduled
		movedTwice := x.State == Rescheduled && y.State == Rescheduled && x.Next != y.Next
		x.Next = cmp.Or(x.Next, y.Next)
		x.Previous = cmp.Or(x.Previous, y.Previous)
		x.Slot = cmp.Or(x.Slot, y.Slot)
		x.Numbers = cmp.Or(x.Numbers, y.Numbers)
		return x, !(visited && calledOff) && !movedTwice
	})
}

// laterThan is for two revisions in the same state: the newer account of it
// stays.
func laterThan(a, b *Appointment) bool { return a.Changed.After(b.Changed) }
