package appointment

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// KindAlarm is the kind of alarms that red-flag answers raise. ID: the person's.
const KindAlarm protocol.Kind = "previsit-alarm"

// Alarm says that somebody may have an emergency, until a clinician spoke with
// them or a day went by.
type Alarm struct {
	Flag    string        `json:"flag"` // "RF02"
	At      time.Time     `json:"at"`
	Site    protocol.Site `json:"site"`
	Cleared time.Time     `json:"cleared,omitzero"`
	By      care.ID       `json:"by,omitempty"`
	Finding string        `json:"finding,omitempty"` // what the clinician found
	Rest    protocol.Rest `json:",unknown"`
}

// alarmLasts is for how long an alarm keeps somebody from simply booking on.
const alarmLasts = 24 * time.Hour

func alarmRef(person care.ID) protocol.Ref { return protocol.Ref{Kind: KindAlarm, ID: person} }

// alarmOf is the red flag that stands for a person now.
func alarmOf(r protocol.Reader, person care.ID) (flag string, raised bool, err error) {
	a, there, err := optional[Alarm](r, alarmRef(person))
	if err != nil || !there {
		return "", false, err
	}
	return a.Flag, a.Cleared.Before(a.At) && r.Now().Before(a.At.Add(alarmLasts)), nil
}

// raise writes the alarm and rings for a clinician of this place.
func raise(d *care.Deed, person care.ID, flag string) error {
	a := Alarm{Flag: flag, At: d.Now(), Site: d.Site()}
	rev, err := care.Write(d, protocol.Draft{Ref: alarmRef(person), Subject: person}, &a)
	if err != nil {
		return err
	}
	role := care.Doctor
	if d.Site() == County {
		role = care.CountyDoctor
	}
	return care.Task{Reason: "red-flag", For: role, Site: d.Site(), About: alarmRef(person), Person: person,
		Words: "就诊前问答提示可能有急症，请马上联系本人并记录处理结果。",
	}.Open(d, "red-flag-"+rev.ID(), own(d.Site())...)
}

// ClearInput ends an alarm, with what was found.
type ClearInput struct {
	Person  care.ID `json:"person"`
	Finding string  `json:"finding"`
}

// Subject implements care.Subjected.
func (in ClearInput) Subject() protocol.ID { return in.Person }

// Check implements care.Checked.
func (in ClearInput) Check() error {
	if len([]rune(in.Finding)) < 2 {
		return protocol.Refuse("finding-missing", "请写明了解到的情况和处理").OnField("finding")
	}
	return nil
}

// clearAlarm is for clinicians: they spoke with the person.
var clearAlarm = care.Do(care.Action{
	Name: "appointment.clear-alarm", Title: "处理急症提示", Roles: care.Clinicians,
	Purpose: care.ForCare, Lane: protocol.Clinical,
}, func(d *care.Deed, in ClearInput) error {
	a, rec, err := find[Alarm](d, alarmRef(in.Person), "no-alarm", "没有需要处理的急症提示", "/")
	if err != nil {
		return err
	}
	raisedBy := rec.Head().Rev
	a.Cleared, a.By, a.Finding = d.Now(), d.Actor.ID, in.Finding
	if _, err := care.Write(d, protocol.Draft{Ref: alarmRef(in.Person)}, &a); err != nil {
		return err
	}
	ref := protocol.Ref{Kind: care.KindTask, ID: "red-flag-" + raisedBy.ID()}
	t, there, err := optional[care.Task](d, ref)
	if err != nil || !there {
		return err
	}
	t.State, t.Closed, t.By, t.Result = "done", d.Now(), d.Actor.ID, in.Finding
	_, err = care.Write(d, protocol.Draft{Ref: ref}, &t)
	return err
})

// mergeAlarm is the cautious reading: the newer alarm stays, and of one alarm
// the account in which a clinician dealt with it.
func mergeAlarm(a, b protocol.Value) (protocol.Value, bool) {
	return merge(a, b, func(x, y *Alarm) (*Alarm, bool) {
		if y.At.After(x.At) || y.At.Equal(x.At) && y.Cleared.After(x.Cleared) {
			x = y
		}
		return x, true
	})
}
