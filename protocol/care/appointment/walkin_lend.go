package appointment

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/custody"
)

// maxNumbers is how many walk-in numbers a session may have in one range.
const maxNumbers = 50

// usualWalkInEnd is how many minutes before the end of a session a station stops
// giving out its numbers.
const usualWalkInEnd = 30

// NumbersInput adds walk-in numbers to a session.
type NumbersInput struct {
	Session care.ID `json:"session"`
	Count   int     `json:"count"`
}

// Check implements care.Checked.
func (in NumbersInput) Check() error {
	if in.Count < 1 || in.Count > maxNumbers {
		return protocol.Refuse("count-wrong", "一次可以放 1 到 %d 个现场号", maxNumbers).OnField("count")
	}
	return nil
}

var openNumbers = care.Do(care.Action{
	Name: "appointment.open-numbers", Title: "放现场号", Roles: planners,
	Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty,
}, func(d *care.Deed, in NumbersInput) error {
	s, err := readSession(d, in.Session)
	if err != nil {
		return err
	}
	dep, err := readDepartment(d, s.Department)
	if err != nil {
		return err
	}
	if err := goesOn(d, in.Session, &s); err != nil {
		return err
	}
	if dep.Hospital {
		return protocol.Refuse("hospital-numbers", "这个科室由医院自己的系统放号，现场号请在医院取")
	}
	id, n := rangeOf(in.Session, &s, s.Turns+1, s.Turns+in.Count)
	s.Turns = n.Last
	if err := writeSession(d, in.Session, &s); err != nil {
		return err
	}
	return writeNumbers(d, id, &n)
})

// grantNumbers lends the end of the county's largest range to a station.
var grantNumbers = care.Do(care.Action{
	Name: "appointment.grant-numbers", Title: "把现场号分给村站", Roles: planners,
	Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty,
}, func(d *care.Deed, in GrantInput) error {
	s, err := readSession(d, in.Session)
	if err != nil {
		return err
	}
	if err := goesOn(d, in.Session, &s); err != nil {
		return err
	}
	all, err := numbersOf(d, in.Session)
	if err != nil {
		return err
	}
	before := time.Duration(in.Before) * time.Minute
	if in.Before == 0 {
		before = usualWalkInEnd * time.Minute
	}
	cutoff := s.To.Add(-before)
	from, ok := largest(d, all)
	count := in.Count
	if in.Share > 0 {
		count = (s.Turns * in.Share) / 100
	}
	if ok {
		count = custody.Spare(count, from.Value.Left(), in.Reserve)
	}
	if !ok || count == 0 || !custody.Lendable(d, cutoff) {
		return protocol.Refuse("nothing-to-grant", "县里手上的现场号不够，或已经过了截止时间").OnField("count")
	}
	if count == from.Value.Left() && len(from.Value.Given) == 0 {
		from.Value.Lend(in.Site, cutoff)
		return writeNumbers(d, from.Ref.ID, &from.Value)
	}
	id, part := rangeOf(in.Session, &s, from.Value.Last-count+1, from.Value.Last)
	part.Lend(in.Site, cutoff)
	from.Value.Last -= count
	if err := writeNumbers(d, id, &part); err != nil {
		return err
	}
	return writeNumbers(d, from.Ref.ID, &from.Value)
})

// largest is the range that this site holds with the most numbers left.
func largest(r protocol.Reader, all []care.Found[Numbers]) (best care.Found[Numbers], ok bool) {
	for _, n := range all {
		if n.Value.Holder == r.Site() && n.Value.Left() > best.Value.Left() || !ok && n.Value.Holder == r.Site() {
			best, ok = n, true
		}
	}
	return best, ok
}

// ByNumbers is the input of what concerns one range of numbers.
type ByNumbers struct {
	Numbers care.ID `json:"numbers"`
}

// reclaimNumbers and repossessNumbers are for ranges what reclaim and repossess
// are for slots. The county goes on where the station, as far as is known, stopped.
var reclaimNumbers = care.Do(care.Action{
	Name: "appointment.reclaim-numbers", Title: "收回过了截止时间的现场号", Roles: planners,
	Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty,
}, func(d *care.Deed, in ByNumbers) error {
	n, rec, err := readNumbers(d, in.Numbers)
	if err != nil {
		return err
	}
	said, _, err := optional[custody.Statement](d, custody.StatementRef(n.Holder))
	if err != nil {
		return err
	}
	if err := over(n.Reclaim(d, n.End, said), n.Session); err != nil {
		return err
	}
	return takeNumbers(d, &rec, n, "")
})

// RepossessNumbers takes a range by force.
type RepossessNumbers struct {
	Numbers care.ID `json:"numbers"`
	Reason  string  `json:"reason"`
}

// Check implements care.Checked.
func (in RepossessNumbers) Check() error { return RepossessInput{Reason: in.Reason}.Check() }

var repossessNumbers = care.Do(care.Action{
	Name: "appointment.repossess-numbers", Title: "强制收回现场号", Roles: []care.Role{care.Supervisor},
	Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty,
}, func(d *care.Deed, in RepossessNumbers) error {
	n, rec, err := readNumbers(d, in.Numbers)
	if err != nil {
		return err
	}
	if n.Holder == d.Site() {
		return over(custody.NotLent, n.Session)
	}
	return takeNumbers(d, &rec, n, in.Reason)
})

func takeNumbers(d *care.Deed, rec *protocol.Record, n Numbers, reason string) error {
	draft := n.Take(rec, reason, campus(n.Org))
	_, err := care.Write(d, draft, &n)
	return err
}

// unused lists the ranges that this site holds and may give out no longer.
func unused(r protocol.Reader) ([]care.Found[Numbers], error) {
	held, err := standingNumbers(care.Collect[Numbers](r, protocol.Query{Kind: KindNumbers, Index: "holder",
		Match: []string{string(r.Site())}, From: r.Now().AddDate(0, 0, -ahead)}))
	var out []care.Found[Numbers]
	for _, n := range held {
		if n.Value.Due(r, n.Value.End) {
			out = append(out, n)
		}
	}
	return out, err
}

func giveBackNumbers(d *care.Deed, n care.Found[Numbers]) error {
	n.Value.Return()
	return writeNumbers(d, n.Ref.ID, &n.Value)
}
