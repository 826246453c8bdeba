package protocol

import (
	"context"
	"iter"
	"time"
)

// Record is a document as a store shows it: its revisions without children.
// One head is the normal case; more are a conflict, all of them kept.
type Record struct {
	Ref   Ref
	Heads []Head // newest HLC first; never empty
}

// Head is one current revision.
type Head struct {
	Rev
	Write
	HLC   HLC
	Level Level // how safe it is
}

// Head is the revision to read when one must be chosen: the newest.
func (r *Record) Head() *Head { return &r.Heads[0] }

// Custodian is the head that says who may write: the one of the highest
// fence, the newest of equals.
func (r *Record) Custodian() *Head {
	best := &r.Heads[0]
	for i := range r.Heads {
		if r.Heads[i].Fence > best.Fence {
			best = &r.Heads[i]
		}
	}
	return best
}

// Conflicted reports whether places wrote apart and nobody decided yet.
func (r *Record) Conflicted() bool { return len(r.Heads) > 1 }

// Level is the receipt that is held for a revision.
type Level uint8

// The levels. Nothing else may be called "saved" or "sent".
const (
	SavedHere Level = 0 // A0: on this disk, fsynced
	HeldBy    Level = 1 // A1: on the disks of a quorum of the county
	Delivered Level = 2 // A2: the far side said yes
)

// Query finds records by a declared index.
type Query struct {
	Kind   Kind
	Index  string
	Match  []string  // one text for each field of the index; with Prefix the last may be a prefix
	From   time.Time // inclusive; zero is open
	To     time.Time // exclusive; zero is open
	Latest bool      // newest first
	Limit  int       // 0 is 1,000
}

// Reader is one consistent look at the records. It is valid only inside the
// function that it was handed to, and must not be used by several goroutines.
type Reader interface {
	// Get gives a record, or an error that is ErrNotFound.
	Get(Ref) (Record, error)
	// Scan walks an index in order of time. An error ends it.
	Scan(Query) iter.Seq2[Record, error]
	// History lists all revisions of a record, oldest HLC first.
	History(Ref) ([]Head, error)
	// Now is the time of this look or action, the same at every call.
	Now() time.Time
	// Site is where this runs.
	Site() Site
	// PersonID is the identifier that every site gives to the holder of a
	// document: HMAC-SM3 of type and number under the county's identity key.
	PersonID(documentType, number string) ID
	// Clock says how far the site's clock may be trusted.
	Clock() ClockState
}

// ClockState is what a site knows of its own clock.
type ClockState struct {
	Suspect bool          // no time-critical act may rest on it
	Error   time.Duration // bound of its error when not suspect
}

// Draft is a revision that an action wants to write.
type Draft struct {
	Ref       Ref
	Value     Value
	Subject   ID      // empty: nobody's
	Scopes    []Scope // beside the subject's own; nil keeps those of the head
	Custodian Site    // for kinds with custody; empty keeps that of the head
	Fence     uint64  // 0 keeps that of the head
	Parents   []Rev   // nil: the heads as this action reads them
	Class     Class   // 0: that of the kind
}

// Tx is what an action may do. All of it is stored as one Change, or none.
type Tx interface {
	Reader
	// NewID mints the identifier of the record that the next Put creates.
	NewID() ID
	// Put adds a revision. Writing a record of a kind with custody that is in
	// another site's custody is an error that is ErrNotAllowed, unless the
	// draft's Fence is above the record's: that takes custody by force.
	Put(Draft) (Rev, error)
}

// Order is an action that is about to run: the part of its Change that is
// known before.
type Order struct {
	Actor   Actor
	Action  ActionName
	Purpose Purpose
	Consent ID
	Subject ID
	Key     string // idempotency key; empty: every run is a new one
	Lane    Lane   // at least this; a Change never overtakes the parents that it builds on
	Count   uint32
}

// Store keeps records and the journal of what was done to them. The station's
// is a file, the county's a raft group; actions cannot tell.
type Store interface {
	// View runs look against one snapshot. It never waits for the network.
	View(ctx context.Context, look func(Reader) error) error

	// Do runs act and commits what it wrote as one Change, durable when Do
	// returns (A0 at a station, A1 in the county). act may run several times
	// and must have no effect but through Tx. The Change's Subject is the
	// order's, or that of its first write.
	//
	// When act gives a Refusal, a Change without writes is stored with its
	// code, and Do returns that Change and the refusal. Any other error stores
	// nothing. When the order's Key was used before, act does not run: Do
	// returns the first Change, with the refusal if it was one (its Words are
	// then empty).
	//
	// ErrNotLeader: nothing happened, ask elsewhere. ErrUnknown: repeat with
	// the same key.
	Do(ctx context.Context, order Order, act func(Tx) error) (Change, error)

	// Note stores a Change without writes: a view, or a refusal at the door.
	// The Change's outcome and code are the given ones.
	Note(ctx context.Context, order Order, outcome Outcome, code Code) (Change, error)

	Feed
}

// Feed is the order in which a site learned of Changes, its own and others'.
type Feed interface {
	// Next gives up to most items after the cursor, and waits for the first.
	// The values of writes are opened where open says so of a Change, nil: of
	// none; the others' are nil. It returns the context's error when the context
	// ends first.
	Next(ctx context.Context, after Cursor, most int, open func(*Change) bool) ([]Item, error)
	// Last is the cursor of the newest item.
	Last() Cursor
}

// AllValues has Feed.Next open every value.
func AllValues(*Change) bool { return true }

// Item is one entry of a feed.
type Item struct {
	Cursor Cursor
	Change Change
}
