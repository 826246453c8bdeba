package conflict

import (
	"slices"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Decision takes one head as the value, and says why.
type Decision struct {
	Task   care.ID `json:"task"`
	Rev    string  `json:"rev"`
	Reason string  `json:"reason"`
}

// Check implements care.Checked.
func (d Decision) Check() error {
	if len([]rune(d.Reason)) < 2 {
		return protocol.Refuse("reason-missing", "请写明选定的理由").OnField("reason")
	}
	return nil
}

// deciders are everybody who is asked; an auditor only looks at what was done.
var deciders = slices.DeleteFunc(slices.Clone(care.Staff), func(r care.Role) bool { return r == care.Auditor })

// mayDecide refuses whom the task is not for: both values stand on its page.
func mayDecide(a protocol.Actor, t *care.Task) error {
	if t.For != a.Role && a.Role != care.Supervisor {
		return protocol.Refuse("not-your-task", "这件事由“%s”来决定", string(t.For))
	}
	return nil
}

func decide() care.Action {
	return care.Do(care.Action{
		Name: "conflict.decide", Title: "选定一份内容", Roles: deciders,
		Purpose: care.ForOperations, Lane: protocol.Clinical, Place: care.InCounty,
	}, func(d *care.Deed, in Decision) error {
		ref := protocol.Ref{Kind: care.KindTask, ID: in.Task}
		task, _, err := care.Read[care.Task](d, ref)
		if err != nil {
			return err
		}
		if err := mayDecide(d.Actor, &task); err != nil {
			return err
		}
		rec, err := d.Get(task.About)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(rec.Heads, func(h protocol.Head) bool { return h.Rev.String() == in.Rev })
		if at < 0 || task.State != "open" {
			return protocol.Refuse("already-decided", "已经有人选定过，请刷新后再看")
		}
		if _, err := d.Put(draft(&rec, rec.Heads[at].Value)); err != nil {
			return err
		}
		task.State, task.Closed, task.By, task.Result = "done", d.Now(), d.Actor.ID, in.Reason
		_, err = care.Write(d, protocol.Draft{Ref: ref}, &task)
		return err
	})
}
