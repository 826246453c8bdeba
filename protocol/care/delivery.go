package care

import (
	"time"

	"xiangyi/protocol"
)

// KindDelivery is the kind of A2 receipts: what a far side said of one Change.
const KindDelivery protocol.Kind = "delivery"

// DeliveryState is how far a far side has taken something.
type DeliveryState string

// The states. Only acknowledged may be shown as delivered.
const (
	DeliveryPending      DeliveryState = "pending"
	DeliverySent         DeliveryState = "sent" // under way, not answered: never shown as delivered
	DeliveryAcknowledged DeliveryState = "acknowledged"
	DeliveryInDoubt      DeliveryState = "in-doubt" // may have acted; cannot be asked
	DeliveryParked       DeliveryState = "parked"   // refused; a person must look
)

// Delivery is the content of such a record. ID: DeliveryRef.
type Delivery struct {
	To      string        `json:"to"`     // "hospital", "sms"
	Source  string        `json:"source"` // the revision that was delivered, as text
	About   protocol.Ref  `json:"about"`  // the record that it concerns
	State   DeliveryState `json:"state"`
	Foreign string        `json:"foreign,omitempty"` // the far side's number for it
	Reason  string        `json:"reason,omitempty"`  // why parked, in words for staff
	Tries   int           `json:"tries,omitzero"`
	Queried bool          `json:"queried,omitzero"` // asked before repeating
	At      time.Time     `json:"at"`
	Rest    protocol.Rest `json:",unknown"`
}

// DeliveryRef names the delivery of one revision to a far side.
func DeliveryRef(to string, rev protocol.Rev) protocol.Ref {
	return protocol.Ref{Kind: KindDelivery, ID: ID(to) + "-" + rev.ID()}
}

// DeliveryKind describes deliveries to a store.
var DeliveryKind = Kind{KindSpec: protocol.KindSpec{
	Kind: KindDelivery, Class: protocol.ClassInternal, Retention: protocol.RetainOperational,
	Indexes: []protocol.Index{
		{Name: "about", Fields: []string{"about.id"}, Time: "at"},
		{Name: "state", Fields: []string{"to", "state"}, Time: "at"},
	},
}}

// Deliveries lists what far sides said about a record, oldest first.
func Deliveries(r protocol.Reader, about protocol.Ref) ([]Delivery, error) {
	found, err := Collect[Delivery](r, protocol.Query{Kind: KindDelivery, Index: "about", Match: []string{string(about.ID)}})
	var out []Delivery
	for _, f := range found {
		if f.Value.About == about {
			out = append(out, f.Value)
		}
	}
	return out, err
}

// LevelOf is the receipt to show for a record: delivered when its newest
// delivery was acknowledged, else what the store holds for its newest head.
func LevelOf(r protocol.Reader, rec *protocol.Record) (protocol.Level, error) {
	all, err := Deliveries(r, rec.Ref)
	if err != nil {
		return protocol.SavedHere, err
	}
	head := rec.Head()
	for _, d := range all {
		if d.State == DeliveryAcknowledged && d.Source == head.Rev.String() {
			return protocol.Delivered, nil
		}
	}
	return head.Level, nil
}
