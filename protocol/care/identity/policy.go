package identity

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Policy is how long a session lives. Hosts keep it; an action cannot, since
// it does not know of sessions.
type Policy struct {
	Warn     time.Duration // without a touch until the countdown
	Grace    time.Duration // how long the countdown lasts; each touch starts again
	Lifetime time.Duration // after which even a busy session signs in again
}

// The policies: the kiosk's by mode, and that of desk and portal.
var (
	StandardPolicy = Policy{Warn: 60 * time.Second, Grace: 20 * time.Second, Lifetime: 2 * time.Hour}
	ElderPolicy    = Policy{Warn: 120 * time.Second, Grace: 30 * time.Second, Lifetime: 2 * time.Hour}
	StaffPolicy    = Policy{Warn: 14 * time.Minute, Grace: time.Minute, Lifetime: 12 * time.Hour}
)

// Idle is how long a session lives without a touch.
func (p Policy) Idle() time.Duration { return p.Warn + p.Grace }

// PolicyFor gives the policy of somebody in a role, elder mode or not.
func PolicyFor(role care.Role, elder bool) Policy {
	switch {
	case role != care.Resident && role != care.Visitor:
		return StaffPolicy
	case elder:
		return ElderPolicy
	}
	return StandardPolicy
}

// ElderAge is from when on the simple mode starts by itself. One touch leaves it.
const ElderAge = 60

// StartsElder tells whether the simple mode starts by itself for somebody.
func StartsElder(p *care.Person, at time.Time) bool { return p.Age(at) >= ElderAge }

// ChildAge is below what age a guardian decides (PIPL art. 28 and 31).
const ChildAge = 14

func isChild(p *care.Person, at time.Time) bool {
	age := p.Age(at)
	return age >= 0 && age < ChildAge
}

// Limits of sign-in.
const (
	maxWrong    = 5
	lockFor     = 30 * time.Minute
	freshSignIn = 10 * time.Minute // how old a sign-in may be to set a password
	vouchFor    = 5 * time.Minute  // how long a terminal waits to be opened
	visitFor    = 30 * 24 * time.Hour
)

// county is the one site that is no station: it follows nobody, it holds all.
const county protocol.Site = "county"

// Self is whom an actor acts for: the child when a guardian does, else
// themself.
func Self(a protocol.Actor) care.ID {
	if a.For != "" {
		return a.For
	}
	return a.ID
}
