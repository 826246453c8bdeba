package catalogue

import (
	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// FollowInput has a station follow the schedules of a hospital or health
// centre.
type FollowInput struct {
	Site         protocol.Site `json:"site"`
	Organisation care.ID       `json:"organisation"`
}

// follow writes what the line's two ends agree on: from now on the station
// hears of the organisation's sessions and slots.
func follow() care.Action {
	return care.Do(care.Action{
		Name: "catalogue.follow", Title: "村站开始接收机构的排班", Roles: care.Roles(care.System, care.Operator),
		Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty,
	}, func(d *care.Deed, in FollowInput) error {
		ref := protocol.Ref{Kind: protocol.KindFollow, ID: care.ID(in.Site) + ".campus-" + in.Organisation}
		if there, err := care.Exists(d, ref); there || err != nil {
			return err
		}
		_, err := care.Write(d, protocol.Draft{Ref: ref, Scopes: []protocol.Scope{protocol.SiteScope(in.Site)}},
			&protocol.Follow{Site: in.Site, Scope: care.CampusScope(in.Organisation)})
		return err
	})
}

// introduce has every station follow every place that people book at, whichever
// of the two came first.
func introduce() care.Reaction {
	return care.Reaction{
		Name: "catalogue-introduce", Place: care.InCounty, On: []protocol.ActionName{"catalogue.organisation"},
		Do: func(r protocol.Reader, _ protocol.Change) ([]care.Request, error) {
			all, err := care.Collect[care.Organisation](r, protocol.Query{Kind: care.KindOrganisation, Index: "all"})
			if err != nil {
				return nil, err
			}
			var out []care.Request
			for _, station := range all {
				for _, place := range all {
					if station.Value.Site == "" || place.Value.Type == TypeVillage {
						continue
					}
					in := FollowInput{station.Value.Site, place.Ref.ID}
					there, err := care.Exists(r, protocol.Ref{Kind: protocol.KindFollow, ID: care.ID(in.Site) + ".campus-" + in.Organisation})
					if err != nil {
						return nil, err
					}
					if there {
						continue
					}
					raw, err := protocol.Encode(in)
					if err != nil {
						return nil, err
					}
					out = append(out, care.Request{Actor: care.Machine("catalogue"), Name: "catalogue.follow", Input: raw,
						Key: "follow:" + string(in.Site) + ":" + string(in.Organisation)})
				}
			}
			return out, nil
		},
	}
}
