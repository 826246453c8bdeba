package printing

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Order asks for one sheet. It comes from whoever follows the journal, never
// from a form: the record it is about was printed for the person whom the
// action that asked for it let through.
type Order struct {
	About    protocol.Ref        `json:"about"`
	Person   care.ID             `json:"person,omitempty"`
	What     What                `json:"what"`
	Cause    protocol.ActionName `json:"cause"`
	Source   string              `json:"source"`
	Copy     int                 `json:"copy,omitzero"`
	Reason   string              `json:"reason,omitempty"`
	Terminal care.ID             `json:"terminal,omitempty"`
}

// Subject implements care.Subjected.
func (in Order) Subject() protocol.ID { return in.Person }

// queue puts a sheet into the queue of this station, once for each Change that
// asks for it.
var queue = care.Do(care.Action{
	Name: "printing.queue", Title: "排队打印", Roles: []care.Role{care.System},
	Purpose: care.ForPrint, Lane: protocol.Administrative, Place: care.AtStation,
}, func(d *care.Deed, in Order) error {
	source, err := protocol.ParsePosition(in.Source)
	if err != nil {
		return err
	}
	id := JobID(source, in.What)
	if there, err := care.Exists(d, JobRef(id)); there || err != nil {
		return err
	}
	return write(d, id, &Job{
		About: in.About, Person: in.Person, What: in.What, Site: d.Site(), Cause: in.Cause, Source: in.Source,
		Copy: in.Copy, Reason: in.Reason, Terminal: in.Terminal, State: Queued, Asked: d.Now(),
	})
})

// Step is what became of a job at the printer. Zero fields keep what the job
// says, but for Why, which belongs to the state.
type Step struct {
	Job     care.ID `json:"job"`
	State   State   `json:"state"`
	Why     Why     `json:"why,omitempty"`
	Hash    string  `json:"hash,omitempty"`
	Printer string  `json:"printer,omitempty"`
	Number  int32   `json:"number,omitzero"`
	Send    bool    `json:"send,omitzero"`   // the bytes are about to leave
	Unsent  bool    `json:"unsent,omitzero"` // none of them left after all
}

// Check implements care.Checked.
func (in Step) Check() error {
	if strength[in.State] == 0 || in.State == Cancelled {
		return protocol.Refuse("bad-state", "没有这种打印状态")
	}
	return nil
}

// Closed is the code of the refusal for a job that is over: whoever prints it
// goes on to the next.
const Closed protocol.Code = "job-closed"

// step moves an open job on. What is over stays: a late word of a printer does
// not undo what a person decided.
var step = care.Do(care.Action{
	Name: "printing.state", Title: "记录打印机的答复", Roles: []care.Role{care.System},
	Purpose: care.ForPrint, Lane: protocol.Administrative, Place: care.AtStation,
}, func(d *care.Deed, in Step) error {
	j, _, err := care.Read[Job](d, JobRef(in.Job))
	if err != nil {
		return err
	}
	if !j.State.Open() {
		return protocol.Refuse(Closed, "这次打印已经结束")
	}
	j.take(d, &in)
	return write(d, in.Job, &j)
})

func (j *Job) take(d *care.Deed, in *Step) {
	j.State, j.Why = in.State, in.Why
	if in.Hash != "" {
		j.Hash = in.Hash
	}
	if in.Printer != "" {
		j.Printer = in.Printer
	}
	if in.Number != 0 {
		j.Number = in.Number
	}
	switch {
	case in.Send:
		j.Sent, j.Number = d.Now(), in.Number
		j.Tries++
	case in.Unsent:
		j.Sent, j.Number = time.Time{}, 0
	}
}
