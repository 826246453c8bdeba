package appointment

import (
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/custody"
)

// kinds is what the stores must know of the records here. Kinds without a merge
// rule are written in the county alone; a conflict there means that it was
// restored, and a scheduler decides.
func kinds() []care.Kind {
	public, internal, health := protocol.ClassPublic, protocol.ClassInternal, protocol.ClassHealth
	clinical, operational := protocol.RetainClinical, protocol.RetainOperational
	slot := kind(KindSlot, public, operational, mergeSlot, by("session", "start", "session"), by("holder", "start", "holder", "state"))
	numbers := kind(KindNumbers, public, operational, mergeNumbers, by("session", "start", "session"), by("holder", "start", "holder"))
	slot.Custody, numbers.Custody = true, true
	return []care.Kind{
		slot,
		numbers,
		kind(KindDepartment, public, operational, nil, by("all", ""), by("org", "", "org")),
		kind(KindTemplate, public, operational, nil, by("all", "")),
		kind(KindHoliday, public, operational, nil, by("all", "from")),
		kind(KindPlan, public, operational, nil),
		kind(KindAllotment, internal, operational, nil, by("all", ""), by("department", "", "department")),
		kind(KindForm, public, operational, nil, by("all", "")),
		kind(KindSession, public, operational, mergeSession, by("all", "from"), by("department", "from", "department"),
			by("doctor", "from", "doctor"), by("org", "from", "org")),
		kind(custody.KindStatement, internal, operational, mergeStatement),
		kind(KindCounter, internal, operational, mergeCounter),
		kind(KindGuard, health, operational, mergeClaim),
		kind(KindAppointment, health, clinical, mergeAppointment, by("person", "start", "person"),
			by("session", "start", "session"), by("doctor", "start", "doctor"), by("state", "start", "state"),
			by("number", "", "number"), by("made", "at", "site", "department"), by("site", "start", "site")),
		kind(KindQueue, internal, operational, mergeQueue),
		kind(KindPrevisit, health, clinical, mergePrevisit),
		kind(KindAlarm, health, clinical, mergeAlarm),
		kind(KindReprint, internal, operational, mergeReprint),
	}
}

type rule = func(a, b protocol.Value) (protocol.Value, bool)

func kind(name protocol.Kind, class protocol.Class, keep protocol.Retention, merge rule, indexes ...protocol.Index) care.Kind {
	return care.Kind{
		KindSpec: protocol.KindSpec{Kind: name, Class: class, Retention: keep, Indexes: indexes},
		Merge:    merge, Decider: care.Scheduler,
	}
}

// by is an index over fields, in order of a time.
func by(name, time string, fields ...string) protocol.Index {
	return protocol.Index{Name: name, Fields: fields, Time: time}
}
