package appointment

import (
	"strings"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// NoticeRow is one message in a person's list.
type NoticeRow struct {
	ID    care.ID
	Title string
	Text  string
	At    time.Time
	Read  bool
	Href  string
}

// Notices is a person's list of messages, newest first.
type Notices struct{ List List[NoticeRow] }

// noticeTitles says what a message is about, by its reason. Other services'
// messages have their own text and no title here.
var noticeTitles = map[string]string{
	"booked": "预约成功", "requested": "申请已收到", "accepted": "申请已同意", "declined": "申请未能安排", "cancelled": "预约已取消",
	"rescheduled": "改约成功", "displaced": "请改约其他时间", "new-doctor": "就诊医生有变动",
}

var noticeList = care.Show(care.View{
	Name: "appointment.notices", Roles: []care.Role{care.Resident}, Purpose: care.ForNotice, Personal: true,
}, func(l *care.Look, in Paged) (Notices, error) {
	person := self(l.Actor)
	all, err := care.Collect[care.Notice](l, protocol.Query{Kind: care.KindNotice, Index: "person",
		Match: []string{string(person)}, From: l.Now().Add(-shownBack), Latest: true})
	out := Notices{List[NoticeRow]{At: in.Page, Path: "/appointment/notices"}}
	for _, n := range all {
		reason, _, _ := strings.Cut(n.Value.Reason, ".")
		out.List.Items = append(out.List.Items, NoticeRow{n.Ref.ID, noticeTitles[reason], n.Value.Text, n.Value.At, !n.Value.Read.IsZero(), n.Value.Path})
	}
	l.Saw(person, len(all))
	return out, err
})
