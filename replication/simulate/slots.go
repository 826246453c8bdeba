package simulate

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/custody"
	"xiangyi/replication/store"
)

// slotValue is something that only one person can have, under the custody that
// appointments and walk-in numbers are under.
type slotValue struct {
	State string `json:"state"` // free, sold
	Buyer string `json:"buyer,omitempty"`
	custody.Term
}

// never is when a slot of the simulation ends by itself.
var never = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// sell sells a slot, if custody lets this station.
func (s *station) sell(slot protocol.ID, buyer string) func(protocol.Tx) error {
	return func(tx protocol.Tx) error {
		record, v, err := readSlot(tx, slot)
		if err != nil {
			return err
		}
		if !s.Spoil.Sell {
			if v.State != "free" || record.Conflicted() {
				return protocol.Refuse("slot-gone", "这个号刚刚被别人约走了")
			}
			if denied := v.Use(tx, never); denied != "" {
				return protocol.Refuse(protocol.Code(denied), "现在不能约这个号")
			}
		}
		v.State, v.Buyer = "sold", buyer
		return v.write(tx, record.Ref)
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
		if v.State != "free" || record.Conflicted() || v.Holder != tx.Site() || due && !v.Due(tx, never) {
			return protocol.Refuse("nothing-to-return", "没有可以交回的号")
		}
		v.Return()
		return v.write(tx, record.Ref)
	}
}

// state says that all that this station sold until now is in its journal.
func (s *station) state(tx protocol.Tx) error {
	if tx.Clock().Suspect {
		return protocol.Refuse("clock-suspect", "本站的时钟需要核对")
	}
	_, err := tx.Put(protocol.Draft{Ref: custody.StatementRef(s.name), Scopes: []protocol.Scope{protocol.SiteScope(s.name)},
		Value: encoded(custody.Statement{Site: s.name, At: tx.Now()})})
	return err
}

func (v *slotValue) write(tx protocol.Tx, ref protocol.Ref) error {
	d := v.Draft(ref, nil)
	d.Value = encoded(v)
	_, err := tx.Put(d)
	return err
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

// wanted is a slot that somebody who looks at a place finds free there, if a few
// glances find one: people ask for what is offered.
func (c *county) wanted(look func(func(*store.Snapshot) error) error, holder protocol.Site) (slot protocol.ID) {
	slot = c.anySlot()
	err := look(func(s *store.Snapshot) error {
		for range 12 {
			record, err := s.Get(protocol.Ref{Kind: kindSlot, ID: slot})
			if err != nil && !errors.Is(err, protocol.ErrNotFound) {
				return err
			}
			var v slotValue
			if err == nil && json.Unmarshal(record.Custodian().Value, &v) == nil && v.State == "free" && v.Holder == holder {
				return nil
			}
			slot = c.anySlot()
		}
		return nil
	})
	if err != nil {
		c.breaks("slots cannot be read: %v", err)
	}
	return slot
}

func slotName(n int) protocol.ID { return protocol.ID(fmt.Sprintf("slot%d", n)) }

// cutoff is some hours away, by the clock of who grants.
func cutoff(tx protocol.Tx) time.Time { return tx.Now().Add(6 * time.Hour).UTC().Truncate(time.Second) }

// unsold reads a slot that the county may do something with.
func unsold(tx protocol.Tx, slot protocol.ID) (protocol.Record, slotValue, error) {
	record, v, err := readSlot(tx, slot)
	if err == nil && (v.State != "free" || record.Conflicted()) {
		err = protocol.Refuse("not-free", "这个号现在不能分配")
	}
	return record, v, err
}

// grant lends a slot that the county holds.
func grant(slot protocol.ID, to protocol.Site) func(protocol.Tx) error {
	return func(tx protocol.Tx) error {
		record, v, err := unsold(tx, slot)
		if err != nil {
			return err
		}
		if v.Holder != tx.Site() {
			return protocol.Refuse("not-here", "这个号不在县里")
		}
		v.Lend(to, cutoff(tx))
		return v.write(tx, record.Ref)
	}
}

// takeBack takes a slot from who holds it: by force, or after its cut-off as its
// holder's statement allows.
func (c *county) takeBack(slot protocol.ID, force bool) func(protocol.Tx) error {
	return func(tx protocol.Tx) error {
		record, v, err := unsold(tx, slot)
		if err != nil {
			return err
		}
		said, err := statement(tx, v.Holder)
		if err != nil {
			return err
		}
		denied := v.Reclaim(tx, never, said)
		if denied == custody.NotLent || denied != "" && !force && !c.Spoil.Reclaim {
			return protocol.Refuse(protocol.Code(denied), "这个号现在不能收回")
		}
		d := v.Take(&record, "", nil)
		d.Value = encoded(v)
		_, err = tx.Put(d)
		return err
	}
}

func statement(tx protocol.Tx, site protocol.Site) (said custody.Statement, err error) {
	record, err := tx.Get(custody.StatementRef(site))
	if errors.Is(err, protocol.ErrNotFound) {
		return said, nil
	}
	for i := range record.Heads {
		var v custody.Statement
		if err := json.Unmarshal(record.Heads[i].Value, &v); err != nil {
			return said, err
		}
		if i == 0 {
			said = v
		}
		said = *custody.Earlier(&said, &v)
	}
	return said, err
}

func countySells(slot protocol.ID, buyer string) func(protocol.Tx) error {
	return func(tx protocol.Tx) error {
		record, v, err := unsold(tx, slot)
		if err != nil {
			return err
		}
		if v.Use(tx, never) != "" {
			return protocol.Refuse("slot-gone", "这个号不在县里")
		}
		v.State, v.Buyer = "sold", buyer
		return v.write(tx, record.Ref)
	}
}
