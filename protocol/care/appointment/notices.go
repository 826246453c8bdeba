package appointment

import (
	"fmt"
	"strings"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// messages are the notices by reason. %[1]s is the time, %[2]s the place, %[3]s
// the number. None names a department, a doctor or an illness: a neighbour may
// read the message too.
var messages = map[string]string{
	"booked":      "您已约好就诊：%[1]s，%[2]s，预约号 %[3]s。请提前 15 分钟报到。不能来请提前取消。",
	"requested":   "已收到您的就诊申请：%[1]s，%[2]s，申请号 %[3]s。等待医院确认，确认后会再通知您。",
	"accepted":    "医院同意了您的申请：%[1]s，%[2]s，预约号 %[3]s。请提前 15 分钟报到。",
	"declined":    "很抱歉，您申请的 %[1]s %[2]s 不能安排，申请号 %[3]s。请另选时间，或请村医帮忙。",
	"cancelled":   "您的预约已取消：%[1]s，%[2]s，预约号 %[3]s。",
	"rescheduled": "您已改约：%[1]s，%[2]s，新的预约号 %[3]s。原来的预约不用再来。",
	"displaced":   "非常抱歉，您的预约不能按时就诊：%[1]s，%[2]s，预约号 %[3]s。请改约其他时间，我们也会联系您。",
	"new-doctor":  "您的就诊时间不变，但当天由另一位医生为您看诊：%[1]s，%[2]s，预约号 %[3]s。不方便可以改约或取消。",
}

// tell writes the notice of what became of an appointment: one for each reason,
// however often the writer or the sender starts again.
func tell(d *care.Deed, id care.ID, a *Appointment, reason string) error {
	org, _, err := optional[care.Organisation](d, care.OrganisationRef(a.Org))
	if err != nil {
		return err
	}
	if org.Name == "" {
		org.Name = "医院"
	}
	// Whose record is not here cannot be told here; what happened to the
	// appointment does not wait for that.
	if there, err := care.Exists(d, care.ResidentRef(a.Person)); err != nil || !there {
		return err
	}
	kind, _, _ := strings.Cut(reason, ".")
	return care.Notify(d, care.Notice{
		Person: a.Person, About: AppointmentRef(id), Reason: reason, Path: "/appointment/mine/" + string(id),
		Text: fmt.Sprintf(messages[kind], spoken(a.Start), org.Name, a.Number),
	})
}

// spoken is a time as a message says it: "11月26日（周二）上午8:30".
func spoken(t time.Time) string {
	t = t.In(care.Zone)
	part, hour := "上午", t.Hour()
	switch {
	case hour > 12:
		part, hour = "下午", hour-12
	case hour == 12:
		part = "中午"
	}
	week := []string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}[t.Weekday()]
	return fmt.Sprintf("%d月%d日（%s）%s%d:%02d", t.Month(), t.Day(), week, part, hour, t.Minute())
}

// ReadInput marks a notice as read.
type ReadInput struct {
	Notice care.ID `json:"notice"`
}

var markRead = care.Do(care.Action{
	Name: "appointment.read", Title: "通知已读", Roles: care.Roles(care.Resident, care.Doctor),
	Purpose: care.ForNotice, Lane: protocol.Administrative,
}, func(d *care.Deed, in ReadInput) error {
	ref := protocol.Ref{Kind: care.KindNotice, ID: in.Notice}
	n, _, err := find[care.Notice](d, ref, "no-notice", "没有找到这条通知", "/appointment/notices")
	if err != nil {
		return err
	}
	if err := d.Own(n.Person); err != nil || !n.Read.IsZero() {
		return err
	}
	n.Read = d.Now()
	_, err = care.Write(d, protocol.Draft{Ref: ref}, &n)
	return err
})
