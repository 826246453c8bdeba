package exam

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Observation is one spot check: everything that one message of an instrument,
// or one entry by a doctor, says about a person. ID: that of the measuring
// session or of the held reading that it came from, so that each leads to one
// observation at most; else a minted one.
type Observation struct {
	Person       care.ID       `json:"person,omitempty"`   // empty while it is held
	FirstFor     care.ID       `json:"firstFor,omitempty"` // who it was filed for first
	Site         protocol.Site `json:"site"`
	Terminal     care.ID       `json:"terminal,omitempty"`
	Session      care.ID       `json:"session,omitempty"`
	Device       care.ID       `json:"device,omitempty"`
	Model        string        `json:"model,omitempty"`
	Boot         uint64        `json:"boot,omitzero"` // with Seq, the instrument's own name of the message
	Seq          uint64        `json:"seq,omitzero"`
	Method       Method        `json:"method"`
	Technique    string        `json:"technique,omitempty"` // how, when typed in by hand
	By           care.ID       `json:"by,omitempty"`        // staff who typed it in or assigned it
	Code         string        `json:"code"`                // LOINC of the whole
	Values       []Value       `json:"values"`
	ObservedAt   time.Time     `json:"observedAt"`
	Received     time.Time     `json:"received"`
	DeviceTime   time.Time     `json:"deviceTime,omitzero"`
	TimeRule     TimeRule      `json:"timeRule"`               // how ObservedAt was chosen
	OffsetMS     int64         `json:"clockOffsetMs,omitzero"` // station's clock minus the instrument's
	ClockSuspect bool          `json:"clockSuspect,omitzero"`  // the station's own clock was not to be trusted
	Quality      Quality       `json:"quality"`                // the best of its values
	Flag         Flag          `json:"flag,omitempty"`         // the worst of its values
	Alarms       []string      `json:"alarms,omitempty"`       // red-flag rules that it met: RF13
	Rules        string        `json:"rules,omitempty"`        // the ranges that it was judged by
	Status       Status        `json:"status"`                 //
	Fault        *Fault        `json:"fault,omitempty"`        // why it does not count
	MovedTo      care.ID       `json:"movedTo,omitempty"`      // the observation that stands in its place
	MovedFrom    care.ID       `json:"movedFrom,omitempty"`    // the observation in whose place it stands
	Rest         protocol.Rest `json:",unknown"`
}

// Value is one measured quantity of an Observation.
type Value struct {
	Code    string           `json:"code"`             // LOINC; what the instrument said where it is unknown
	Also    []string         `json:"also,omitempty"`   // further LOINC codes of the same thing
	Value   protocol.Decimal `json:"value,omitempty"`  // in Unit, with the digits that came; empty when there is none
	Unit    string           `json:"unit,omitempty"`   // UCUM
	Raw     *Raw             `json:"raw,omitempty"`    // as it came, when Value and Unit say it otherwise
	Absent  string           `json:"absent,omitempty"` // why there is no value: "not-valid", "sensor-off", ...
	Quality Quality          `json:"quality"`
	Doubt   string           `json:"doubt,omitempty"` // why Quality is not ok: "implausible", "unknown-unit", ...
	Flag    Flag             `json:"flag,omitempty"`
	Range   *Range           `json:"range,omitempty"` // by which Flag was set
	Rest    protocol.Rest    `json:",unknown"`
}

// Raw is a value as an instrument sent it.
type Raw struct {
	Value protocol.Decimal `json:"value"`
	Unit  string           `json:"unit,omitempty"`
}

// Range is what is usual, both ends included.
type Range struct {
	Low  protocol.Decimal `json:"low,omitempty"`
	High protocol.Decimal `json:"high,omitempty"`
}

// Fault says why an observation does not count, and who said so.
type Fault struct {
	Reason string    `json:"reason"`
	By     care.ID   `json:"by"`
	At     time.Time `json:"at"`
}

// Method is how an observation came about.
type Method string

// The methods.
const (
	ByInstrument Method = "instrument"
	ByHand       Method = "typed"
)

// Status is whether an observation counts (FHIR observation-status).
type Status string

// The states.
const (
	Final          Status = "final"
	EnteredInError Status = "entered-in-error"
)

// Quality is how far a value can be believed.
type Quality string

// The qualities, best first.
const (
	OK           Quality = "ok"
	Questionable Quality = "questionable" // shown with a mark, not averaged
	Invalid      Quality = "invalid"      // kept, shown in the list only
	Demo         Quality = "demo"         // the instrument was showing itself off
)

func (q Quality) rank() int {
	switch q {
	case OK:
		return 0
	case Questionable:
		return 1
	case Invalid:
		return 2
	}
	return 3
}

// counts reports whether a value may be judged and drawn.
func (q Quality) counts() bool { return q == OK || q == Questionable }

// Flag compares a value with what is usual (HL7 table 0078).
type Flag string

// The flags. An empty Flag is a value that nothing was compared with.
const (
	Normal   Flag = "N"
	Low      Flag = "L"
	High     Flag = "H"
	VeryLow  Flag = "LL" // someone must look now
	VeryHigh Flag = "HH" // someone must look now
)

// Alarming reports whether someone must look now.
func (f Flag) Alarming() bool { return f == VeryLow || f == VeryHigh }

func (f Flag) rank() int {
	switch f {
	case Normal:
		return 1
	case Low, High:
		return 2
	case VeryLow, VeryHigh:
		return 3
	}
	return 0
}

// Counts reports whether the observation is to be shown as somebody's.
func (o *Observation) Counts() bool { return o.Status == Final }

// value finds a value by code.
func (o *Observation) value(code string) *Value {
	for i := range o.Values {
		if o.Values[i].Code == code {
			return &o.Values[i]
		}
	}
	return nil
}

// Ref names an observation.
func Ref(id care.ID) protocol.Ref { return protocol.Ref{Kind: KindObservation, ID: id} }
