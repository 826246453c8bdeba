package custody

import (
	"time"

	"xiangyi/protocol"
)

// County is the site that lends, and that holds whatever it did not lend.
const County protocol.Site = "county"

// Guard is how far the clock of a site may be off before it may use up nothing
// by it at all, and how long after a cut-off the county waits before it takes
// something back.
const Guard = 5 * time.Minute

// Term is the part of a record by which it is lent. It lies in the record's
// value, so that it can be searched; the revision's envelope says the same to the
// store.
type Term struct {
	Holder protocol.Site `json:"holder"`
	Cutoff time.Time     `json:"cutoff,omitzero"` // until when a station may use it up; zero: until it ends by itself
	Taken  string        `json:"taken,omitempty"` // why the county took it by force
}

// Closes is the time from which its holder may not use it up, of a record that
// ends by itself at a time.
func (t *Term) Closes(end time.Time) time.Time {
	if t.Cutoff.IsZero() {
		return end
	}
	return t.Cutoff
}

// Denial is why something may not be done; empty: it may. Kinds say it in words.
type Denial string

// The denials.
const (
	Elsewhere    Denial = "elsewhere"     // another site holds it
	ClockSuspect Denial = "clock-suspect" // no time-critical act may rest on the clock here
	PastCutoff   Denial = "past-cutoff"   // its time here is over
	NotLent      Denial = "not-lent"      // it is with the county already
	BeforeCutoff Denial = "before-cutoff" // its holder may still be using it
	HolderSilent Denial = "holder-silent" // its holder has not said yet what it used up before the cut-off
)

// Here is where and when something is asked. A protocol.Reader is one.
type Here interface {
	Site() protocol.Site
	Now() time.Time
	Clock() protocol.ClockState
}

// Use tells whether this site may use the record up, here and now. A station may
// while even the latest time that its clock may mean is before the cut-off; the
// county's own clock decides nothing about what it holds.
func (t *Term) Use(h Here, end time.Time) Denial {
	clock := h.Clock()
	switch {
	case t.Holder != h.Site():
		return Elsewhere
	case h.Site() == County:
		return ""
	case clock.Suspect || clock.Error > Guard:
		return ClockSuspect
	case !h.Now().Add(clock.Error).Before(t.Closes(end)):
		return PastCutoff
	}
	return ""
}

// Due tells whether this site holds a record that it can use no longer, and
// should give back.
func (t *Term) Due(h Here, end time.Time) bool {
	clock := h.Clock()
	return t.Holder == h.Site() && t.Holder != County && !clock.Suspect && !h.Now().Add(clock.Error).Before(t.Closes(end))
}

// Lendable tells whether a cut-off lies far enough ahead for anybody to use what
// is lent until then.
func Lendable(h Here, cutoff time.Time) bool { return cutoff.Add(-Guard).After(h.Now()) }

// Spare is how many of the wanted ones the county may lend, when so many are
// free and it keeps a reserve.
func Spare(wanted, free, reserve int) int { return max(min(wanted, free-reserve), 0) }

// Lend hands the record to a site until a cut-off.
func (t *Term) Lend(to protocol.Site, cutoff time.Time) { t.Holder, t.Cutoff = to, cutoff }

// Return hands it back to the county.
func (t *Term) Return() { t.Holder, t.Cutoff = County, time.Time{} }

// Draft is the revision to write of a record with this term.
func (t *Term) Draft(ref protocol.Ref, scopes []protocol.Scope) protocol.Draft {
	return protocol.Draft{Ref: ref, Scopes: scopes, Custodian: t.Holder}
}

// Reclaim tells whether the county may take the record back without force: its
// cut-off and the guard are over by the latest reckoning of the county's clock, and
// its holder stated what it used up until then. The cut-off alone would not do:
// that may wait in a station whose line is down.
func (t *Term) Reclaim(h Here, end time.Time, said Statement) Denial {
	clock := h.Clock()
	switch {
	case t.Holder == h.Site():
		return NotLent
	case clock.Suspect || h.Now().Add(-clock.Error).Before(t.Closes(end).Add(Guard)):
		return BeforeCutoff
	case said.At.Before(t.Closes(end)):
		return HolderSilent
	}
	return ""
}

// Take has the county write a record that another site holds: it raises the
// fence, and whatever that site writes below the fence counts no more. reason is
// empty when its holder is known to be done with it.
func (t *Term) Take(rec *protocol.Record, reason string, scopes []protocol.Scope) protocol.Draft {
	t.Return()
	t.Taken = reason
	d := t.Draft(rec.Ref, scopes)
	d.Fence = rec.Custodian().Fence + 1
	return d
}

// Standing is a record without the heads that count no more: those below its
// highest fence. What is left in conflict was written by copies of one site, and
// the kind's merge rule decides.
func Standing(rec *protocol.Record) protocol.Record {
	above := *rec
	above.Heads = nil
	for _, h := range rec.Heads {
		if h.Fence == rec.Custodian().Fence {
			above.Heads = append(above.Heads, h)
		}
	}
	return above
}
