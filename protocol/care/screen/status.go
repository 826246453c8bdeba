package screen

import "time"

// Level is how safe a record is. Each level contains the one before.
type Level int

// The levels of receipt; NoReceipt is what was not stored.
const (
	NoReceipt Level = iota
	SavedHere       // on this station's disk
	HeldByCounty
	Delivered // the far side said yes
)

// Receipt is a record's own mark: 本站 ✓ 县 ✓ 已送达.
type Receipt struct {
	Level Level
	To    string    // who took it when Delivered: 县医院
	At    time.Time // when the level was reached; may be zero
	Stuck string    // why it waits for a person, or ""
}

// AtLeast is for templates: has the record come so far?
func (r Receipt) AtLeast(l int) bool { return int(r.Level) >= l }

// SyncState is how far everything of a place has come, worked out from its
// durable outbox and never from "the last sync went well".
type SyncState string

// The four states of a place. An empty state shows nothing.
const (
	SyncDelivered SyncState = "delivered"
	SyncWaiting   SyncState = "waiting" // no line: safe here, and not an error
	SyncSending   SyncState = "sending"
	SyncAttention SyncState = "attention" // needs a person
)

// Sync is the state with its counts.
type Sync struct {
	State  SyncState
	Left   int           // records not yet at the county
	Sent   int           // of this run, for the bar
	Remain time.Duration // estimate; 0 = none
	Stuck  int           // records that need a person
	Reason string        // what and why, staff only: 张某的转诊单，原因：身份证号不符
	Href   string        // where to mend it, staff only
}

// Kind is the tone of the banner. Waiting is calm: it is not a fault.
func (s Sync) Kind() Kind {
	switch s.State {
	case SyncAttention:
		return Warn
	case SyncWaiting, SyncSending:
		return Calm
	}
	return Good
}

// Icon is the banner's sign.
func (s Sync) Icon() string {
	switch s.State {
	case SyncAttention:
		return "triangle-alert"
	case SyncWaiting:
		return "shield-check"
	case SyncSending:
		return "cloud-upload"
	}
	return "check-check"
}

// Total is the bar's whole; never zero, since a bar of nothing is no bar.
func (s Sync) Total() int { return max(s.Sent+s.Left, 1) }

// Freshness says how fresh a page is: it was filled at AsOf, and this is how
// much has not left or not arrived.
type Freshness struct {
	AsOf time.Time
	Sync Sync
}

// Board is the queue as the waiting room sees it: numbers first, names masked.
type Board struct {
	Title    string
	Now      []BoardCall
	Next     []BoardCall
	Waiting  int
	From, To int      // estimated minutes for a new number, as a range; 0,0 = none
	Missed   []string // 过号 that keep their place
}

// BoardCall is one number on the board.
type BoardCall struct {
	Number string
	Name   string // masked, or ""
	Room   string
}

// Ticket is one person's number.
type Ticket struct {
	Number  string
	Name    string // masked
	Place   string
	When    string
	Ahead   int
	Receipt *Receipt
	Next    *Next
}
