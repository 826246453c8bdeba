package media

import (
	"bytes"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Kind of the records that the service keeps.
const Kind protocol.Kind = "media"

// State is where the photo's bytes are known to be.
type State string

// The states of a photo's bytes.
const (
	Waiting State = "waiting" // at the station that took it, at least
	Held    State = "held"    // on a majority of the county's nodes
)

// Sort is what a photo shows.
type Sort string

// The sorts, with their zh-CN names.
var sorts = []struct {
	Code  Sort
	Label string
}{{"wound", "伤口"}, {"skin", "皮肤"}, {"paper", "外院的单子"}, {"other", "其他"}}

// Label is a sort in zh-CN.
func (s Sort) Label() string {
	for _, known := range sorts {
		if known.Code == s {
			return known.Label
		}
	}
	return ""
}

// Media is one photo of a resident's record.
type Media struct {
	Person care.ID       `json:"person"`
	Site   protocol.Site `json:"site"` // whose host keeps the bytes until the county does
	Sort   Sort          `json:"sort"`
	Words  string        `json:"words,omitempty"` // what the doctor says to it
	Blob   care.Blob     `json:"blob"`
	By     care.ID       `json:"by"`
	At     time.Time     `json:"at"`
	State  State         `json:"state"`
	HeldAt time.Time     `json:"heldAt,omitzero"`
	Fault  *Fault        `json:"fault,omitzero"` // entered in error
	Rest   protocol.Rest `json:",unknown"`
}

// Fault is why a photo does not count.
type Fault struct {
	Reason string    `json:"reason"`
	By     care.ID   `json:"by"`
	At     time.Time `json:"at"`
}

// Ref names a photo's record.
func Ref(id care.ID) protocol.Ref { return protocol.Ref{Kind: Kind, ID: id} }

func kinds() []care.Kind {
	return []care.Kind{{
		KindSpec: protocol.KindSpec{
			Kind: Kind, Class: protocol.ClassHealth, Retention: protocol.RetainClinical,
			Indexes: []protocol.Index{
				{Name: "person", Fields: []string{"person"}, Time: "at"},
				{Name: "state", Fields: []string{"state"}, Time: "at"},
				{Name: "site", Fields: []string{"site", "state"}, Time: "at"},
				{Name: "ref", Fields: []string{"blob.ref"}},
				{Name: "all", Time: "at"},
			},
		},
		Merge: merge, Decider: care.Doctor,
	}}
}

// merge unites what the county said of the bytes with what somebody said of the
// photo: neither takes the other back. Of two faults the earlier stands.
func merge(a, b protocol.Value) (protocol.Value, bool) {
	if bytes.Compare(a, b) > 0 {
		a, b = b, a
	}
	var x, y Media
	if protocol.Decode(a, &x) != nil || protocol.Decode(b, &y) != nil || x.Blob != y.Blob || x.Person != y.Person {
		return nil, false
	}
	if y.State == Held && (x.State != Held || y.HeldAt.Before(x.HeldAt)) {
		x.State, x.HeldAt = Held, y.HeldAt
	}
	if y.Fault != nil && (x.Fault == nil || y.Fault.At.Before(x.Fault.At)) {
		x.Fault = y.Fault
	}
	v, err := protocol.Encode(x)
	return v, err == nil
}

// current is the head to go by: a fault in any of them counts.
func current(rec *protocol.Record) (Media, error) {
	var out Media
	for i := range rec.Heads {
		var m Media
		if err := protocol.Decode(rec.Heads[i].Value, &m); err != nil {
			return out, err
		}
		if i == 0 || m.Fault != nil && out.Fault == nil {
			out = m
		}
	}
	return out, nil
}
