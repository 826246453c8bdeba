package report

import (
	"errors"
	"slices"
	"strconv"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Printed is the input of report.printed: what the printer says of a copy.
type Printed struct {
	Print care.ID    `json:"print"`
	State PrintState `json:"state"`
	Fault string     `json:"fault,omitempty"` // with stopped and failed: "out-of-paper", "jam", ...
	Pages int        `json:"pages,omitzero"`
}

// Check refuses a state that is none.
func (p Printed) Check() error {
	known := []PrintState{PrintWaiting, PrintRunning, PrintStopped, PrintInDoubt, PrintDone, PrintFailed}
	if !slices.Contains(known, p.State) || p.Pages < 0 || len(p.Fault) > 64 {
		return protocol.Refuse("bad-input", "打印状态不对")
	}
	return nil
}

// printed moves a copy on. A copy that is over stays so: printers repeat
// themselves, and a late "printing" is no news.
func printed() care.Action {
	return care.Do(care.Action{
		Name: "report.printed", Title: "打印结果", Roles: []care.Role{care.System},
		Purpose: care.ForPrint, Lane: protocol.Administrative, Place: care.AtStation,
	}, func(d *care.Deed, in Printed) error {
		p, _, err := care.Read[Print](d, PrintRef(in.Print))
		if errors.Is(err, protocol.ErrNotFound) {
			return protocol.Refuse("no-print", "没有找到这次报告打印")
		}
		if err != nil || p.State.over() || p.State == in.State && p.Fault == in.Fault {
			return err
		}
		p.State, p.Fault, p.Changed = in.State, in.Fault, d.Now()
		if in.State == PrintDone || in.State == PrintRunning {
			p.Fault = ""
		}
		p.Pages = max(p.Pages, in.Pages)
		if _, err := care.Write(d, protocol.Draft{Ref: PrintRef(in.Print)}, &p); err != nil || in.State != PrintDone {
			return err
		}
		return counted(d, &p)
	})
}

// counted notes that a version is on paper at this site.
func counted(d *care.Deed, p *Print) error {
	ref := countRef(p.Report, d.Site())
	c, _, err := care.Read[count](d, ref)
	if err != nil {
		return err
	}
	if c.Paper == nil {
		c.Paper = map[string]int{}
	}
	c.Paper[strconv.FormatInt(p.Version, 10)]++
	_, err = care.Write(d, protocol.Draft{Ref: ref}, &c)
	return err
}
