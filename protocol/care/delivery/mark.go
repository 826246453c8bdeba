package delivery

import (
	"slices"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Names of the actions that connectors run and follow.
const (
	Record protocol.ActionName = "delivery.mark"
	Retry  protocol.ActionName = "delivery.retry"
)

// Overtaken is the state of a delivery that is not needed any more: what it
// was about has moved on before the far side heard of it.
const Overtaken care.DeliveryState = "overtaken"

var states = []care.DeliveryState{care.DeliveryPending, care.DeliverySent, care.DeliveryAcknowledged,
	care.DeliveryInDoubt, care.DeliveryParked, Overtaken}

// Mark is the input of delivery.mark: what a connector knows of one revision.
type Mark struct {
	To      string             `json:"to"`
	Source  string             `json:"source"` // the revision, as text
	About   protocol.Ref       `json:"about"`
	Person  care.ID            `json:"person,omitempty"`
	State   care.DeliveryState `json:"state"`
	Foreign string             `json:"foreign,omitempty"`
	Reason  string             `json:"reason,omitempty"`
	Queried bool               `json:"queried,omitzero"`
}

// Check implements care.Checked.
func (in Mark) Check() error {
	rev, err := protocol.ParseRev(in.Source)
	if err != nil || in.To == "" || !care.DeliveryRef(in.To, rev).ID.Valid() ||
		!in.About.Kind.Valid() || !in.About.ID.Valid() || !slices.Contains(states, in.State) {
		return protocol.Refuse("bad-mark", "回执的内容不完整")
	}
	return nil
}

// mark writes the state of one delivery. An acknowledged one stays so: a late
// message cannot take a receipt back.
func mark() care.Action {
	return care.Do(care.Action{
		Name: Record, Title: "记录对方的回执", Roles: []care.Role{care.System},
		Purpose: care.ForOperations, Lane: protocol.Clinical, Place: care.InCounty,
	}, func(d *care.Deed, in Mark) error {
		rev, err := protocol.ParseRev(in.Source)
		if err != nil {
			return err
		}
		ref := care.DeliveryRef(in.To, rev)
		there, err := care.Exists(d, ref)
		if err != nil {
			return err
		}
		rec := care.Delivery{To: in.To, Source: in.Source, About: in.About}
		if there {
			if rec, _, err = care.Read[care.Delivery](d, ref); err != nil || rec.State == care.DeliveryAcknowledged {
				return err
			}
		}
		if in.State == care.DeliverySent {
			rec.Tries++
		}
		rec.State, rec.Foreign, rec.Reason, rec.At = in.State, in.Foreign, in.Reason, d.Now()
		rec.Queried = rec.Queried || in.Queried
		_, err = care.Write(d, protocol.Draft{Ref: ref, Subject: in.Person}, &rec)
		return err
	})
}

// Which is the input of delivery.retry.
type Which struct {
	ID care.ID `json:"id"`
}

// retriers may let a delivery be tried again.
var retriers = []care.Role{care.Operator, care.Scheduler, care.Supervisor}

func mayRetry(r care.Role) bool { return slices.Contains(retriers, r) }

// retry lets a parked delivery be tried again. The connector, which follows the
// feed, sees it.
func retry() care.Action {
	return care.Do(care.Action{
		Name: Retry, Title: "再送一次", Roles: retriers,
		Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty,
	}, func(d *care.Deed, in Which) error {
		ref := protocol.Ref{Kind: care.KindDelivery, ID: in.ID}
		there, err := care.Exists(d, ref)
		if err != nil {
			return err
		}
		if !there {
			return protocol.Refuse("no-delivery", "没有找到这一条，请刷新后再看").Offer("/delivery")
		}
		rec, _, err := care.Read[care.Delivery](d, ref)
		if err != nil {
			return err
		}
		if rec.State != care.DeliveryParked && rec.State != care.DeliveryInDoubt {
			return protocol.Refuse("not-parked", "这一条已经在办理，不用再送").Offer("/delivery")
		}
		rec.State, rec.Reason, rec.At = care.DeliveryPending, "", d.Now()
		_, err = care.Write(d, protocol.Draft{Ref: ref}, &rec)
		return err
	})
}
