// Package desk is the village doctor's screen: the pages of the desk channel
// behind a sign-in with login and password, with what rings and waits in sight.
package desk

import (
	"context"
	"net/http"

	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/host/door"
	"xiangyi/protocol/host/sheet"
	"xiangyi/protocol/host/web"
)

// Config of a desk. Web.Channel, Frame and SignIn are filled in.
type Config struct {
	Web     web.Config
	Place   string
	Address string // where anybody can check a paper's code: "https://health.example"
	Theme   screen.Theme
	Fresh   func(context.Context) screen.Freshness
}

// Desk serves it.
type Desk struct {
	*web.Host
	config Config
}

// New makes the desk of a station.
func New(c Config) (*Desk, error) {
	d := &Desk{config: c}
	c.Web.Channel, c.Web.SignIn, c.Web.Frame = care.Desk, "/identity/signin", d.frame
	host, err := web.New(c.Web)
	if err != nil {
		return nil, err
	}
	d.Host = host
	(&door.Door{Host: host, Staff: true}).Mount()
	sheet.Mount(host, c.Address)
	return d, nil
}

func (d *Desk) frame(r *http.Request, _ web.Session, c *screen.Chrome) {
	c.Place, c.Theme, c.Freshness = d.config.Place, d.config.Theme, d.config.Fresh(r.Context())
}
