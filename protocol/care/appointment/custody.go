package appointment

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/custody"
)

// sellable refuses what may not be sold here and now. at names the page where
// the same slot can be asked for.
func sellable(r protocol.Reader, id care.ID, s *Slot, session *Session) error {
	if session.State != SessionOpen {
		return stopped(s.Session)
	}
	switch {
	case s.State == SlotBooked || s.State == SlotWithdrawn:
		return protocol.Refuse("slot-gone", "这个号刚刚被别人约走了，请选择其他时间").Offer("/appointment/session/" + string(s.Session))
	case !r.Now().Before(s.Start):
		return protocol.Refuse("slot-past", "这个时间已经过去了，请选择其他时间").Offer("/appointment/session/" + string(s.Session))
	case s.State == SlotBlocking:
		return toAsk(id, "slot-blocking", "医院还没有确认这个号，可以先提交申请")
	}
	switch s.Use(r, s.Start) {
	case custody.Elsewhere:
		return toAsk(id, "slot-elsewhere", "这个号不在本站，可以先提交申请，由医院确认")
	case custody.ClockSuspect:
		return toAsk(id, "clock-suspect", "本站的时钟需要核对，暂时不能直接约号，可以先提交申请")
	case custody.PastCutoff:
		return toAsk(id, "past-cutoff", "本站约这个号的时间已经截止，可以先提交申请")
	}
	return nil
}

func toAsk(slot care.ID, code protocol.Code, words string) *protocol.Refusal {
	return protocol.Refuse(code, words).Offer("/appointment/request/" + string(slot))
}

func stopped(session care.ID) *protocol.Refusal {
	return protocol.Refuse("session-stopped", "这次出诊已停诊，请选择其他时间").Offer("/appointment/session/" + string(session))
}

// canSell reports whether sellable would let a slot pass; a refusal is an
// answer here, not an error.
func canSell(r protocol.Reader, id care.ID, s *Slot, session *Session) (bool, error) {
	err := sellable(r, id, s, session)
	if _, refused := protocol.AsRefusal(err); refused {
		return false, nil
	}
	return err == nil, err
}

// GrantInput gives slots of a session to a station.
type GrantInput struct {
	Session care.ID       `json:"session"`
	Site    protocol.Site `json:"site"`
	Count   int           `json:"count"`   // how many; 0 when Share says it
	Share   int           `json:"share"`   // percent of all slots of the session
	Reserve int           `json:"reserve"` // free slots that stay with the county
	Before  int           `json:"before"`  // cut-off, minutes before the start; 0 is the usual hour
}

// usualCutoff is how long before its start a station stops selling a slot.
const usualCutoff = 60

// Check implements care.Checked.
func (in GrantInput) Check() error {
	switch {
	case !in.Site.Valid() || in.Site == County:
		return protocol.Refuse("site-missing", "请选择村站").OnField("site")
	case in.Count < 0 || in.Count > maxSlots || in.Share < 0 || in.Share > 100 || in.Count+in.Share == 0:
		return protocol.Refuse("count-wrong", "请填写要分给村站的号数或比例").OnField("count")
	case in.Reserve < 0:
		return protocol.Refuse("reserve-wrong", "保留的号数不能小于零").OnField("reserve")
	case in.Before < 0 || in.Before > 24*60:
		return protocol.Refuse("cutoff-wrong", "截止时间应为开始前 0 到 1440 分钟").OnField("before")
	}
	return nil
}

var grant = care.Do(care.Action{
	Name: "appointment.grant", Title: "把号源分给村站", Roles: planners,
	Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty,
}, func(d *care.Deed, in GrantInput) error {
	session, err := readSession(d, in.Session)
	if err != nil {
		return err
	}
	if session.State != SessionOpen {
		return stopped(in.Session)
	}
	all, err := slotsOf(d, in.Session)
	if err != nil {
		return err
	}
	before := time.Duration(in.Before) * time.Minute
	if in.Before == 0 {
		before = usualCutoff * time.Minute
	}
	free := grantable(d, all, before)
	count := in.Count
	if in.Share > 0 {
		count = len(all) * in.Share / 100
	}
	if count = custody.Spare(count, len(free), in.Reserve); count == 0 {
		return protocol.Refuse("nothing-to-grant", "县里手上的空号不够，没有可以分给村站的号").OnField("count")
	}
	for _, s := range spread(free, count) {
		s.Value.Lend(in.Site, s.Value.Start.Add(-before))
		if err := writeSlot(d, s.Ref.ID, &s.Value); err != nil {
			return err
		}
	}
	return nil
})

// grantable is what the county holds free, and early enough for the cut-off to
// lie ahead.
func grantable(r protocol.Reader, all []care.Found[Slot], before time.Duration) []care.Found[Slot] {
	var out []care.Found[Slot]
	for _, s := range all {
		if s.Value.State == SlotFree && s.Value.Holder == r.Site() && custody.Lendable(r, s.Value.Start.Add(-before)) {
			out = append(out, s)
		}
	}
	return out
}

// spread takes n items evenly from a list, so that a station gets early and
// late times.
func spread[T any](all []T, n int) []T {
	var out []T
	for i := range n {
		out = append(out, all[(2*i+1)*len(all)/(2*n)])
	}
	return out
}
