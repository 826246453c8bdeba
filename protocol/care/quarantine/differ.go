package quarantine

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Difference is that a station's records and the county's were not equal, and
// what was done about it.
type Difference struct {
	Site     protocol.Site `json:"site"`
	Scopes   int           `json:"scopes"`            // sets of records that differed
	Fetched  int           `json:"fetched,omitzero"`  // revisions that the station lacked and has now
	Offered  int           `json:"offered,omitzero"`  // revisions that the county lacked and was offered
	Foreign  int           `json:"foreign,omitzero"`  // revisions of other sites that the county lacks
	Resummed int           `json:"resummed,omitzero"` // sums that were wrong at the station
	Walk     bool          `json:"walk,omitzero"`     // nothing was located: all is copied again
	At       time.Time     `json:"at"`
	Rest     protocol.Rest `json:",unknown"`
}

var differenceKind = care.Kind{KindSpec: protocol.KindSpec{
	Kind: KindDifference, Class: protocol.ClassInternal, Retention: protocol.RetainAudit,
	Indexes: []protocol.Index{{Name: "all", Time: "at"}},
}}

// Found is the input of quarantine.differ.
type Found struct {
	Scopes   int  `json:"scopes"`
	Fetched  int  `json:"fetched,omitzero"`
	Offered  int  `json:"offered,omitzero"`
	Foreign  int  `json:"foreign,omitzero"`
	Resummed int  `json:"resummed,omitzero"`
	Walk     bool `json:"walk,omitzero"`
}

// differ is run by a station when digests differed.
func differ() care.Action {
	return care.Do(care.Action{
		Name: Differ, Title: "本站记录与县里有差别", Roles: []care.Role{care.System},
		Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.AtStation,
	}, func(d *care.Deed, in Found) error {
		rec := Difference{Site: d.Site(), Scopes: in.Scopes, Fetched: in.Fetched, Offered: in.Offered, Foreign: in.Foreign,
			Resummed: in.Resummed, Walk: in.Walk, At: d.Now()}
		_, err := care.Write(d, protocol.Draft{Ref: protocol.Ref{Kind: KindDifference, ID: d.NewID()}}, &rec)
		return err
	})
}
