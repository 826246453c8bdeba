package care

import (
	"time"

	"xiangyi/protocol"
)

// KindNotice is the kind of messages to people: the outbox that the in-app
// list shows and that the SMS connector follows.
const KindNotice protocol.Kind = "notice"

// Notice is a message to one person. Its ID is derived from what it is about
// and why, so that a sender that restarts writes the same record again, not a
// second one. Texts hold no diagnosis, result or department.
type Notice struct {
	Person ID            `json:"person"`
	About  protocol.Ref  `json:"about"`
	Reason string        `json:"reason"` // "booked", "stopped", "cancelled", ...
	Text   string        `json:"text"`   // zh-CN, as the SMS says it
	Path   string        `json:"path,omitempty"`
	At     time.Time     `json:"at"`
	SMS    bool          `json:"sms,omitzero"` // the person wants it by SMS
	Read   time.Time     `json:"read,omitzero"`
	Rest   protocol.Rest `json:",unknown"`
}

// NoticeRef names the notice about a record for a reason.
func NoticeRef(about protocol.Ref, reason string) protocol.Ref {
	return protocol.Ref{Kind: KindNotice, ID: about.ID + "." + ID(reason)}
}

// Notify writes a notice into a deed. Writing it twice is one notice.
func Notify(d *Deed, n Notice) error {
	ref := NoticeRef(n.About, n.Reason)
	if there, err := Exists(d, ref); there || err != nil {
		return err
	}
	person, _, err := Read[Person](d, ResidentRef(n.Person))
	if err != nil {
		return err
	}
	n.At, n.SMS = d.Now(), person.Notices.SMS && person.Phone != ""
	_, err = Write(d, protocol.Draft{Ref: ref, Subject: n.Person}, &n)
	return err
}

// NoticeKind describes notices to a store.
var NoticeKind = Kind{KindSpec: protocol.KindSpec{
	Kind: KindNotice, Class: protocol.ClassPersonal, Retention: protocol.RetainOperational,
	Indexes: []protocol.Index{{Name: "person", Fields: []string{"person"}, Time: "at"}},
}}
