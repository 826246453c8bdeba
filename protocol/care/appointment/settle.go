package appointment

import (
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/custody"
)

// settleMost is how many slots go back in one Change; the next run takes the
// rest.
const settleMost = 50

// settle gives back every slot and range of numbers whose cut-off has passed here, and states that
// the sales before it are in. The station runs it by itself, every minute; it
// works without the line, and the county hears of it behind the last sale.
var settle = care.Do(care.Action{
	Name: "appointment.settle", Title: "交回过了截止时间的号", Roles: []care.Role{care.System, care.Doctor},
	Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.AtStation,
}, func(d *care.Deed, _ nobody) error {
	if err := trusts(d); err != nil {
		return err
	}
	over, err := unsold(d)
	if err != nil {
		return err
	}
	numbers, err := unused(d)
	if err != nil {
		return err
	}
	at := custody.Statement{Site: d.Site(), At: d.Now()}
	if _, err := care.Write(d, protocol.Draft{Ref: custody.StatementRef(d.Site()), Scopes: own(d.Site())}, &at); err != nil {
		return err
	}
	for _, s := range over[:min(len(over), settleMost)] {
		if err := giveBack(d, s); err != nil {
			return err
		}
	}
	for _, n := range numbers[:min(len(numbers), settleMost)] {
		if err := giveBackNumbers(d, n); err != nil {
			return err
		}
	}
	return nil
})

// doubtful reports whether this site may write nothing of what it holds.
func doubtful(r protocol.Reader) bool { return r.Site() != County && r.Clock().Suspect }

// trusts refuses what rests on custody while the clock here is suspect, as it
// also is while the journal cannot prove what was sold.
func trusts(r protocol.Reader) error {
	if doubtful(r) {
		return protocol.Refuse("clock-suspect", "本站的时钟需要核对，暂时不能交回号源")
	}
	return nil
}

func own(site protocol.Site) []protocol.Scope { return []protocol.Scope{protocol.SiteScope(site)} }

// unsold lists the free slots that this site holds and may sell no longer.
func unsold(r protocol.Reader) ([]care.Found[Slot], error) {
	held, err := care.Collect[Slot](r, protocol.Query{Kind: KindSlot, Index: "holder",
		Match: []string{string(r.Site()), string(SlotFree)}, From: r.Now().AddDate(0, 0, -ahead)})
	var out []care.Found[Slot]
	for _, s := range held {
		if s.Value.Due(r, s.Value.Start) {
			out = append(out, s)
		}
	}
	return out, err
}

func giveBack(d *care.Deed, s care.Found[Slot]) error {
	s.Value.Return()
	return writeSlot(d, s.Ref.ID, &s.Value)
}

// giveBackAll returns what a station does not need of one session: more people
// can then book it elsewhere.
var giveBackAll = care.Do(care.Action{
	Name: "appointment.return", Title: "把号源交回县里", Roles: []care.Role{care.Doctor, care.System},
	Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.AtStation,
}, func(d *care.Deed, in BySession) error {
	if err := trusts(d); err != nil {
		return err
	}
	all, err := slotsOf(d, in.Session)
	if err != nil {
		return err
	}
	n := 0
	for _, s := range all {
		if s.Value.State != SlotFree || s.Value.Holder != d.Site() {
			continue
		}
		if err := giveBack(d, s); err != nil {
			return err
		}
		n++
	}
	numbers, err := numbersOf(d, in.Session)
	if err != nil {
		return err
	}
	for _, r := range numbers {
		if r.Value.Holder != d.Site() {
			continue
		}
		if err := giveBackNumbers(d, r); err != nil {
			return err
		}
		n++
	}
	if n == 0 {
		return protocol.Refuse("nothing-to-return", "本站手上没有这次出诊的空号")
	}
	return nil
})

// BySession is the input of what concerns one session.
type BySession struct {
	Session care.ID `json:"session"`
}

func mergeStatement(a, b protocol.Value) (protocol.Value, bool) {
	return merge(a, b, func(x, y *custody.Statement) (*custody.Statement, bool) { return custody.Earlier(x, y), true })
}
