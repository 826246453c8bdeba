package report

import (
	"errors"
	"strconv"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Print is one copy of a report, on paper or as a file. ID: report, site and
// the number of the copy there, so that two sites never give one number twice.
type Print struct {
	Report   care.ID       `json:"report"`
	Version  int64         `json:"version"`
	Person   care.ID       `json:"person"`
	Site     protocol.Site `json:"site"`
	Terminal care.ID       `json:"terminal,omitempty"`
	Copy     int           `json:"copy"`           // at this site, from 1
	Again    bool          `json:"again,omitzero"` // this version was on paper here before
	Reason   string        `json:"reason,omitempty"`
	Medium   Medium        `json:"medium"`
	Asked    time.Time     `json:"asked"`
	By       care.ID       `json:"by"`
	State    PrintState    `json:"state"`
	Fault    string        `json:"fault,omitempty"` // what stopped it: "out-of-paper"
	Pages    int           `json:"pages,omitzero"`
	Changed  time.Time     `json:"changed,omitzero"`
	Rest     protocol.Rest `json:",unknown"`
}

// Medium is what a copy is made on.
type Medium string

// The media.
const (
	OnPaper Medium = "paper"
	AsFile  Medium = "file"
)

// PrintState is how far a copy has come.
type PrintState string

// The states. Stopped goes on when somebody helps the printer, InDoubt when
// somebody looked; Done and Failed are the end.
const (
	PrintWaiting PrintState = "waiting"
	PrintRunning PrintState = "printing"
	PrintStopped PrintState = "stopped"
	PrintInDoubt PrintState = "in-doubt" // the printer took it and never said more
	PrintDone    PrintState = "done"
	PrintFailed  PrintState = "failed"
)

func (s PrintState) over() bool { return s == PrintDone || s == PrintFailed }

// count is how many copies a site made of a report, and the last of them. It is
// read by name, so that no number is given twice.
type count struct {
	Copies int            `json:"copies"`
	Last   care.ID        `json:"last"`
	Paper  map[string]int `json:"paper,omitempty"` // copies on paper, by version
	Rest   protocol.Rest  `json:",unknown"`
}

// PrintRef names a copy.
func PrintRef(id care.ID) protocol.Ref { return protocol.Ref{Kind: KindPrint, ID: id} }

func countRef(report care.ID, site protocol.Site) protocol.Ref {
	return protocol.Ref{Kind: KindCount, ID: report + "." + care.ID(site)}
}

// Reasons for another copy, with their zh-CN names.
var Reasons = []struct{ Code, Label string }{
	{"lost", "原来的找不到了"},
	{"unclear", "原来的看不清"},
	{"hand-over", "要交给别的医院或单位"},
	{"other", "其他原因"},
}

// patience is how long a copy that does not move keeps another from being asked
// for.
const patience = 10 * time.Minute

// Want is the input of report.print and report.save.
type Want struct {
	Report care.ID `json:"report"`
	Reason string  `json:"reason,omitempty"` // one of Reasons; needed for another copy on paper
}

// Check refuses a reason that is none.
func (w Want) Check() error {
	known := w.Reason == ""
	for _, r := range Reasons {
		known = known || r.Code == w.Reason
	}
	if !known {
		return protocol.Refuse("bad-input", "请选择再打一份的原因").OnField("reason")
	}
	return nil
}

// Asked is the action that the station's printing follows.
const Asked protocol.ActionName = "report.print"

func ask() care.Action {
	return care.Do(care.Action{
		Name: Asked, Title: "打印报告", Roles: []care.Role{care.Resident, care.Doctor},
		Purpose: care.ForPrint, Lane: protocol.Administrative, Place: care.AtStation,
	}, func(d *care.Deed, in Want) error {
		return makeCopy(d, in, OnPaper)
	})
}

func save() care.Action {
	return care.Do(care.Action{
		Name: "report.save", Title: "保存电子报告", Roles: care.Roles(care.Resident, care.Clinicians),
		Purpose: care.ForPrint, Lane: protocol.Administrative,
	}, func(d *care.Deed, in Want) error {
		return makeCopy(d, in, AsFile)
	})
}

// makeCopy writes down that a copy is wanted, in the version that may be shown
// now: what is printed later is what was asked for.
func makeCopy(d *care.Deed, in Want, on Medium) error {
	r, sight, _, err := visible(d, d.Actor, in.Report)
	if err != nil {
		return err
	}
	if sight == Withdrawn {
		return protocol.Refuse("withdrawn", "这份报告已被医院撤回，不能打印").Offer("/report")
	}
	if d.Actor.Role != care.Resident {
		if err := care.NeedConsent(d, d.Actor, r.Person, care.ConsentHealth); err != nil {
			return err
		}
	}
	c, _, err := care.Read[count](d, countRef(in.Report, d.Site()))
	if err != nil && !errors.Is(err, protocol.ErrNotFound) {
		return err
	}
	version := strconv.FormatInt(r.Version, 10)
	if on == OnPaper {
		if err := mayPrint(d, in, &c, version); err != nil {
			return err
		}
	}
	p := Print{
		Report: in.Report, Version: r.Version, Person: r.Person, Site: d.Site(), Terminal: d.Actor.Terminal, Copy: c.Copies + 1,
		Again: on == OnPaper && c.Paper[version] > 0, Reason: in.Reason, Medium: on, Asked: d.Now(), By: d.Actor.ID, State: PrintWaiting,
	}
	if on == AsFile {
		p.State, p.Changed = PrintDone, d.Now()
	}
	id := in.Report + "." + care.ID(d.Site()) + "." + care.ID(strconv.Itoa(p.Copy))
	if _, err := care.Write(d, protocol.Draft{Ref: PrintRef(id), Subject: r.Person}, &p); err != nil {
		return err
	}
	c.Copies++
	if on == OnPaper {
		c.Last = id
	}
	_, err = care.Write(d, protocol.Draft{Ref: countRef(in.Report, d.Site()), Subject: r.Person}, &c)
	return err
}

// mayPrint: one copy at a time, and a reason for another one.
func mayPrint(d *care.Deed, in Want, c *count, version string) error {
	if c.Last != "" {
		last, _, err := care.Read[Print](d, PrintRef(c.Last))
		if err != nil {
			return err
		}
		if !last.State.over() && d.Now().Sub(last.moved()) < patience {
			return protocol.Refuse("already-printing", "这份报告正在打印，请稍等").Offer("/report/print/" + string(c.Last))
		}
	}
	if c.Paper[version] > 0 && in.Reason == "" {
		return protocol.Refuse("reprint-reason", "这份报告已经打印过，请选择再打一份的原因").OnField("reason").Offer("/report/reprint/" + string(in.Report))
	}
	return nil
}

func (p *Print) moved() time.Time {
	if p.Changed.After(p.Asked) {
		return p.Changed
	}
	return p.Asked
}
