package appointment

import (
	"fmt"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Why an appointment could not be kept.
const (
	CauseStopped  = "stopped"  // the session was stopped
	CauseFenced   = "fenced"   // sold behind a fence
	CauseClash    = "clash"    // the slot went to somebody else
	CauseHospital = "hospital" // the hospital sold the slot itself
)

// apologies is what the person is told, beside what to do about it.
var apologies = map[string]string{
	CauseStopped:  "医生停诊",
	CauseFenced:   "号源已由县里收回",
	CauseClash:    "这个时间已约给别人",
	CauseHospital: "医院已另行安排这个时间",
}

// DisplaceInput says that an appointment cannot be kept.
type DisplaceInput struct {
	Appointment care.ID `json:"appointment"`
	Cause       string  `json:"cause"`
}

// Check implements care.Checked.
func (in DisplaceInput) Check() error {
	if apologies[in.Cause] == "" {
		return protocol.Refuse("cause-wrong", "不知道的原因")
	}
	return nil
}

// displace never loses a sale in silence: the person gets an apology and a way
// to other slots, the scheduler a task that stays open until there is a new
// appointment or the person called it off.
var displace = care.Do(care.Action{
	Name: "appointment.displace", Title: "预约需要重新安排", Roles: []care.Role{care.System, care.Scheduler},
	Purpose: care.ForBooking, Lane: protocol.Administrative, Place: care.InCounty,
}, func(d *care.Deed, in DisplaceInput) error {
	a, _, err := readAppointment(d, d.Actor, in.Appointment)
	if err != nil {
		return err
	}
	if a.State != Requested && a.State != Booked && a.State != CheckedIn {
		return protocol.Refuse("not-open", "这个预约不用再安排")
	}
	a.become(d, Displaced, apologies[in.Cause])
	a.Cause = in.Cause
	if err := writeAppointment(d, in.Appointment, &a); err != nil {
		return err
	}
	if err := leave(d, &a, in.Appointment); err != nil {
		return err
	}
	if err := tell(d, in.Appointment, &a, "displaced"); err != nil {
		return err
	}
	return care.Task{Reason: "rebook", For: care.Scheduler, Site: a.Site, About: AppointmentRef(in.Appointment), Person: a.Person,
		Words: fmt.Sprintf("预约 %s 不能按时就诊（%s），已向本人致歉。请联系本人改约。", a.Number, a.Reason),
	}.Open(d, rebookTask(in.Appointment))
})

func rebookTask(appointment care.ID) care.ID { return "rebook-" + appointment }

// rebooked closes the task when the person has a new appointment, or called the
// visit off.
var rebooked = care.Do(care.Action{
	Name: "appointment.rebooked", Title: "已重新安排", Roles: []care.Role{care.System, care.Scheduler},
	Purpose: care.ForBooking, Lane: protocol.Administrative, Place: care.InCounty,
}, func(d *care.Deed, in ByAppointment) error {
	ref := protocol.Ref{Kind: care.KindTask, ID: rebookTask(in.Appointment)}
	t, there, err := optional[care.Task](d, ref)
	if err != nil || !there || t.State == "done" {
		return err
	}
	a, _, err := readAppointment(d, d.Actor, in.Appointment)
	if err != nil {
		return err
	}
	if a.State == Displaced {
		return protocol.Refuse("still-displaced", "这个预约还没有改约，也没有取消")
	}
	t.State, t.Closed, t.By, t.Result = "done", d.Now(), d.Actor.ID, string(a.State)
	_, err = care.Write(d, protocol.Draft{Ref: ref}, &t)
	return err
})
