// Package portal is the county staff's screen: the pages of the portal channel
// behind a sign-in with login and password, the same on every node.
package portal

import (
	"net/http"

	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/host/door"
	"xiangyi/protocol/host/sheet"
	"xiangyi/protocol/host/web"
)

// Config of a portal. Web.Channel, Frame and SignIn are filled in.
type Config struct {
	Web     web.Config
	Place   string
	Address string // where anybody can check a paper's code: "https://health.example"
	Theme   screen.Theme
	Fresh   func(r *http.Request) screen.Freshness
}

// Portal serves it.
type Portal struct {
	*web.Host
	config Config
}

// New makes the portal of a node.
func New(c Config) (*Portal, error) {
	p := &Portal{config: c}
	c.Web.Channel, c.Web.SignIn, c.Web.Frame = care.Portal, "/identity/signin", p.frame
	host, err := web.New(c.Web)
	if err != nil {
		return nil, err
	}
	p.Host = host
	(&door.Door{Host: host, Staff: true}).Mount()
	sheet.Mount(host, c.Address)
	return p, nil
}

func (p *Portal) frame(r *http.Request, _ web.Session, c *screen.Chrome) {
	c.Place, c.Theme, c.Freshness = p.config.Place, p.config.Theme, p.config.Fresh(r)
}
