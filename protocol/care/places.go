package care

import "xiangyi/protocol"

// KindOrganisation is the kind of hospitals, campuses and stations. The
// catalogue service owns it.
const KindOrganisation protocol.Kind = "organisation"

// Organisation is a place of care. ID: short and stable ("c1", "v01").
type Organisation struct {
	Name    string        `json:"name"`
	Type    string        `json:"type"`           // county-hospital, township, village
	Code    string        `json:"code,omitempty"` // USCC, 18 characters
	Site    protocol.Site `json:"site,omitempty"` // of a village: its station
	Address string        `json:"address,omitempty"`
	Phone   string        `json:"phone,omitempty"`
	Rest    protocol.Rest `json:",unknown"`
}

// OrganisationRef names an organisation.
func OrganisationRef(id ID) protocol.Ref { return protocol.Ref{Kind: KindOrganisation, ID: id} }

// CampusScope holds the schedules and slots of one organisation. A station
// follows the campuses that its people book at.
func CampusScope(organisation ID) protocol.Scope {
	return protocol.Scope("campus/" + string(organisation))
}
