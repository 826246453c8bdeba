package appointment

import (
	"errors"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Reactions: what must follow when a Change arrives, from here or from a
// station that was offline for days. Each reads what is true now, asks for what
// is missing, and asks for nothing when nothing is.

// booked are the actions after which an appointment may turn out not to hold.
var booked = []protocol.ActionName{"appointment.book", "appointment.request", "appointment.accept", "appointment.reschedule", "appointment.walk-in"}

// calledOff are those after which something may have to be given up.
var calledOff = []protocol.ActionName{"appointment.cancel", "appointment.reschedule", "appointment.accept", "appointment.book",
	"appointment.displace", "appointment.decline", "conflict.resolve", "conflict.decide"}

func reactions() []care.Reaction {
	county, both := care.InCounty, care.Everywhere
	on := func(names ...protocol.ActionName) []protocol.ActionName { return names }
	all := []care.Reaction{
		{Name: "appointment-plan", Place: county, On: on("appointment.plan", "appointment.set-template", "appointment.end-holiday"), Do: openPlanned},
		{Name: "appointment-allot", Place: county, On: on("appointment.open", "appointment.confirm-block", "appointment.extra", "appointment.move"), Do: grantAllotted},
		{Name: "appointment-holiday", Place: county, On: on("appointment.holiday"), Do: stopHoliday},
		{Name: "appointment-stopped", Place: county, On: on("appointment.stop"), Do: tellStopped},
		{Name: "appointment-substitute", Place: county, On: on("appointment.substitute"), Do: tellSubstitute},
		{Name: "appointment-hospital", Place: county, On: on("appointment.hospital-sold"), Do: tellHospitalSold},
		{Name: "appointment-holds", Place: county, On: booked, Do: eachAppointment(holds)},
		{Name: "appointment-prompt", Place: county, On: on("appointment.request"), Do: eachAppointment(acceptPromptly)},
		{Name: "appointment-both", Place: county, On: calledOff, Do: eachAppointment(callOffBoth)},
		{Name: "appointment-rebooked", Place: county, On: calledOff, Do: eachAppointment(closeTask)},
		{Name: "appointment-release", Place: both, On: calledOff, Do: release},
	}
	for i := range all {
		all[i].Do = patient(all[i].Do)
	}
	return all
}

// patient keeps a reaction from stumbling for ever over a record that names
// something which is not here: then there is nothing to follow up. A host tries
// again what fails, and everybody behind would wait.
func patient(do func(protocol.Reader, protocol.Change) ([]care.Request, error)) func(protocol.Reader, protocol.Change) ([]care.Request, error) {
	return func(r protocol.Reader, c protocol.Change) ([]care.Request, error) {
		out, err := do(r, c)
		if _, refused := protocol.AsRefusal(err); refused || errors.Is(err, protocol.ErrNotFound) {
			return nil, nil
		}
		return out, err
	}
}

// eachAppointment runs a rule on every appointment that a Change wrote, as it
// stands now. One whose conflict waits for a person is left alone.
func eachAppointment(rule func(protocol.Reader, care.ID, *Appointment) ([]care.Request, error)) func(protocol.Reader, protocol.Change) ([]care.Request, error) {
	return func(r protocol.Reader, c protocol.Change) ([]care.Request, error) {
		var out []care.Request
		for _, w := range c.Writes {
			if w.Ref.Kind != KindAppointment {
				continue
			}
			a, ok, err := settled(r, w.Ref.ID)
			if err != nil {
				return nil, err
			}
			if !ok {
				continue
			}
			more, err := rule(r, w.Ref.ID, &a)
			if err != nil {
				return nil, err
			}
			out = append(out, more...)
		}
		return out, nil
	}
}

// settled reads an appointment when it is known what became of it: here, and
// not in a conflict that only a person can decide.
func settled(r protocol.Reader, id care.ID) (Appointment, bool, error) {
	rec, err := r.Get(AppointmentRef(id))
	if errors.Is(err, protocol.ErrNotFound) {
		return Appointment{}, false, nil
	}
	if err != nil {
		return Appointment{}, false, err
	}
	v := rec.Heads[0].Value
	for _, h := range rec.Heads[1:] {
		m, ok := mergeAppointment(v, h.Value)
		if !ok {
			return Appointment{}, false, nil
		}
		v = m
	}
	var a Appointment
	return a, true, protocol.Decode(v, &a)
}

// holds checks an appointment that arrived against what the county knows: a
// stopped session, a fence, a slot that went to somebody else, a second
// appointment of the same person, another doctor.
func holds(r protocol.Reader, id care.ID, a *Appointment) ([]care.Request, error) {
	if a.State != Requested && a.State != Booked && a.State != CheckedIn {
		return nil, nil
	}
	cause, err := broken(r, id, a)
	if err != nil {
		return nil, err
	}
	if cause != "" {
		return []care.Request{ask("appointment.displace", DisplaceInput{id, cause})}, nil
	}
	var out []care.Request
	session, err := readSession(r, a.Session)
	if err == nil && session.Doctor != a.Doctor {
		out = append(out, ask("appointment.new-doctor", ByAppointment{id}))
	}
	if err != nil {
		return nil, err
	}
	twice, err := doubled(r, id, a)
	if twice {
		out = append(out, ask("appointment.doubled", ByAppointment{id}))
	}
	return out, err
}

// broken is why an appointment cannot be kept, or empty.
func broken(r protocol.Reader, id care.ID, a *Appointment) (string, error) {
	session, err := readSession(r, a.Session)
	if err != nil {
		return "", err
	}
	if session.State == SessionStopped {
		return CauseStopped, nil
	}
	if a.State == Requested {
		return "", nil
	}
	if a.Numbers != "" {
		return unkept(r, id, a)
	}
	s, rec, err := readSlot(r, a.Slot)
	switch {
	case err != nil:
		return "", err
	case s.State == SlotWithdrawn:
		return CauseHospital, nil
	case s.Appointment == id:
		return "", nil
	}
	return lost(r, &rec, id)
}

// lost tells why a slot that an appointment was written into is not its own: it
// was sold behind a fence, or twice.
func lost(r protocol.Reader, rec *protocol.Record, id care.ID) (string, error) {
	history, err := r.History(rec.Ref)
	for _, h := range history {
		var s Slot
		if err := protocol.Decode(h.Value, &s); err != nil {
			return "", err
		}
		if s.Appointment == id && h.Fence < rec.Custodian().Fence {
			return CauseFenced, nil
		}
	}
	return CauseClash, err
}

// doubled reports whether the person has another appointment in the session,
// made at a place that did not know of the first.
func doubled(r protocol.Reader, id care.ID, a *Appointment) (bool, error) {
	rec, err := r.Get(guardRef(a.Person, a.Session))
	if errors.Is(err, protocol.ErrNotFound) || err == nil && !rec.Conflicted() {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	c, err := folded[Claim](&rec, mergeClaim)
	return c.Appointment != "" && c.Appointment != id, err
}

// tellHospitalSold displaces whoever is booked in a slot that the hospital sold.
func tellHospitalSold(r protocol.Reader, c protocol.Change) ([]care.Request, error) {
	if c.About().IsZero() {
		return nil, nil
	}
	s, _, err := readSlot(r, c.About().ID)
	if err != nil || s.Appointment == "" {
		return nil, err
	}
	return []care.Request{ask("appointment.displace", DisplaceInput{s.Appointment, CauseHospital})}, nil
}

// acceptPromptly answers a request for a free slot of the county at once, where
// the department wants it so.
func acceptPromptly(r protocol.Reader, id care.ID, a *Appointment) ([]care.Request, error) {
	if a.State != Requested || a.Slot == "" {
		return nil, nil
	}
	dep, err := readDepartment(r, a.Department)
	if err != nil || !dep.Prompt {
		return nil, err
	}
	s, session, err := slotAndSession(r, a.Slot)
	if err != nil {
		return nil, err
	}
	ok, err := canSell(r, a.Slot, &s, &session)
	if err != nil || !ok {
		return nil, err
	}
	return []care.Request{ask("appointment.accept", AcceptInput{id, a.Slot})}, nil
}

func slotAndSession(r protocol.Reader, id care.ID) (Slot, Session, error) {
	s, _, err := readSlot(r, id)
	if err != nil {
		return s, Session{}, err
	}
	session, err := readSession(r, s.Session)
	return s, session, err
}

// callOffBoth: a visit was moved at one place and called off at another. The
// cancellation wins, so the new appointment is called off as well.
func callOffBoth(r protocol.Reader, _ care.ID, a *Appointment) ([]care.Request, error) {
	if a.State != Cancelled || a.Next == "" {
		return nil, nil
	}
	next, ok, err := settled(r, a.Next)
	if err != nil || !ok || !next.Changeable(r.Now()) {
		return nil, err
	}
	return []care.Request{ask("appointment.cancel", CancelInput{a.Next, "原预约已取消"})}, nil
}

// closeTask ends the scheduler's task once the person is served.
func closeTask(r protocol.Reader, id care.ID, a *Appointment) ([]care.Request, error) {
	if a.State != Rescheduled && a.State != Cancelled {
		return nil, nil
	}
	t, there, err := optional[care.Task](r, protocol.Ref{Kind: care.KindTask, ID: rebookTask(id)})
	if err != nil || !there || t.State == "done" {
		return nil, err
	}
	return []care.Request{ask("appointment.rebooked", ByAppointment{id})}, nil
}

// release asks for every slot that this site holds and whose appointment was
// given up elsewhere.
func release(r protocol.Reader, c protocol.Change) ([]care.Request, error) {
	var out []care.Request
	seen := map[care.ID]bool{"": true}
	for _, w := range c.Writes {
		id := w.Ref.ID
		switch w.Ref.Kind {
		case KindAppointment:
			a, ok, err := settled(r, id)
			if err != nil {
				return nil, err
			}
			if !ok {
				continue
			}
			id = a.Slot
		case KindSlot:
		default:
			continue
		}
		idle, err := idle(r, id)
		if err != nil {
			return nil, err
		}
		if idle && !seen[id] {
			out = append(out, ask("appointment.release", BySlot{id}))
		}
		seen[id] = true
	}
	return out, nil
}

// idle reports whether a slot of this site is kept for an appointment that does
// not need it.
func idle(r protocol.Reader, slot care.ID) (bool, error) {
	if slot == "" || doubtful(r) {
		return false, nil
	}
	there, err := care.Exists(r, SlotRef(slot))
	if err != nil || !there {
		return false, err
	}
	s, _, err := readSlot(r, slot)
	if err != nil || s.State != SlotBooked || s.Holder != r.Site() {
		return false, err
	}
	a, ok, err := settled(r, s.Appointment)
	return ok && (!a.Holding() || a.Slot != slot), err
}

// releaseSlot frees one such slot.
var releaseSlot = care.Do(care.Action{
	Name: "appointment.release", Title: "放回号源", Roles: []care.Role{care.System},
	Purpose: care.ForOperations, Lane: protocol.Administrative,
}, func(d *care.Deed, in BySlot) error {
	free, err := idle(d, in.Slot)
	if err != nil || !free {
		return err
	}
	s, _, err := readSlot(d, in.Slot)
	if err != nil {
		return err
	}
	s.State, s.Appointment = SlotFree, ""
	return writeSlot(d, in.Slot, &s)
})

// doubledTask opens a task for somebody who holds two places in one session.
var doubledTask = care.Do(care.Action{
	Name: "appointment.doubled", Title: "同一次出诊约了两个号", Roles: []care.Role{care.System},
	Purpose: care.ForBooking, Lane: protocol.Administrative, Place: care.InCounty,
}, func(d *care.Deed, in ByAppointment) error {
	a, _, err := readAppointment(d, d.Actor, in.Appointment)
	if err != nil {
		return err
	}
	return care.Task{Reason: "doubled", For: care.Scheduler, Site: a.Site, About: AppointmentRef(in.Appointment), Person: a.Person,
		Words: "同一个人在两个地方约了同一次出诊。请联系本人，取消其中一个。",
	}.Open(d, "doubled-"+in.Appointment)
})
