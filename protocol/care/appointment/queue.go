package appointment

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// KindQueue is the kind of queues: one record a session. ID: the session's.
const KindQueue protocol.Kind = "queue"

// PlaceState is where somebody stands in a queue.
type PlaceState string

// The states of a place in a queue.
const (
	Waiting  PlaceState = "waiting"
	InRoom   PlaceState = "in-room" // called, and not yet finished
	Passed   PlaceState = "passed"  // called and not there: 过号
	Finished PlaceState = "finished"
	Away     PlaceState = "away" // never came back
)

// Queue is who checked in to a session. It holds numbers, no names: a board may
// show it to anybody.
type Queue struct {
	Places []Place       `json:"places"`
	Calls  int           `json:"calls"` // how many numbers were called so far
	Rest   protocol.Rest `json:",unknown"`
}

// Place is one person's place in a queue.
type Place struct {
	Appointment care.ID       `json:"appointment"`
	Turn        int           `json:"turn"`
	State       PlaceState    `json:"state"`
	Late        int           `json:"late,omitzero"`     // came after their time: behind all others, in this order
	Kept        bool          `json:"kept,omitzero"`     // came back while their place was kept: before all others
	PassedAt    int           `json:"passedAt,omitzero"` // Calls when they were passed over
	Times       int           `json:"times,omitzero"`    // how often they were called this time
	Step        int           `json:"step"`              // counts every move, so that the newer account wins
	At          time.Time     `json:"at"`                // of the last move
	Site        protocol.Site `json:"site"`              // where they checked in
}

// keptFor is for how many calls a passed number keeps its place.
const keptFor = 3

// maxCalls is how often a number is called before it is passed over.
const maxCalls = 3

func queueRef(session care.ID) protocol.Ref { return protocol.Ref{Kind: KindQueue, ID: session} }

func readQueue(r protocol.Reader, session care.ID) (Queue, error) {
	rec, err := r.Get(queueRef(session))
	if errors.Is(err, protocol.ErrNotFound) {
		return Queue{}, nil
	}
	if err != nil {
		return Queue{}, err
	}
	return folded[Queue](&rec, mergeQueue)
}

func writeQueue(d *care.Deed, session care.ID, org care.ID, q *Queue) error {
	_, err := care.Write(d, protocol.Draft{Ref: queueRef(session), Scopes: campus(org)}, q)
	return err
}

// Waiting lists who waits, in the order in which they will be called: those who
// came back in time, those who came in time by their turn, those who came late
// in the order in which they came.
func (q *Queue) Waiting() []Place {
	var out []Place
	for _, p := range q.Places {
		if p.State == Waiting {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b Place) int {
		if a.Kept != b.Kept {
			if a.Kept {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.Late, b.Late), cmp.Compare(a.Turn, b.Turn), cmp.Compare(a.Appointment, b.Appointment))
	})
	return out
}

// in lists the places in a state, by turn.
func (q *Queue) in(s PlaceState) []Place {
	var out []Place
	for _, p := range q.Places {
		if p.State == s {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b Place) int { return cmp.Compare(a.Turn, b.Turn) })
	return out
}

// Current is who is with the doctor or called to the door.
func (q *Queue) Current() (Place, bool) {
	all := q.in(InRoom)
	if len(all) == 0 {
		return Place{}, false
	}
	return all[0], true
}

// find gives a person's place, to be changed by move.
func (q *Queue) find(appointment care.ID) (Place, bool) {
	i := slices.IndexFunc(q.Places, func(p Place) bool { return p.Appointment == appointment })
	if i < 0 {
		return Place{}, false
	}
	return q.Places[i], true
}

// move writes a place, new or changed.
func (q *Queue) move(p Place, to PlaceState, now time.Time) Place {
	p.State, p.At, p.Step = to, now, p.Step+1
	i := slices.IndexFunc(q.Places, func(o Place) bool { return o.Appointment == p.Appointment })
	if i < 0 {
		q.Places = append(q.Places, p)
	} else {
		q.Places[i] = p
	}
	return p
}

// late is the next place behind all others.
func (q *Queue) late() int {
	n := 0
	for _, p := range q.Places {
		n = max(n, p.Late)
	}
	return n + 1
}

// mergeQueue unites two accounts of one queue: everybody who checked in at
// either place is in it, with the newer account of where they stand.
func mergeQueue(a, b protocol.Value) (protocol.Value, bool) {
	return merge(a, b, func(x, y *Queue) (*Queue, bool) {
		for _, p := range y.Places {
			i := slices.IndexFunc(x.Places, func(o Place) bool { return o.Appointment == p.Appointment })
			switch {
			case i < 0:
				x.Places = append(x.Places, p)
			case p.Step > x.Places[i].Step, p.Step == x.Places[i].Step && p.At.After(x.Places[i].At):
				x.Places[i] = p
			}
		}
		slices.SortFunc(x.Places, func(a, b Place) int { return cmp.Compare(a.Appointment, b.Appointment) })
		x.Calls = max(x.Calls, y.Calls)
		return x, true
	})
}

// wait estimates how long somebody with so many before them waits, in minutes
// and as a range: nobody knows it better.
func wait(before, minutes int) (from, to int) {
	if before <= 0 {
		return 0, 0
	}
	round := func(n int) int { return (n + 4) / 5 * 5 }
	return max(round(before*minutes*3/4), 5), max(round(before*minutes*3/2), 10)
}
