package care

import (
	"time"

	"xiangyi/protocol"
)

// KindTask is the kind of work that only a person can finish: a conflict to
// decide, a visit to rebook, a reading to assign.
const KindTask protocol.Kind = "task"

// Task is one piece of such work. Its ID is derived from its cause, so that it
// opens once.
type Task struct {
	Reason string        `json:"reason"` // "conflict", "rebook", "assign"
	For    Role          `json:"for"`
	Site   protocol.Site `json:"site,omitempty"`
	About  protocol.Ref  `json:"about"`
	Person ID            `json:"person,omitempty"`
	Heads  []string      `json:"heads,omitempty"` // revisions to choose between
	Words  string        `json:"words"`           // zh-CN, what happened and what to do
	Opened time.Time     `json:"opened"`
	Closed time.Time     `json:"closed,omitzero"`
	By     ID            `json:"by,omitempty"`
	Result string        `json:"result,omitempty"`
	State  string        `json:"state"` // open, done
	Rest   protocol.Rest `json:",unknown"`
}

// TaskKind describes tasks to a store.
var TaskKind = Kind{KindSpec: protocol.KindSpec{
	Kind: KindTask, Class: protocol.ClassHealth, Retention: protocol.RetainClinical,
	Indexes: []protocol.Index{
		{Name: "for", Fields: []string{"for", "state"}, Time: "opened"},
		{Name: "about", Fields: []string{"about.id"}},
	},
}}

// Open writes the task unless it was opened before.
func (t Task) Open(d *Deed, id ID, scopes ...protocol.Scope) error {
	ref := protocol.Ref{Kind: KindTask, ID: id}
	if there, err := Exists(d, ref); there || err != nil {
		return err
	}
	t.Opened, t.State = d.Now(), "open"
	_, err := Write(d, protocol.Draft{Ref: ref, Subject: t.Person, Scopes: scopes}, &t)
	return err
}
