package appointment

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// KindStatement is the kind of stations' statements about their sales. ID: the
// site.
const KindStatement protocol.Kind = "sales-statement"

// Statement is what a station says of its sales: every slot that it sold
// before At stands in its journal before this record. Who holds the statement
// holds the sales.
type Statement struct {
	Site protocol.Site `json:"site"`
	At   time.Time     `json:"at"` // by the station's own time, which never goes back
	Rest protocol.Rest `json:",unknown"`
}

// StatementRef names the statement of a station.
func StatementRef(site protocol.Site) protocol.Ref {
	return protocol.Ref{Kind: KindStatement, ID: care.ID(site)}
}

// settleMost is how many slots go back in one Change; the next run takes the
// rest.
const settleMost = 50

// settle gives back every slot whose cut-off has passed here, and states that
// the sales before it are in. The station runs it by itself, every minute; it
// works without the line, and the county hears of it behind the last sale.
var settle = care.Do(care.Action{
	Name: "appointment.settle", Title: "交回过了截止时间的号", Roles: []care.Role{care.System, care.Doctor},
	Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.AtStation,
}, func(d *care.Deed, _ nobody) error {
	clock := d.Clock()
	if clock.Suspect {
		return protocol.Refuse("clock-suspect", "本站的时钟需要核对，暂时不能交回号源")
	}
	over, err := unsold(d, d.Now().Add(clock.Error))
	if err != nil {
		return err
	}
	at := Statement{Site: d.Site(), At: d.Now()}
	if _, err := care.Write(d, protocol.Draft{Ref: StatementRef(d.Site()), Scopes: own(d.Site())}, &at); err != nil {
		return err
	}
	for _, s := range over[:min(len(over), settleMost)] {
		if err := giveBack(d, s); err != nil {
			return err
		}
	}
	return nil
})

func own(site protocol.Site) []protocol.Scope { return []protocol.Scope{protocol.SiteScope(site)} }

// unsold lists the free slots of this site that may not be sold at a time.
func unsold(r protocol.Reader, at time.Time) ([]care.Found[Slot], error) {
	held, err := care.Collect[Slot](r, protocol.Query{Kind: KindSlot, Index: "holder",
		Match: []string{string(r.Site()), string(SlotFree)}, From: r.Now().AddDate(0, 0, -ahead)})
	var out []care.Found[Slot]
	for _, s := range held {
		if !at.Before(s.Value.Closes()) {
			out = append(out, s)
		}
	}
	return out, err
}

func giveBack(d *care.Deed, s care.Found[Slot]) error {
	s.Value.Cutoff = time.Time{}
	return writeSlot(d, s.Ref.ID, &s.Value, County)
}

// giveBackAll returns what a station does not need of one session: more people
// can then book it elsewhere.
var giveBackAll = care.Do(care.Action{
	Name: "appointment.return", Title: "把号源交回县里", Roles: []care.Role{care.Doctor, care.System},
	Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.AtStation,
}, func(d *care.Deed, in BySession) error {
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
	if n == 0 {
		return protocol.Refuse("nothing-to-return", "本站手上没有这次出诊的空号")
	}
	return nil
})

// BySession is the input of what concerns one session.
type BySession struct {
	Session care.ID `json:"session"`
}

// mergeStatement keeps the earlier of two statements of a site that was
// restored: the cautious one.
func mergeStatement(a, b protocol.Value) (protocol.Value, bool) {
	return merge(a, b, func(x, y *Statement) (*Statement, bool) {
		if y.At.Before(x.At) {
			x = y
		}
		return x, true
	})
}
