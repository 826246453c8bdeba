package hospital

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// SlotID, PlacerID and FillerID are names: of a slot, of a booking as the county calls it, and as the hospital does.
type (
	SlotID   string
	PlacerID string
	FillerID string
)

// Slot is a doctor's time that one person can have.
type Slot struct {
	ID             SlotID    `json:"id"`
	Department     string    `json:"department"` // id
	DepartmentName string    `json:"departmentName"`
	Doctor         string    `json:"doctor"` // id
	DoctorName     string    `json:"doctorName"`
	Start          time.Time `json:"start"`
	Minutes        int       `json:"minutes"`
	Kept           bool      `json:"kept"`   // blocked for the county: the counter does not sell it
	Sold           bool      `json:"sold"`   // at the hospital's own counter
	Placer         PlacerID  `json:"placer"` // of the county's booking that holds it; empty if none does
}

// Booking is what the hospital holds for the county.
type Booking struct {
	Placer    PlacerID  `json:"placer"`
	Filler    FillerID  `json:"filler"`
	Slot      SlotID    `json:"slot"`
	Person    string    `json:"person"` // PID-3 as it came
	Name      string    `json:"name"`
	Cancelled bool      `json:"cancelled"`
	At        time.Time `json:"at"` // of the last change
}

// refusal is a no that is not to be repeated: AE.
type refusal struct {
	code  int    // ERR-3, table 0357
	where string // ERR-2
	text  string // ERR-8
}

// Error gives what a person reads.
func (r *refusal) Error() string { return fmt.Sprintf("%s (code %d)", r.text, r.code) }

func missing(where string) error {
	return &refusal{101, where, "required field is missing"}
}

var (
	errNoSlot    = &refusal{204, "AIG^1^3", "the hospital has no such slot"}
	errTaken     = &refusal{205, "AIG^1^3", "the slot is taken"}
	errNoBooking = &refusal{204, "ARQ^1^1", "the hospital has no such appointment"}
	errOtherSlot = &refusal{205, "ARQ^1^1", "the appointment stands for another slot"}
)

// agenda is everything that the hospital remembers.
type agenda struct {
	Slots    map[SlotID]*Slot      `json:"slots"`
	Bookings map[PlacerID]*Booking `json:"bookings"`
	Number   int                   `json:"number"` // of the last filler id
	Outbox   []*Letter             `json:"outbox"`
}

func newAgenda() *agenda {
	return &agenda{Slots: map[SlotID]*Slot{}, Bookings: map[PlacerID]*Booking{}}
}

// book gives a slot to a placer. The same placer and slot again is the same booking, even a cancelled one: the late copy
// of a request must not revive it.
func (a *agenda) book(b Booking, now time.Time) (*Booking, error) {
	if have, ok := a.Bookings[b.Placer]; ok {
		if have.Slot != b.Slot && !have.Cancelled {
			return nil, errOtherSlot
		}
		return have, nil
	}
	slot, err := a.free(b.Slot)
	if err != nil {
		return nil, err
	}
	a.Number++
	b.Filler, b.At = FillerID(fmt.Sprintf("H%06d", a.Number)), now
	slot.Placer = b.Placer
	a.Bookings[b.Placer] = &b
	return &b, nil
}

// move takes a booking to another slot.
func (a *agenda) move(placer PlacerID, to SlotID, now time.Time) (*Booking, error) {
	b, ok := a.Bookings[placer]
	if !ok || b.Cancelled {
		return nil, errNoBooking
	}
	if b.Slot == to {
		return b, nil
	}
	slot, err := a.free(to)
	if err != nil {
		return nil, err
	}
	a.Slots[b.Slot].Placer = ""
	slot.Placer, b.Slot, b.At = placer, to, now
	return b, nil
}

func (a *agenda) cancel(placer PlacerID, now time.Time) (*Booking, error) {
	b, ok := a.Bookings[placer]
	if !ok {
		return nil, errNoBooking
	}
	if !b.Cancelled {
		b.Cancelled, b.At = true, now
		a.Slots[b.Slot].Placer = ""
	}
	return b, nil
}

// free gives a slot that nobody has.
func (a *agenda) free(id SlotID) (*Slot, error) {
	slot, ok := a.Slots[id]
	switch {
	case !ok:
		return nil, errNoSlot
	case slot.Sold || slot.Placer != "":
		return nil, errTaken
	}
	return slot, nil
}

// keep blocks a slot for the county; a slot that it keeps or has booked already stays.
func (a *agenda) keep(id SlotID) (*Slot, error) {
	slot, ok := a.Slots[id]
	if ok && !slot.Sold && (slot.Kept || slot.Placer == "") {
		slot.Kept = true
		return slot, nil
	}
	if !ok {
		return nil, errNoSlot
	}
	return nil, errTaken
}

// release gives a kept slot back to the counter, unless somebody has booked it.
func (a *agenda) release(id SlotID) (*Slot, error) {
	slot, err := a.free(id)
	if err != nil {
		return nil, err
	}
	slot.Kept = false
	return slot, nil
}

// sell sells a slot at the counter.
func (a *agenda) sell(id SlotID) (*Slot, error) {
	slot, err := a.free(id)
	if err != nil {
		return nil, err
	}
	if slot.Kept {
		return nil, &refusal{205, "AIG^1^3", "the slot is kept for the county"}
	}
	slot.Sold = true
	return slot, nil
}

// sorted gives copies in the order of their names.
func sorted[K ~string, V any](m map[K]*V) []V {
	out := make([]V, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, *m[k])
	}
	return out
}
