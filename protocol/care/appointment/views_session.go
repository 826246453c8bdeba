package appointment

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// SessionRow is one session in a list.
type SessionRow struct {
	Doctor, Title, Department, Org string
	From                           time.Time
	To                             time.Time
	Half                           string
	Fee                            Fen
	Free, Ask                      int
	Href                           string
}

// HalfWords is the half day in words.
func (s SessionRow) HalfWords() string {
	if s.Half == "am" {
		return "上午"
	}
	return "下午"
}

// Sessions is a day of a department, or what a doctor has ahead.
type Sessions struct {
	Date time.Time
	List List[SessionRow]
	back string
}

// Frame leads back to the days.
func (p Sessions) Frame(c *screen.Chrome) { c.Back = p.back }

var chooseSession = care.Show(care.View{
	Name: "appointment.sessions", Roles: everyone, Purpose: care.ForBooking,
}, func(l *care.Look, in ChooseInput) (Sessions, error) {
	from, err := onDay(in.Date, "00:00")
	if err != nil {
		return Sessions{}, protocol.Refuse("date-wrong", "请填写出诊日期").Offer("/appointment/departments")
	}
	all, err := sessionsBy(l, "department", string(in.Department), later(from, l.Now()), from.AddDate(0, 0, 1))
	if err != nil {
		return Sessions{}, err
	}
	path := "/appointment/departments/" + string(in.Department)
	rows, err := sessionRows(l, all, in.way())
	return Sessions{from, List[SessionRow]{rows, in.Page, in.way().to(path + "/" + in.Date)}, in.way().to(path)}, err
})

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// sessionRows lists the open sessions in which something can be had.
func sessionRows(r protocol.Reader, all []care.Found[Session], w way) ([]SessionRow, error) {
	var out []SessionRow
	for _, s := range all {
		if s.Value.State != SessionOpen {
			continue
		}
		free, ask, err := counts(r, s.Ref.ID, &s.Value, w)
		if err != nil {
			return nil, err
		}
		if free+ask == 0 {
			continue
		}
		row, err := sessionRow(r, &s, w.to("/appointment/session/"+string(s.Ref.ID)))
		if err != nil {
			return nil, err
		}
		row.Free, row.Ask = free, ask
		out = append(out, row)
	}
	return out, nil
}

func sessionRow(r protocol.Reader, s *care.Found[Session], href string) (SessionRow, error) {
	n, err := lookUp(r, s.Value.Org, s.Value.Department, s.Value.Doctor)
	return SessionRow{Doctor: n.Doctor, Title: n.Title, Department: n.Department, Org: n.Org,
		From: s.Value.From, To: s.Value.To, Half: s.Value.Half, Fee: s.Value.Fee, Href: href}, err
}

// SlotRow is one time that can be had.
type SlotRow struct {
	Start, End time.Time
	Offer      Offer
	Href       string
}

// Times is the page of one session: its times, or, when it was stopped, why,
// and where else to go.
type Times struct {
	Session SessionRow
	Stopped bool
	Reason  string
	List    List[SlotRow]
	Others  []SessionRow // when stopped or full
	Ask     string       // when full: where another number can be asked for
	WalkIn  *WalkInOffer // on the day
	back    string
}

// Frame leads back to the days.
func (p Times) Frame(c *screen.Chrome) {
	c.Back = p.back
	if p.Stopped {
		c.Title = "已停诊"
	}
}

var chooseSlot = care.Show(care.View{
	Name: "appointment.slots", Roles: everyone, Purpose: care.ForBooking,
}, func(l *care.Look, in ChooseInput) (Times, error) {
	s, rec, err := find[Session](l, SessionRef(in.Session), "no-session", "没有找到这次出诊，请重新选择", "/appointment/departments")
	if err != nil {
		return Times{}, err
	}
	found := care.Found[Session]{Record: rec, Value: s}
	out := Times{Stopped: s.State == SessionStopped, Reason: s.Reason,
		List: List[SlotRow]{At: in.Page, Path: in.way().to("/appointment/session/" + string(in.Session))},
		back: in.way().to("/appointment/departments/" + string(s.Department))}
	if out.Session, err = sessionRow(l, &found, out.List.Path); err != nil {
		return out, err
	}
	all, err := slotsOf(l, in.Session)
	if err != nil {
		return out, err
	}
	for i := range all {
		if offer := in.way().takes(offerOf(l, &all[i], &s)); offer != OfferNone {
			out.List.Items = append(out.List.Items, SlotRow{all[i].Value.Start, all[i].Value.End, offer,
				in.way().to("/appointment/slot/" + string(all[i].Ref.ID))})
		}
	}
	if out.WalkIn, err = walkInOffer(l, in, &s); err != nil {
		return out, err
	}
	if len(out.List.Items) == 0 && out.WalkIn == nil {
		if !out.Stopped && in.Move == "" {
			out.Ask = in.way().to("/appointment/ask/" + string(in.Session))
		}
		out.Others, err = otherSessions(l, in.Session, &s, in.way())
	}
	return out, err
})

// mostOthers is how many other sessions are offered instead of one that cannot
// be had.
const mostOthers = 3

// otherSessions are the next ones of the department that can be had.
func otherSessions(r protocol.Reader, not care.ID, s *Session, w way) ([]SessionRow, error) {
	all, err := sessionsBy(r, "department", string(s.Department), r.Now(), time.Time{})
	if err != nil {
		return nil, err
	}
	var others []care.Found[Session]
	for _, o := range all {
		if o.Ref.ID != not {
			others = append(others, o)
		}
	}
	rows, err := sessionRows(r, others, w)
	return rows[:min(len(rows), mostOthers)], err
}
