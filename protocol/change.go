package protocol

import "xiangyi/protocol/seal"

// Change is one run of an action: what it wrote, who did it, when, why, under
// which consent, and how it ended. It is the unit that is stored whole or not
// at all, the unit that travels, and the audit entry.
type Change struct {
	Position
	HLC     HLC
	Actor   Actor
	Action  ActionName
	Outcome Outcome
	Code    Code    // why it was refused; empty otherwise
	Purpose Purpose // why personal data was touched
	Consent ID      // the consent it rested on, if one was needed
	Subject ID      // whose data; empty when nobody's
	Key     string  // idempotency key, ≤ 64 bytes; a repeat answers with this Change
	Count   uint32  // how many records a view showed
	Deps    []Dep   // Changes of the same site that must be applied before
	Was     Position
	Writes  []Write
	Extra   []Extra // fields of newer software, kept as they came
}

// Dep names an earlier Change of the same site and incarnation.
type Dep struct {
	Lane Lane
	Seq  Seq
}

// Extra is an envelope field that this software does not know.
type Extra struct {
	Tag   uint16
	Bytes []byte
}

// Write is one revision as a Change carries it. Its Rev is the Change's
// position and its index in Writes.
type Write struct {
	Ref       Ref
	Parents   []Rev
	Subject   ID // whose key seals the value; may differ from the Change's
	Class     Class
	Retention Retention
	Scopes    []Scope // beside the subject's own
	Custodian Site    // who may write the next revision; empty for kinds without custody
	Fence     uint64  // raised when custody is taken by force
	Value     Value
	Commit    seal.Digest // SM3(value ‖ salt); outlives the value
}

// Outcome is how an action ended.
type Outcome uint8

// The outcomes.
const (
	Done    Outcome = 1
	Refused Outcome = 2
	Seen    Outcome = 3 // a view
)

// Actor is who did it, as the host established.
type Actor struct {
	ID        ID     // person, member of staff, or a part of the system
	Role      Role   // in which capacity
	Method    Method // how they were recognised
	Assurance uint8  // 0 nobody, 1 asserted by staff, 2 one factor, 3 two factors
	Terminal  ID     // kiosk, desk, portal, device
	For       ID     // the person on whose behalf, when a guardian or proxy acts
}

// Role is the capacity in which somebody acts.
type Role string

// Method is how somebody was recognised ("id-card", "password").
type Method string

// Purpose is why personal data is touched ("care", "operations").
type Purpose string

// Code is a stable name of a refusal ("slot-gone"), for developers and tests.
type Code string

// Class decides under which of a person's keys a value is sealed.
type Class uint8

// The classes. Higher ones are opened for fewer.
const (
	ClassPublic    Class = 1 // nobody's secret: departments, schedules
	ClassInternal  Class = 2 // staff and operations
	ClassPersonal  Class = 3 // identifies a person
	ClassHealth    Class = 4 // says something about a person's health
	ClassSensitive Class = 5 // the special diseases, biometrics
)

// Retention is how long the law wants a record kept.
type Retention uint8

// The retention classes.
const (
	RetainOperational Retention = 1 // 3 years
	RetainProcess     Retention = 2 // dialogue and media: 3 years
	RetainClinical    Retention = 3 // 15 years from the last visit
	RetainAudit       Retention = 4 // as long as the system stands
)

// Rev names the n-th write.
func (c *Change) Rev(n int) Rev { return Rev{c.Position, uint16(n)} }

// About is the record that the Change is about: by convention its first write.
func (c *Change) About() Ref {
	if len(c.Writes) == 0 {
		return Ref{}
	}
	return c.Writes[0].Ref
}

// AllScopes lists the scopes of a write, its subject's included, in the order
// in which digests and feeds count them.
func (w *Write) AllScopes() []Scope {
	if w.Subject == "" {
		return w.Scopes
	}
	return append([]Scope{PersonScope(w.Subject)}, w.Scopes...)
}

// Limits of one Change and one frame. What exceeds them is refused where it is
// made, and parked where it arrives.
const (
	MaxWrites      = 64
	MaxValueBytes  = 64 << 10
	MaxChangeBytes = 256 << 10
	MaxFrameCount  = 512
	MaxFrameBytes  = 1 << 20 // decoded
)
