package appointment

import (
	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// StopInput stops a session, with what people are told.
type StopInput struct {
	Session care.ID `json:"session"`
	Reason  string  `json:"reason"`
}

// Check implements care.Checked.
func (in StopInput) Check() error {
	if len([]rune(in.Reason)) < 2 {
		return protocol.Refuse("reason-missing", "请写明停诊原因，群众会看到").OnField("reason")
	}
	return nil
}

// stop closes a session at once. Everybody who is booked is told by a reaction,
// one by one; so is everybody whose booking arrives later from a station that
// was offline.
var stop = care.Do(care.Action{
	Name: "appointment.stop", Title: "停诊", Roles: planners,
	Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty,
}, func(d *care.Deed, in StopInput) error {
	s, err := readSession(d, in.Session)
	if err != nil {
		return err
	}
	if s.State != SessionOpen {
		return protocol.Refuse("not-open", "这次出诊已经停诊或结束")
	}
	s.State, s.Reason = SessionStopped, in.Reason
	return writeSession(d, in.Session, &s)
})

// reopen lets a stopped session see people again. Those who were told to book
// elsewhere stay told.
var reopen = care.Do(care.Action{
	Name: "appointment.reopen", Title: "恢复出诊", Roles: planners,
	Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty,
}, func(d *care.Deed, in BySession) error {
	s, err := readSession(d, in.Session)
	if err != nil {
		return err
	}
	if s.State != SessionStopped || !d.Now().Before(s.To) {
		return protocol.Refuse("not-stopped", "这次出诊没有停诊，或已经过去")
	}
	s.State, s.Reason = SessionOpen, ""
	return writeSession(d, in.Session, &s)
})

// stopHoliday stops the sessions that a new holiday covers.
func stopHoliday(r protocol.Reader, c protocol.Change) ([]care.Request, error) {
	h, _, err := care.Read[Holiday](r, c.About())
	if err != nil || h.Ended {
		return nil, err
	}
	from, err := onDay(h.From, "00:00")
	if err != nil {
		return nil, err
	}
	to, err := onDay(h.To, "23:59")
	if err != nil {
		return nil, err
	}
	all, err := sessionsBy(r, "all", "", from, to)
	if err != nil {
		return nil, err
	}
	var out []care.Request
	for _, s := range all {
		if s.Value.State == SessionOpen && h.Covers(s.Value.Org, s.Value.Date) && r.Now().Before(s.Value.To) {
			out = append(out, ask("appointment.stop", StopInput{Session: s.Ref.ID, Reason: h.Name}))
		}
	}
	return out, nil
}

// tellStopped displaces everybody who is booked in a session that was stopped.
func tellStopped(r protocol.Reader, c protocol.Change) ([]care.Request, error) {
	booked, err := bookedIn(r, c.About().ID)
	var out []care.Request
	for _, a := range booked {
		if a.Value.State == Requested || a.Value.State == Booked || a.Value.State == CheckedIn {
			out = append(out, ask("appointment.displace", DisplaceInput{a.Ref.ID, CauseStopped}))
		}
	}
	return out, err
}

// bookedIn lists the appointments of a session in order of time.
func bookedIn(r protocol.Reader, session care.ID) ([]care.Found[Appointment], error) {
	return care.Collect[Appointment](r, protocol.Query{Kind: KindAppointment, Index: "session", Match: []string{string(session)}})
}
