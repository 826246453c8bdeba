package gateway

import (
	"crypto/subtle"

	"github.com/nats-io/nats-server/v2/server"

	"xiangyi/protocol"
	"xiangyi/replication/link"
)

// The organisational units that certificates of this county carry.
const (
	unitStation = "station"
	unitNode    = "node"
)

// Stations says which stations may connect now. It is asked at each
// connection, so a revocation in the ledger needs no restart.
type Stations interface{ Admitted(site protocol.Site) bool }

// door admits clients: this process's own by a token that never leaves it,
// stations by the certificate that TLS has verified against the county's root.
type door struct {
	token    string
	stations Stations
	refused  func(why string)
}

// Check implements server.Authentication.
func (d *door) Check(c server.ClientAuthentication) bool {
	o := c.GetOpts()
	if o.Token != "" && subtle.ConstantTimeCompare([]byte(o.Token), []byte(d.token)) == 1 {
		c.RegisterUser(&server.User{Username: "node"})
		return true
	}
	state := c.GetTLSConnectionState()
	if state == nil || len(state.VerifiedChains) == 0 {
		d.refused("no verified certificate")
		return false
	}
	subject := state.PeerCertificates[0].Subject
	site := protocol.Site(subject.CommonName)
	if !site.Valid() || len(subject.OrganizationalUnit) != 1 || subject.OrganizationalUnit[0] != unitStation {
		d.refused("certificate names no station")
		return false
	}
	if !d.stations.Admitted(site) {
		d.refused("station is not admitted: " + string(site))
		return false
	}
	c.RegisterUser(&server.User{Username: string(site), Permissions: may(site)})
	return true
}

// may is what a station may do: its own frames, its own pulls, its own blobs, its own answers.
func may(site protocol.Site) *server.Permissions {
	s := string(site)
	return &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: []string{"u." + s, "d." + s, "b." + s}},
		Subscribe: &server.SubjectPermission{Allow: []string{link.Inbox(site) + ".>"}},
	}
}
