package hospital

import (
	"slices"
	"time"
)

// Slots gives the list of slots, by name.
func (h *Hospital) Slots() []Slot {
	h.mu.Lock()
	defer h.mu.Unlock()
	return sorted(h.agenda.Slots)
}

// Bookings gives what the hospital holds for the county, cancelled ones included, by placer id.
func (h *Hospital) Bookings() []Booking {
	h.mu.Lock()
	defer h.mu.Unlock()
	return sorted(h.agenda.Bookings)
}

// Messages gives what was heard, in order.
func (h *Hospital) Messages() []Heard {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.heard)
}

// Add puts a slot on the list; one that is there already stays as it is.
func (h *Hospital) Add(s Slot) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.agenda.Slots[s.ID]; !ok {
		h.agenda.Slots[s.ID] = &s
	}
	return h.save()
}

// Block keeps a slot for the county, and tells it (SIU^S23).
func (h *Hospital) Block(id SlotID) error {
	return h.counter(id, h.agenda.keep, "S23", "BLOCK", "Blocked")
}

// Unblock gives a kept slot back to the counter, and tells the county (SIU^S24).
func (h *Hospital) Unblock(id SlotID) error {
	return h.counter(id, h.agenda.release, "S24", "UNBLOCK", "Started")
}

// SellOwn sells a slot at the counter, and tells the county (SIU^S12). It refuses one that is kept, booked or sold.
func (h *Hospital) SellOwn(id SlotID) error {
	return h.counter(id, h.agenda.sell, "S12", "ROUTINE", "Booked")
}

func (h *Hospital) counter(id SlotID, act func(SlotID) (*Slot, error), event, reason, status string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	slot, err := act(id)
	if err != nil {
		return err
	}
	if !h.o.Quiet {
		control := h.nextControl()
		m := &message{charset: UTF8, segments: append([]segment{
			h.header([3]string{"SIU", event, "SIU_S12"}, control, UTF8, "XIANGYI", "COUNTY"), schedule(*slot, reason, status)}, resources(*slot)...)}
		if err := h.post(control, "SIU^"+event, m); err != nil {
			return err
		}
	}
	return h.save()
}

// LoseNextAck makes the hospital act on the next booking message and close the connection without an answer.
func (h *Hospital) LoseNextAck() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lose = true
}

// Away makes the hospital unreachable, or reachable again: connections end and new ones are closed at once.
func (h *Hospital) Away(away bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.away = away
	if away {
		h.hangUp()
	}
}

// Slow makes every answer wait, after the hospital acted.
func (h *Hospital) Slow(wait time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.slow = wait
}
