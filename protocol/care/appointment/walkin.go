package appointment

import (
	"fmt"
	"slices"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/custody"
)

// KindNumbers is the kind of ranges of walk-in numbers (现场号): what somebody who
// did not book is called by. They are under custody like slots, so that several
// places can give them out on one morning without a line, and no two people are
// called by one number.
const KindNumbers protocol.Kind = "walkin-numbers"

// Numbers is one range of a session. ID: session, ".n", its first number
// ("….n21").
type Numbers struct {
	Session    care.ID   `json:"session"`
	Org        care.ID   `json:"org"`
	Department care.ID   `json:"department"`
	Start      time.Time `json:"start"`
	End        time.Time `json:"end"` // of the session: nobody takes a number after it
	First      int       `json:"first"`
	Last       int       `json:"last"`
	Given      []care.ID `json:"given,omitempty"` // the appointments, from First on
	custody.Term
	Rest protocol.Rest `json:",unknown"`
}

// NumbersRef names a range.
func NumbersRef(id care.ID) protocol.Ref { return protocol.Ref{Kind: KindNumbers, ID: id} }

// Left is how many numbers nobody has yet.
func (n *Numbers) Left() int { return n.Last - n.First + 1 - len(n.Given) }

// rangeOf is a new range of a session, which the county holds.
func rangeOf(session care.ID, s *Session, first, last int) (care.ID, Numbers) {
	return care.ID(fmt.Sprintf("%s.n%d", session, first)), Numbers{Session: session, Org: s.Org, Department: s.Department, Start: s.From, End: s.To,
		First: first, Last: last, Term: custody.Term{Holder: County}}
}

func readNumbers(r protocol.Reader, id care.ID) (Numbers, protocol.Record, error) {
	n, rec, err := find[Numbers](r, NumbersRef(id), "no-numbers", "没有找到这些现场号", "/appointment/departments")
	if err == nil && rec.Conflicted() {
		above := custody.Standing(&rec)
		n, err = folded[Numbers](&above, mergeNumbers)
	}
	return n, rec, err
}

// numbersOf lists a session's ranges, lowest first.
func numbersOf(r protocol.Reader, session care.ID) ([]care.Found[Numbers], error) {
	return standingNumbers(care.Collect[Numbers](r, protocol.Query{Kind: KindNumbers, Index: "session", Match: []string{string(session)}}))
}

func standingNumbers(all []care.Found[Numbers], err error) ([]care.Found[Numbers], error) {
	for i := range all {
		if !all[i].Conflicted() {
			continue
		}
		above := custody.Standing(&all[i].Record)
		if all[i].Value, err = folded[Numbers](&above, mergeNumbers); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(all, func(a, b care.Found[Numbers]) int { return a.Value.First - b.Value.First })
	return all, err
}

func writeNumbers(d *care.Deed, id care.ID, n *Numbers) error {
	_, err := care.Write(d, n.Draft(NumbersRef(id), campus(n.Org)), n)
	return err
}

// mergeNumbers decides between two revisions of a range below one fence, which
// only copies of one station write. The one that gave out more stays; whose number
// is not in it finds that out (follow.go).
func mergeNumbers(a, b protocol.Value) (protocol.Value, bool) {
	return merge(a, b, func(x, y *Numbers) (*Numbers, bool) {
		if len(y.Given) > len(x.Given) || len(y.Given) == len(x.Given) && slices.Compare(y.Given, x.Given) < 0 {
			x = y
		}
		return x, true
	})
}

// WalkIn asks for a walk-in number of a session for one person. A resident
// leaves Person empty.
type WalkIn struct {
	Person  care.ID `json:"person,omitempty"`
	Session care.ID `json:"session"`
}

// Subject implements care.Subjected.
func (in WalkIn) Subject() protocol.ID { return in.Person }

// walkIn gives somebody who did not book the next number that this site holds,
// on the day, with or without the line. They are called behind those who booked.
var walkIn = care.Do(care.Action{
	Name: "appointment.walk-in", Title: "取现场号", Roles: bookers,
	Purpose: care.ForBooking, Lane: protocol.Administrative, Consent: care.ConsentBasic,
}, func(d *care.Deed, in WalkIn) error {
	person, err := mayBook(d, in.Person)
	if err != nil {
		return err
	}
	session, err := readSession(d, in.Session)
	if err != nil {
		return err
	}
	from, err := nextRange(d, in.Session, &session)
	if err != nil {
		return wayOf(d.Actor, person).stays(err)
	}
	n := &from.Value
	a := newAppointment(d, person, Booked)
	a.Session, a.Org, a.Department, a.Doctor = in.Session, session.Org, session.Department, session.Doctor
	a.Start, a.End, a.Fee = session.From, session.To, session.Fee
	a.Numbers, a.Turn = from.Ref.ID, n.First+len(n.Given)
	id, err := enter(d, &a)
	if err != nil {
		return err
	}
	n.Given = append(n.Given, id)
	if err := writeNumbers(d, from.Ref.ID, n); err != nil {
		return err
	}
	return tell(d, id, &a, "booked")
})

// nextRange is the range of which the next number is given out here and now, or
// why there is none.
func nextRange(r protocol.Reader, id care.ID, s *Session) (care.Found[Numbers], error) {
	var none care.Found[Numbers]
	if err := goesOn(r, id, s); err != nil {
		return none, err
	}
	if day(r.Now()) != s.Date {
		return none, protocol.Refuse("walkin-not-today", "现场号要在出诊当天取").Offer("/appointment/session/" + string(id))
	}
	all, err := numbersOf(r, id)
	if err != nil {
		return none, err
	}
	ask := "/appointment/ask/" + string(id)
	why := protocol.Refuse("walkin-none", "这里的现场号已经取完，可以先提交申请").Offer(ask)
	for _, n := range all {
		if n.Value.Left() == 0 {
			continue
		}
		switch n.Value.Use(r, n.Value.End) {
		case "":
			return n, nil
		case custody.ClockSuspect:
			why = protocol.Refuse("clock-suspect", "本站的时钟需要核对，暂时不能取现场号，可以先提交申请").Offer(ask)
		case custody.PastCutoff:
			why = protocol.Refuse("past-cutoff", "本站取现场号的时间已经截止，可以先提交申请").Offer(ask)
		}
	}
	return none, why
}

// goesOn refuses what needs a session that is not over.
func goesOn(r protocol.Reader, id care.ID, s *Session) error {
	switch {
	case s.State == SessionStopped:
		return stopped(id)
	case s.State != SessionOpen || !r.Now().Before(s.To):
		return protocol.Refuse("session-past", "这次出诊已经结束，请选择其他时间").Offer("/appointment/departments")
	}
	return nil
}

// walkable is how many walk-in numbers of a session can be had here and now.
func walkable(r protocol.Reader, id care.ID, s *Session) (int, error) {
	if goesOn(r, id, s) != nil || day(r.Now()) != s.Date {
		return 0, nil
	}
	all, err := numbersOf(r, id)
	left := 0
	for i := range all {
		if all[i].Value.Use(r, all[i].Value.End) == "" {
			left += all[i].Value.Left()
		}
	}
	return left, err
}

// unkept is why an appointment by a walk-in number cannot be kept, or empty: the
// range was taken by force, or a copy of the station gave out the same number.
func unkept(r protocol.Reader, id care.ID, a *Appointment) (string, error) {
	n, rec, err := readNumbers(r, a.Numbers)
	if err != nil || slices.Contains(n.Given, id) {
		return "", err
	}
	history, err := r.History(rec.Ref)
	for _, h := range history {
		var v Numbers
		if err := protocol.Decode(h.Value, &v); err != nil {
			return "", err
		}
		if slices.Contains(v.Given, id) && h.Fence < rec.Custodian().Fence {
			return CauseFenced, nil
		}
	}
	return CauseClash, err
}
