package appointment

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// KindHoliday is the kind of days without sessions.
const KindHoliday protocol.Kind = "holiday"

// Holiday is a run of days on which an organisation, or all of them, do not
// see people by appointment.
type Holiday struct {
	Org   care.ID       `json:"org,omitempty"` // empty: all
	From  string        `json:"from"`          // first day
	To    string        `json:"to"`            // last day
	Name  string        `json:"name"`          // zh-CN, as people are told
	Ended bool          `json:"ended,omitzero"`
	Rest  protocol.Rest `json:",unknown"`
}

// Covers reports whether an organisation is closed on a date.
func (h *Holiday) Covers(org care.ID, date string) bool {
	return !h.Ended && (h.Org == "" || h.Org == org) && h.From <= date && date <= h.To
}

// HolidayInput announces one.
type HolidayInput struct {
	Org  care.ID `json:"org"`
	From string  `json:"from"`
	To   string  `json:"to"`
	Name string  `json:"name"`
}

// Check implements care.Checked.
func (in HolidayInput) Check() error {
	from, err := time.Parse(time.DateOnly, in.From)
	if err != nil {
		return protocol.Refuse("from-wrong", "请填写开始日期").OnField("from")
	}
	to, err := time.Parse(time.DateOnly, in.To)
	if err != nil || to.Before(from) || to.Sub(from) > 31*24*time.Hour {
		return protocol.Refuse("to-wrong", "结束日期不能早于开始日期，最长一个月").OnField("to")
	}
	if in.Name == "" {
		return protocol.Refuse("name-missing", "请写明放假的名称，群众会看到").OnField("name")
	}
	return nil
}

// addHoliday closes days. Sessions that are open already are stopped by a
// reaction, one by one, so that everybody who is booked hears of it.
var addHoliday = care.Do(care.Action{
	Name: "appointment.holiday", Title: "设置放假", Roles: planners,
	Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty,
}, func(d *care.Deed, in HolidayInput) error {
	h := Holiday{Org: in.Org, From: in.From, To: in.To, Name: in.Name}
	_, err := care.Write(d, protocol.Draft{Ref: protocol.Ref{Kind: KindHoliday, ID: d.NewID()}, Scopes: catalogue}, &h)
	return err
})

// endHoliday takes a holiday back. Days without sessions are planned again by
// the next plan; sessions that were stopped stay so, since people were told.
var endHoliday = care.Do(care.Action{
	Name: "appointment.end-holiday", Title: "取消放假", Roles: planners,
	Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty,
}, func(d *care.Deed, in ByID) error {
	ref := protocol.Ref{Kind: KindHoliday, ID: in.ID}
	h, _, err := find[Holiday](d, ref, "no-holiday", "没有找到这个放假安排", "/appointment/holidays")
	if err != nil {
		return err
	}
	h.Ended = true
	_, err = care.Write(d, protocol.Draft{Ref: ref}, &h)
	return err
})

func holidays(r protocol.Reader) ([]care.Found[Holiday], error) {
	return care.Collect[Holiday](r, protocol.Query{Kind: KindHoliday, Index: "all", Latest: true})
}

// closedOn gives the holiday that closes an organisation on a date.
func closedOn(all []care.Found[Holiday], org care.ID, date string) (*Holiday, bool) {
	for i := range all {
		if all[i].Value.Covers(org, date) {
			return &all[i].Value, true
		}
	}
	return nil, false
}
