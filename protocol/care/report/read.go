package report

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Read says that the person opened a version of a report.
type Read struct {
	Report  care.ID       `json:"report"`
	Version int64         `json:"version"`
	At      time.Time     `json:"at"`
	Rest    protocol.Rest `json:",unknown"`
}

func readRef(id care.ID, version int64) protocol.Ref {
	return protocol.Ref{Kind: KindRead, ID: versioned(id, version)}
}

// Opening is the input of report.open.
type Opening struct {
	Report care.ID `json:"report"`
}

// open notes that a person opened their report, and lets them go on to it. A
// view cannot: it only looks.
func open() care.Action {
	return care.Do(care.Action{
		Name: "report.open", Title: "打开报告", Roles: []care.Role{care.Resident},
		Purpose: care.ForCare, Lane: protocol.Administrative,
	}, func(d *care.Deed, in Opening) error {
		r, sight, _, err := visible(d, d.Actor, in.Report)
		if err != nil || sight == Withdrawn {
			return err
		}
		seen, err := care.Exists(d, readRef(in.Report, r.Version))
		if err != nil || seen {
			return err
		}
		_, err = care.Write(d, protocol.Draft{Ref: readRef(in.Report, r.Version), Subject: r.Person},
			&Read{Report: in.Report, Version: r.Version, At: d.Now()})
		return err
	})
}
