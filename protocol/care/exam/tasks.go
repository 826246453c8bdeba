package exam

import (
	"errors"
	"strings"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Reasons of the tasks that the service opens.
const (
	TaskAlarm  = "alarm"  // an alarming reading: go and look
	TaskAssign = "assign" // a reading of nobody
)

func alarmTask(observation care.ID) care.ID { return "alarm-" + observation }
func assignTask(reading care.ID) care.ID    { return "assign-" + reading }

func taskRef(id care.ID) protocol.Ref { return protocol.Ref{Kind: care.KindTask, ID: id} }

// closeTask finishes a task. One that is not there, or is done, stays as it is.
func closeTask(d *care.Deed, id care.ID, result string) error {
	t, _, err := care.Read[care.Task](d, taskRef(id))
	if errors.Is(err, protocol.ErrNotFound) || err == nil && t.State == "done" {
		return nil
	}
	if err != nil {
		return err
	}
	t.State, t.Closed, t.By, t.Result = "done", d.Now(), d.Actor.ID, result
	_, err = care.Write(d, protocol.Draft{Ref: taskRef(id)}, &t)
	return err
}

// Attend is the input of exam.attend: what was done about an alarming reading.
type Attend struct {
	Observation care.ID `json:"observation"`
	Note        string  `json:"note"` // what the doctor found and did
}

// Check asks for words.
func (in Attend) Check() error { return needWords("note", in.Note) }

func attend() care.Action {
	return care.Do(care.Action{
		Name: "exam.attend", Title: "处理危急读数", Roles: care.Clinicians,
		Purpose: care.ForCare, Lane: protocol.Clinical,
	}, func(d *care.Deed, in Attend) error {
		t, _, err := care.Read[care.Task](d, taskRef(alarmTask(in.Observation)))
		if errors.Is(err, protocol.ErrNotFound) {
			return protocol.Refuse("no-alarm", "这条读数没有等待处理的警报").Offer("/exam")
		}
		if err != nil {
			return err
		}
		if t.State == "done" {
			return protocol.Refuse("already-attended", "这条读数已经有人处理了").Offer("/exam")
		}
		return closeTask(d, alarmTask(in.Observation), strings.TrimSpace(in.Note))
	})
}
