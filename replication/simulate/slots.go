package simulate

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"xiangyi/protocol"
)

// slotValue is something that only one person can have.
type slotValue struct {
	State  string    `json:"state"` // free, sold
	Buyer  string    `json:"buyer,omitempty"`
	Cutoff time.Time `json:"cutoff"` // after which a station neither sells nor keeps it
}

// sell sells a slot that this station holds, before its cut-off by a clock that is
// to be trusted.
func (s *station) sell(slot protocol.ID, buyer string) func(protocol.Tx) error {
	return func(tx protocol.Tx) error {
		record, v, err := readSlot(tx, slot)
		if err != nil {
			return err
		}
		against := s.Spoil.Sell
		switch {
		case (v.State != "free" || record.Conflicted()) && !against:
			return protocol.Refuse("slot-gone", "这个号刚刚被别人约走了")
		case record.Custodian().Custodian != tx.Site() && !against:
			return protocol.Refuse("slot-elsewhere", "这个号不在本站")
		case tx.Clock().Suspect && !against:
			return protocol.Refuse("clock-suspect", "本站的时钟需要核对")
		case !tx.Now().Before(v.Cutoff) && !against:
			return protocol.Refuse("past-cutoff", "本站约这个号的时间已经截止")
		}
		v.State, v.Buyer = "sold", buyer
		_, err = tx.Put(protocol.Draft{Ref: record.Ref, Value: encoded(v)})
		return err
	}
}

// giveBack returns a slot that was not sold; one that is due only after its
// cut-off.
func (s *station) giveBack(slot protocol.ID, due bool) func(protocol.Tx) error {
	return func(tx protocol.Tx) error {
		record, v, err := readSlot(tx, slot)
		if err != nil {
			return err
		}
		if v.State != "free" || record.Conflicted() || record.Custodian().Custodian != tx.Site() {
			return protocol.Refuse("nothing-to-return", "没有可以交回的号")
		}
		if due && (tx.Clock().Suspect || tx.Now().Before(v.Cutoff)) {
			return protocol.Refuse("not-due", "还没有到交回的时间")
		}
		_, err = tx.Put(protocol.Draft{Ref: record.Ref, Value: encoded(v), Custodian: "county"})
		return err
	}
}

func readSlot(tx protocol.Tx, slot protocol.ID) (protocol.Record, slotValue, error) {
	record, err := tx.Get(protocol.Ref{Kind: kindSlot, ID: slot})
	if errors.Is(err, protocol.ErrNotFound) {
		return record, slotValue{}, protocol.Refuse("slot-unknown", "没有这个号")
	}
	if err != nil {
		return record, slotValue{}, err
	}
	var v slotValue
	err = json.Unmarshal(record.Custodian().Value, &v)
	return record, v, err
}

// anySlot is one that the county made, of the newer ones.
func (c *county) anySlot() protocol.ID {
	from := max(c.model.slots-20, 0)
	return slotName(from + c.IntN(max(c.model.slots-from, 1)))
}

func slotName(n int) protocol.ID { return protocol.ID(fmt.Sprintf("slot%d", n)) }

// cutoff is some hours away, by the clock of who grants.
func cutoff(tx protocol.Tx) time.Time { return tx.Now().Add(6 * time.Hour).UTC().Truncate(time.Second) }

// grant gives a slot that the county holds to a station, or with force takes
// one that it does not hold: that raises the fence.
func grant(slot protocol.ID, to protocol.Site, force bool) func(protocol.Tx) error {
	return func(tx protocol.Tx) error {
		record, v, err := readSlot(tx, slot)
		if err != nil {
			return err
		}
		holder := record.Custodian()
		v.Cutoff = cutoff(tx)
		d := protocol.Draft{Ref: record.Ref, Value: encoded(v), Custodian: to}
		switch {
		case v.State != "free" || record.Conflicted() || (holder.Custodian == tx.Site()) == force:
			return protocol.Refuse("not-free", "这个号现在不能分配")
		case force:
			d.Fence = holder.Fence + 1
		}
		_, err = tx.Put(d)
		return err
	}
}

func countySells(slot protocol.ID, buyer string) func(protocol.Tx) error {
	return func(tx protocol.Tx) error {
		record, v, err := readSlot(tx, slot)
		if err != nil {
			return err
		}
		if v.State != "free" || record.Conflicted() || record.Custodian().Custodian != tx.Site() {
			return protocol.Refuse("slot-gone", "这个号不在县里")
		}
		v.State, v.Buyer = "sold", buyer
		_, err = tx.Put(protocol.Draft{Ref: record.Ref, Value: encoded(v)})
		return err
	}
}
