package printing

import (
	"errors"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// ByJob is the input of what concerns one job.
type ByJob struct {
	Job care.ID `json:"job"`
}

func read(d *care.Deed, id care.ID) (Job, error) {
	j, _, err := care.Read[Job](d, JobRef(id))
	if errors.Is(err, protocol.ErrNotFound) {
		return j, protocol.Refuse("no-job", "没有找到这次打印").Offer("/")
	}
	if err != nil {
		return j, err
	}
	return j, d.Own(j.Person)
}

// retry asks for the sheet once more. Where nothing came out it is the same
// job; where something may have, it is a further copy and says so.
var retry = care.Do(care.Action{
	Name: "printing.retry", Title: "再打一张", Roles: []care.Role{care.Doctor, care.Resident},
	Purpose: care.ForPrint, Lane: protocol.Administrative, Place: care.AtStation,
}, func(d *care.Deed, in ByJob) error {
	j, err := read(d, in.Job)
	switch {
	case err != nil:
		return err
	case j.State == Printed:
		return protocol.Refuse("already-printed", "已经打印出来了，请到打印机旁取")
	case j.State == Failed:
		if !j.Retriable() {
			return protocol.Refuse("ask-anew", "请回到原来的页面重新打印")
		}
	case !j.Retriable():
		return protocol.Refuse("under-way", "正在办理，请稍等，不用再点")
	}
	j.Asked, j.Terminal = d.Now(), terminal(d.Actor, j.Terminal)
	if j.Sent.IsZero() {
		j.State, j.Why, j.Tries = Queued, "", 0
		return write(d, in.Job, &j)
	}
	if d.Actor.Role == care.Resident && j.What != Slip {
		return protocol.Refuse("ask-doctor", "可能已经打印出来了。请看看打印机，没有的话请村医帮忙再打一张")
	}
	return further(d, in.Job, j)
})

// further writes the new copy first, since the Change is about it, then closes
// the doubtful one.
func further(d *care.Deed, id care.ID, j Job) error {
	again := Job{
		About: j.About, Person: j.Person, What: j.What, Site: j.Site, Cause: j.Cause, Source: j.Source,
		Copy: j.Copy + 1, Of: id, Reason: "上一张不确定有没有打出来", Terminal: j.Terminal, State: Queued, Asked: j.Asked,
	}
	if err := write(d, d.NewID(), &again); err != nil {
		return err
	}
	old, _, err := care.Read[Job](d, JobRef(id))
	if err != nil {
		return err
	}
	old.State, old.By = Cancelled, d.Actor.ID
	return write(d, id, &old)
}

func terminal(a protocol.Actor, before care.ID) care.ID {
	if a.Terminal != "" {
		return a.Terminal
	}
	return before
}

// confirm is the word of somebody who holds the paper in their hand.
var confirm = care.Do(care.Action{
	Name: "printing.confirm", Title: "纸已经出来了", Roles: []care.Role{care.Doctor, care.Resident},
	Purpose: care.ForPrint, Lane: protocol.Administrative, Place: care.AtStation,
}, func(d *care.Deed, in ByJob) error {
	j, err := read(d, in.Job)
	if err != nil || j.State == Printed {
		return err
	}
	if j.State != InDoubt {
		return protocol.Refuse("no-doubt", "这次打印不需要确认")
	}
	j.State, j.By = Printed, d.Actor.ID
	return write(d, in.Job, &j)
})

// cancel calls a job off before anything went to the printer, or takes one that
// did not work out off the list.
var cancel = care.Do(care.Action{
	Name: "printing.cancel", Title: "不打了", Roles: []care.Role{care.Doctor, care.Resident},
	Purpose: care.ForPrint, Lane: protocol.Administrative, Place: care.AtStation,
}, func(d *care.Deed, in ByJob) error {
	j, err := read(d, in.Job)
	if err != nil || j.State == Cancelled {
		return err
	}
	if !j.Cancellable() {
		return protocol.Refuse("at-printer", "已经交给打印机，不能取消。不要的纸请交给村医销毁")
	}
	j.State, j.By = Cancelled, d.Actor.ID
	return write(d, in.Job, &j)
})
