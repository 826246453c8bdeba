package care

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"xiangyi/protocol"
)

// Kinds of records about what is offered and where. The catalogue service owns
// them; other services and hosts read.
const (
	KindItem     protocol.Kind = "service-item"
	KindTerminal protocol.Kind = "terminal"
)

// ItemState is where a service item stands in its life (G5.1).
type ItemState string

// The states. Only an online item is offered; what began before it went
// offline is finished.
const (
	ItemDraft   ItemState = "draft"
	ItemReview  ItemState = "review"
	ItemOnline  ItemState = "online"
	ItemOffline ItemState = "offline"
)

// Item is a function that people come for, as the county manages it. ID: short
// and stable ("appointment"); tiles and actions name it.
type Item struct {
	Title   string        `json:"title"`
	Detail  string        `json:"detail"`
	Needs   []string      `json:"needs,omitempty"`  // capabilities that a terminal must have
	Owners  []string      `json:"owners,omitempty"` // owner types that may offer it; none: all
	Order   int           `json:"order"`
	State   ItemState     `json:"state"`
	Version int           `json:"version"`
	Reason  string        `json:"reason,omitempty"` // of the last return or taking offline
	By      ID            `json:"by"`               // who did the last step
	At      time.Time     `json:"at"`
	Rest    protocol.Rest `json:",unknown"`
}

// ItemRef names a service item.
func ItemRef(item string) protocol.Ref { return protocol.Ref{Kind: KindItem, ID: ID(item)} }

// ItemOpen reports whether new cases of an item may begin. An item that nobody
// put online is closed. A capability ("measure") is no item and always open:
// whether a terminal has it is asked of the terminal. With several heads the
// cautious one counts.
func ItemOpen(r protocol.Reader, item string) (bool, error) {
	if slices.Contains(Capabilities, item) {
		return true, nil
	}
	rec, err := r.Get(ItemRef(item))
	if errors.Is(err, protocol.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read service item: %w", err)
	}
	for _, h := range rec.Heads {
		var i Item
		if err := protocol.Decode(h.Value, &i); err != nil {
			return false, err
		}
		if i.State != ItemOnline {
			return false, nil
		}
	}
	return true, nil
}

// NeedItem refuses while an item is not open: for the first action of a case,
// never for its later ones.
func NeedItem(r protocol.Reader, item string) error {
	open, err := ItemOpen(r, item)
	if err == nil && !open {
		err = protocol.Refuse("item-offline", "这项服务现在没有开放，已经办理的不受影响。需要帮忙请呼叫村医").Offer("/")
	}
	return err
}

// What a terminal can do.
const (
	CanReadCard  = "card"
	CanPrintA4   = "printer-a4"
	CanPrintSlip = "printer-slip"
	CanMeasure   = "measure"
	CanConsult   = "video" // consultation with the county, for staff; not "consult", which is an item
)

// Capabilities lists them.
var Capabilities = []string{CanReadCard, CanPrintA4, CanPrintSlip, CanMeasure, CanConsult}

// Who a terminal belongs to (C4.a).
const (
	OwnerGovernment  = "government"
	OwnerPrimaryCare = "primary-care"
	OwnerBank        = "bank"
	OwnerCarrier     = "carrier"
)

// Owners lists the owner types.
var Owners = []string{OwnerGovernment, OwnerPrimaryCare, OwnerBank, OwnerCarrier}

// Terminal is a screen that people stand at. ID: short and stable ("v01-k1").
type Terminal struct {
	Name         string        `json:"name"`
	Site         protocol.Site `json:"site"` // the station that serves it
	Organisation ID            `json:"organisation"`
	Room         string        `json:"room,omitempty"`
	Owner        string        `json:"owner"`
	Capabilities []string      `json:"capabilities,omitempty"`
	Theme        string        `json:"theme"`              // of its host platform (G5.2)
	Disabled     []string      `json:"disabled,omitempty"` // items that its owner switched off
	Retired      bool          `json:"retired,omitzero"`
	Rest         protocol.Rest `json:",unknown"`
}

// TerminalRef names a terminal.
func TerminalRef(id ID) protocol.Ref { return protocol.Ref{Kind: KindTerminal, ID: id} }

// Can tells whether a terminal has a capability.
func (t *Terminal) Can(capability string) bool { return slices.Contains(t.Capabilities, capability) }

// Offers tells whether an item that is open may be offered at this terminal.
// A capability in place of an item asks for that capability alone.
func (t *Terminal) Offers(id string, item *Item) bool {
	if t.Retired || slices.Contains(t.Disabled, id) {
		return false
	}
	if slices.Contains(Capabilities, id) {
		return t.Can(id)
	}
	for _, need := range item.Needs {
		if !t.Can(need) {
			return false
		}
	}
	return len(item.Owners) == 0 || slices.Contains(item.Owners, t.Owner)
}
